"""A prediction with a constraint never goes the other way: for any rows, however it was trained."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.engine import compiled
from glassnet.engine.compiler import load_plain
from glassnet.errors import SettingError
from glassnet.estimators.state import program_of
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.monotone import NEVER_FALL

from .cases import IRIS, short

SMALL = {"hidden_layer_sizes": (4, 3), "bins": 3, "n_members": 1, "max_iter": 4, "random_state": 0}
WILD = SMALL | {"learning_rate_init": 0.5, "learning_rate": "constant", "n_iter_no_change": np.inf}
WAYS = {0: 1, 2: -1}
ROUNDING = 1e-6  # of the largest prediction: the network counts in float32


@pytest.fixture
def plain_engine(monkeypatch):
    """The written code as plain Python: nothing is compiled."""

    def plain(source):
        return list(vars(load_plain(source)).values())[-1]

    monkeypatch.setattr(compiled, "compile_source", plain)


def rows(n=40, seed=0):
    """Three columns, and a target that goes against the constraints."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, -2 * X[:, 0] + X[:, 1] + X[:, 2] + 0.3 * rng.normal(size=n)


def fall(predict, X, ways, seed=1):
    """By how much a prediction falls at most as X goes the way of the constraints, as a share of the largest."""
    rng = np.random.default_rng(seed)
    X = np.repeat(X, 20, axis=0) + rng.normal(size=(20 * len(X), X.shape[1]))
    further = X.copy()
    for column, way in ways.items():
        further[:, column] += way * rng.exponential(size=len(X))
    before, after = predict(X), predict(further)
    return float(np.max(before - after)) / float(np.abs(before).max())


# ---- The promise -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize("activation", [name for name in NEVER_FALL if name in ACTIVATIONS])
def test_no_activation_that_is_allowed_breaks_a_constraint(activation):
    X, y = rows()
    model = GlassNetRegressor(**WILD, activation=activation, monotonic_constraints=WAYS).fit(X, y)
    assert fall(model.predict, X, WAYS) < ROUNDING


@pytest.mark.usefixtures("plain_engine")
def test_a_free_column_goes_where_the_rows_go():
    X, y = rows()
    model = GlassNetRegressor(**SMALL | {"max_iter": 60}, monotonic_constraints=WAYS).fit(X, y)
    assert fall(model.predict, X, {1: -1}) > 0.1


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize(
    "settings",
    [
        {"bins": 0},
        {"bins": 0, "scaling": "standard", "solver": "sgd", "batch_size": 1, "learning_rate_init": 0.05},
        {"batch_size": 1, "max_norm": 1.0, "max_iter": 2},
        {"dropout": 0.4, "input_dropout": 0.3},
        {"alpha": 0.3, "l1": 0.3, "weight_decay": 0.3},
        {"solver": "lbfgs", "learning_rate": "auto", "max_iter": 30},
        {"n_members": 3},
        {"early_stopping": True},
        {"loss": "quantile", "quantile": (0.1, 0.9)},
        {"initialization": "orthogonal", "parametrization": "standard"},
    ],
    ids=str,
)
def test_no_way_of_training_breaks_a_constraint(settings):
    X, y = rows()
    with short():
        model = GlassNetRegressor(**WILD | settings, monotonic_constraints=WAYS).fit(X, y)
    assert fall(model.predict, X, WAYS) < ROUNDING


@pytest.mark.usefixtures("plain_engine")
def test_the_probability_of_the_second_class_keeps_a_constraint():
    X, y = rows()
    model = GlassNetClassifier(**WILD, monotonic_constraints=WAYS).fit(X, np.where(y > 0, "yes", "no"))
    assert fall(lambda X: model.predict_proba(X)[:, 1], X, WAYS) < ROUNDING
    labels = np.column_stack([y > 0, y < 1]).astype(int)
    model = GlassNetClassifier(**WILD, monotonic_constraints=WAYS).fit(X, labels)  # several labels: each of them
    assert fall(model.predict_proba, X, WAYS) < ROUNDING


