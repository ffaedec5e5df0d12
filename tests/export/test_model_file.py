import contextlib
import json
import math
import os
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sklearn.exceptions import NotFittedError

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.engine import compiled
from glassnet.errors import InputError, ModelFileError, OutputError, SettingError

from ..estimators.cases import ONE
from ..table.cases import mixed
from .conftest import plain

N = 24
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
y = X @ [1.0, -2.0, 0.5] + 3
SMALL = ONE | {"hidden_layer_sizes": (4,), "max_iter": 3, "n_iter_no_change": math.inf, "random_state": 1}
TEXTS = np.array(["a", "bb", "ü"])[np.arange(N) % 3]


def regressor(targets=y, **settings):
    return GlassNetRegressor(**SMALL | settings).fit(X, targets)


def classifier(targets, **settings):
    return GlassNetClassifier(**SMALL | settings).fit(X, targets)


REGRESSORS = {
    "squared": lambda dtype: regressor(dtype=dtype),
    "absolute": lambda dtype: regressor(loss="absolute_error", dtype=dtype),
    "huber": lambda dtype: regressor(loss="huber", huber_delta=0.7, dtype=dtype),
    "poisson": lambda dtype: regressor(np.exp(y / 4), loss="poisson", dtype=dtype),
    "gamma": lambda dtype: regressor(np.exp(y / 4), loss="gamma", dtype=dtype),
    "quantile": lambda dtype: regressor(loss="quantile", quantile=0.8, dtype=dtype),
    "quantiles": lambda dtype: regressor(loss="quantile", quantile=(0.1, 0.5, 0.9), dtype=dtype),
    "several targets": lambda dtype: regressor(np.c_[y, -y], dtype=dtype),
    "bins that no column has": lambda dtype: regressor(bins=1, dtype=dtype),
    "quantiles of several targets": lambda dtype: regressor(
        np.c_[y, y * y], loss="quantile", quantile=[0.2, 0.8], dtype=dtype
    ),
    "per sample, two layers, dropout": lambda dtype: regressor(
        hidden_layer_sizes=(4, 3), activation=("relu", "tanh"), dropout=(0.1, 0), input_dropout=0.1, solver="sgd",
        batch_size=1, alpha=0.1, l1=0.01, max_norm=3.0, dtype=dtype,
    ),
    "early stopping": lambda dtype: regressor(early_stopping=True, validation_fraction=0.25, dtype=dtype),
    "weighted lbfgs": lambda dtype: GlassNetRegressor(
        **SMALL | {"solver": "lbfgs", "max_iter": 500, "tol": 0.01, "dtype": dtype}
    ).fit(X, y, sample_weight=np.arange(N) + 1.0),
}  # fmt: skip
CLASSIFIERS = {
    "two numbers": lambda dtype: classifier((y > 3).astype(int), dtype=dtype),
    "two booleans": lambda dtype: classifier(y > 3, dtype=dtype),
    "three numbers": lambda dtype: classifier(np.arange(N) % 3 - 1.0, dtype=dtype),
    "texts": lambda dtype: classifier(TEXTS, dtype=dtype, class_weight={"a": 1, "bb": 2.5, "ü": 1}),
    "objects": lambda dtype: classifier(TEXTS.astype(object), dtype=dtype, class_weight="balanced"),
    "labels": lambda dtype: classifier(np.c_[y > 3, y > 2, y > 4].astype(int), dtype=dtype),
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "model.glassnet"


def saved_and_loaded(model, file):
    model.save(file)
    return load(file)


def same(a, b):
    """Equal in value, type and bits, arrays and all."""
    a, b = (value.item() if isinstance(value, np.generic) else value for value in (a, b))
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and (
            a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes()
        )  # fmt: skip
    return type(a) is type(b) and repr(a) == repr(b)


def assert_same_model(model, again):
    assert type(again) is type(model)
    for before, after in zip(sorted(model.get_params().items()), sorted(again.get_params().items()), strict=True):
        assert same(before, after), (before, after)
    attributes = [
        name
        for name in dir(model)
        if name.endswith("_") and not name.startswith("_") and name not in ("network_", "networks_")
    ]
    assert {"coefs_", "history_", "loss_curve_", "n_iter_", "n_features_in_"} <= set(attributes)
    for name in attributes:
        assert same(getattr(model, name), getattr(again, name)), name
    assert same(model.network_.theta, again.network_.theta)
    assert model.network_.architecture == again.network_.architecture
    assert model.network_.penalty == again.network_.penalty
    assert model.network_.loss_function == again.network_.loss_function


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", REGRESSORS)
def test_a_loaded_regressor_is_the_same_to_the_bit(kind, dtype, file):
    model = REGRESSORS[kind](dtype)
    again = saved_and_loaded(model, file)
    assert_same_model(model, again)
    assert same(model.predict(X), again.predict(X))
    assert same(model.predict(X.astype("float32")), again.predict(X.astype("float32")))
    if "quantiles" not in kind:
        assert model.score(X, np.c_[y, -y] if "targets" in kind else y) == again.score(
            X, np.c_[y, -y] if "targets" in kind else y
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_loaded_classifier_is_the_same_to_the_bit(kind, dtype, file):
    model = CLASSIFIERS[kind](dtype)
    again = saved_and_loaded(model, file)
    assert_same_model(model, again)
    assert same(model.predict(X), again.predict(X))
    assert same(model.predict_proba(X), again.predict_proba(X))
    assert model.score(X, model.predict(X)) == again.score(X, model.predict(X)) == 1


def test_column_names_come_back_and_are_checked(file):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["width", "Höhe", "a b"])
    model = GlassNetRegressor(**SMALL).fit(frame, y)
    again = saved_and_loaded(model, file)
    assert again.feature_names_in_.tolist() == ["width", "Höhe", "a b"]
    assert same(model.predict(frame), again.predict(frame))
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame.rename(columns={"width": "other"}))


