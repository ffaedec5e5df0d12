"""The page: parts of sections put into the template, every text escaped."""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .drawing import for_page
from .finished import Finished
from .language import Say, number
from .parts import Figure, Section

PACKAGE = __package__ or "glassnet.report"


def page(run: Finished, sections: list[Section], say: Say) -> str:
    """The whole file; its style is inside, it has no script, and it asks nobody for anything."""
    templates = Environment(
        loader=PackageLoader(PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters |= {"cell": cell, "drawing": drawing, "is_number": is_number}
    style = Markup(files(PACKAGE).joinpath("templates", "style.css").read_text(encoding="utf-8"))
    title = say("words.title", target=run.target, table=str(run.data["table"]["name"]))
    return templates.get_template("report.html.j2").render(title=title, sections=sections, say=say, style=style)


def cell(value: Any) -> str:
    """What stands in a cell: numbers as people read them, drawings as they are, texts as they are."""
    return value if isinstance(value, str) else number(value)


def is_number(value: Any) -> bool:
    """Whether a cell is set to the right, as numbers are."""
    return not isinstance(value, str)


def drawing(figure: Figure) -> Markup:
    """The drawing of a figure, its words inside."""
    return Markup(for_page(figure.svg, figure.name, figure.title, figure.description))
