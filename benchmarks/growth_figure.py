"""Draws what benchmarks.growth measured: a panel for each thing that grows, log-log, measured time beside the bound."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 10,
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "svg.hashsalt": "glassnet",  # the same numbers give the same file
    "axes.spines.top": False,
    "axes.spines.right": False,
}
MEASURED, BOUND, PRODUCTS, CACHE = "#0b5394", "#c25b00", "#5f5f5f", "#8a8a8a"
ROWS, COLUMNS = 2, 3
INCHES = (13, 8)
LABELS = (  # in the order of the legend
    "glassnet, measured",
    "the matrix products alone",
    "bound: arithmetic at the rate of sgemm",
    "bound: loads and stores of the weights",
    "all that a step touches fills this cache",
)
MICRO = 1e6


def figure(result: dict[str, Any], file: Path) -> None:
    """Write the figure as SVG."""
    with matplotlib.rc_context(STYLE):
        drawing = Figure(INCHES, layout="constrained", facecolor="white")
        *axes, legend = drawing.subplots(ROWS, COLUMNS).flat
        for axis, panel in zip(axes, result["panels"], strict=True):
            _panel(axis, panel, result["caches"])
        handles = {label: line for axis in axes for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
        legend.axis("off")
        handles = {label: handles[label] for label in LABELS if label in handles}
        legend.legend(handles.values(), handles.keys(), loc="center left", frameon=False, fontsize=11, labelspacing=1.2)
        drawing.savefig(file, metadata={"Date": None, "Creator": None})


def _panel(axis: Any, panel: dict[str, Any], caches: dict[str, int]) -> None:
    points = panel["points"]
    xs = [point["x"] for point in points]
    is_batch = "products_seconds" in points[0]
    measured, products, arithmetic, loads, full = LABELS
    if is_batch:
        axis.plot(xs, _micro(points, "products_seconds"), "--", color=PRODUCTS, lw=1.2, label=products)
    bound, style = (arithmetic, "-") if is_batch else (loads, "-.")
    axis.plot(xs, _micro(points, "bound_seconds"), style, color=BOUND, lw=1.8, label=bound)
    axis.plot(xs, _micro(points, "seconds"), "o-", color=MEASURED, lw=1.8, ms=5, label=measured)
    axis.set(xscale="log", yscale="log", xlabel=panel["axis"], ylabel="microseconds of a step")
    axis.set_title(f"{panel['name'].capitalize()}\n{panel['fixed']}", fontsize=11, loc="left")
    axis.set_xticks(xs, [_short(x) for x in xs], fontsize=9)
    axis.minorticks_off()
    low = min(_micro(points, "bound_seconds")) / 1.6
    high = max(_micro(points, "seconds") + _micro(points, "bound_seconds")) * 2.5
    axis.set_ylim(low, high)
    axis.grid(axis="y", color="#e4e4e4", lw=0.7)
    axis.set_axisbelow(True)
    for name, x in _crossings(points, caches):
        axis.axvline(x, color=CACHE, ls=":", lw=1.4, label=full)
        axis.annotate(name, (x, high), (3, -3), textcoords="offset points", va="top", fontsize=9, color="#444444")


def _crossings(points: list[dict[str, Any]], caches: dict[str, int]) -> list[tuple[str, float]]:
    """Where the panel's bytes pass the size of a cache, between two of its points."""
    found = []
    for name, size in caches.items():
        for left, right in pairwise(points):
            if left["bytes"] <= size < right["bytes"]:
                part = math.log(size / left["bytes"]) / math.log(right["bytes"] / left["bytes"])
                found.append((name, left["x"] * (right["x"] / left["x"]) ** part))
    return found


def _micro(points: list[dict[str, Any]], key: str) -> list[float]:
    return [point[key] * MICRO for point in points]


def _short(x: int) -> str:
    """1024 as 1k, 2097152 as 2M: k is 1024 here."""
    if x >= 2**20:
        return f"{x // 2**20}M"
    return f"{x // 2**10}k" if x >= 2**10 and x % 2**10 == 0 else f"{x}"
