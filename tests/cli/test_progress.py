import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from glassnet.cli import progress
from glassnet.cli.progress import TrainingProgress
from glassnet.cli.screen import short
from glassnet.cli.standing import Epochs
from glassnet.export.run_folder import RunFolder
from glassnet.training.history import History

from .conftest import QUICK

PRICE = ("train", "houses.csv", "--target", "price", "--drop", "city", "weight", *QUICK)
WORDS = ("train", "houses.csv", "--target", "price", "--drop", "city", *QUICK)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(shown, n_epochs, seconds_per_epoch, monkeypatch):
    """Epochs of a fit, at a clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    estimator, history = SimpleNamespace(), History()
    fit = SimpleNamespace(task_name="fit", max_subtasks=n_epochs)
    context = SimpleNamespace(task_name="epoch", max_subtasks=0, parent=fit)
    shown.setup(estimator, fit)
    for epoch in range(n_epochs):
        now[0] += seconds_per_epoch
        history.extend(train_loss=[1 / (epoch + 1)])
        shown.on_fit_task_end(estimator, context, fitted_estimator=SimpleNamespace(history_=history))
    shown.teardown(estimator, context)


def test_without_a_terminal_there_is_a_line_every_ten_seconds_and_a_last_one(monkeypatch, capsys):
    run(TrainingProgress(n_members=1), 10, 4, monkeypatch)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Training  epoch 3/10  loss 0.3333  eta 0:00:28",
        "Training  epoch 6/10  loss 0.1667  eta 0:00:16",
        "Training  epoch 9/10  loss 0.1111  eta 0:00:04",
        "Training  epoch 10/10  loss 0.1",
    ]


def test_the_epochs_of_several_networks_are_added_up():
    """Of 22 networks two are kept; the others are on trial, which takes about a tenth of their 10 epochs."""
    epochs = Epochs(22, 2)
    for _ in range(21):
        epochs.network_begins(10)
    assert (epochs.n_on_trial, epochs.total) == (20, 2 * 10 + 20 * 1)
    epochs.network_ends(6)
    assert (epochs.n_on_trial, epochs.total) == (19, 2 * 10 + 19 * 1 + 6)
    for _ in range(19):
        epochs.network_ends(1)
    assert (epochs.n_on_trial, epochs.total) == (0, 2 * 10 + 19 * 1 + 6)
    epochs.done = 40
    epochs.fit_ends()
    assert epochs.total == 40


def test_the_last_line_is_not_said_twice(monkeypatch, capsys):
    run(TrainingProgress(n_members=1), 3, 4, monkeypatch)
    assert capsys.readouterr().err == "Training  epoch 3/3  loss 0.3333  eta 0:00:00\n"


def test_quiet_says_nothing(monkeypatch, capsys):
    run(TrainingProgress(1, quiet=True), 10, 4, monkeypatch)
    assert capsys.readouterr() == ("", "")


def lines_of_every_epoch(glassnet, monkeypatch, *words):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    answer = glassnet(*words, "--n-jobs", "1", "--test", "0", "-o", "run")
    assert answer.code == 0, answer.err
    return [line for line in answer.err.splitlines() if line.startswith("Training  ")]


@pytest.mark.parametrize(
    ("loss", "score", "column"),
    [("squared_error", "RMSE", "RMSE"), ("absolute_error", "MAE", "MAE")],
)
def test_the_score_shown_at_the_end_is_the_out_of_fold_score_of_the_run(
    glassnet, houses, monkeypatch, loss, score, column
):
    lines = lines_of_every_epoch(glassnet, monkeypatch, *PRICE, "--loss", loss)
    pattern = rf"Training  member (\d+)/5  epoch (\d)/5  out of fold {score} ([\d ]+)  eta 0:00:00"
    member, epoch, shown = re.fullmatch(pattern, lines[-1]).groups()
    run = RunFolder(Path("run"))
    assert int(epoch) == run.history()[int(member) - 1][-1]["epoch"]  # its last, which a hump in vain may have been
    assert shown == short(run.metrics["out_of_fold"]["this model"][column])


def test_trials_and_members_are_counted_by_themselves(glassnet, houses, monkeypatch):
    lines = lines_of_every_epoch(glassnet, monkeypatch, *PRICE)
    places = [re.match(r"Training  (\w+) (\d+)/(\d+)  epoch (\d+)(?:/(\d+))?  ", line).groups() for line in lines]
    trials = [place for place in places if place[0] == "trial"]
    members = [place for place in places if place[0] == "member"]
    assert [*trials, *members] == places
    n_trials = [int(place[2]) for place in trials]
    assert n_trials == sorted(n_trials)  # folds join in
    assert all(1 <= int(place[1]) <= n for place, n in zip(trials, n_trials, strict=True))
    for member in map(str, range(1, 6)):  # they take turns
        own = dict.fromkeys(place[1:] for place in members if place[1] == member)  # the last line may come twice
        assert "".join(epoch for *_, epoch, _ in own) in "12345"  # some begin on trial
        assert {(n_members, n_epochs) for _, n_members, _, n_epochs in own} == {("5", "5")}
    assert {int(place[3]) for place in trials} == {1, 2, 3}  # of five, until the third hump ends


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--target", "city", "--drop", "weight"), r"member \d+/5  epoch \d/5  out of fold log loss \d\.\d{3}"),
        (("--target", "price", "--n-members", "1"), r"epoch 5/5  loss [\d.e-]+"),
        (("--target", "price", "--n-members", "1", "--early-stopping"), r"epoch 5/5  validation RMSE [\d ]+"),
        (("--target", "price", "--validation", "houses.csv"), r"member \d/5  epoch 5/5  validation RMSE [\d ]+"),
        (("--target", "price", "--loss", "quantile"), r"member \d+/5  epoch \d/5  out of fold loss [\d.]+"),
    ],
)
def test_the_score_is_that_of_the_task_and_of_the_rows_that_judge(glassnet, houses, monkeypatch, words, says):
    quiet = ("--dropout", "0", "--bins", "4") if "1" in words else ()
    lines = lines_of_every_epoch(glassnet, monkeypatch, "train", "houses.csv", *words, *QUICK, *quiet)
    assert re.fullmatch(rf"Training  {says}  eta 0:00:00", lines[-1]), lines[-1]


@pytest.mark.parametrize("words", [(), ("--no-color",)])
def test_on_a_terminal_there_is_a_bar_on_stderr(glassnet, houses, monkeypatch, words):
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", terminal)
    answer = glassnet(*WORDS, *words)
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert re.search(r"member \d+/5  epoch \d/5  out of fold RMSE", terminal.getvalue())
    assert ("\x1b[38;5;" in terminal.getvalue() or "\x1b[3" in terminal.getvalue()) is (not words)


def test_the_first_press_asks_for_the_end():
    shown = TrainingProgress(1, quiet=True)
    context = SimpleNamespace(task_name="epoch", max_subtasks=5)
    assert shown.on_fit_task_end(None, context) is False
    shown.stop_asked = True
    assert shown.on_fit_task_end(None, context) is True
