"""How much each column matters: the loss of rows that were not learnt, with the column's values shuffled among them.

Permutation importance (Breiman 2001, "Random forests", Machine Learning 45, section 10; Fisher, Rudin and Dominici
2019, JMLR 20), by the members on the folds that they held out, so that what was learnt by heart counts for nothing.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import check_scoring, get_scorer, log_loss, make_scorer, mean_pinball_loss
from sklearn.utils import check_random_state

from ..network.arrays import Array
from ..network.losses import Pinball
from .fitted import Fitted
from .given import Given
from .held_out import held_out
from .inputs import Selection


@dataclass(frozen=True, eq=False)
class Importances:
    """How much worse predictions get when a column is shuffled; prints as a table, the most important column first.

    columns : (n_columns,) names of the columns, or their places
    importances : (n_columns, n_repeats) how much the score falls, in its units (the loss grows by as much)
    score : the score of the table as it is; a loss counts as negative, as scikit-learn's scores do
    scoring : which score
    held_out : whether each row was judged by a member that has not learnt from it
    """

    columns: tuple[str | int, ...]
    importances: Array
    score: float
    scoring: str
    held_out: bool

    @property
    def importances_mean(self) -> Array:
        """(n_columns,) the mean over the repeats."""
        return np.asarray(self.importances.mean(axis=1))

    @property
    def importances_std(self) -> Array:
        """(n_columns,) the standard deviation over the repeats."""
        return np.asarray(self.importances.std(axis=1))

    def __str__(self) -> str:
        mean, std = self.importances_mean, self.importances_std
        rows = [(str(self.columns[j]), f"{mean[j]:.4g}", f"{std[j]:.2g}") for j in np.argsort(-mean, kind="stable")]
        rows = [("column", "importance", "+/-"), *rows]
        name, value, spread = (max(len(row[place]) for row in rows) for place in range(3))
        lines = [f"{row[0]:<{name}}  {row[1]:>{value}}  {row[2]:>{spread}}" for row in rows]
        return "\n".join([*lines, f"{self.scoring} {self.score:.4g} before shuffling.", self._judged_by()])

    __repr__ = __str__

    def _judged_by(self) -> str:
        if self.held_out:
            return "Each row is predicted by a member that has not learnt from it."
        return (
            "Plain permutation importance, by all members: these are not the training rows in their order, or no "
            "member held them out. Of rows that were learnt it counts what was learnt by heart, too."
        )


def importances_of(
    model: Any, given: Given, scoring: Any = None, n_repeats: int = 5, random_state: Any = 0
) -> Importances:
    """Permutation importances of a fitted model's columns, fold by fold if these are the rows of `fit`.

    The importances of the folds are joined in a mean that counts each fold by the weight of its rows.
    """
    table = model._table(given, reset=False, mixed=model._fitted.first.table is not None)
    name, scorer = _own_scorer(model) if scoring is None else (_name(scoring), check_scoring(model, scoring=scoring))
    folds, random = held_out(model, table), check_random_state(random_state)
    members = model._fitted.members
    pairs = (
        [(members, table.rows)] if folds is None else [((one,), rows) for one, rows in zip(members, folds, strict=True)]
    )
    y = _targets_given(model, table.Y)
    found, scores, shares = [], [], []
    for those, rows in pairs:
        judge = _judge(model, those, table.of_rows(rows))
        places = np.tile(np.arange(len(rows))[:, None], table.X.shape[1])
        weight = {} if table.chosen_weight is None else {"sample_weight": table.weight[rows]}
        draws = {"scoring": scorer, "n_repeats": n_repeats, "random_state": random}
        found.append(permutation_importance(judge, places, y[rows], **draws, **weight).importances)
        scores.append(scorer(judge, places, y[rows], **weight))
        shares.append(np.sum(weight.get("sample_weight", len(rows))))
    columns = tuple(one.name for one in model.columns_)
    joined, score = np.average(found, axis=0, weights=shares), float(np.average(scores, weights=shares))
    return Importances(columns, joined, score, name, folds is not None)


def _own_scorer(model: Any) -> tuple[str, Any]:
    """How a model is judged if the user does not say: RMSE, log loss, or the pinball loss of several quantiles."""
    loss = model._fitted.first.loss
    if is_classifier(model):
        if model._is_multilabel:
            return "neg_log_loss", _minus_log_loss_of_labels
        how = partial(log_loss, labels=model.classes_)  # a fold may lack a class
        return "neg_log_loss", make_scorer(how, greater_is_better=False, response_method="predict_proba")
    if isinstance(loss, Pinball) and len(loss.quantiles) > 1:
        return "neg_mean_pinball_loss", make_scorer(partial(_pinball, loss.quantiles), greater_is_better=False)
    return "neg_root_mean_squared_error", get_scorer("neg_root_mean_squared_error")


def _minus_log_loss_of_labels(judge: Any, X: Any, Y: Array, sample_weight: Array | None = None) -> float:
    """The mean over the labels; a score by itself, because scikit-learn's take two labels for two classes."""
    pairs = zip(Y.T, judge.predict_proba(X).T, strict=True)
    return -float(np.mean([log_loss(y, p, labels=[0, 1], sample_weight=sample_weight) for y, p in pairs]))


