"""3. The predictions of classes: which are mistaken for which, how well they are told apart, and honest chances."""

from typing import Any

import numpy as np
from sklearn.calibration import CalibrationDisplay, calibration_curve
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, auc, confusion_matrix, roc_curve

from ...network.arrays import Array
from ..displays.axes import COLORS
from ..displays.importance import shortened
from ..drawing import SIZE, drawn
from ..finished import Finished, Judged
from ..language import Say
from ..parts import Figure, Part, Table, Words

MOST_CLASSES = 15  # in the table of confusions; further ones only if they are more frequent
MOST_CURVES = len(COLORS)
MOST_POINTS = 40  # of a ROC curve, in its table
LARGEST = 10
BINS = 10


def parts_for_classes(run: Finished, judged: Judged, say: Say) -> list[Part]:
    """Confusions, ROC, calibration, and the rows whose class was thought least likely."""
    truth = run.codes(judged.columns["y"])
    known = truth >= 0
    truth, chances = truth[known], _chances(run, judged)[known]
    rows = judged.columns["row"][known]
    if not len(truth):
        return [Words(say("predictions.none"), "note")]
    parts: list[Part] = [_confusion(run, truth, chances, say)]
    roc = _roc(run, truth, chances, say)
    parts += [roc] if roc is not None else [Words(say("classes.no_roc"), "note")]
    return [
        *parts,
        _calibration(run, truth, chances, say),
        _loss(run, truth, chances, say),
        _worst(run, truth, chances, rows, say),
    ]


def _chances(run: Finished, judged: Judged) -> Array:
    """(n_rows, n_classes) the predicted probabilities."""
    return np.column_stack([judged.columns[f"probability_{name}"] for name in run.class_names])


def _confusion(run: Finished, truth: Array, chances: Array, say: Say) -> Figure:
    counts = np.bincount(truth, minlength=len(run.class_names))
    shown = np.sort(np.argsort(-counts, kind="stable")[:MOST_CLASSES])
    names = [shortened(run.class_names[k], 12) for k in shown]
    matrix = confusion_matrix(truth, chances.argmax(axis=1), labels=np.arange(len(counts)))[np.ix_(shown, shown)]
    many = len(shown) > 6

    def paint(ax: Any) -> None:
        display = ConfusionMatrixDisplay(matrix, display_labels=names)
        display.plot(ax=ax, cmap="Blues", colorbar=False, xticks_rotation="vertical" if many else "horizontal")
        ax.set(xlabel=say("classes.predicted"), ylabel=say("classes.actual"))

    rows = [[run.class_names[k], *map(int, matrix[i])] for i, k in enumerate(shown)]
    headers = [say("classes.actual_over_predicted"), *(run.class_names[k] for k in shown)]
    note = say("classes.most_frequent", n=len(shown)) if len(shown) < len(counts) else ""
    size = (SIZE[0], max(SIZE[1], 0.32 * len(shown) + 1))
    svg = drawn("confusion", paint, size)
    table = Table(say("words.data"), headers, rows, note)
    return Figure("confusion", say("classes.title_confusion"), say("classes.description_confusion"), svg, table)


def _roc(run: Finished, truth: Array, chances: Array, say: Say) -> Figure | None:
    """One curve for two classes, else one for each class against all others."""
    places = (
        [1] if chances.shape[1] == 2 else np.argsort(-np.bincount(truth, minlength=chances.shape[1]), kind="stable")
    )
    curves = [
        (int(k), *roc_curve(truth == k, chances[:, k])[:2]) for k in places if 0 < (truth == k).sum() < len(truth)
    ]
    curves = curves[:MOST_CURVES]
    if not curves:
        return None

    def paint(ax: Any) -> None:
        for place, (k, fpr, tpr) in enumerate(curves):
            display = RocCurveDisplay(fpr=fpr, tpr=tpr, roc_auc=auc(fpr, tpr), name=shortened(run.class_names[k], 16))
            display.plot(ax=ax, curve_kwargs={"color": COLORS[place], "linewidth": 1.2})
        ax.plot([0, 1], [0, 1], "--", color=ax.xaxis.label.get_color(), linewidth=0.6)
        ax.set(xlabel=say("classes.false_positives"), ylabel=say("classes.true_positives"))
        ax.legend(loc="lower right", fontsize="small")

    rows = [
        [run.class_names[k], float(fpr[i]), float(tpr[i])]
        for k, fpr, tpr in curves
        for i in _some(len(fpr), len(curves))
    ]
    areas = [f"{run.class_names[k]} {auc(fpr, tpr):.3f}" for k, fpr, tpr in curves]
    table = Table(
        say("words.data"), say.headers("classes.roc_headers"), rows, say("classes.areas", areas=", ".join(areas))
    )
    return Figure("roc", say("classes.title_roc"), say("classes.description_roc"), drawn("roc", paint), table)


def _some(n: int, n_curves: int) -> Array:
    return np.unique(np.linspace(0, n - 1, min(n, max(MOST_POINTS // n_curves, 5))).astype(int))


def _calibration(run: Finished, truth: Array, chances: Array, say: Say) -> Figure:
    """For two classes the chance of the second one; for more that of the class that was predicted."""
    two = chances.shape[1] == 2
    chance = np.clip(chances[:, 1] if two else chances.max(axis=1), 0, 1)
    right = truth == 1 if two else truth == chances.argmax(axis=1)
    share, mean = calibration_curve(right, chance, n_bins=BINS)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], chance))  # the bins of calibration_curve

    def paint(ax: Any) -> None:
        CalibrationDisplay(share, mean, chance).plot(ax=ax, ref_line=False, name=say("classes.said"), color=COLORS[0])
        ax.plot([0, 1], [0, 1], "--", color=ax.xaxis.label.get_color(), linewidth=0.6)
        ax.set(xlabel=say("classes.said"), ylabel=say("classes.came_true"), xlim=(-0.02, 1.02), ylim=(-0.05, 1.05))
        ax.get_legend().remove()

    rows = [list(row) for row in zip(counts[counts > 0].tolist(), mean.tolist(), share.tolist(), strict=True)]
    description = say(
        "classes.description_calibration_two" if two else "classes.description_calibration_many",
        name=run.class_names[-1],
    )
    table = Table(say("words.data"), say.headers("classes.calibration_headers"), rows)
    return Figure("calibration", say("classes.title_calibration"), description, drawn("calibration", paint), table)


def _loss(run: Finished, truth: Array, chances: Array, say: Say) -> Table:
    """The log loss, class by class."""
    losses, guess = -np.log(np.clip(chances[np.arange(len(truth)), truth], 1e-15, 1)), chances.argmax(axis=1)
    rows: list[list[Any]] = []
    for k, name in list(enumerate(run.class_names))[: 3 * MOST_CLASSES]:
        own = truth == k
        if own.any():
            rows.append([name, int(own.sum()), float((guess[own] == k).mean()), float(losses[own].mean())])
    rows.append([say("classes.all"), len(truth), float((guess == truth).mean()), float(losses.mean())])
    return Table(say("classes.by_class"), say.headers("classes.class_headers"), rows)


def _worst(run: Finished, truth: Array, chances: Array, rows: Array, say: Say) -> Table:
    own = chances[np.arange(len(truth)), truth]
    worst, guess = np.argsort(own, kind="stable")[:LARGEST], chances.argmax(axis=1)
    cells = [[int(rows[k]), run.class_names[truth[k]], run.class_names[guess[k]], float(own[k])] for k in worst]
    return Table(say("classes.least_likely", n=len(worst)), say.headers("classes.least_likely_headers"), cells)
