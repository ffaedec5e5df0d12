"""1. The verdict in words: whether the network beats what is simple, how wrong it is, and where most."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..displays.intervals import tenths
from ..finished import Finished, Judged
from ..language import Say, number, percent
from ..parts import Cards, Part, Section, Table, Words

FEW_ROWS = 30  # with fewer a mean error may be half or twice as large by chance
CLEARLY = 0.95  # an error of at most so much of the straight line's is worth a larger model
ALIKE = 1.02
WORSE_THERE = 1.5  # a tenth of the rows whose mean error is so many times the mean of all is named
ENOUGH_OF_A_CLASS = 10


def section(run: Finished, say: Say) -> Section:
    """Words first, then three numbers, then the table behind them."""
    parts: list[Part] = [Words(text, look) for text, look in _sentences(run, say)]
    scores = run.scores
    if scores:
        ours = next(iter(scores.values()))
        parts.append(Cards([(say.entry("metrics").get(m, m), number(v)) for m, v in list(ours.items())[:3]]))
        rows = [[_who(say, who), *of.values()] for who, of in scores.items()]
        parts.append(Table(say(f"verdict.table_{_which(run)}"), [say("verdict.who"), *ours], rows))
    return Section("verdict", say("sections.verdict"), parts)


def _which(run: Finished) -> str:
    return "test" if run.metrics["test"] else "oof"


def _who(say: Say, who: str) -> str:
    return str(say.entry("who").get(who, who))


def _sentences(run: Finished, say: Say) -> Iterator[tuple[str, str]]:
    judged = run.judged
    if judged is None or not run.scores:
        yield say("verdict.unknown"), "headline"
        return
    yield _against_others(run, say), "headline"
    n = len(judged)
    yield say(f"verdict.rows_{judged.which}", n=n), "plain"
    if run.data["table"].get("sampled"):
        yield say("verdict.sampled", n=run.data["table"]["sampled"]), "plain"
    if n < FEW_ROWS:
        yield say("verdict.few", n=n), "warning"
    yield from _of_classes(run, judged, say) if run.is_class else _of_numbers(run, judged, say)
    if run.metrics["training"].get("interrupted"):
        yield say("verdict.interrupted"), "warning"
    severe = [one for one in run.findings["findings"] if one["severity"] == "severe"]
    for one in severe:
        yield say("verdict.severe", name=f"{one['id']}, {one['where']}", says=one["says"]), "warning"


def _against_others(run: Finished, say: Say) -> str:
    """Beside the straight line and a constant, by the score by which runs are compared."""
    metric, scores = run.metrics["metric"], run.scores
    names, values = list(scores), [_float(of.get(metric)) for of in scores.values()]
    ours, constant, line = values[0], values[-1], values[1]
    words: dict[str, Any] = {"metric": metric, "ours": ours, "line": line, "constant": constant}
    words |= {"line_name": _who(say, names[1]), "constant_name": _who(say, names[-1]), "target": run.target}
    if not all(map(math.isfinite, values)):
        return say("verdict.unknown")
    if constant == 0:
        return say("verdict.nothing_to_learn", **words)
    if ours >= constant:
        return say("verdict.no_better_than_constant", **words)
    if len(names) < 3:
        return say("verdict.beats_constant", **words, share=percent(1 - ours / constant))
    if line <= 0 or ours > ALIKE * line:
        return say("verdict.worse_than_line", **words)
    if ours > CLEARLY * line:
        return say("verdict.like_line", **words)
    return say("verdict.beats_line", **words, share=percent(1 - ours / line))


def _of_numbers(run: Finished, judged: Judged, say: Say) -> Iterator[tuple[str, str]]:
    """The typical error in the units of the target, and where it is largest."""
    y, prediction = judged.columns["y"], middle(run, judged)
    error = np.abs(y - prediction)
    low, high = np.quantile(y, [0.05, 0.95])
    yield (
        say(
            "verdict.typical_error",
            target=run.target,
            median=float(np.median(error)),
            mean=float(error.mean()),
            low=float(low),
            high=float(high),
        ),
        "plain",
    )
    groups = tenths(prediction)
    means = [float(error[group].mean()) for group in groups]
    worst = int(np.argmax(means))
    if len(y) >= FEW_ROWS and means[worst] > WORSE_THERE * error.mean() > 0:
        ends = prediction[groups[worst]]
        words = {"low": float(ends.min()), "high": float(ends.max()), "there": means[worst]}
        yield say("verdict.worst_where", **words, times=f"{means[worst] / error.mean():.2g}"), "plain"


def _of_classes(run: Finished, judged: Judged, say: Say) -> Iterator[tuple[str, str]]:
    """How many are right, and the class of which fewest are."""
    truth, guess = run.codes(judged.columns["y"]), run.codes(judged.columns["prediction"])
    right = truth == guess
    yield say("verdict.right", right=int(right.sum()), n=len(right), share=percent(right.mean())), "plain"
    counts = np.bincount(truth[truth >= 0], minlength=len(run.class_names))
    shares = [right[truth == k].mean() if counts[k] >= ENOUGH_OF_A_CLASS else 1.0 for k in range(len(counts))]
    worst = int(np.argmin(shares))
    if shares[worst] < right.mean():
        name = run.class_names[worst]
        yield say("verdict.worst_class", name=name, share=percent(shares[worst]), n=int(counts[worst])), "plain"


def middle(run: Finished, judged: Judged) -> Any:
    """(n_rows,) the prediction; of several quantiles the one nearest to the median."""
    if "prediction" in judged.columns:
        return judged.columns["prediction"]
    quantile = min(run.quantiles, key=lambda q: abs(q - 0.5))
    return judged.columns[f"prediction_{quantile:g}"]


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)
