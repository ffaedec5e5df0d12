"""Settings that are left open are chosen by trial on the first folds, and by nothing else."""

from collections import namedtuple
from itertools import pairwise
from math import ceil
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.model_selection import KFold

from glassnet import GlassNetRegressor, load
from glassnet.estimators.crew import Crew
from glassnet.estimators.inputs import Selection
from glassnet.estimators.recipe import ANSWERS, FINENESS, NOISE, resolved, rounds, trials
from glassnet.estimators.task import Maker
from glassnet.estimators.trials import Contest, Round, Trial, planned, ranked
from glassnet.network.losses import Squared
from glassnet.training.course import Course, Outcome

from .cases import short

PAIRS = [noise + fineness for noise, several in ANSWERS.items() for fineness in several]
NEARLY_LINEAR = {"dropout": 0.0, "weight_decay": 1.0, "scale_rate": 2.0, "bins": 1, "bins_at_values": False}
QUICK = {"hidden_layer_sizes": 8, "max_iter": 64, "n_members": 3, "random_state": 0}


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


def in_rounds(model):
    """The trials of each round, by the epochs until which they went and the folds that judged them."""
    found = {}
    for trial in model.trials_:
        found.setdefault((trial["epochs"], trial["folds"]), []).append(trial)
    return list(found.values())


def settings_of(trial):
    return {name: trial[name] for name in NOISE + FINENESS}


def best_first(trials):
    return sorted(trials, key=lambda trial: trial["validation_loss"])


def test_every_answer_is_tried_once(model):
    assert {tuple(settings_of(trial).values()) for trial in in_rounds(model)[0]} == set(PAIRS)
    assert len(in_rounds(model)[0]) == len(PAIRS) == 19


def test_the_first_answer_is_the_recipe_itself():
    """Where it makes the same network as another one, the trial has the recipe's name."""
    given = {"solver": "adam", "learning_rate_init": "auto"} | dict.fromkeys(NOISE + FINENESS, "auto")
    for n_columns in (4, 1000):
        first, *_ = trials(given, 5000, incremental=False, n_columns=n_columns)
        meant = resolved(given, 5000, incremental=False, n_columns=n_columns)
        assert first == {name: meant[name] for name in NOISE + FINENESS}


def test_the_best_third_goes_on_from_round_to_round(model):
    tried = in_rounds(model)
    assert rounds(19, 64) == [(19, 4), (7, 11), (3, 13), (2, 30)]
    assert [(trials[0]["epochs"], trials[0]["folds"]) for trials in tried] == [(4, 1), (11, 2), (13, 3), (30, 3)]
    assert [len({t["validation_loss"] for t in trials}) for trials in tried] == [16, 7, 3, 2]  # and twins
    for before, after in pairwise(tried):
        better = [settings_of(trial) for trial in best_first(before)[: len(after)]]
        assert all(settings_of(trial) in better for trial in after)


@pytest.mark.parametrize(
    ("n_changes", "n_judges", "judges"),
    [
        (19, 3, [1, 2, 3, 3]),
        (19, 2, [1, 2, 2, 2]),
        (19, 1, [1, 1, 1, 1]),
        (3, 3, [2, 3]),
        (2, 3, [3]),
        (10, 3, [1, 2, 3]),
    ],
)
def test_a_fold_joins_in_every_round_and_in_the_last_all_judge(n_changes, n_judges, judges):
    assert [one.n_judges for one in planned(n_changes, 256, n_judges, n_changes)] == judges


def test_of_answers_that_are_as_good_as_equal_the_cheapest_is_taken():
    def trial(bins, loss):
        return Trial([], [SimpleNamespace(settings={"bins": bins}, course=SimpleNamespace(best=Best(loss)))])

    Best = namedtuple("Best", "loss")
    some = [trial(128, 1.0), trial(32, 1.004), trial(8, 1.006)]
    assert [one.tasks[0].settings["bins"] for one in ranked(some)] == [32, 128, 8]
    assert [one.tasks[0].settings["bins"] for one in ranked([trial(128, -1.0), trial(32, -0.99)])] == [128, 32]


