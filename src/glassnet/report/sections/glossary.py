"""9. The glossary: each term in a sentence, with the page that has more."""

from ..finished import Finished
from ..language import Say
from ..parts import Section, Terms

DOCS = "https://github.com/glassnet/glassnet/blob/main/docs/"


def section(run: Finished, say: Say) -> Section:
    """The terms that this page uses, for numbers or for classes."""
    leave_out = "numbers" if run.is_class else "classes"
    entries = [
        (one["term"], one["meaning"], DOCS + one["page"])
        for one in say.entry("glossary.terms")
        if one.get("only") is None or one["only"] != leave_out
    ]
    return Section("glossary", say("sections.glossary"), [Terms(entries)])
