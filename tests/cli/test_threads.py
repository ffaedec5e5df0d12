import os

import pyarrow
import pytest
from joblib import cpu_count
from threadpoolctl import threadpool_info, threadpool_limits

from glassnet import load
from glassnet.cli import app
from glassnet.cli.threads import LIMIT, at_most

from .conftest import LONE, QUICK


def threads():
    return cpu_count(), pyarrow.cpu_count(), {pool["num_threads"] for pool in threadpool_info()}


def test_nothing_uses_more_threads_and_afterwards_all_is_as_it_was():
    with threadpool_limits(2):
        before = threads()
        with at_most(1):
            assert threads() == (1, 1, {1})
        assert threads() == before
    assert LIMIT not in os.environ


def test_a_limit_of_the_user_comes_back(monkeypatch):
    monkeypatch.setenv(LIMIT, "2")
    with at_most(1):
        assert os.environ[LIMIT] == "1"
    assert os.environ[LIMIT] == "2"


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_the_flag(glassnet, name):
    assert "--threads" in glassnet(name, "--help").out


def test_the_limit_holds_while_the_command_runs_however_it_ends(glassnet, houses, monkeypatch):
    from glassnet.cli import info

    seen = []
    monkeypatch.setattr(info, "_show", lambda screen: seen.append(os.environ.get(LIMIT)))
    assert glassnet("info", "--threads", "1").code == 0
    monkeypatch.setenv("GLASSNET_INFO_THREADS", "3")
    assert glassnet("info").code == 0
    monkeypatch.delenv("GLASSNET_INFO_THREADS")
    assert seen == ["1", "3"]
    assert glassnet("train", "none.csv", "--target", "y", "--threads", "1").code == 3
    assert LIMIT not in os.environ
    for number in ("0", "-1"):
        assert glassnet("info", "--threads", number, "--json").error["id"] == "E301"


def test_the_model_has_the_same_bits_whatever_the_number_of_threads(glassnet, houses):
    words = ("train", "houses.csv", "--target", "price", "--drop", "city", *QUICK, "--n-members", "2", *LONE)
    models = []
    for number in ("1", "2"):
        assert glassnet(*words, "--threads", number).code == 0
        models.append([network.theta.tobytes() for network in load("houses.glassnet").networks_])
    assert models[0] == models[1]