@pytest.mark.usefixtures("plain_engine")
def test_minus_1_on_a_column_is_1_on_its_mirror_image():
    X, y = rows()
    up, down = (
        GlassNetRegressor(**SMALL, monotonic_constraints=[sign, 0, 0]).fit(X * [sign, 1, 1], y) for sign in (1, -1)
    )
    again = down.predict(X * [-1, 1, 1])
    assert np.corrcoef(up.predict(X), again)[0, 1] > 0.9  # not the same first weights, so not the same bits


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize("adaptive", [False, True])
def test_both_ends_of_intervals_keep_a_constraint_though_noise_grows_with_its_column(adaptive):
    X, _ = rows(120)
    y = X[:, 0] + X[:, 1] + np.exp(X[:, 0]) * np.random.default_rng(1).normal(size=120)
    with short():
        model = GlassNetRegressor(**SMALL | {"n_members": 3}, dropout=0.1, monotonic_constraints={0: 1}).fit(X, y)

    def ends(rows):
        return model.predict_interval(rows, 0.8, adaptive=adaptive)

    assert fall(ends, X, {0: 1}) < ROUNDING
    if adaptive:  # and the noise that goes with the free columns is followed still
        assert np.ptp(np.diff(ends(X))) > 0


@pytest.mark.usefixtures("plain_engine")
def test_going_on_keeps_a_constraint():
    X, y = rows()
    model = GlassNetRegressor(**WILD, warm_start=True, monotonic_constraints=WAYS)
    for _ in range(2):
        model.fit(X, y)
    assert fall(model.predict, X, WAYS) < ROUNDING
    with pytest.raises(SettingError, match=r"^the network to go on with was trained under other monotonic_constraints"):
        model.set_params(monotonic_constraints=None).fit(X, y)
    with pytest.raises(SettingError, match=r"under other monotonic_constraints"):
        model.set_params(monotonic_constraints={0: -1}).fit(X, y)
    piecewise = GlassNetRegressor(**SMALL | {"learning_rate_init": 0.1}, monotonic_constraints=WAYS)
    for _ in range(3):
        piecewise.partial_fit(X, y)
    assert fall(piecewise.predict, X, WAYS) < ROUNDING


# ---- How constraints are written -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("plain_engine")
def test_numbers_names_and_lists_mean_the_same():
    X, y = rows()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    expected = GlassNetRegressor(**SMALL, monotonic_constraints={0: 1, 2: -1}).fit(X, y).predict(X)
    for table, ways in (
        (X, [1, 0, -1]),
        (X, np.array([1, 0, -1])),
        (X, {np.int64(0): 1, np.int32(2): -1}),
        (csr_matrix(X), {0: 1.0, 2: -1, 1: 0}),
        (frame, {"a": 1, "c": -1}),
        (frame, {"a": 1, 2: -1}),
        (frame, (1, 0, -1)),
    ):
        model = GlassNetRegressor(**SMALL, monotonic_constraints=ways).fit(table, y)
        np.testing.assert_array_equal(model.predict(table), expected)


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize("labels", [[1, 0, 2021], pd.MultiIndex.from_tuples([("a", 1), ("a", 0), ("b", 1)])])
@pytest.mark.parametrize("gap", [0.0, np.nan])
def test_a_label_that_is_no_text_is_a_name_with_gaps_and_without(labels, gap):
    X, y = rows()
    frame = pd.DataFrame(X, columns=labels)
    frame.iloc[:5, 1] = gap
    names = GlassNetRegressor(**SMALL).fit(frame, y).columns_
    assert [column.name for column in names] == [label if isinstance(label, int) else str(label) for label in labels]
    placed, labelled, named = (
        GlassNetRegressor(**SMALL, monotonic_constraints=ways).fit(frame, y)
        for ways in ([1, 0, -1], {labels[0]: 1, labels[2]: -1}, {names[0].name: 1, names[2].name: -1})
    )
    np.testing.assert_array_equal(labelled.predict(frame), placed.predict(frame))
    np.testing.assert_array_equal(named.predict(frame), placed.predict(frame))


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize("none", [{}, {0: 0}, [0, 0, 0], None])
def test_without_constraints_nothing_changes(none):
    X, y = rows()
    plain, same = (
        GlassNetRegressor(**SMALL, **settings).fit(X, y) for settings in ({}, {"monotonic_constraints": none})
    )
    assert program_of(same) == program_of(plain)
    assert program_of(same).architecture.activation == ("mish", "mish")
    np.testing.assert_array_equal(same.predict(X), plain.predict(X))


