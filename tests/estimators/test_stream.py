"""Learning from a stream: every row in one window of each epoch, and none seen by the member that holds it out."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from glassnet import Checkpoint, GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import DataWarning, DivergenceError, InputError, SettingError
from glassnet.estimators.stream import Stream
from glassnet.estimators.streamed import roles_of, survey_for
from glassnet.table.chunks import big_table
from glassnet.training import sweep

from ..table.cases import mixed
from .cases import TINY, short

SEVERAL = TINY | {"n_members": 3, "max_iter": 4}
N = 900


def numbers(n=N):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    y = X[:, 0] - 2 * X[:, 1] + 0.1 * rng.normal(size=n)
    return pd.DataFrame(X, columns=list("abcd")).assign(y=y, kind=np.where(y > 0, "high", "low"))


@pytest.fixture
def path(tmp_path):
    numbers().to_parquet(tmp_path / "t.parquet", row_group_size=50)
    return tmp_path / "t.parquet"


def streamed(path, kind=GlassNetRegressor, target="y", window=200, sample_rows=300, **settings):
    with short():
        model = kind(**SEVERAL | settings)
        return model.fit_stream(path, target, list("abcd"), shuffle_window=window, sample_rows=sample_rows)


def survey(path, sample_rows=300, features=("a", "b", "c", "d"), weight=None, **settings):
    table, model = big_table(path), GlassNetRegressor(**SEVERAL | settings)
    return survey_for(model, table, roles_of(table, "y", features, weight), sample_rows)


def stream(path, window=200, **settings):
    return Stream(survey(path, **settings), lambda y: y[:, None], lambda weight, y: weight, window)


def row_numbers(one, epoch):
    return [np.concatenate([piece.rows for piece in window]) for window in one.windows(epoch)]


# ---- The first pass --------------------------------------------------------------------------------------------------


def test_one_pass_finds_the_moments_that_numpy_finds_in_the_rows_of_each_member(path):
    found, frame = survey(path), numbers()
    assert found.n_rows.sum() == N
    for k in range(3):
        learnt = frame[~found.folds.held_out(k, np.arange(N))]
        assert found.n_learnt(k) == len(learnt)
        for moments, columns in ((found.learnt(k, found.of_X), list("abcd")), (found.learnt(k, found.of_y), ["y"])):
            np.testing.assert_allclose(moments.mean, learnt[columns].mean(), rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(moments.deviation, learnt[columns].std(ddof=0), rtol=1e-12)


def test_scaling_comes_from_all_rows_and_not_from_the_sample(path):
    model, frame = streamed(path, sample_rows=50), numbers()
    found = survey(path, sample_rows=50)
    for k, member in enumerate(model._fitted.members):
        learnt = frame[~found.folds.held_out(k, np.arange(N))]
        np.testing.assert_allclose(member.inputs.mean, learnt[list("abcd")].mean(), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(member.targets.size, learnt.y.std(ddof=0), rtol=1e-12)


def test_the_sample_holds_rows_of_the_table_each_with_its_number(path):
    found, frame = survey(path), numbers()
    assert len(found.rows) == 300
    assert (np.diff(found.rows) > 0).all()
    np.testing.assert_array_equal(found.sample.to_pandas(), frame.iloc[found.rows][list("abcd")])
    np.testing.assert_array_equal(found.y, frame.y[found.rows])


def test_every_row_is_as_likely_to_be_in_the_sample(path):
    counts = sum(np.bincount(survey(path, 90, random_state=seed).rows, minlength=N) for seed in range(60))
    by_tenth = counts.reshape(10, -1).sum(axis=1)  # 540 each, with a deviation below 22
    assert by_tenth.sum() == 60 * 90
    assert np.abs(by_tenth - 540).max() < 4 * 22


@pytest.mark.parametrize("kind", ["int64", "uint64"])
@pytest.mark.parametrize("column", ["a", "y"])
def test_whole_numbers_beyond_what_floats_tell_apart_are_the_nearest_floats_as_in_fit(tmp_path, kind, column):
    table = numbers().drop(columns="kind")
    table[column] = (2**62 + np.arange(N) % 7 * 10**15 + 1).astype(kind)
    table.to_parquet(tmp_path / "t.parquet")
    found = survey(tmp_path / "t.parquet", sample_rows=N)
    values = found.y if column == "y" else found.sample.to_pandas()[column]
    np.testing.assert_array_equal(np.asarray(values, dtype=np.float64), table[column].astype(np.float64))
    streamed(tmp_path / "t.parquet")


def test_a_sample_of_all_rows_is_the_table(path):
    assert np.array_equal(survey(path, 10**6).rows, np.arange(N))


def test_gaps_and_classes_are_counted_in_all_rows(tmp_path):
    frame = numbers()
    frame.loc[[3, 700], "b"] = np.nan
    frame.to_parquet(tmp_path / "gaps.parquet", row_group_size=100)
    found = survey(tmp_path / "gaps.parquet")
    assert found.gaps["b"] in (0, 2)  # NaN in a column of numbers is a gap to pandas and a number to Arrow
    assert not found.is_plain
    table = big_table(tmp_path / "gaps.parquet")
    classes = survey_for(GlassNetClassifier(**SEVERAL), table, roles_of(table, "kind", ["a"]), 50).classes
    assert classes == frame.kind.value_counts().to_dict()


# ---- Windows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [1, 64, 200, 10_000])
def test_every_row_is_in_one_window_of_each_epoch(path, window):
    one = stream(path, window)
    for epoch in range(2):
        found = row_numbers(one, epoch)
        assert np.array_equal(np.sort(np.concatenate(found)), np.arange(N))
        assert max(map(len, found)) <= 1.5 * window + max(1, window // 4) or len(found) == 1


def test_windows_come_from_several_places_and_in_another_order_in_each_epoch(path):
    one = stream(path)
    first, second = row_numbers(one, 0), row_numbers(one, 1)
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))
    assert np.array_equal(np.concatenate(first), np.concatenate(row_numbers(one, 0)))
    assert all(len(np.unique(rows // 50)) >= 4 for rows in first[:-1])


def test_without_shuffling_rows_come_as_they_are(path):
    one = Stream(survey(path), lambda y: y[:, None], lambda weight, y: weight, 200, shuffle=False)
    assert np.array_equal(np.concatenate(row_numbers(one, 0)), np.arange(N))


def test_a_member_learns_from_every_row_but_those_that_it_holds_out(path, monkeypatch):
    seen, n_epochs = {k: [] for k in range(3)}, 2
    learn = sweep._Lockstep._learn

    def spy(self, window, k):
        rows = window(k)
        seen[k].append(rows.X.copy())
        learn(self, window, k)

    monkeypatch.setattr(sweep._Lockstep, "_learn", spy)
    model = streamed(path, max_iter=n_epochs)
    X, folds = numbers()[list("abcd")].to_numpy(), survey(path).folds
    for k, member in enumerate(model._fitted.members):
        expected = member.numbers(X, np.flatnonzero(~folds.held_out(k, np.arange(N))))
        found = np.concatenate(seen[k])
        assert len(found) == n_epochs * len(expected)
        np.testing.assert_array_equal(np.unique(found, axis=0), np.unique(expected, axis=0))


def test_each_row_is_held_out_by_one_member(path):
    folds = survey(path).folds
    held = np.array([folds.held_out(k, np.arange(N)) for k in range(3)])
    assert (held.sum(axis=0) == 1).all()
    assert np.array_equal(held.argmax(axis=0), folds.number(np.arange(N)))


# ---- The model -------------------------------------------------------------------------------------------------------


def test_a_stream_gives_a_model_as_good_as_fit_does(path):
    settings, new = {"max_iter": 40, "batch_size": 32, "learning_rate_init": 0.01}, numbers(2000)[N:]
    model = streamed(path, **settings)
    with short():
        whole = GlassNetRegressor(**SEVERAL | settings).fit(numbers()[list("abcd")], numbers().y)
    scores = [one.score(new[list("abcd")], new.y) for one in (model, whole)]
    assert min(scores) > 0.9
    assert abs(scores[0] - scores[1]) < 0.03


def thetas(model):
    return np.array([member.theta for member in model._fitted.members])


def test_the_same_seed_gives_the_same_bits_whatever_the_threads(path):
    pa.set_cpu_count(1)
    one = streamed(path, n_jobs=1)
    pa.set_cpu_count(4)
    assert np.array_equal(thetas(one), thetas(streamed(path, n_jobs=3)))
    assert not np.array_equal(thetas(one), thetas(streamed(path, random_state=1)))


def test_the_kind_of_file_changes_nothing_if_the_pieces_are_the_same(path):
    dataset = ds.dataset(pa.table(numbers()).combine_chunks())
    again = ds.dataset(numbers_in_batches())
    assert np.array_equal(thetas(streamed(path)), thetas(streamed(again)))
    assert thetas(streamed(dataset)).shape == thetas(streamed(path)).shape


def numbers_in_batches():
    return pa.Table.from_batches(pa.table(numbers()).to_batches(max_chunksize=50))


def test_oof_predictions_are_given_for_the_sample_by_members_that_have_not_learnt_from_it(path):
    model, frame = streamed(path), numbers()
    assert model.oof_prediction_ is None
    assert model.data_hash_ is None
    rows, folds = model.oof_sample_.rows, survey(path).folds
    members = model.member_predictions(frame.iloc[rows][list("abcd")])
    own = members[folds.number(rows), np.arange(len(rows))]
    np.testing.assert_allclose(model.oof_sample_.prediction, own, rtol=1e-12)


def test_a_streamed_model_predicts_intervals_and_is_saved_and_loaded(path, tmp_path):
    model, new = streamed(path, max_iter=10), numbers(60)[list("abcd")]
    model.save(tmp_path / "model.glassnet")
    again = load(tmp_path / "model.glassnet")
    assert np.array_equal(again.predict(new), model.predict(new))
    ends = again.predict_interval(new, 0.8)
    assert (ends[:, 0] < ends[:, 1]).all()
    assert again.oof_sample_ is None


def test_classes_come_from_all_rows_and_may_be_texts_booleans_or_numbers(tmp_path):
    frame = numbers()
    frame["grade"] = np.where(frame.y > 1, 3, 1)
    frame["is_high"] = frame.y > 0
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=50)
    for target, classes in (("kind", ["high", "low"]), ("grade", [1, 3]), ("is_high", [False, True])):
        model = streamed(tmp_path / "t.parquet", GlassNetClassifier, target)
        assert model.classes_.tolist() == classes
        assert set(model.predict(frame[list("abcd")])) <= set(classes)


def test_balanced_classes_count_the_same(path):
    """Half of the weight on each class moves predictions towards the rare one."""
    frame = numbers()
    frame["rare"] = frame.y > 2.5
    frame.to_parquet(path, row_group_size=50)
    plain, balanced = (
        streamed(path, GlassNetClassifier, "rare", class_weight=given, max_iter=20, batch_size=32)
        for given in (None, "balanced")
    )
    X = frame[list("abcd")]
    assert balanced.predict_proba(X)[:, 1].mean() > 1.3 * plain.predict_proba(X)[:, 1].mean()


def test_a_row_of_weight_0_is_as_if_it_were_not_there(tmp_path):
    frame = numbers().assign(w=1.0)
    frame.loc[::7, ["w", "y"]] = 0.0, 1e6
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=50)
    with short():
        model = GlassNetRegressor(**SEVERAL).fit_stream(
            tmp_path / "t.parquet", "y", list("abcd"), weight="w", shuffle_window=200, sample_rows=300
        )
    assert np.abs(model.predict(frame[list("abcd")])).max() < 100
    assert not np.isin(model.oof_sample_.rows, np.arange(0, N, 7)).any()


def test_mixed_columns_are_read_as_fit_reads_them(tmp_path):
    frame, y = mixed(200), np.random.default_rng(0).normal(size=200)
    frame.assign(y=y).to_parquet(tmp_path / "t.parquet", row_group_size=20)
    with short(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        model = GlassNetRegressor(**SEVERAL).fit_stream(tmp_path / "t.parquet", "y", shuffle_window=60)
        whole = GlassNetRegressor(**SEVERAL).fit(frame, y)
    assert [(one.name, one.kind) for one in model.columns_] == [(one.name, one.kind) for one in whole.columns_]
    assert np.isfinite(model.predict(frame)).all()


def test_a_wide_category_that_names_the_row_gives_nothing_away(tmp_path):
    """As for `fit`: rows of the sample see the mean targets of other rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 2)), columns=["x", "y"]).assign(name=[f"row {k}" for k in range(300)])
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=20)
    with short():
        model = GlassNetRegressor(**SEVERAL | {"max_iter": 20, "column_kinds": {"name": "category"}})
        model.fit_stream(tmp_path / "t.parquet", "y", shuffle_window=60)
    assert np.mean((frame.y - model.oof_sample_.prediction) ** 2) > 0.9 * frame.y.var()
    assert model.history_.train_loss[-1] > 0.4  # half of the variance, of targets with variance 1


