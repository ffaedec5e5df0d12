"""The table of settings: every bad value is refused in words, and nobody disagrees with the table."""

import inspect
import re

import numpy as np
import pytest

from glassnet import TEXTBOOK, GlassNetClassifier, GlassNetRegressor
from glassnet.errors import SettingError
from glassnet.estimators.parameters import SETTINGS, check_settings

from .cases import KINDS, TINY, fitted, short, table

BAD = {
    "loss": ["squared", 3, None],
    "scaling": ["minmax", None, 1],
    "bins": [-1, 2.5, None, "many", True],
    "bins_at_values": [None, 1, "yes"],
    "parametrization": ["ntq", None, 0],
    "scale_rate": [-1, np.nan, np.inf, None, "6"],
    "n_members": [0, -2, 1.5, None, "five"],
    "cv": [5, "folds", True],
    "n_jobs": [0, 1.5, True, "all"],
    "hidden_layer_sizes": [0, -1, 2.5, (4, 0), "4", (4.0,), None, True, [[4]]],
    "activation": ["rleu", 1, ("relu", "x"), None],
    "solver": ["adm", None, 1],
    "alpha": [-1, np.nan, np.inf, "1", None, True],
    "l1": [-0.1, np.nan, None],
    "batch_size": [0, -3, 2.5, "all", None, np.inf],
    "learning_rate": ["cosin", 0.1, None],
    "learning_rate_init": [0, -1, np.nan, np.inf, "fast", None],
    "power_t": [-1, np.nan, None],
    "max_iter": [0, 1.5, np.inf, None, "10"],
    "max_fun": [0, 0.5, None],
    "shuffle": [1, "yes", None],
    "tol": [-1, np.nan, np.inf, None],
    "verbose": [-1, 0.5, "yes", None],
    "warm_start": [1, None],
    "momentum": [-0.1, 1.1, np.nan, None],
    "nesterovs_momentum": [0, None],
    "early_stopping": [1, None, "auto"],
    "validation_fraction": [-0.1, 1, 1.5, np.nan, None],
    "n_iter_no_change": [0, -1, 2.5, np.nan, None],
    "beta_1": [-0.1, 1, np.nan, None],
    "beta_2": [-0.1, 1, np.nan, None],
    "epsilon": [0, -1, np.nan, None],
    "dropout": [1, -0.1, np.nan, (0.1, 1.0), None, "0.1"],
    "input_dropout": [1, -0.1, np.nan, None, (0.1,)],
    "weight_decay": [-1, np.nan, np.inf, "auto"],
    "max_norm": [0, -1, np.nan, np.inf],
    "initialization": ["hee", None, 0],
    "quantile": [0, 1, -0.1, 1.1, (0.1, 1), None, ()],
    "huber_delta": [0, -1, np.nan, None],
    "time_limit": [0, -1, np.nan],
    "dtype": ["float16", np.float32, None],
    "monotonic_constraints": ["area", [2, 0], {"a": 0.5}, {"a": True}, {"a": None}, {1.5: 1}, [[1, 0]]],
    "column_kinds": ["category", ["a"], {"a": "text"}, {"a": None}, {1.5: "number"}],
}
CASES = [(name, value) for name, values in BAD.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda part: str(part))
def test_a_bad_value_is_refused_with_what_why_and_what_to_do(name, value):
    setting = SETTINGS[name]
    expected = f"{name}={value!r} is not {setting.range}. {setting.why} {setting.fix}"
    kind = GlassNetRegressor if name in inspect.signature(GlassNetRegressor).parameters else GlassNetClassifier
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}"):
        kind(**TINY | {name: value}).fit(*table(kind))


@pytest.mark.parametrize("value", [-(10**6), -1025, np.int8(-1), 1, 10**6, None])
def test_any_whole_number_but_0_is_a_number_of_jobs(value):
    SETTINGS["n_jobs"].check(value)


@pytest.mark.parametrize("name", ["bins_at_values", "shuffle", "warm_start", "nesterovs_momentum", "early_stopping"])
def test_flags_of_numpy_are_flags(name):
    for value in np.array([True, False]):
        SETTINGS[name].check(value)


def test_every_setting_of_the_table_has_a_bad_value_here():
    assert set(BAD) == set(SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [("loss", "squared_eror", "squared_error"), ("activation", "rleu", "relu"), ("solver", "adm", "adam"),
     ("learning_rate", "cosin", "cosine"), ("initialization", "hee", "he"), ("dtype", "float23", "float32")],
)  # fmt: skip
def test_a_misspelt_name_gets_a_suggestion(name, value, meant):
    with pytest.raises(SettingError) as caught:
        check_settings({name: value})
    assert str(caught.value).endswith(f"Did you mean {meant!r}?")


