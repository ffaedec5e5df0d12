"""Where a display draws: on the axes that it was given, or on a figure of its own."""

from typing import Any

# Readable on white and on dark paper alike: contrast of at least 3 to both.
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#3d82c4", "#c9731f", "#36935a", "#cc5252", "#9068c4", "#808080"
COLORS = (BLUE, ORANGE, GREEN, RED, PURPLE, GREY)


def axes_or_new(ax: Any = None) -> Any:
    """These axes; new ones of matplotlib's pyplot if there are none.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as reason:
        raise ImportError(
            'drawing needs matplotlib, which is not installed. Install it with: pip install "glassnet[report]"'
        ) from reason
    return pyplot.subplots()[1]


def plain_numbers_on_log(axis: Any) -> None:
    """Marks of a logarithmic axis as plain numbers, which need no formulas to be set."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    low, high = sorted(axis.get_view_interval())
    steps = (1.0, 2.0, 5.0) if high < 1000 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=steps) if high > 10 * low else MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:.3g}"))
    axis.set_minor_formatter(NullFormatter())