def test_trials_are_made_on_the_sample(path):
    settings = {"dropout": "auto", "weight_decay": None, "learning_rate_init": "auto", "max_iter": 4, "n_members": 2}
    model = streamed(path, **settings)
    names = {"dropout", "weight_decay", "scale_rate", "epochs", "folds", "validation_loss"}
    assert [set(trial) for trial in model.trials_] == [names] * (9 + 3 + 2)
    assert set(model.chosen_settings_) == {"dropout", "weight_decay", "scale_rate"}


def test_one_member_has_validation_rows_only_with_early_stopping(path):
    assert streamed(path, n_members=1).validation_loss_curve_ is None
    stopped = streamed(path, n_members=1, early_stopping=True)
    assert len(stopped.validation_loss_curve_) == stopped.n_iter_
    assert stopped.oof_sample_ is None


# ---- What does not work ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"solver": "lbfgs"}, "solver='adam'"),
        ({"cv": [([0], [1])]}, "use fit"),
        ({"warm_start": True}, "partial_fit"),
        ({"n_members": 0}, "n_members=0"),
    ],
)
def test_settings_that_do_not_go_with_a_stream_are_refused(path, settings, says):
    with pytest.raises(SettingError, match=says):
        streamed(path, **settings)


def test_a_checkpoint_is_refused(path, tmp_path):
    model = GlassNetRegressor(**SEVERAL).set_callbacks(Checkpoint(tmp_path / "run.ckpt"))
    with pytest.raises(SettingError, match="Checkpoint does not go with fit_stream"):
        model.fit_stream(path, "y", list("abcd"))


