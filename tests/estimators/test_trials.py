"""Settings that are left open are chosen by trial on the first folds, and by nothing else."""

import numpy as np
import pytest
from sklearn.model_selection import KFold

from glassnet import GlassNetRegressor, load
from glassnet.estimators.inputs import Selection
from glassnet.estimators.recipe import FINENESS, NOISE, TRIAL_SHARE, trials
from glassnet.estimators.task import Maker
from glassnet.network.losses import Squared

from .cases import short

QUICK = {"hidden_layer_sizes": 8, "max_iter": 16, "n_members": 3, "random_state": 0}


def steps(n=160, noise=0.0):
    """A target that jumps at 20 places, which many bins can follow and few cannot."""
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(n, 1))
    return X, np.floor(20 * X[:, 0]) % 2 + noise * rng.normal(size=n)


def fitted(X, y, weight=None, **settings):
    with short():
        return GlassNetRegressor(**QUICK | settings).fit(X, y, sample_weight=weight)


@pytest.fixture(scope="module")
def model():
    return fitted(*steps())


def test_every_answer_to_one_question_is_tried_with_every_answer_to_the_other(model):
    assert len(model.trials_) == len(NOISE) * len(FINENESS)
    assert len({(trial["dropout"], trial["bins"]) for trial in model.trials_}) == len(model.trials_)


def test_all_members_have_the_best_of_the_settings_tried(model):
    best = min(model.trials_, key=lambda trial: trial["validation_loss"])
    assert model.chosen_settings_ == {name: best[name] for name in ("dropout", "weight_decay", "bins")}
    for run in model._runs:
        assert run.learner.program.architecture.dropout == (best["dropout"],)
        assert run.learner.program.optimizer.weight_decay == best["weight_decay"]
        assert max(run.fitted.bins.numbers) <= best["bins"]


def test_many_jumps_want_more_than_two_bins(model):
    assert model.chosen_settings_["bins"] > 2


@pytest.mark.parametrize(("n", "n_judges"), [(160, 3), (900, 2), (1600, 1)])
def test_folds_judge_until_500_rows_have_judged(n, n_judges):
    X = np.zeros((n, 1))
    table = Selection(X, X, None, np.arange(n))
    parts = [(table.of_rows(learn), table.of_rows(judge)) for learn, judge in KFold(3).split(X)]
    assert Maker(parts, Squared(), 1, 0).n_judges() == n_judges


def test_a_trial_is_a_fit_of_the_judging_folds_for_a_quarter_of_the_epochs(model):
    X, y = steps()
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    trial = model.trials_[0]
    recipe = {
        "learning_rate_init": 0.03,
        "learning_rate": "coslog4",
        "parametrization": "ntk",
        "initialization": "ntk",
        "beta_2": 0.95,
    }
    settings = {name: trial[name] for name in ("dropout", "weight_decay", "bins")}
    alone = fitted(X, y, cv=folds, max_iter=QUICK["max_iter"] // TRIAL_SHARE, **recipe, **settings)
    assert alone.trials_ == []
    assert alone.best_loss_ == trial["validation_loss"]


def test_trials_leave_no_trace_in_the_members(model):
    """They are those of a fit with the chosen settings given."""
    X, y = steps()
    given = fitted(X, y, **model.chosen_settings_)
    assert given.trials_ == []
    assert np.array_equal(model.predict(X), given.predict(X))
    assert np.array_equal(model.oof_prediction_, given.oof_prediction_)


@pytest.mark.parametrize(
    ("settings", "n_trials"),
    [
        ({"bins": 8}, len(NOISE)),
        ({"dropout": 0.2}, len(FINENESS)),
        ({"weight_decay": 0.0}, len(FINENESS)),
        ({"bins": 8, "dropout": 0.2}, 0),
        ({"learning_rate_init": 0.01}, 0),
        ({"solver": "sgd"}, 0),
    ],
)
def test_what_is_given_is_not_tried(settings, n_trials):
    given = {"solver": "adam", "learning_rate_init": "auto", "bins": "auto", "dropout": "auto", "weight_decay": None}
    changes = trials(given | settings, incremental=False)
    assert len(changes) == max(n_trials, 1)
    assert changes[0] == {}
    assert not any(set(change) & set(settings) for change in changes)


def test_nothing_is_tried_without_folds():
    X, y = steps(60)
    assert fitted(X, y, n_members=1).trials_ == []
    with short():
        assert GlassNetRegressor(**QUICK).partial_fit(X, y).trials_ == []


def test_going_on_keeps_what_was_chosen(model, tmp_path):
    X, y = steps()
    model.save(tmp_path / "m.glassnet")
    again = load(tmp_path / "m.glassnet")
    assert (again.trials_, again.chosen_settings_) == (model.trials_, model.chosen_settings_)
    with short():
        again.set_params(warm_start=True).fit(X, y)
    assert again.chosen_settings_ == model.chosen_settings_
    assert again._runs[0].learner.program.optimizer.weight_decay == model.chosen_settings_["weight_decay"]