@pytest.mark.usefixtures("plain_engine")
@pytest.mark.parametrize(
    ("ways", "message"),
    [
        (
            {"area": 1},
            r"^monotonic_constraints names column 'area', which X does not have\. Columns of X: 'a', 'b', 'c'",
        ),
        ({"aa": 1}, r"Did you mean 'a'\?$"),
        ({3: 1}, r"^monotonic_constraints names column 3, which X does not have\. Columns of X: "),
        ({np.int64(3): 1}, r"^monotonic_constraints names column 3, which X does not have\. Columns of X: "),
        ({-1: 1}, r"^monotonic_constraints names column -1, which X"),
        ([1, 0], r"^monotonic_constraints has 2 entries, and X has 3 columns\. Give 1, -1 or 0 for each of them, or"),
    ],
)
def test_a_column_that_is_not_there_is_named(ways, message):
    X, y = rows()
    with pytest.raises(SettingError, match=message):
        GlassNetRegressor(**SMALL, monotonic_constraints=ways).fit(pd.DataFrame(X, columns=["a", "b", "c"]), y)


def test_what_cannot_be_promised_is_refused():
    X, y = rows()
    with pytest.raises(SettingError, match=r"^activation='mish' falls somewhere, so a network"):
        GlassNetRegressor(**SMALL, activation="mish", monotonic_constraints=WAYS).fit(X, y)
    with pytest.raises(SettingError, match=r"^monotonic constraints do not go with several classes"):
        GlassNetClassifier(**SMALL, monotonic_constraints={0: 1}).fit(*IRIS)


# ---- Tables of mixed columns -----------------------------------------------------------------------------------------


def houses(n=80, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "area": np.where(rng.random(n) < 0.2, np.nan, rng.normal(120, 30, n)),
            "city": rng.choice(["Bonn", "Oslo", "Rome"], n),
            "sold": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D"),
            "garden": rng.random(n) < 0.5,
        }
    )


@pytest.mark.usefixtures("plain_engine")
def test_a_data_frame_keeps_constraints_on_numbers_dates_and_booleans(tmp_path):
    X, rng = houses(), np.random.default_rng(1)
    y = -X["area"].fillna(100) + 30 * np.sin(X["sold"].dt.month) - X["sold"].dt.day_of_year - 50.0 * X["garden"]
    ways = {"area": 1, "sold": 1, "garden": 1}
    model = GlassNetRegressor(**WILD, monotonic_constraints=ways).fit(X, y)
    before = houses(500, seed=2).dropna()
    after = before.assign(
        area=before["area"] + rng.exponential(30, len(before)),
        sold=before["sold"] + pd.to_timedelta(rng.integers(0, 300, len(before)), unit="D"),
        garden=True,
    )
    assert (model.predict(after) - model.predict(before)).min() > -ROUNDING * np.abs(y).max()
    model.save(tmp_path / "model.glassnet")
    again = load(tmp_path / "model.glassnet")
    assert program_of(again) == program_of(model)
    np.testing.assert_array_equal(again.predict(before), model.predict(before))


@pytest.mark.usefixtures("plain_engine")
def test_the_month_of_a_date_that_is_free_still_counts():
    X = houses()
    y = 30 * np.sin(X["sold"].dt.month)
    free, one_way = (
        GlassNetRegressor(**SMALL, monotonic_constraints=ways).fit(X, y) for ways in ({"area": 1}, {"sold": 1})
    )
    assert None not in program_of(free).architecture.signs
    assert program_of(one_way).architecture.signs.count(None) == 4  # sine and cosine of month and weekday


@pytest.mark.usefixtures("plain_engine")
def test_a_category_has_no_order():
    X = houses()
    message = (
        r"^monotonic_constraints asks for a prediction that goes one way with column 'city', which is a category and "
        r"has no order\. "
    )
    with pytest.raises(SettingError, match=message):
        GlassNetRegressor(**SMALL, monotonic_constraints={"city": 1}).fit(X, np.arange(80.0))


# ---- What it costs ---------------------------------------------------------------------------------------------------


def test_where_the_truth_is_monotone_a_constraint_costs_no_accuracy():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1300, 3))
    truth = np.maximum(X[:, 0], X[:, 1]) + np.tanh(3 * X[:, 0]) + np.sin(2 * X[:, 2])
    y = truth + 0.5 * rng.normal(size=1300)
    settings = {"hidden_layer_sizes": (8,), "n_members": 2, "max_iter": 128, "random_state": 0}
    free, one_way = (
        GlassNetRegressor(**settings, monotonic_constraints=ways).fit(X[:300], y[:300]) for ways in (None, {0: 1, 1: 1})
    )
    errors = [np.sqrt(np.mean((model.predict(X[300:]) - truth[300:]) ** 2)) for model in (free, one_way)]
    assert errors[1] < 1.1 * errors[0]
