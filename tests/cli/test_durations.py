import json
from pathlib import Path

import pytest

from glassnet.cli.durations import seconds_of
from glassnet.errors import SettingError

from .conftest import QUICK

SHOW = ("train", "houses.csv", "--target", "price", "--show-config", "--json")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("10min", 600), ("1h", 3600), ("1h30m", 5400), ("1 h 30 m 5 s", 5405),
     ("0.5h", 1800), ("1.5", 1.5), ("2M", 120), ("1e3", 1000)],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "m", "10x", "30m1h", "1h 1h", "soon", "10m,", "ten", "1:30"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(SettingError, match=r"is no time\n-> write 90, 90s, 10m or 1h30m"):
        seconds_of(text)


def limit(glassnet, *words):
    return json.loads(glassnet(*SHOW, *words).out)["settings"]["--time-limit"]


def test_a_flag_a_variable_and_a_file_say_the_same(glassnet, monkeypatch):
    assert limit(glassnet) == {"value": None, "source": "default"}
    for text in ("'10m'", "600", "600.0", "'600s'"):
        Path("glassnet.toml").write_text(f"[train]\ntime-limit = {text}\n")
        assert limit(glassnet) == {"value": 600, "source": "glassnet.toml"}
    monkeypatch.setenv("GLASSNET_TRAIN_TIME_LIMIT", "1h30m")
    assert limit(glassnet) == {"value": 5400, "source": "environment"}
    assert limit(glassnet, "--time-limit", "90s") == {"value": 90, "source": "flag"}
    assert limit(glassnet, "--time-limit", "none")["value"] is None


@pytest.mark.parametrize("text", ["0", "-5", "0s", "inf", "nan"])
def test_a_limit_that_leaves_no_time_or_none_is_refused(glassnet, houses, text):
    answer = glassnet("train", "houses.csv", "--target", "price", "--time-limit", text)
    assert answer.code == 2
    assert "is not a number of seconds above 0, or None" in answer.err


def test_training_that_meets_its_limit_is_a_success_that_is_told(glassnet, houses):
    words = ("houses.csv", "--target", "price", "--drop", "city", *QUICK[:2], "--epochs", "1000000", "--n-members", "1")
    answer = glassnet("train", *words, "--patience", "inf", "--time-limit", "0.3s", "--schedule", "constant")
    assert answer.code == 0
    assert "the time limit was reached" in answer.out
    run = next(Path("runs").iterdir())
    assert "\ntime-limit = 0.3\n" in (run / "config.toml").read_text()
    assert json.loads((run / "metrics.json").read_text())["training"]["stop_reason"] == "time_limit"