@pytest.mark.parametrize("kind", [GlassNetRegressor, GlassNetClassifier])
def test_a_table_of_mixed_columns_comes_back_to_the_bit(kind, file):
    frame = mixed()
    targets = np.arange(120) % 3 - 1.5 if kind is GlassNetRegressor else np.arange(120) % 3
    model = kind(**SMALL | {"column_kinds": {"rooms": "category"}}).fit(frame, targets)
    again = saved_and_loaded(model, file)
    assert_same_model(model, again)
    new = frame.assign(city="new", size=np.inf, sold=None)
    for rows in (frame, frame[frame.columns[::-1]], new):
        assert same(model.predict(rows), again.predict(rows))
    with pytest.raises(InputError, match=r"^column 'size' is read as numbers, and holds the text 'big' in row 0"):
        again.predict(frame.assign(size="big"))
    assert same(model.partial_fit(frame, targets).columns_, again.partial_fit(frame, targets).columns_)


@pytest.mark.parametrize(
    ("change", "error_id"),
    [
        (lambda facts: facts["members"][0]["table"]["parts"][0].update(size={"float": "nan"}), "E703"),
        (lambda facts: facts["members"][0]["table"]["parts"][0].update(type="eval"), "E703"),
        (lambda facts: facts["members"][0]["table"].pop("parts"), "E703"),
        (lambda facts: facts["members"][0]["table"]["notes"].pop(), "E703"),
        (lambda facts: facts["members"][0]["table"]["parts"].__setitem__(0, None), "E703"),
        (lambda facts: facts["members"][0]["table"]["parts"][0].update(marks_gaps=False), "E705"),
        (lambda facts: facts["members"][0].update(table=None), "E705"),
        (lambda facts: facts["columns"].update(count=9), "E705"),
    ],
)
def test_an_encoder_that_does_not_fit_the_network_is_refused(change, error_id, file):
    GlassNetRegressor(**SMALL).fit(mixed(), np.arange(120.0)).save(file)
    refused(rewritten(file, change), error_id)


def test_saving_what_was_loaded_gives_the_same_bytes(file, tmp_path):
    saved_and_loaded(regressor(), file).save(tmp_path / "again")
    assert file.read_bytes() == (tmp_path / "again").read_bytes()


def test_partial_fit_goes_on_from_theta_with_an_empty_memory(file):
    model = regressor(solver="sgd", momentum=0.0)  # plain SGD has no memory, so both go on alike
    again = saved_and_loaded(model, file)
    assert same(model.partial_fit(X, y).predict(X), again.partial_fit(X, y).predict(X))
    assert again.history_.train_loss == model.history_.train_loss
    assert again.t_ == model.t_ == 4 * N


def test_warm_start_goes_on_from_theta(file):
    model = regressor(warm_start=True)
    again = saved_and_loaded(model, file)
    assert same(model.fit(X, y).predict(X), again.fit(X, y).predict(X))
    assert len(again.loss_curve_) == 6


