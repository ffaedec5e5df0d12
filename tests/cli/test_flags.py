import inspect
import re
from dataclasses import fields

import pytest

from glassnet.cli.flags import FLAGS, NO_FLAG, SHORT, given, settings_class, shown, signs_of, takes_several
from glassnet.errors import SettingError
from glassnet.estimators.parameters import SETTINGS

Settings = settings_class()
OTHER_WORDS = {"random_state": "--seed", "class_weight": "--class-weight"}  # not in the table of settings


def read(**words):
    return given(Settings(**words))


def test_every_setting_has_a_flag_or_a_reason_for_having_none():
    assert set(FLAGS) | set(NO_FLAG) == set(SETTINGS)
    assert [field.name for field in fields(Settings)] == list(FLAGS)


def test_every_argument_of_the_estimators_can_be_reached():
    from glassnet import GlassNetClassifier, GlassNetRegressor

    for kind in (GlassNetRegressor, GlassNetClassifier):
        assert set(inspect.signature(kind).parameters) <= set(FLAGS) | set(NO_FLAG) | set(OTHER_WORDS)


def test_help_names_every_flag_with_its_default_and_its_group(glassnet):
    out = glassnet("train", "--help").out
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())
    for name in FLAGS:
        assert re.search(rf"--{name.replace('_', '-')}(?![\w-])", out), name
    for short in (*SHORT.values(), *OTHER_WORDS.values(), "--textbook", "-o", "-q", "-v"):
        assert short in out
    assert "default: 0.0001" in words  # tol
    assert "default: 128 128" in words
    for setting in SETTINGS.values():
        if setting.name in FLAGS:
            assert setting.range[1:].split(",")[0] in words, setting.name


def test_columns_with_signs_are_read():
    assert signs_of(["area=1", "age=-1", "a=b=+1", "c=0"]) == {"area": 1, "age": -1, "a=b": 1, "c": 0}
    assert signs_of(None) is None
    with pytest.raises(SettingError, match=r"^monotonic_constraints=\{'area': 'up'\} is not None, or 1, -1 or 0 for"):
        signs_of(["area=up"])


def test_no_flag_given_means_no_setting():
    assert read() == {}


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("hidden_layer_sizes", ["64"], 64),
        ("hidden_layer_sizes", ["64", "32"], (64, 32)),
        ("hidden_layer_sizes", ["64,32"], (64, 32)),
        ("activation", ["relu", "tanh"], ("relu", "tanh")),
        ("dropout", ["0.1", "0"], (0.1, 0)),
        ("quantile", ["0.1", "0.9"], (0.1, 0.9)),
        ("learning_rate_init", "1e-2", 0.01),
        ("batch_size", "auto", "auto"),
        ("batch_size", "32", 32),
        ("n_iter_no_change", "inf", float("inf")),
        ("max_norm", "none", None),
        ("early_stopping", True, True),
        ("shuffle", False, False),
        ("dtype", "float64", "float64"),
    ],
)
def test_a_word_becomes_the_value_that_the_estimator_takes(name, word, value):
    assert read(**{name: word}) == {name: value}
    assert type(read(**{name: word})[name]) is type(value)


@pytest.mark.parametrize("name", FLAGS)
def test_a_default_typed_as_a_flag_is_the_default(name):
    default = SETTINGS[name].default
    word = shown(default)
    value = default if isinstance(default, bool) else word.split() if takes_several(SETTINGS[name]) else word
    found = read(**{name: value})[name]
    assert found == default or (found,) == default


def test_a_bad_value_is_refused_in_the_words_of_the_table():
    with pytest.raises(SettingError, match=r"learning_rate_init='fast' is not a number above 0, or 'auto'\."):
        read(learning_rate_init="fast")
    with pytest.raises(SettingError, match="Did you mean 'poisson'"):
        read(loss="poison")


def test_a_number_for_the_schedule_is_refused_with_the_flag_that_was_meant(glassnet):
    answer = glassnet("train", "a.csv", "--target", "y", "--learning-rate", "0.1")
    assert answer.code == 2
    assert answer.err == (
        "error[E301]: `learning_rate` names a schedule; for the number use `--learning-rate-init 0.1` (`--eta`)\n"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--eta", "0"], "error[E301]: --learning-rate-init 0 is not a number above 0, or 'auto'\n"),
        (["--eta", "-1"], "--learning-rate-init -1 is not a number above 0, or 'auto'"),
        (["--hidden", "64", "0"], "--hidden-layer-sizes 64 0 is not a whole number above 0, or several"),
        (["--activation", "rleu"], "Did you mean 'relu'?"),
        (["--solver", "lbfgs", "--dropout", "0.5"], "--dropout 0.5 does not go with --solver lbfgs"),
        (["--test", "1"], "--test 1 is not a share"),
        (["--seed", "-1"], "--seed -1 is not a whole number from 0"),
    ],
)
def test_a_bad_setting_is_named_as_a_flag(glassnet, houses, words, says):
    answer = glassnet("train", "houses.csv", "--target", "price", "--drop", "city", *words)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert answer.err.startswith("error[E301]: ")
