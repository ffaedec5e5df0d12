"""Fills the docstrings of the estimators from the table of settings, so that they cannot disagree with it."""

import inspect
from typing import TypeVar

from .parameters import SETTINGS

T = TypeVar("T", bound=type)

ATTRIBUTES = """n_features_in_, feature_names_in_
        Number and names of the columns that `fit` saw; names only if the table had them.
    columns_ : ColumnReports
        What each column was taken for and how many inputs of the network it became; `print(model.columns_)`. Gaps and
        levels are counted in the rows that the first member learnt from.
    network_, networks_ : Network, list of Network
        The trained networks themselves, which see scaled columns and targets; `network_` is the first.
    oof_prediction_ : array in the shape of the predictions, or None
        Each training row predicted by the member that did not learn from it (probabilities for classes); NaN for rows
        of weight 0, None with one member or validation rows of your own.
    oof_sample_ : OofSample or None
        After `fit_stream` the same for the rows of its sample, whose numbers are `oof_sample_.rows`; else None.
    chosen_settings_, trials_ : dict, list of dict
        The settings that the fit chose by trial, and all that it tried: the member of the first fold begins to learn
        with each, the better half goes on, and with every round another fold joins in, as many as hold 500 rows but
        at most 3. For each round the settings, until which of its "epochs" it went, how many "folds" judged it, and the
        mean of their lowest "validation_loss" so far. Empty if nothing was left to be tried.
        `pd.DataFrame(model.trials_)` is a table of them.
    coefs_, intercepts_ : lists of arrays
        Weights and biases of a single network with scaling="standard" and bins=0, the scaling folded in: it takes raw
        columns (of a table that is not numbers alone, the numbers that its columns became) and answers in the units of
        y. They are read-only; `network_.theta` is a copy to play with.
    history_ : History
        Losses, gradient norm, learning rate and seconds of every epoch; `pd.DataFrame(model.history_.as_dict())`.
    loss_curve_, validation_loss_curve_, validation_scores_ : lists, one entry per epoch
        Mean loss of the training rows without the penalty; loss and score (R2 or accuracy) of validation rows.
    best_loss_, best_iteration_, best_iterations_, best_validation_score_
        The lowest validation loss (training loss without validation rows), the epoch it belongs to, counted from 1, and
        the highest score. Of several members the mean loss, the median epoch, and all epochs. Curves are their mean.
    loss_, n_iter_, t_, n_layers_, n_outputs_, out_activation_
        As in scikit-learn: last training loss, epochs of this fit, rows seen, layers, outputs, output activation.
    data_hash_ : str or None
        SHA-256 of the rows that `fit` learnt from (X, y and weights as it reads them), to tell later whether these were
        they; after `partial_fit` or a warm start, of all of them in their order. None after `fit_stream` and in a model
        file of older days.
    stop_reason_ : "max_iter", "converged", "time_limit", "callback" or "interrupted"; for lbfgs "max_fun", "stuck\""""


def documented(estimator: T) -> T:
    """Class decorator: puts the settings that the constructor takes, and the attributes, into its docstring."""
    names = inspect.signature(estimator).parameters
    rows = []
    for name in names:
        if name in SETTINGS:
            setting = SETTINGS[name]
            rows += [
                f"{name} : default {setting.default!r}",
                f"    {setting.range[0].upper()}{setting.range[1:]}. {setting.why}",
            ]
    text = "\n    ".join(rows)
    assert estimator.__doc__ is not None
    estimator.__doc__ = estimator.__doc__.replace("{parameters}", text).replace("{attributes}", ATTRIBUTES)
    estimator.__doc__ = estimator.__doc__.replace("{{", "{").replace("}}", "}")
    return estimator