@pytest.mark.parametrize("max_iter", [1, 2, 7, 32, 64, 100, 256, 1000])
@pytest.mark.parametrize("n_changes", [2, 3, 5, 10, 19, 54])
def test_a_third_of_a_round_enters_the_next_and_the_last_ends_with_the_third_hump(n_changes, max_iter):
    sizes, marks = zip(*rounds(n_changes, max_iter), strict=True)
    assert sizes[0] == n_changes
    assert all(after == max(2, -(-before // 3)) for before, after in pairwise(sizes))
    assert sizes[-1] == 2
    assert list(marks) == sorted(marks)
    assert 1 <= marks[0] <= marks[-1] == ceil(max_iter * 7 / 15)


def test_all_members_have_the_best_of_the_settings_tried(model):
    best = best_first(in_rounds(model)[-1])[0]
    assert model.chosen_settings_ == settings_of(best)
    for run in model._runs:
        assert run.learner.program.architecture.dropout == (best["dropout"],)
        assert run.learner.program.optimizer.weight_decay == best["weight_decay"]
        assert run.learner.program.optimizer.scale_rate == best["scale_rate"]
        assert max(run.fitted.bins.numbers) <= best["bins"]


def test_amounts_that_mean_something_each_are_learnt_better_with_an_edge_at_each():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 12, 1200), rng.normal(size=1200)]).astype(float)
    y = rng.normal(size=12)[X[:, 0].astype(int)]
    with_edges, without = (fitted(X, y, bins=4, bins_at_values=wish, dropout=0.0) for wish in (True, False))
    assert with_edges.trials_ == []
    assert with_edges.best_loss_ < 0.5 * without.best_loss_


def test_settings_that_make_the_same_network_are_trained_once(monkeypatch):
    rng, trained = np.random.default_rng(0), []
    train = Crew.train
    monkeypatch.setattr(
        Crew, "train", lambda crew, tasks, **words: trained.extend(tasks) or train(crew, tasks, **words)
    )
    X = rng.integers(0, 6, size=(90, 1)).astype(float)  # six values: 8, 32 and more bins are the same five bins
    model = fitted(X, X[:, 0] ** 2)
    first, *later = in_rounds(model)
    assert len(first) == len(PAIRS)
    different = {id(task): task.identity() for task in trained}  # the same go on from round to round
    capped = {(*noise, min(5, bins)) for *noise, bins, _ in PAIRS}
    assert len(set(different.values())) == len(different) == len(capped) + 7 + 3  # and the judges that join in
    assert all(len({trial["validation_loss"] for trial in trials}) > 1 for trials in later)  # equal ones share a place
    with_scales = [trial for trial in first if [trial[name] for name in NOISE] == [0, 0, 2]]
    losses = {trial["bins"]: trial["validation_loss"] for trial in with_scales}
    assert losses[8] == losses[32] != losses[2]


def test_many_jumps_want_more_than_two_bins(model):
    assert model.chosen_settings_["bins"] > 2


@pytest.mark.parametrize(("n", "n_judges"), [(160, 3), (900, 2), (1600, 1)])
def test_folds_judge_until_500_rows_have_judged(n, n_judges):
    X = np.zeros((n, 1))
    table = Selection(X, X, None, np.arange(n))
    parts = [(table.of_rows(learn), table.of_rows(judge)) for learn, judge in KFold(3).split(X)]
    assert Maker(parts, Squared(), 1, 0).n_judges() == n_judges


@pytest.mark.parametrize(("place", "n_judges"), [(0, 1), (-1, 3)])
def test_a_trial_is_the_beginning_of_a_fit_of_the_judging_folds(model, place, n_judges):
    X, y = steps()
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    trial = model.trials_[place]
    recipe = {
        "learning_rate_init": 0.03,
        "learning_rate": "coslog4",
        "parametrization": "ntk",
        "initialization": "ntk",
        "beta_2": 0.95,
    }
    alone = fitted(X, y, cv=folds, **recipe, **settings_of(trial))
    assert alone.trials_ == []
    lows = [min(run.history.validation_loss[: trial["epochs"]]) for run in alone._runs[:n_judges]]
    assert np.mean(lows) == trial["validation_loss"]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_trials_leave_no_trace_in_the_members(model, n_jobs):
    """They are those of a fit with the chosen settings given, though some began on trial and paused on their way."""
    X, y = steps()
    given = fitted(X, y, n_jobs=n_jobs, **model.chosen_settings_)
    assert given.trials_ == []
    assert np.array_equal(model.predict(X), given.predict(X))
    assert np.array_equal(model.oof_prediction_, given.oof_prediction_)
    assert model.loss_curve_ == given.loss_curve_
    assert model.best_iterations_ == given.best_iterations_
    assert model.n_iter_ == given.n_iter_


class CrewOfOne:
    """Trains nothing: the losses of the trials are given, and which of them come to their end in the first round."""

    n_jobs = 1

    def __init__(self, ended):
        self.ended, self.calls = ended, []

    def introduce(self, tasks):
        pass

    def dismiss(self, tasks):
        pass

    def train(self, tasks, *, until):
        self.calls.append(until)
        for task in tasks:
            task.course = task.known
        return [
            Outcome("converged" if task.name in self.ended else "paused", 1, task.known.best.loss) for task in tasks
        ]


