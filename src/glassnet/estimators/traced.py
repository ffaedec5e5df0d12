"""The next step of training, on paper: any row through one of the networks of an estimator, with every number (T15)."""

from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..engine.aligned import aligned_copy
from ..errors import DivergenceError, InputError
from ..network.one_step import Step, Update, checked_rate
from ..network.penalty import Penalty
from ..network.random_bits import dropout_mask, generator, seed_key
from ..network.stages import stages_of
from ..network.trace import Once, StepTrace, stale
from ..training.learner import ORDER_STREAM, Learner
from ..training.rows import Rows as NumberedRows
from ..training.schedules import WITH_END
from .blueprint import schedule_for
from .given import Given
from .members import Ensemble
from .parameters import check_settings
from .recipe import resolved
from .run import Run, member_of
from .unit_stages import Rows, prediction_stage, row_stages, target_stage

NOTHING = 1e-9  # share of the base rate below which a schedule has come down to 0


class Traced:
    """What an estimator shows of one update."""

    _fitted: Ensemble
    _runs: tuple[Run, ...]

    def trace_step(
        self, X: Any, y: Any, sample_weight: Any = None, *, member: int = 0, learning_rate: float | None = None
    ) -> StepTrace:
        """The step that training would take next with these rows, on paper: stage by stage, with every number.

        All rows make one batch. Dropout, the optimizer's memory and the numbers of epoch and step are where training
        left them, so that the step is the one of `partial_fit` with these rows, settings and learning rate.
        `trace.commit()` takes it: it counts as an epoch of one step, and as after `partial_fit` there are then no
        out-of-fold predictions and no intervals, since they would speak of the network before the step.

        Parameters
        ----------
        X : (n_samples, n_columns)
            As for `predict`.
        y : (n_samples,) or (n_samples, n_targets)
            As for `fit`; after a fit with `exposure` these are rates, and exposures are weights.
        sample_weight : (n_samples,)
            Divided by their mean over these rows, as `fit` does it over the table; rows of weight 0 are left out.
        member : int
            Whose network is traced, counted from 0; `fit` trains n_members of them.
        learning_rate : float
            If left out, the one that the schedule has next; where that has come down to 0, learning_rate_init.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If there is no network yet.
        SettingError
            If there is no such member, or the learning rate is not a number from 0 on.
        InputError
            If the rows cannot be used.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from glassnet import GlassNetRegressor
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = GlassNetRegressor(n_members=1, max_iter=5, random_state=0).fit(X, y)
        >>> trace = model.trace_step(X[[17]], y[[17]])
        >>> [stage.id for stage in trace.stages][:5]
        ['scale', 'place', 'target', 'input', 'aggregate']
        >>> bool(trace.prediction_before == model.predict(X[[17]]))
        True
        """
        check_is_fitted(self)
        run = member_of(self._runs, member)
        rows = _checked_rows(self, run, X, y, sample_weight)
        numbers = rows.numbers.scaled(run.fitted, run.learner.program.dtype)
        eta, remark = _rate(self, member, learning_rate)
        step = _next_step(self, run.learner, numbers, eta, rows.table.mean_weight)
        with np.errstate(over="ignore", invalid="ignore"):  # a step into the infinite is shown as that
            update = Update.of(step)
            stages = stages_of(update)
            before, labels = row_stages(rows, step.X)
            single = getattr(self, "classes_", None) if not getattr(self, "_is_multilabel", False) else None
            outputs = {name: stages[-1].outputs[name] for name in ("output_before", "output_after")}
            after = prediction_stage(self, run.fitted, outputs)
        if hasattr(self, "classes_"):
            labels |= {name: tuple(map(str, self.classes_)) for name in after.outputs}
        return StepTrace(
            (*before, target_stage(rows, step.Y, single), *stages, after),
            _facts(step, run, member, len(self._runs)),
            (*_remarks(self, run, member), *([remark] if remark else [])),
            labels,
            Once(_take, self, member, update),
        )


def _checked_rows(model: Any, run: Run, X: Any, y: Any, sample_weight: Any) -> Rows:
    """The rows, checked as for `fit`; those of weight 0 are left out."""
    fitted = run.fitted
    table = model._table(Given(X, y, sample_weight), reset=False, mixed=fitted.table is not None)
    if table.Y.shape[1] != len(fitted.targets.size):
        raise InputError(f"y has {table.Y.shape[1]} targets, but the network was made for {len(fitted.targets.size)}.")
    fitted.loss.check_targets(table.Y[table.rows], fitted.architecture.sizes[-1])
    return Rows(table, table.encoded_by(fitted.table), fitted)


