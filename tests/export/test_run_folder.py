import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassNetRegressor
from glassnet.errors import InputError, OutputError
from glassnet.export.run_folder import DATA, FILES, MOST_ROWS, RunFolder, model_file
from glassnet.export.run_log import RunLogger, networks_of
from glassnet.training.history import History

from ..estimators.cases import TINY, short, table


@pytest.fixture
def run(tmp_path):
    folder = RunFolder.made(tmp_path / "runs" / "one")
    folder.write_json(DATA, {"target": "y"})
    return folder


def test_what_is_written_is_read(run):
    run.write_json("metrics.json", {"test": {"this model": {"R2": float("nan"), "RMSE": np.float32(0.5)}}})
    assert run.metrics == {"test": {"this model": {"R2": None, "RMSE": 0.5}}}
    run.write_predictions("oof", {"row": [1, 2], "y": np.array([0.1, 2.5]), "prediction": [np.nan, 1e-30]})
    read = run.predictions("oof")
    assert list(read) == ["row", "y", "prediction"]
    np.testing.assert_array_equal(read["y"], [0.1, 2.5])
    np.testing.assert_array_equal(read["prediction"], [np.nan, 1e-30])
    assert [file.name for file in sorted(run.path.iterdir())] == ["data.json", "metrics.json", "predictions_oof.csv"]


def test_labels_with_commas_and_breaks_come_back_as_they_were(run):
    labels = ["a,b", 'say "x"', "one\ntwo", "", "ü"]
    run.write_predictions("test", {"row": range(1, 6), "y": np.array(labels, dtype=object)})
    assert run.predictions("test")["y"].tolist() == labels


def test_the_features_of_test_rows_keep_their_kinds_and_are_not_too_many(run):
    X = pd.DataFrame(
        {"n": np.arange(MOST_ROWS + 1.0), "t": "x", "d": pd.Timestamp("2026-01-01")}, index=range(5, MOST_ROWS + 6)
    )
    run.write_rows(X)
    read = run.rows()
    assert len(read) == MOST_ROWS
    assert read["d"].dtype.kind == "M"
    assert read["n"][1] == 1.0


def test_a_folder_that_holds_something_is_not_taken(run, tmp_path):
    with pytest.raises(OutputError, match="--force overwrites it") as caught:
        RunFolder.made(run.path)
    assert caught.value.error_id == "E502"
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("all of it")
    with pytest.raises(OutputError, match="holds other files"):
        RunFolder.made(precious, force=True)
    (run.path / "thesis.txt").write_text("all of it")
    RunFolder.made(run.path, force=True)
    assert [file.name for file in run.path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written: Not a directory") as caught:
        RunFolder.made(tmp_path / "file" / "run")
    assert caught.value.error_id == "E501"


@pytest.mark.parametrize("damage", [None, "{", b"\xff\xfe\x00"])
def test_a_file_that_is_missing_or_damaged_is_named(run, damage):
    if damage is not None:
        (run.path / "metrics.json").write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    with pytest.raises(InputError, match=r"metrics\.json cannot be read: ") as caught:
        _ = run.metrics
    assert caught.value.error_id == "E110"


def test_a_run_folder_stands_for_its_model(run, tmp_path):
    assert model_file(run.path) == run.path / "model.glassnet"
    assert model_file(tmp_path / "a.glassnet") == tmp_path / "a.glassnet"
    assert model_file(tmp_path) == tmp_path


# ---- The log ---------------------------------------------------------------------------------------------------------


class Follower:
    """Reads the log at the end of every epoch, as somebody else would."""

    def __init__(self, folder):
        self.folder, self.lengths = folder, []

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):
        self.lengths.append(sum(map(len, self.folder.history().values())))


def test_a_line_is_there_as_soon_as_its_epoch_has_ended(run):
    follower = Follower(run)
    with short():
        GlassNetRegressor(**TINY).set_callbacks(RunLogger(run.path), follower).fit(*table(GlassNetRegressor))
    assert follower.lengths == [1, 2, 3, 3]


def test_the_log_has_the_curves_of_every_member(run):
    settings = TINY | {"n_members": 3}
    with short():
        model = GlassNetRegressor(**settings).set_callbacks(RunLogger(run.path)).fit(*table(GlassNetRegressor))
    networks = networks_of(model, run)
    assert sorted(networks) == [0, 1, 2]
    run.write_json("metrics.json", {"training": {"networks": networks}})
    for member, epochs in run.history().items():
        history = model._runs[member].history
        assert [entry["epoch"] for entry in epochs] == [1, 2, 3]
        assert [entry["train_loss"] for entry in epochs] == history.train_loss
        assert [entry["validation_loss"] for entry in epochs] == history.validation_loss
        assert [entry["grad_norm"] for entry in epochs] == history.gradient_norm


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_of_networks_that_learnt_alike_the_member_is_the_one_that_was_judged_alike(run, order):
    """Trials with other bins may err as little on the rows that teach, and otherwise on those that judge."""
    curves = {0: (0.5, 0.7), 1: (0.5, 0.6), 2: (0.5, 0.8)}
    entries = [
        {"network": network, "epoch": 1, "train_loss": curves[network][0], "validation_loss": curves[network][1]}
        for network in order
    ]
    (run.path / "history.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    member = SimpleNamespace(history=History(train_loss=[0.5], validation_loss=[0.6]))
    assert networks_of(SimpleNamespace(_runs=[member]), run) == [1]


def test_a_half_line_is_passed_over(run):
    file = run.path / "history.jsonl"
    file.write_text(json.dumps({"network": 0, "epoch": 1}) + '\n{"network": 0, "ep')
    assert run.history() == {0: [{"network": 0, "epoch": 1}]}


def test_a_log_that_goes_on_says_every_epoch_once(run):
    file = run.path / "history.jsonl"
    old = [{"network": network, "epoch": epoch, "train_loss": "old"} for network in (0, 1) for epoch in (1, 2, 9)]
    file.write_text("".join(json.dumps(entry) + "\n" for entry in old) + '\n{"network": 0, "ep')
    with short():
        GlassNetRegressor(**TINY).set_callbacks(RunLogger(run.path, goes_on=True)).fit(*table(GlassNetRegressor))
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(entry["network"], entry["epoch"]) for entry in entries] == [(1, 1), (1, 2), (1, 9), (0, 1), (0, 2), (0, 3)]
    assert [entry["train_loss"] == "old" for entry in entries] == [True] * 3 + [False] * 3


def test_a_log_that_cannot_be_written_is_an_error_of_ours(run):
    with pytest.raises(OutputError, match=r"history\.jsonl cannot be written: No such file or directory"):
        GlassNetRegressor(**TINY).set_callbacks(RunLogger(run.path / "gone")).fit(*table(GlassNetRegressor))


def test_every_name_is_described(run):
    import glassnet.export.run_folder as module

    assert [name for name in FILES if name not in module.__doc__] == []
