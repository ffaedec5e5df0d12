import pytest

from glassnet.cli.pairs import pairs_of
from glassnet.estimators.parameters import SETTINGS

from .conftest import QUICK


@pytest.mark.parametrize(
    ("words", "pairs"),
    [
        (["city=number"], {"city": "number"}),
        (["city=number,age=category"], {"city": "number", "age": "category"}),
        (["city=number", "age=category"], {"city": "number", "age": "category"}),
        (["a=b=text"], {"a=b": "text"}),
        (["Kent, WA=number,age=drop"], {"Kent, WA": "number", "age": "drop"}),
        (["größe m²=1,age=-1"], {"größe m²": "1", "age": "-1"}),
        (["city"], {"city": ""}),
        (["city="], {"city": ""}),
        (["city=number,"], {"city": "number"}),
        (["city=not a kind"], {"city": "not a kind"}),
    ],
)
def test_pairs_stand_in_one_word_or_in_several(words, pairs):
    assert pairs_of(words) == pairs


def test_types_is_short_for_column_kinds_on_the_line_and_in_the_file(glassnet, houses, folder):
    words = ("train", "houses.csv", "--target", "price", "--drop", "weight", *QUICK, "--n-members", "1", "--json")
    shown = []
    for more in (("--types", "age=category,garden=drop"), ("--column-kinds", "age=category", "garden=drop")):
        shown.append(glassnet(*words, *more).facts["remarks"])
    (folder / "glassnet.toml").write_text('[train]\ntypes = ["age=category", "garden=drop"]\n')
    shown.append(glassnet(*words).facts["remarks"])
    assert shown[0] == shown[1] == shown[2]
    assert shown[0]["age"].startswith("as --column-kinds says")
    assert shown[0]["garden"].startswith("left out")


def test_a_kind_or_a_sign_that_is_missing_is_refused(glassnet, houses):
    for flag, name in (("--types", "column_kinds"), ("--monotonic-constraints", "monotonic_constraints")):
        answer = glassnet("train", "houses.csv", "--target", "price", flag, "age")
        assert answer.code == 2
        assert SETTINGS[name].range.split(",")[0] in answer.err