@pytest.mark.parametrize("wrong", [{"window": 1}, {"window": 0.5}, {"sample_rows": 0}])
def test_windows_and_samples_are_numbers_of_rows(path, wrong):
    with pytest.raises(SettingError, match="whole number above 1"):
        streamed(path, **wrong)


def test_the_target_and_the_features_are_columns(path):
    model = GlassNetRegressor(**SEVERAL)
    for target, features, says in ((None, None, "target='name'"), ("z", None, "'z'"), ("y", ["a", "y"], "different")):
        with pytest.raises(InputError, match=says):
            model.fit_stream(path, target, features)
    with pytest.raises(InputError, match="GlassNetClassifier"):
        model.fit_stream(path, "kind")
    assert not hasattr(model, "n_features_in_")


def test_a_bad_target_or_value_is_named_by_the_number_of_its_row(tmp_path):
    frame = numbers()
    frame["y"] = frame["y"].astype(object).where(frame.index != 777, None)
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=50)
    with pytest.raises(InputError, match="no value in row 777"):
        streamed(tmp_path / "t.parquet")
    frame = numbers().assign(a=[str(k) + ".5" for k in range(N)])
    frame.loc[888, "a"] = "?!"
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=50)
    with pytest.raises(InputError, match=r"'\?!' in row 888"):
        streamed(tmp_path / "t.parquet", sample_rows=50, random_state=1)


