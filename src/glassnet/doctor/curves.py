"""What the learning curves tell: loss that jumps, overfitting, underfitting, a member that was left behind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from ..training.schedules import WITH_END
from .findings import Finding
from .patient import Patient

JUMP = 2.0  # an epoch's loss is twice that of the epoch before
AGAIN = 2  # so often, or without coming back: healthy runs too may leave a narrow valley once and find a wider one
NOTABLE = 0.1  # share of the first epoch's loss below which a difference of losses is not worth a word
GIVEN_BACK = 1.0  # the validation loss ends so high that all of its fall is lost again, no better than a constant,
GAP = 2.0  # and at twice the training loss, which shows that rows are learnt by heart
FALLING = 0.05  # a steady fall brings a tenth of its way in the last tenth of the epochs, one that has arrived nothing
BEHIND = 0.2  # a member has got less far by so much of the way that the median member has come
FEWEST_EPOCHS = 10  # fewer are no curve


@dataclass(frozen=True)
class Curve:
    """One member's training.

    train, validation : (n_epochs,) losses; validation may be empty
    best_epoch : the epoch of the lowest loss, from 1
    has_end : whether the learning rate sinks to 0, so that training ends where it was meant to
    """

    train: Array
    validation: Array
    best_epoch: int
    has_end: bool

    @property
    def notable(self) -> float:
        """The difference of losses from which on one is worth a word."""
        return NOTABLE * float(self.train[0])


def curves_of(patient: Patient) -> tuple[Curve, ...]:
    """The curves of all members that have some."""
    has_end = patient.settings["learning_rate"] in WITH_END and patient.settings["solver"] != "lbfgs"
    pairs = zip(patient.runs, patient.outcomes, strict=True)
    found = [
        Curve(np.array(run.history.train_loss), np.array(run.history.validation_loss), outcome.best_epoch, has_end)
        for run, outcome in pairs
    ]
    return tuple(curve for curve in found if len(curve.train) >= FEWEST_EPOCHS)


def validated(patient: Patient) -> tuple[Curve, ...]:
    """The curves that have a validation curve beside them."""
    return tuple(curve for curve in curves_of(patient) if np.isfinite(curve.validation).any())


def of_several(patient: Patient) -> tuple[Curve, ...]:
    """The curves of three members or more, so that one can stand out."""
    curves = curves_of(patient)
    return curves if len(curves) > 2 else ()


def loss_jumps(curves: Sequence[Curve]) -> Finding | None:
    """The training loss doubles, or worse, from one epoch to the next."""
    jumps = {k: _jumps(curve) for k, curve in enumerate(curves)}
    worst = max(jumps, key=lambda k: len(jumps[k]))
    if not len(jumps[worst]):
        return None
    train, epochs = curves[worst].train, jumps[worst]
    highest = float(np.max(train[epochs] / train[epochs - 1]))
    return Finding(
        "loss-jumps",
        "severe" if train[-1] > train[0] else "warning",
        _members([k for k in jumps if len(jumps[k])], len(curves)),
        {"jumps": len(epochs), "first_epoch": int(epochs[0]) + 1, "largest_factor": highest},
        f"the training loss jumps up {len(epochs)} time{'s' if len(epochs) > 1 else ''}, at most to {highest:.3g} "
        "times what it was one epoch before.",
        "A step overshoots the valley and lands higher on the other side: the learning rate is too large for these "
        "rows, or a few extreme rows make giant steps.",
        "Divide learning_rate_init by 3, take larger batches, or let the rate fall with learning_rate='cosine'.",
    )


def _jumps(curve: Curve) -> Array:
    """Places of the epochs that the loss has jumped in, none if it was once and is over."""
    before, after = curve.train[:-1], curve.train[1:]
    jumps = 1 + np.flatnonzero((after > JUMP * before) & (after - before > curve.notable))
    is_over = len(jumps) < AGAIN and all(curve.train[-1] <= before[jumps - 1])
    return np.empty(0, int) if is_over else jumps


def overfitting(curves: Sequence[Curve]) -> Finding | None:
    """The validation curve turns up while the training curve goes on falling."""
    turned = [k for k, curve in enumerate(curves) if _turns_up(curve)]
    if 2 * len(turned) <= len(curves):  # of several members most have to
        return None
    rise = float(np.median([curves[k].validation[-1] / np.nanmin(curves[k].validation) for k in turned]))
    gap = float(np.median([curves[k].validation[-1] / curves[k].train[-1] for k in turned]))
    best = float(np.median([curves[k].best_epoch for k in turned]))
    return Finding(
        "overfitting",
        "note",
        _members(turned, len(curves)),
        {"best_epoch": best, "epochs": len(curves[turned[0]].train), "rise": rise, "validation_over_train": gap},
        f"the validation loss is lowest in epoch {best:g} and ends at {rise:.3g} times that, while the training loss "
        f"falls to 1 / {gap:.3g} of it.",
        "From there on the network learns its training rows by heart, their noise included. The weights of the best "
        "epoch were kept, so only time was lost; but a calmer network may do better.",
        "Try a smaller network, dropout, alpha, weight_decay, a smaller learning_rate_init, or more rows.",
    )


def _turns_up(curve: Curve) -> bool:
    first, lowest, last = curve.train[0], np.nanmin(curve.validation), curve.validation[-1]
    return bool(last > lowest + GIVEN_BACK * max(first - lowest, NOTABLE * first) and last > GAP * curve.train[-1])


def underfitting(curves: Sequence[Curve]) -> Finding | None:
    """Training ended before the loss had arrived anywhere: it never left its start, or was falling still."""
    flat = [k for k, curve in enumerate(curves) if _last(curve) > (1 - NOTABLE) * curve.train[0]]
    falling = [k for k, curve in enumerate(curves) if not curve.has_end and _fall_at_end(curve) > FALLING]
    if 2 * max(len(flat), len(falling)) <= len(curves):
        return None
    fall = float(np.median([_fall_at_end(curve) for curve in curves]))
    share = float(np.median([_last(curve) / curve.train[0] for curve in curves]))
    is_flat = 2 * len(flat) > len(curves) and 2 * len(falling) <= len(curves)
    return Finding(
        "underfitting",
        "warning",
        _members(flat if is_flat else falling, len(curves)),
        {"last_over_first_loss": share, "fall_in_last_tenth": fall, "epochs": len(curves[0].train)},
        f"the loss ends at {share:.3g} times that of the first epoch: next to nothing was learnt."
        if is_flat
        else f"the loss was falling still: {100 * fall:.3g} % of its whole fall lie in the last tenth of the epochs.",
        "The validation curve never left the training curve, because the network has not learnt enough to tell rows "
        "apart: too few or too short steps, a penalty or dropout that holds it back, or columns that say nothing "
        "about the target."
        if is_flat
        else "Too few epochs, or a learning rate that is too small.",
        "Try a larger learning_rate_init, more epochs (max_iter), less dropout and alpha, a larger network; then ask "
        "whether the columns can say anything about the target.",
    )


def _watched(curve: Curve) -> Array:
    known = curve.validation[np.isfinite(curve.validation)]
    return known if len(known) else curve.train


def _last(curve: Curve) -> float:
    """The lowest loss that was reached, of validation rows if there are any."""
    return float(_watched(curve).min())


def _fall_at_end(curve: Curve) -> float:
    """The share of its whole fall that the lowest loss came down in the last tenth of the epochs.

    That of the training rows; of the validation rows, if these have come down less.
    """
    tail = max(len(curve.train) // 10, 1)
    falls = []
    for losses in (curve.train, _watched(curve)):
        whole = curve.train[0] - losses.min()
        falls.append((losses[:-tail].min() - losses.min()) / whole if whole > 0 else 0.0)
    return float(min(falls))


def left_behind(curves: Sequence[Curve]) -> Finding | None:
    """One member has learnt much less than the others."""
    way = np.array([1 - curve.train.min() / curve.train[0] for curve in curves])
    late = np.flatnonzero(way < (1 - BEHIND) * np.median(way))
    if not len(late) or np.median(way) < NOTABLE:
        return None
    return Finding(
        "member-left-behind",
        "warning",
        _members(late.tolist(), len(curves)),
        {"loss_falls_by": [round(float(share), 3) for share in way], "median": float(np.median(way))},
        "this member's training loss has fallen much less than that of the others.",
        "Bad luck with first weights, a learning rate at the limit, or rows in its fold that the others need.",
        "Fit with another random_state; if it happens again, lower learning_rate_init.",
    )


def _members(which: Sequence[int], n: int) -> str:
    """The members by number, from 1."""
    if n == 1:
        return "training"
    if len(which) == n:
        return f"all {n} members"
    return f"member{'s' if len(which) > 1 else ''} {', '.join(str(k + 1) for k in which)} of {n}"