def test_adam_begins_anew_with_small_steps(file):
    model = regressor(max_iter=100)
    again = saved_and_loaded(model, file)
    before = again.network_.theta.copy()
    again.partial_fit(X, y)
    # One batch is one step; Adam's first step moves no weight by more than the learning rate, to float32's rounding.
    assert np.abs(again.network_.theta - before).max() <= 0.001 * (1 + 1e-3)


@pytest.mark.parametrize(
    ("random_state", "kept"), [(5, 5), (np.int64(5), 5), (None, None), (np.random.RandomState(5), None)]
)
def test_only_whole_numbers_are_kept_of_random_states(random_state, kept, file):
    assert saved_and_loaded(regressor(random_state=random_state), file).random_state == kept


def test_the_file_holds_no_rows(file):
    sizes = []
    for n in (100, 10_000):
        many = np.random.default_rng(0).normal(size=(n, 3))
        GlassNetRegressor(**SMALL | {"max_iter": 1}).fit(many, many[:, 0]).save(file)
        sizes.append(file.stat().st_size)
    assert max(sizes) < 4000
    assert abs(sizes[1] - sizes[0]) < 100  # digits of losses and counts differ, nothing else


def test_the_file_is_safetensors_with_strict_json(file):
    regressor().save(file)
    with safe_open(file, framework="numpy") as opened:
        assert set(opened.keys()) == {
            *("0.theta", "0.inputs.mean", "0.inputs.scale", "0.targets.shift", "0.targets.size")
        }
        facts = json.loads(opened.metadata()["glassnet"], parse_constant=pytest.fail)
    assert (facts["format"], facts["format_version"], facts["class"]) == ("glassnet", 3, "GlassNetRegressor")
    assert set(facts["versions"]) == {"glassnet", "numpy", "scikit-learn"}
    assert facts["members"][0]["program"]["architecture"]["sizes"] == {"tuple": [3, 4, 1]}


