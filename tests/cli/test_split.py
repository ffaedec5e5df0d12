"""Which rows are learnt from: by group, by time, with validation rows of one's own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet.cli.choice import Choice
from glassnet.cli.columns import prepare
from glassnet.cli.reading import Table
from glassnet.cli.split import split
from glassnet.errors import InputError
from glassnet.export.run_folder import RunFolder

from .conftest import QUICK

N = 60
TABLE = pd.DataFrame(
    {
        "x": np.arange(N) % 7,
        "shop": [f"s{k % 12}" for k in range(N)],
        "day": (pd.Timestamp("2026-01-01") + pd.to_timedelta((np.arange(N) * 7) % N // 2, "D")).strftime("%Y-%m-%d"),
        "y": np.arange(N) % 5 + 0.5,
        "kind": [["a", "b"][k % 2] for k in range(N)],
    }
)


def parts(frame=TABLE, **words):
    choice = Choice(**{"target": "y"} | words)
    return split(prepare(Table("t.csv", frame, 0, 0.0), choice), choice)


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_a_group_stay_together(seed):
    found = parts(split_by="shop", test=0.25, seed=seed)
    shops = TABLE["shop"].to_numpy()
    assert set(shops[found.learn]) & set(shops[found.test]) == set()
    assert len(set(shops[found.test])) == 3
    assert sorted([*found.learn, *found.test]) == list(range(N))


def test_the_test_rows_are_the_latest_and_no_moment_is_on_both_sides():
    found = parts(time_column="day", test=0.25)
    days = pd.to_datetime(TABLE["day"]).to_numpy()
    assert days[found.learn].max() < days[found.test].min()
    assert (np.diff(days[found.learn]) >= np.timedelta64(0)).all()
    assert 15 <= len(found.test) <= 16
    numbers = TABLE.assign(day=pd.to_datetime(TABLE["day"]).astype("int64"))
    assert parts(numbers, time_column="day", test=0.25).test.tolist() == found.test.tolist()


def test_columns_that_split_are_no_inputs_unless_they_are_named():
    choice = Choice("y", split_by="shop", time_column="day")
    assert prepare(Table("t.csv", TABLE, 0, 0.0), choice).features == ["x", "kind"]
    choice = Choice("y", features=["x", "shop"], split_by="shop")
    assert prepare(Table("t.csv", TABLE, 0, 0.0), choice).features == ["x", "shop"]


@pytest.mark.parametrize(
    ("change", "words", "error_id", "says"),
    [
        ({"shop": [None, *TABLE["shop"][1:]]}, {"split_by": "shop"}, "E203", "groups 'shop' has no value in row 1"),
        ({"day": [*TABLE["day"][:-1], None]}, {"time_column": "day"}, "E203", "time 'day' has no value in row 60"),
        ({"day": ["soon", "later"] * 30}, {"time_column": "day"}, "E214",
         "time column 'day' holds neither dates nor numbers"),
        ({"day": "2026-01-01"}, {"time_column": "day"}, "E104", "has too few different times"),
        ({"shop": "one"}, {"split_by": "shop"}, "E104", "has 1 groups, too few to keep 1 aside"),
        ({}, {"split_by": "y"}, "E206", "column 'y' cannot be two of target, weights, groups and time"),
        ({}, {"split_by": "shep"}, "E201", "column 'shep' is not in t.csv"),
        ({"kind": ["a", "b"] * 28 + ["c"] * 4, "n": range(N)}, {"target": "kind", "time_column": "n"}, "E213",
         "class 'c' is in the test part only"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_is_named(change, words, error_id, says):
    with pytest.raises(InputError, match=says) as caught:
        parts(TABLE.assign(**change), **words)
    assert caught.value.error_id == error_id


def test_folds_keep_groups_together_too(glassnet, folder, monkeypatch):
    from sklearn.model_selection import GroupKFold

    drawn = []
    find = GroupKFold.split

    def watch(self, X, y=None, groups=None):
        drawn.append(groups)
        return find(self, X, y, groups)

    monkeypatch.setattr(GroupKFold, "split", watch)
    TABLE.drop(columns="day").to_csv("t.csv", index=False)
    answer = glassnet("train", "t.csv", "--target", "y", "--split-by", "shop", "--no-report", *QUICK)
    assert answer.code == 0, answer.err
    assert "rows of one 'shop' together" in answer.out
    assert len(drawn) > 1  # by the fit, and for the straight line beside it
    for groups in drawn:
        assert len(np.unique(groups)) == 10


def test_folds_of_a_split_by_time_look_ahead_only(glassnet, folder):
    TABLE.to_csv("t.csv", index=False)
    words = ("--time-column", "day", "--drop", "shop", "-o", "run", "--no-report", *QUICK)
    answer = glassnet("train", "t.csv", "--target", "y", *words)
    assert answer.code == 0, answer.err
    assert ", the latest by 'day' (seed 0)" in answer.out
    oof = RunFolder(Path("run")).predictions("oof")
    days = pd.to_datetime(TABLE["day"]).to_numpy()[oof["row"].astype(int) - 1]
    unseen = np.isnan(oof["prediction"])
    assert unseen.any()
    assert days[unseen].max() <= days[~unseen].min()  # the first rows are only learnt from


def test_validation_rows_of_ones_own_choose_the_epoch(glassnet, houses):
    houses[:10].to_csv("own.csv", index=False)
    words = ("--target", "price", "--drop", "city", "weight", "--validation", "own.csv", "-o", "run", "--no-report")
    answer = glassnet("train", "houses.csv", *words, *QUICK)
    assert answer.code == 0, answer.err
    assert "; own.csv chooses the best epochs\n" in answer.out
    run = RunFolder(Path("run"))
    assert run.data["split"]["validation"] == "own.csv"
    assert not (run.path / "predictions_oof.csv").exists()  # nothing was held out
    houses.drop(columns="age").to_csv("own.csv", index=False)
    answer = glassnet("train", "houses.csv", *words, *QUICK, "--force")
    assert answer.code == 3
    assert answer.err.startswith("error[E201]: column 'age' is not in own.csv\n")