def test_divergence_is_an_error(path):
    with np.errstate(all="ignore"), pytest.raises(DivergenceError, match="epoch 1 of the table"):
        streamed(path, solver="sgd", learning_rate_init=1e6)


# ---- Memory ----------------------------------------------------------------------------------------------------------

LIMITED = Path(__file__).parent / "limited_memory.py"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process has asked for")
def test_a_table_larger_than_memory_can_be_streamed_and_not_loaded(tmp_path):
    def run(what):
        done = subprocess.run(
            [sys.executable, LIMITED, tmp_path / "big.parquet", what], capture_output=True, text=True, timeout=120
        )
        return done.stdout.split(), done.stderr

    assert run("write")[0] == ["written"]
    assert run("load")[0] == ["MemoryError"]
    out, err = run("stream")
    assert out, err
    assert float(out[0]) > 0.9


def test_a_target_that_the_sample_has_one_value_of_is_not_said_to_have_it_everywhere(tmp_path):
    frame = numbers().assign(y=0.0)
    frame.loc[N - 1, "y"] = 1.0
    frame.to_parquet(tmp_path / "rare.parquet")
    with pytest.warns(DataWarning, match=r"the target is 0 in every row of the sample, so"):
        streamed(tmp_path / "rare.parquet", sample_rows=20)