@pytest.mark.parametrize(
    ("ended", "last_judges", "calls"),
    [("b", 1, [12]), ("ab", 1, [12]), ("a", 1, [12, 52]), ("", 1, [12, 52]), ("b", 2, [12, 52])],
)
def test_a_round_is_left_out_only_if_it_cannot_change_the_order(ended, last_judges, calls):
    """The first one may get better, but the other has come to its end, and no fold joins in."""

    def task(name, loss):
        known = SimpleNamespace(best=SimpleNamespace(loss=loss))
        return SimpleNamespace(name=name, known=known, course=None, has_ended=False, settings={"bins": 2})

    some = [Trial([{}], [task("a", 1.0)]), Trial([{}], [task("b", 2.0)])]
    maker = SimpleNamespace(parts=[[SimpleNamespace(rows=np.arange(9))]], task=lambda k, settings: task("c", 1.0))
    crew = CrewOfOne(ended)
    winners, _ = Contest(maker, some, [Round(2, 12, 1), Round(2, 52, last_judges)]).winners(crew)
    assert list(dict.fromkeys(crew.calls)) == calls
    assert winners[0].name == "a"


def test_a_straight_line_is_learnt_better_by_weights_that_shrink():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 8))
    line, y = X.sum(axis=1), X.sum(axis=1) + rng.normal(size=160)
    usual = {"dropout": 0.1, "weight_decay": 0.02, "bins": 2, "bins_at_values": False}
    models = (fitted(X, y, hidden_layer_sizes=(128, 128), **settings) for settings in (NEARLY_LINEAR, usual))
    shrunk, other = (np.mean((model.oof_prediction_ - line) ** 2) for model in models)
    assert shrunk < 0.8 * other


def test_when_all_answers_make_the_same_network_none_is_tried():
    X = np.repeat([[0.0], [1.0]], 40, axis=0)  # a single bin, whatever is asked for
    model = fitted(X, X[:, 0], dropout=0.1)
    assert model.trials_ == []
    assert set(model.chosen_settings_) == {"bins", "bins_at_values"}
    assert model.n_iter_ > 0


def test_members_of_the_judging_folds_are_trained_once(monkeypatch):
    learnt = []
    end_epochs = Course.end_epochs

    def counted(course):
        n_before = course.n_epochs
        end_epochs(course)
        learnt.extend([course.learner] * (course.n_epochs - n_before))

    monkeypatch.setattr(Course, "end_epochs", counted)
    model = fitted(*steps())
    for run in model._runs:
        assert learnt.count(run.learner) == len(run.history)


@pytest.mark.parametrize(
    ("settings", "n_trials"),
    [
        ({"bins": 8}, len(ANSWERS)),
        ({"bins_at_values": False}, len(ANSWERS)),
        ({"dropout": 0.2}, 7),
        ({"weight_decay": 0.0}, 7),
        ({"scale_rate": 0.0}, 7),
        ({"bins": 8, "dropout": 0.2}, 0),
        ({"learning_rate_init": 0.01}, 0),
        ({"solver": "sgd"}, 0),
    ],
)
def test_what_is_given_is_not_tried(settings, n_trials):
    given = {"solver": "adam", "learning_rate_init": "auto", "bins": "auto", "bins_at_values": "auto"}
    given |= {"dropout": "auto", "weight_decay": None, "scale_rate": "auto"}
    changes = trials(given | settings, 500, incremental=False)
    assert len(changes) == max(n_trials, 1)
    meant = resolved(given | settings, 500, incremental=False)
    assert changes[0] == {name: meant[name] for name in changes[0]}
    assert not any(set(change) & set(settings) for change in changes)


def test_wide_tables_have_fewer_bins_unless_the_user_says_how_many():
    given = {"solver": "adam", "learning_rate_init": "auto", "bins": "auto", "bins_at_values": "auto"}
    given |= {"dropout": "auto", "weight_decay": None, "scale_rate": "auto"}
    bins = {change["bins"] for change in trials(given, 5000, incremental=False, n_columns=1000)}
    assert bins == {8, 2, 1}
    assert resolved(given, 5000, incremental=False, n_columns=1000)["bins"] == 8
    assert resolved(given, 5000, incremental=False, n_columns=100_000)["bins"] == 2
    assert resolved(given, 250, incremental=False, n_columns=1000)["bins"] == 4  # few rows cannot tell where all bend
    assert resolved(given, 250, incremental=True, n_columns=1000)["bins"] == 8  # more may come
    assert resolved(given | {"bins": 32}, 5000, incremental=False, n_columns=1000)["bins"] == 32


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


def test_what_is_said_later_counts_for_more_than_what_a_trial_has_chosen():
    X, y = steps()
    model = fitted(X, y, warm_start=True)
    chosen = dict(model.chosen_settings_)
    with short():
        model.set_params(dropout=0.5, weight_decay=0.125).fit(X, y)
        program = model._runs[0].learner.program
        assert (program.architecture.dropout[-1], program.optimizer.weight_decay) == (0.5, 0.125)
        model.set_params(dropout="auto", weight_decay=None).fit(X, y)
    assert model._runs[0].learner.program.optimizer.weight_decay == chosen["weight_decay"]
