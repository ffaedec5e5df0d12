"""scikit-learn's callbacks on both estimators: they see every epoch, may end training, and get the row weights."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glassnet import GlassNetClassifier, GlassNetRegressor
from glassnet.training import trainer

from .cases import KINDS, TINY, short, table

every_kind = pytest.mark.parametrize("kind", KINDS)
every_solver = pytest.mark.parametrize("solver", ["adam", "lbfgs"])
METRICS = {GlassNetRegressor: ("r2", r2_score), GlassNetClassifier: ("accuracy", accuracy_score)}


class Witness:
    """Writes down what a callback is told, and does something after one of the epochs."""

    def __init__(self, epoch=0, action=lambda: True):
        self.epoch, self.action, self.tasks, self.models = epoch, action, [], []

    def setup(self, estimator, context):
        self.tasks.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.tasks.append(f"{context.task_name} begins")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.tasks.append(f"{context.task_name} ends")
        self.models.append((fitted_estimator, X, y, metadata))
        return self.tasks[-1] == "epoch ends" and self.tasks.count("epoch ends") == self.epoch and self.action()

    def teardown(self, estimator, context):
        self.tasks.append("teardown")


def watched(kind, callback, *, weight=None, **settings):
    X, y = table(kind)
    with short():
        return kind(**TINY | settings).set_callbacks(callback).fit(X, y, sample_weight=weight)


@every_kind
@every_solver
def test_a_callback_sees_the_fit_and_every_epoch_in_order(kind, solver):
    witness = Witness()
    watched(kind, witness, solver=solver)
    epochs = ["epoch begins", "epoch ends"] * 3
    assert witness.tasks == ["setup", "fit begins", *epochs, "fit ends", "teardown"]


@every_kind
@every_solver
def test_a_callback_gets_the_network_of_each_epoch_and_the_data_as_they_came(kind, solver):
    witness, (X, y), weight = Witness(), table(kind), np.linspace(0.5, 1.5, 60)
    model = watched(kind, witness, solver=solver, weight=weight)
    predictions = [seen.predict(X) for seen, *_ in witness.models]
    with short():
        first = kind(**TINY | {"max_iter": 1, "solver": solver}).fit(X, y, weight)
    assert np.array_equal(predictions[0], first.predict(X))
    assert np.array_equal(predictions[2], model.predict(X))
    assert np.array_equal(predictions[3], model.predict(X))
    for _, X_seen, y_seen, metadata in witness.models:
        assert X_seen.shape == X.shape
        assert np.array_equal(y_seen, y)
        assert metadata["sample_weight"] is weight


@every_kind
@every_solver
def test_a_callback_that_returns_true_ends_training(kind, solver):
    model = watched(kind, Witness(epoch=2), solver=solver)
    assert (model.n_iter_, model.stop_reason_) == (2, "callback")


@every_kind
@every_solver
def test_an_interrupt_keeps_what_was_learnt_and_says_so(kind, solver):
    def interrupt():
        raise KeyboardInterrupt

    X, y = table(kind)
    with pytest.warns(UserWarning, match="^Training was interrupted by the user. What was learnt until then is kept.$"):
        model = kind(**TINY | {"solver": solver}).set_callbacks(Witness(2, interrupt)).fit(X, y)
    assert (model.n_iter_, model.stop_reason_) == (2, "interrupted")
    with short():
        two = kind(**TINY | {"solver": solver, "max_iter": 2}).fit(X, y)
    assert np.array_equal(model.predict(X), two.predict(X))


@every_kind
def test_an_interrupt_brings_the_best_weights_back(kind):
    def interrupt():
        raise KeyboardInterrupt

    X, y = table(kind)
    model = kind(**TINY | {"max_iter": 50, "learning_rate_init": 0.3, "tol": 0}).set_callbacks(Witness(30, interrupt))
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X[:30], y[:30], X_val=X[30:], y_val=y[30:])
    assert len(model.validation_loss_curve_) == 30
    # measured in float32 there: 50 seeds used at most 16 %
    assert model.validation_scores_[model.best_iteration_ - 1] == pytest.approx(model.score(X[30:], y[30:]), abs=1e-7)


@every_kind
@every_solver
@pytest.mark.parametrize("weighted", [False, True])
def test_scoring_monitor_has_a_row_for_each_epoch_and_one_for_the_fit(kind, solver, weighted):
    (X, y), (name, score) = table(kind), METRICS[kind]
    weight = np.linspace(0, 2, 60) if weighted else None
    monitor = ScoringMonitor(scoring=name)
    model = watched(kind, monitor, weight=weight, solver=solver)
    rows = monitor.get_logs().data
    assert [row["task_name"] for row in rows] == ["fit", "epoch", "epoch", "epoch"]
    expected = score(y, model.predict(X), sample_weight=weight)
    assert rows[0][name] == rows[3][name] == expected  # the same sums: 50 seeds had the same bits


@every_kind
def test_scoring_monitor_takes_frames_without_a_warning(kind):
    X, y = table(kind)
    frame = pd.DataFrame(X, columns=[f"column {k}" for k in range(X.shape[1])])
    monitor = ScoringMonitor(scoring=METRICS[kind][0])
    with short():
        kind(**TINY).set_callbacks(monitor).fit(frame, pd.Series(y))
    assert len(monitor.get_logs().data) == 4


@every_kind
@every_solver
def test_progress_bar_fills_up(kind, solver, capsys):
    watched(kind, ProgressBar(), solver=solver)
    shown = capsys.readouterr().out
    assert f"{kind.__name__} - fit" in shown
    assert "100%" in shown


@every_kind
def test_partial_fit_calls_them_too(kind):
    witness, (X, y) = Witness(), table(kind)
    model = kind(**TINY).set_callbacks(witness)
    model.partial_fit(X, y, **({"classes": np.unique(y)} if kind is GlassNetClassifier else {}))
    model.partial_fit(X, y)
    assert witness.tasks == ["setup", "fit begins", "epoch begins", "epoch ends", "fit ends", "teardown"] * 2
    assert not hasattr(model, "_callback_fit_ctx")


@every_kind
def test_a_failed_fit_takes_them_down(kind):
    witness = Witness()
    with pytest.raises(ArithmeticError):
        watched(kind, witness, solver="sgd", learning_rate_init=1e30, batch_size=5)
    assert witness.tasks[-1] == "teardown"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@every_kind
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_they_work_inside_searches_and_pipelines(kind, n_jobs):
    X, y = table(kind)
    monitor = ScoringMonitor(scoring=METRICS[kind][0])
    pipe = make_pipeline(StandardScaler(), kind(**TINY).set_callbacks(monitor))
    folds = KFold(2, shuffle=True, random_state=0)
    GridSearchCV(pipe, {f"{kind.__name__.lower()}__alpha": [0, 1]}, cv=folds, n_jobs=n_jobs, error_score="raise").fit(
        X, y
    )
    # the refit at least; the copies in the folds report to the same monitor where they share its process
    rows = [row for log in monitor.get_logs(select="all") for row in log.data if row["task_name"] == "epoch"]
    assert len(rows) >= 3
    bar = GridSearchCV(kind(**TINY), {"alpha": [0, 1]}, cv=folds).set_callbacks(ProgressBar(max_propagation_depth=2))
    assert bar.fit(X, y).best_estimator_.n_iter_ == 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@every_kind
def test_weights_are_routed_through_a_search(kind):
    X, y = table(kind)
    folds, weight = KFold(2, shuffle=True, random_state=0), np.linspace(0.1, 2, 60)
    with sklearn.config_context(enable_metadata_routing=True):
        model = kind(**TINY).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"alpha": [0, 1]}, cv=folds, error_score="raise").fit(X, y, sample_weight=weight)
        best = search.best_estimator_
        direct = kind(**TINY | {"alpha": best.alpha}).fit(X, y, sample_weight=weight)
    assert np.array_equal(best._fitted.first.theta, direct._fitted.first.theta)
    assert hasattr(kind(), "set_partial_fit_request")


@every_kind
def test_a_model_with_callbacks_can_be_copied_and_sent_away(kind):
    monitor, (X, _) = ScoringMonitor(scoring=METRICS[kind][0]), table(kind)
    model = watched(kind, monitor)
    assert not [name for name in vars(model) if "callback" in name and name != "_skl_callbacks"]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(twin.predict(X), model.predict(X))


@every_kind
@every_solver
def test_a_run_that_ends_too_soon_warns_at_the_users_own_line(kind, solver):
    X, y = table(kind)
    text = (
        r"^Maximum iterations \(3\) reached before the loss settled. Set a larger max_iter, or "
        r"n_iter_no_change=float\('inf'\) if this length was meant.$"
    )
    for fit in (kind(**TINY | {"solver": solver}).fit, make_pipeline(kind(**TINY | {"solver": solver})).fit):
        with pytest.warns(ConvergenceWarning, match=text) as caught:
            fit(X, y)
        assert caught[0].filename == __file__


def test_no_warning_where_the_length_was_meant():
    X, y = table(GlassNetRegressor)
    GlassNetRegressor(**TINY | {"n_iter_no_change": np.inf}).fit(X, y)
    GlassNetRegressor(**TINY | {"learning_rate": "cosine"}).fit(X, y)
    GlassNetRegressor(**TINY).partial_fit(X, y)


def test_lbfgs_out_of_measurements_says_which_limit():
    X, y = table(GlassNetRegressor)
    with pytest.warns(ConvergenceWarning, match=r"^Maximum measurements of the loss \(2\).* larger max_fun"):
        GlassNetRegressor(**TINY | {"solver": "lbfgs", "max_fun": 2, "max_iter": 50}).fit(X, y)


def test_a_batch_larger_than_the_table_is_mentioned():
    X, y = table(GlassNetRegressor)
    text = "^batch_size=61 is larger than the number of training rows. Each step uses all 60 of them.$"
    with pytest.warns(UserWarning, match=text) as caught:
        GlassNetRegressor(**TINY | {"batch_size": 61, "n_iter_no_change": np.inf}).fit(X, y)
    assert caught[0].filename == __file__


@every_kind
@pytest.mark.parametrize("n_members", [1, 3])
def test_a_model_that_nobody_looks_on_at_is_the_same_though_its_epochs_go_by_at_once(kind, n_members, monkeypatch):
    monkeypatch.setattr(trainer, "AT_ONCE", 1.0)  # seconds: as many as the rules allow
    settings = {"max_iter": 40, "learning_rate": "coslog4", "n_members": n_members, "random_state": 3}
    with short():
        alone = kind(**TINY | settings).fit(*table(kind))
    witness = Witness()
    seen = watched(kind, witness, **settings)
    assert alone.predict(table(kind)[0]).tobytes() == seen.predict(table(kind)[0]).tobytes()
    assert witness.tasks.count("epoch ends") == sum(len(run.history) for run in seen._runs)
    for run, other in zip(alone._runs, seen._runs, strict=True):
        assert run.learner.memory.tobytes() == other.learner.memory.tobytes()
        curves = ({**run.history.as_dict(), "seconds": []}, {**other.history.as_dict(), "seconds": []})
        assert curves[0] == curves[1]


@every_kind
def test_callbacks_hear_of_the_epochs_of_every_member_one_at_a_time(kind):
    witness = Witness()
    watched(kind, witness, n_members=3)
    assert witness.tasks[:2] == ["setup", "fit begins"]
    assert witness.tasks[-2:] == ["fit ends", "teardown"]
    for task, n in {"member": 3, "epoch": 9}.items():
        assert witness.tasks.count(f"{task} begins") == witness.tasks.count(f"{task} ends") == n


@every_kind
def test_a_callback_that_returns_true_ends_all_members(kind, monkeypatch):
    monkeypatch.setattr("glassnet.training.members.TURN", 60.0)  # also if the first one's time goes into compiling
    model = watched(kind, Witness(epoch=4), n_members=2, n_jobs=1, max_iter=50)
    assert model.stop_reason_ == "callback"
    assert [len(run.history) for run in model._runs] == [4, 1]  # the second had yet to begin, and keeps its first epoch
