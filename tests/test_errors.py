import inspect

import pytest

from glassnet import errors
from glassnet.errors import GlassNetError, InputError, nearest

CLASSES = [member for _, member in inspect.getmembers(errors, inspect.isclass) if member.__module__ == errors.__name__]
ERRORS = [member for member in CLASSES if issubclass(member, GlassNetError)]
WARNINGS = [member for member in CLASSES if issubclass(member, Warning)]
LEAVES = [error for error in ERRORS if error is not GlassNetError]


def test_everything_is_an_error_of_ours_or_a_warning():
    assert sorted(map(str, CLASSES)) == sorted(map(str, ERRORS + WARNINGS))
    assert len(LEAVES) == 5


@pytest.mark.parametrize("member", CLASSES)
def test_the_tree_at_the_top_shows_every_class_with_its_parent(member):
    assert member.__name__ in errors.__doc__
    if member is not GlassNetError:
        (line,) = [line for line in errors.__doc__.splitlines() if member.__name__ in line]
        assert f"({member.__bases__[-1].__name__})" in line


@pytest.mark.parametrize("error", LEAVES)
def test_the_tree_at_the_top_shows_exit_codes_and_ids(error):
    (line,) = [line for line in errors.__doc__.splitlines() if error.__name__ in line]
    assert f"exit {error.exit_code}, {error.default_id[:2]}xx" in line.replace("E1xx and E2xx", "E2xx")


@pytest.mark.parametrize("error", LEAVES)
def test_an_error_of_ours_is_also_the_python_error_of_its_kind(error):
    builtin = error.__bases__[-1]
    with pytest.raises(builtin, match="what, why, fix"):
        raise error("what, why, fix")


def test_exit_codes_differ_and_none_means_success():
    codes = [error.exit_code for error in ERRORS]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes


def test_an_error_has_the_id_of_its_class_or_one_of_its_own():
    assert InputError("text").error_id == "E201"
    assert InputError("text", error_id="E104").error_id == "E104"
    assert str(InputError("text", error_id="E104")) == "text"


def test_the_nearest_name_is_suggested():
    assert nearest("tahn", ["relu", "tanh"]) == "Did you mean 'tanh'?"


@pytest.mark.parametrize("name", ["xyz", "", None, 3])
def test_nothing_is_suggested_when_nothing_is_near(name):
    assert nearest(name, ["relu", "tanh"]) == ""


def test_names_may_come_from_any_collection():
    assert nearest("tahn", {"tanh": 1}) == nearest("tahn", iter(["tanh"])) == "Did you mean 'tanh'?"