def test_the_message_of_the_handbook():
    text = (
        "learning_rate_init=0 is not a number above 0, or 'auto'. Each step moves a weight by learning_rate_init times "
        "its gradient, so 0 never learns. Start with 'auto', or with 0.001; divide by 10 if the loss grows."
    )
    with pytest.raises(SettingError, match=f"^{re.escape(text)}$"):
        check_settings({"learning_rate_init": 0})


@pytest.mark.parametrize("kind", KINDS)
def test_table_signature_and_docstring_agree(kind):
    parameters = inspect.signature(kind).parameters
    for name, parameter in parameters.items():
        if name in ("random_state", "class_weight"):
            assert f"    {name} : " in kind.__doc__
            continue
        assert SETTINGS[name].default == parameter.default
        assert f"    {name} : default {parameter.default!r}\n" in kind.__doc__
    assert "{" not in kind.__doc__.replace("{class: weight}", "")
    assert list(parameters) == list(kind().get_params(deep=False)) or sorted(parameters) == sorted(kind().get_params())


@pytest.mark.parametrize("kind", KINDS)
def test_every_documented_attribute_exists(kind):
    model = fitted(kind, early_stopping=True)
    section = kind.__doc__.split("Attributes\n")[1].split("Notes\n")[0]
    names = re.findall(r"\b[a-z]\w*_\b(?= ?[,:\n])", section)
    assert len(names) > 15
    for name in names:
        assert hasattr(model, name) or name == "feature_names_in_", name


def test_defaults_are_accepted():
    check_settings({name: setting.default for name, setting in SETTINGS.items()})
    check_settings(TEXTBOOK)


@pytest.mark.parametrize("name", ["dropout", "input_dropout"])
def test_dropout_does_not_go_with_lbfgs(name):
    text = (
        f"{name}=0.1 does not go with solver='lbfgs'. L-BFGS needs the same loss each time it asks, and dropout "
        "changes it at random. Use solver='adam', or alpha to regularise."
    )
    with pytest.raises(SettingError, match=f"^{re.escape(text)}$"):
        GlassNetRegressor(solver="lbfgs", **{name: 0.1}).fit(*table(GlassNetRegressor))


@pytest.mark.parametrize("name", ["weight_decay", "max_norm", "l1"])
def test_what_is_not_smooth_does_not_go_with_lbfgs(name):
    text = f"{name}=0.1 does not go with solver='lbfgs', whose steps follow a smooth loss alone. Use alpha, the L2"
    with pytest.raises(SettingError, match=f"^{re.escape(text)}"):
        GlassNetRegressor(solver="lbfgs", **{name: 0.1}).fit(*table(GlassNetRegressor))


@pytest.mark.parametrize("name", ["activation", "dropout"])
def test_one_value_per_hidden_layer_or_one_for_all(name):
    several = {"activation": ["tanh", "relu"], "dropout": [0.1, 0.0]}[name]
    assert fitted(GlassNetRegressor, hidden_layer_sizes=(4, 3), **{name: several}).n_layers_ == 4
    with short(), pytest.raises(SettingError, match="has 2 entries, but the network has 1 hidden layers"):
        GlassNetRegressor(**TINY | {name: several}).fit(*table(GlassNetRegressor))


@pytest.mark.parametrize(
    ("settings", "text"),
    [({"early_stopping": True}, "partial_fit does not support early_stopping=True: each call trains for one epoch"),
     ({"learning_rate": "cosine"}, "learning_rate='cosine' needs to know the last epoch, and partial_fit has none."),
     ({"learning_rate": "coslog4"}, "learning_rate='coslog4' needs to know the last epoch, and partial_fit has none.")],
    ids=str,
)  # fmt: skip
def test_partial_fit_refuses_what_needs_an_end(settings, text):
    with pytest.raises(SettingError, match=f"^{re.escape(text)}"):
        GlassNetRegressor(**TINY | settings).partial_fit(*table(GlassNetRegressor))


@pytest.mark.parametrize("random_state", ["0", -1, 0.5, np.random.default_rng(0)], ids=str)
def test_random_state_is_checked_by_scikit_learn(random_state):
    with pytest.raises(ValueError, match=r"seed|Seed"):
        GlassNetRegressor(**TINY | {"random_state": random_state}).fit(*table(GlassNetRegressor))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_that_of_the_weights(dtype):
    assert fitted(GlassNetRegressor, dtype=dtype)._fitted.first.theta.dtype == dtype


def test_dtype_auto_is_float64_for_lbfgs_only():
    assert fitted(GlassNetRegressor, solver="lbfgs")._fitted.first.theta.dtype == np.float64
    assert fitted(GlassNetRegressor)._fitted.first.theta.dtype == np.float32