def _next_step(model: Any, learner: Learner, rows: NumberedRows, eta: float, mean_weight: float) -> Step:
    """The step that the learner would take next with these rows as its batch."""
    program, net, n = learner.program, learner.program.architecture, len(rows)
    shuffled = generator(learner.seed, ORDER_STREAM, learner.epochs).permutation(n) if model.shuffle else np.arange(n)
    key, place = seed_key(learner.seed), np.argsort(shuffled)  # a mask goes by a row's place in the batch
    masks = {
        layer: dropout_mask(key, learner.epochs, 0, layer, (n, net.sizes[layer - 1]), rate)[place]
        for layer, rate in net.dropout_rates().items()
    }
    return Step(
        net,
        learner.theta.copy(),
        rows.X,
        rows.Y,
        eta,
        float(n),
        program.loss,
        Penalty(float(model.alpha) / mean_weight, float(model.l1) / mean_weight),
        program.optimizer,
        learner.memory.copy(),
        learner.steps + 1,
        rows.weight if rows.weight.size else None,
        masks,
    )


def _rate(model: Any, member: int, learning_rate: float | None) -> tuple[float, str]:
    """The learning rate, and what is to be said about it."""
    run = model._runs[member]
    if learning_rate is not None:
        return checked_rate(learning_rate), ""
    settings = model.get_params(deep=False)
    check_settings(settings)
    learner, is_ntk = run.learner, run.learner.program.optimizer.parametrization == "ntk"
    # rows that came piece by piece have had the plain settings, which "auto" would not tell
    incremental = settings["parametrization"] == "auto" and not is_ntk
    settings = resolved(settings, _n_rows(model, learner), incremental=incremental)
    schedule = schedule_for(settings, settings["max_iter"])
    if settings["solver"] == "lbfgs":
        return schedule.eta, (
            "L-BFGS has trained this network, with steps along directions of its own. Shown is a plain gradient step "
            f"with the learning rate {schedule.eta:g}; another can be chosen."
        )
    if schedule.name == "adaptive" and run.history.learning_rate:
        return run.history.learning_rate[-1], ""
    is_over = schedule.name in WITH_END and model._outcomes[member].reason == "max_iter"
    rate = 0.0 if is_over else float(schedule.rates(learner.epochs, 1, learner.rows_seen)[0])
    if schedule.name in WITH_END and rate <= NOTHING * schedule.eta:
        return schedule.eta, (
            f"The learning rate has come down to 0 (learning_rate={schedule.name!r}). Shown is a step with the base "
            f"rate {schedule.eta:g}; another can be chosen."
        )
    return rate, ""


def _n_rows(model: Any, learner: Learner) -> int:
    """About how many rows the fit had, from those that this learner has seen in each epoch."""
    n_members = len(model._runs)
    seen = learner.rows_seen / max(learner.epochs, 1)
    return round(seen * n_members / max(n_members - 1, 1))


def _facts(step: Step, run: Run, member: int, n_members: int) -> dict[str, str | int | float]:
    return {
        "network": str(step.architecture),
        "member": f"{member}, of {n_members}",
        "optimizer": step.optimizer.name,
        "learning rate": step.eta,
        "epochs before": run.learner.epochs,
        "steps before": run.learner.steps,
        "rows": len(step.X),
        "numbers": run.learner.program.dtype,
    }


def _remarks(model: Any, run: Run, member: int) -> list[str]:
    """What the reader should know besides the numbers."""
    remarks, learner = [], run.learner
    if len(model._runs) > 1:
        remarks.append(
            f"The network of member {member} is traced; the model's prediction is the mean of all {len(model._runs)}."
        )
    if learner.memory.size and not learner.steps:
        remarks.append(
            "The optimizer's memory is empty, as always in a model that came from a file: this is a first step."
        )
    elif learner.memory.size and run.history.validation_loss:
        remarks.append("The weights are those of the best epoch, what the optimizer remembers is of the last one.")
    if run.fitted.table is not None and any("mean target" in name for name in run.fitted.table.names_out):
        remarks.append(
            "A wide category is shown as in prediction, by the mean target of its level; in training no row sees its "
            "own target there."
        )
    return remarks


def _take(model: Any, member: int, update: Update) -> None:
    """Give a member the weights and the optimizer's memory of an update: all at once or not at all."""
    run, step = model._runs[member], update.step
    before = run.learner
    if not (
        np.array_equal(before.theta, step.theta)
        and np.array_equal(before.memory, step.memory)
        and before.steps + 1 == step.t
    ):
        raise stale("the network has learnt something else since it was computed")
    if not np.isfinite(update.theta).all():
        raise DivergenceError(
            f"this step leads out of the finite numbers: the learning rate {step.eta:g} is too large. Nothing was "
            f"changed. Trace the step with learning_rate={step.eta / 10:g}."
        )
    learner = copy(before)
    learner.theta = aligned_copy(update.theta, before.program.dtype)
    learner.memory = aligned_copy(update.memory, before.program.dtype)
    learner.epochs, learner.steps = before.epochs + 1, before.steps + 1
    learner.rows_seen = before.rows_seen + len(step.X)
    runs = list(model._runs)
    runs[member] = replace(run, learner=learner, fitted=replace(run.fitted, theta=learner.theta))
    new = {"_runs": tuple(runs), "_fitted": Ensemble(tuple(one.fitted for one in runs)), "oof_prediction_": None}
    if hasattr(model, "_residuals"):
        new["_residuals"] = None
    vars(model).update(new | {"t_": runs[0].learner.rows_seen})
