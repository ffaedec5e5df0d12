"""Wherever a page or a docstring says "eq. 5", the number leads to that equation in mathematics.md."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

PAGE = "mathematics"
CITED = re.compile(r"eq\.\s\d+(?:(?:,|,?\sand|\sto)\s\d+)*")
NUMBERED = re.compile(r"\(eq\. (\d+)\)")
UNTOUCHED = (nodes.FixedTextElement, nodes.literal, nodes.reference, nodes.title, nodes.math, nodes.math_block)
logger = logging.getLogger(__name__)


class Equations(SphinxPostTransform):
    """Marks the equations where they stand, and links the places that cite them."""

    default_priority = 900

    def run(self):
        if self.env.docname == PAGE:
            for block in self.document.findall(nodes.literal_block):
                block["ids"] += [f"eq-{number}" for number in NUMBERED.findall(block.astext())]
        known = set(NUMBERED.findall(Path(self.env.doc2path(PAGE)).read_text(encoding="utf-8")))
        for text in list(self.document.findall(nodes.Text)):
            if CITED.search(text) and not inside(text, UNTOUCHED):
                text.parent.replace(text, self.linked(text, known))

    def linked(self, text, known):
        """The text in pieces, with a reference for each number of an equation."""
        page, parts, end = self.app.builder.get_relative_uri(self.env.docname, PAGE), [], 0
        for citation in CITED.finditer(text):
            for number in re.finditer(r"\d+", citation[0]):
                start = citation.start() + number.start()
                if number[0] not in known:
                    logger.warning("there is no eq. %s in %s.md", number[0], PAGE, location=text.parent)
                uri = f"{page}#eq-{number[0]}"
                reference = nodes.reference("", number[0], refuri=uri, internal=True)
                parts += [nodes.Text(text[end:start]), reference]
                end = start + len(number[0])
        return [*parts, nodes.Text(text[end:])]


def inside(node, kinds):
    """Whether some node above is of one of these kinds."""
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def setup(app):
    app.add_post_transform(Equations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