def test_an_older_file_is_replaced_or_left_as_it_was(file, monkeypatch):
    file.write_text("old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OutputError, match="No space left"):
            regressor().save(file)
    assert file.read_text() == "old"
    assert saved_and_loaded(regressor(), file).n_features_in_ == 3


def test_what_was_not_trained_cannot_be_saved(file):
    with pytest.raises(NotFittedError):
        GlassNetRegressor().save(file)
    assert not file.exists()


def test_a_class_of_the_users_own_is_refused_when_saved(file):
    class Mine(GlassNetRegressor):
        pass

    with pytest.raises(SettingError, match="Mine is not one of GlassNetRegressor, GlassNetClassifier"):
        Mine(**SMALL).fit(X, y).save(file)


# ---- Files that cannot be used ---------------------------------------------------------------------------------------


def refused(path, error_id, *words):
    with pytest.raises(ModelFileError) as reason:
        load(path)
    assert reason.value.error_id == error_id
    for word in (str(path), *words):
        assert word in str(reason.value)


def rewritten(file, change, tensors=None):
    """The file with its description changed."""
    with safe_open(file, framework="numpy") as opened:
        facts = json.loads(opened.metadata()["glassnet"])
    change(facts)
    kept = load_file(file) | (tensors or {})
    save_file(
        {name: tensor for name, tensor in kept.items() if tensor is not None}, file, {"glassnet": json.dumps(facts)}
    )
    return file


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    refused(tmp_path / "none", "E701", "does not exist")
    refused(tmp_path, "E701", "is a folder")


def test_every_cut_of_a_file_is_refused(file):
    regressor().save(file)
    whole = file.read_bytes()
    for length in [0, 1, 7, 8, 9, 50, len(whole) // 2, len(whole) - 1]:
        file.write_bytes(whole[:length])
        with pytest.raises(ModelFileError) as reason:
            load(file)
        assert reason.value.error_id in ("E702", "E703")
    assert "cut short" in str(reason.value)


@pytest.mark.parametrize(
    ("content", "word"), [(pickle.dumps([1]), "pickle"), (b"a,b\n1,2\n" * 9, "not safetensors"), (b"", "empty")]
)
def test_a_file_of_another_kind_is_refused(file, content, word):
    file.write_bytes(content)
    refused(file, "E703" if word == "empty" else "E702", word)


def test_safetensors_of_another_program_are_refused(file):
    save_file({"weight": np.zeros(3)}, file, {"format": "pt"})
    refused(file, "E702", "another program")


def test_a_newer_format_is_refused_with_what_to_do(file):
    regressor().save(file)
    rewritten(file, lambda facts: facts.update(format_version=4))
    refused(file, "E704", "format version 4", "pip install --upgrade glassnet")


@pytest.mark.parametrize("version", [2, 1, 0, -1])
def test_a_format_that_was_never_released_is_refused_with_what_to_do(file, version):
    """Its networks saw columns drawn into (-3, 3): read as today's, they would predict something else."""
    regressor().save(file)
    rewritten(file, lambda facts: facts.update(format_version=version))
    refused(file, "E704", f"format version {version}", "from 3 on", "Train the model again")


def test_another_minor_version_warns_and_another_patch_does_not(file):
    model = regressor()
    model.save(file)
    rewritten(file, lambda facts: facts["versions"].update(glassnet="0.99.0"))
    with pytest.warns(UserWarning, match=r"written by glassnet 0\.99\.0"):
        again = load(file)
    assert same(model.predict(X), again.predict(X))
    rewritten(file, lambda facts: facts["versions"].update(glassnet="0.1.99"))
    load(file)


@pytest.mark.parametrize("name", ["theta", "inputs.mean", "inputs.scale", "targets.shift", "targets.size"])
def test_tensors_that_are_missing_misfit_or_not_finite_are_refused(file, name):
    regressor().save(file)
    name = f"0.{name}"
    tensor = load_file(file)[name]
    rewritten(file, lambda facts: None, {name: np.append(tensor, tensor)})
    refused(file, "E705", "does not fit together")
    broken = tensor.copy()
    broken[0] = np.nan
    rewritten(file, lambda facts: None, {name: broken})
    refused(file, "E706", name.removeprefix("0."), "not finite")
    rewritten(file, lambda facts: None, {name: None})
    refused(file, "E703", name, "missing")


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.pop("class"),
        lambda facts: facts.update({"class": "os.system"}),
        lambda facts: facts["arguments"].update(unknown=1),
        lambda facts: facts["members"][0]["training"].update(epochs={"float": "inf"}),
        lambda facts: facts["columns"].update(names={"array": ["(9**9**9,)f8", [1, 2, 3]]}),
        lambda facts: facts["members"][0]["program"]["loss"].update(name="__import__"),
        lambda facts: facts["members"][0]["program"]["architecture"].update(sizes="3-4-1"),
        lambda facts: facts["members"][0]["program"]["optimizer"].update(name="magic"),
        lambda facts: facts["targets"].update(predict=1),
        lambda facts: facts.update(targets=3),
        lambda facts: facts["members"][0].update(history=[]),
        lambda facts: facts.update(members=[]),
        lambda facts: facts["training"].pop("outcomes"),
        lambda facts: facts.pop("versions"),
        lambda facts: facts.update(format_version="new"),
    ],
)
def test_a_description_that_makes_no_model_is_refused(file, change):
    regressor().save(file)
    refused(rewritten(file, change), "E703", "is damaged")


@settings(max_examples=300)
@given(st.data())
def test_a_file_that_was_changed_anywhere_is_refused_or_read(changed, data):
    """Whatever the bytes are, reading ends in a model or in a ModelFileError."""
    whole, target = changed
    content = bytearray(whole)
    places = st.integers(0, len(content) - 1)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(places)] = data.draw(st.sampled_from(b'0123456789"{}[],:-eE.\\nx\x00\xff'))
    target.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content), data.draw(places)]))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the version may have changed
        with contextlib.suppress(ModelFileError):
            load(target)


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The bytes of a classifier's file, and a file to write other bytes to."""
    folder = tmp_path_factory.mktemp("changed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "compile_source", plain)
        classifier(TEXTS).save(folder / "whole")
    return (folder / "whole").read_bytes(), folder / "changed"


def test_the_type_of_theta_must_be_the_one_described(file):
    regressor(dtype="float32").save(file)
    refused(
        rewritten(file, lambda facts: facts["members"][0]["program"].update(dtype="float64")),
        "E705",
        "described as 'float64'",
    )


def test_columns_and_classes_must_fit_the_network(file):
    regressor().save(file)
    refused(rewritten(file, lambda facts: facts["columns"].update(count=4)), "E705", "takes 3 columns")
    classifier(np.arange(N) % 3).save(file)
    refused(rewritten(file, lambda facts: None, {"classes": np.arange(5)}), "E705", "5 classes need 5 outputs")