def _pinball(quantiles: Sequence[float], Y: Array, Q: Array, sample_weight: Array | None = None) -> float:
    """Mean pinball loss of Q (n_rows, n_targets * n_quantiles), the quantiles of each target side by side."""
    Y = np.repeat(Y.reshape(len(Q), -1), len(quantiles), axis=1)
    levels = np.resize(quantiles, Q.shape[1])
    losses = [
        mean_pinball_loss(*pair, alpha=level, sample_weight=sample_weight)
        for *pair, level in zip(Y.T, Q.T, levels, strict=True)
    ]
    return float(np.mean(losses))


def _name(scoring: Any) -> str:
    return scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score")


def _targets_given(model: Any, Y: Array) -> Array:
    """Encoded targets (n_rows, n_targets) as the user gave them, so that any score can read them."""
    if Y.shape[1] > 1:
        return Y
    return np.asarray(model.classes_[Y[:, 0].astype(int)]) if is_classifier(model) else Y[:, 0]


@dataclass(frozen=True)
class ByPlace:
    """Networks that know some rows, and take the places of the entries of a table among them for the entries.

    So a column of any kind is shuffled as numbers are, with all the inputs that it became, and is encoded only once.

    networks : each with the rows as numbers (n_rows, n_inputs), and the column that each input comes from (n_inputs,)
    """

    networks: tuple[tuple[Fitted, Array, Array], ...]

    @classmethod
    def of(cls, members: Sequence[Fitted], rows: Selection) -> "ByPlace":
        """These members and these rows."""
        return cls(tuple((member, *_numbers(member, rows)) for member in members))

    @property
    def first(self) -> Fitted:
        """The first network, as an ensemble has it."""
        return self.networks[0][0]

    def predict(self, places: Array) -> Array:
        """The mean of the networks' outputs (n_rows, n_L), for places (n_rows, n_columns)."""
        outputs = [
            network.predict_numbers(np.take_along_axis(numbers, places[:, column], axis=0))
            for network, numbers, column in self.networks
        ]
        return np.asarray(np.mean(outputs, axis=0))


def _numbers(member: Fitted, rows: Selection) -> tuple[Array, Array]:
    """Rows as numbers (n_rows, n_inputs) for a member, and the column that each of them comes from (n_inputs,)."""
    encoded = rows.encoded_by(member.table)
    numbers: Any = encoded.X[encoded.rows]
    numbers = numbers.toarray() if issparse(numbers) else numbers
    widths = 1 if member.table is None else [one.n_inputs for one in member.table.report]
    return numbers, np.repeat(np.arange(rows.X.shape[1]), widths)


def _judge(model: Any, members: Sequence[Fitted], rows: Selection) -> Any:
    """The model with other networks, which reads places instead of rows."""
    judge = copy(model)
    vars(judge).update(_fitted=ByPlace.of(members, rows), _rows_to_predict=np.asarray)
    return judge
