"""All that the doctor looks for: what each check is called, the evidence that it reads, and the check itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.threads import one_blas_thread
from ..estimators.given import Given
from . import columns, comparisons, curves, rows, steps, units
from .findings import Finding, Findings
from .patient import NO_ROWS, Patient, patient


@dataclass(frozen=True)
class Group:
    """Checks that read the same evidence.

    measure : makes the evidence of a patient; None or () if it cannot be had
    checks : {id of the finding: check}
    """

    measure: Callable[[Patient], Any]
    checks: dict[str, Callable[[Any], Finding | None]]


GROUPS = (
    Group(
        curves.curves_of,
        {
            "loss-jumps": curves.loss_jumps,
            "underfitting": curves.underfitting,
        },
    ),
    Group(curves.validated, {"overfitting": curves.overfitting}),
    Group(curves.of_several, {"member-left-behind": curves.left_behind}),
    Group(
        units.layers_of,
        {
            "dead-units": units.dead_units,
            "saturated-units": units.saturated_units,
            "vanishing-deltas": units.vanishing_deltas,
            "exploding-deltas": units.exploding_deltas,
        },
    ),
    Group(steps.steps_of, {"small-updates": steps.small_updates, "large-updates": steps.large_updates}),
    Group(steps.pace_of, {"rate-over-stability-limit": steps.over_the_limit}),
    Group(
        columns.columns_of,
        {
            "leak": columns.leak,
            "extreme-inputs": columns.extreme_inputs,
            "extreme-target": columns.extreme_target,
            "constant-columns": columns.constant_columns,
            "duplicated-columns": columns.duplicated_columns,
        },
    ),
    Group(
        rows.judged_rows,
        {
            "noisy-validation": rows.noisy_validation,
            "duplicated-rows": rows.duplicated_rows,
            "influential-rows": rows.influential_rows,
        },
    ),
    Group(comparisons.against_the_line, {"no-better-than-linear": comparisons.no_better_than_a_line}),
    Group(comparisons.spread_of, {"members-disagree": comparisons.members_disagree}),
)


@one_blas_thread()
def diagnose(model: Any, given: Given = NO_ROWS, first_row: int = 0) -> Findings:
    """Look for all of it in a fitted model and, if they are given, in rows of a table; see `Opened.diagnose`.

    first_row : what the first row is called
    """
    examined = patient(model, given, first_row)
    found, checked, left_out = [], [], []
    for group in GROUPS:
        with np.errstate(all="ignore"):  # what is not finite is evidence here
            evidence = group.measure(examined)
            if evidence is None or evidence == ():
                left_out += list(group.checks)
                continue
            checked += list(group.checks)
            found += [check(evidence) for check in group.checks.values()]
    return Findings(tuple(filter(None, found)), tuple(checked), tuple(left_out), _judges(examined))


def _judges(examined: Patient) -> str:
    """Who judged the rows: members that had not seen them, or all, who may have learnt them by heart."""
    if examined.rows is None:
        return ""
    if examined.rows.holder is None:
        return "These were not recognised as the rows of fit: all members judged them, and may have learnt from them."
    return "Held-out rows were judged by a member that had not seen them."
