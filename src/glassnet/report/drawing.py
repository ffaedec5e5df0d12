"""Figures as SVG text: the same bytes for the same numbers, small, and readable on light and dark pages."""

import io
import re
import warnings
from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from .language import number

INK = "#1b1b1b"  # text and axes; on the page it becomes the color of the text around
MOST_MARKS = 500  # more of them are drawn as a picture: 50 000 points take 7 MB as vectors, and 30 kB as a picture
MOST_IN_LINES = 12_000  # so are all lines together, for many members have many short curves: 300 kB either way
SIZE = (4.9, 3.3)  # inches; a page shows two such figures side by side, a telephone one
STYLE = {
    "svg.fonttype": "none",  # text stays text: small, and can be searched
    "text.parse_math": False,  # a column may be called $x$
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.formatter.use_mathtext": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.dpi": 150,
} | dict.fromkeys(["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"], INK)


def drawn(
    name: str,
    paint: Callable[[Any], object],
    size: tuple[float, float] = SIZE,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The SVG file of what `paint` draws on the axes that it gets; its ids begin with the name.

    labels : what the words of a display are in the language of the page.
    """
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context(["default", STYLE | {"svg.hashsalt": name}]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the page's font has more letters
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        figure = Figure(figsize=size, layout="constrained")
        ax = figure.add_subplot()
        paint(ax)
        for one in figure.axes:
            _in_words_of(one, labels)
            _as_picture_if_many(one)
            _with_plain_numbers(one)
        file = io.StringIO()
        nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
        figure.savefig(file, format="svg", metadata=nothing)
    return _with_own_ids(file.getvalue(), name)


def _in_words_of(ax: Any, labels: Mapping[str, str]) -> None:
    """Labels line by line; a number behind the words stays."""
    legend = ax.get_legend()
    for text in (ax.xaxis.label, ax.yaxis.label, *ax.texts, *(legend.get_texts() if legend else ())):
        lines = (re.fullmatch(r"(.*?)( \d+)?", line) for line in text.get_text().split("\n"))
        text.set_text("\n".join(labels.get(line[1], line[1]) + (line[2] or "") for line in lines if line))


def _as_picture_if_many(ax: Any) -> None:
    in_lines = sum(map(_marks, ax.lines))
    for artist in ax.get_children():
        if _marks(artist) > MOST_MARKS or (artist in ax.lines and in_lines > MOST_IN_LINES):
            artist.set_rasterized(True)


def _with_plain_numbers(ax: Any) -> None:
    """Numbers on the axes as in the text, without powers of ten in a corner."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, ScalarFormatter

    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(FuncFormatter(lambda value, place: number(value)))
            axis.set_major_locator(MaxNLocator(5))


def _marks(artist: Any) -> int:
    """How many points an artist draws."""
    if hasattr(artist, "get_xydata"):
        return len(artist.get_xydata())
    if hasattr(artist, "get_offsets"):
        return max(len(artist.get_offsets()), sum(len(path.vertices) for path in artist.get_paths()))
    return 0


def _with_own_ids(svg: str, name: str) -> str:
    """Ids that no other figure of the page has."""
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'\b((?:xlink:)?href="#)', rf"\g<1>{name}-", svg)
    return svg.replace("url(#", f"url(#{name}-")


def for_page(svg: str, name: str, title: str, description: str) -> str:
    """The drawing to be put into a page: with words for those who cannot see it, in the ink of the page."""
    body = svg[svg.index("<svg") :]
    opening, _, rest = body.partition(">")
    view = re.search(r'viewBox="[^"]*"', opening)
    box = view.group() if view else ""
    rest = re.sub(r"\s*<metadata>.*?</metadata>", "", rest, flags=re.DOTALL)
    rest = rest.replace(INK, "currentColor").replace("#000000", "currentColor")
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    head = f'<svg {box} role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
    return f'{head} xmlns:xlink="http://www.w3.org/1999/xlink">{words}{rest}'.strip()
