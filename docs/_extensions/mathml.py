"""Formulas as MathML, which browsers draw by themselves: a page asks nothing from outside and needs no JavaScript."""

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

LABEL = re.compile(r"eq-(\d+)")
logger = logging.getLogger(__name__)


def mathml(node, *, as_block):
    """The formula of a node; what docutils cannot read becomes a warning, which stops the build."""
    try:
        return tex2mathml(node.astext(), as_block=as_block)
    except MathError as reason:
        logger.warning("cannot be written as MathML: %s", reason, location=node)
        return ""


def visit_inline(translator, node):
    translator.body.append(mathml(node, as_block=False))
    raise nodes.SkipNode


def visit_block(translator, node):
    """A formula on a line of its own; `:label: eq-5` gives it the number that it has in mathematics.md."""
    number = LABEL.fullmatch(node.get("label") or "")
    shown = f'<span class="eqno">(eq. {number[1]})</span>' if number else ""
    translator.body.append(f'<div class="math">{mathml(node, as_block=True)}{shown}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
