import io
import re
import sys
from types import SimpleNamespace

import pytest

from glassnet.cli import progress
from glassnet.cli.progress import TrainingProgress
from glassnet.training.history import History

from .conftest import QUICK

WORDS = ("train", "houses.csv", "--target", "price", "--drop", "city", *QUICK)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(shown, n_epochs, seconds_per_epoch, monkeypatch):
    """Epochs of a fit, at a clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    estimator, history = SimpleNamespace(), History()
    context = SimpleNamespace(task_name="epoch", max_subtasks=n_epochs)
    shown.setup(estimator, context)
    for epoch in range(n_epochs):
        now[0] += seconds_per_epoch
        history.add(train_loss=1 / (epoch + 1))
        shown.on_fit_task_end(estimator, context, fitted_estimator=SimpleNamespace(history_=history))
    shown.teardown(estimator, context)


def test_without_a_terminal_there_is_a_line_every_ten_seconds_and_a_last_one(monkeypatch, capsys):
    run(TrainingProgress(), 10, 4, monkeypatch)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Training  epoch 3/10  loss 0.3333",
        "Training  epoch 6/10  loss 0.1667",
        "Training  epoch 9/10  loss 0.1111",
        "Training  epoch 10/10  loss 0.1",
    ]


def test_the_epochs_of_several_networks_are_added_up(monkeypatch, capsys):
    """Of three networks one has 4 epochs, one ended after 6 of its 10, and one has yet to begin."""
    shown, history, nobody = TrainingProgress(), History(), SimpleNamespace()
    shown.setup(nobody, SimpleNamespace(task_name="fit", max_subtasks=3))
    brief, long = (SimpleNamespace(task_name="member", max_subtasks=n) for n in (4, 10))
    shown.on_fit_task_begin(nobody, brief)
    shown.on_fit_task_begin(nobody, long)
    for _ in range(6):
        history.add(train_loss=0.5)
        epoch = SimpleNamespace(task_name="epoch", max_subtasks=0)
        shown.on_fit_task_end(nobody, epoch, fitted_estimator=SimpleNamespace(history_=history))
    assert shown.epochs.total == 4 + 10 + 10
    shown.on_fit_task_end(nobody, long, fitted_estimator=SimpleNamespace(history_=history))
    assert shown.epochs.total == 4 + 6 + 10
    shown.teardown(nobody, nobody)
    assert capsys.readouterr().err == "Training  epoch 6/20 of 3 networks  loss 0.5\n"


def test_the_last_line_is_not_said_twice(monkeypatch, capsys):
    run(TrainingProgress(), 3, 4, monkeypatch)
    assert capsys.readouterr().err == "Training  epoch 3/3  loss 0.3333\n"


def test_quiet_says_nothing(monkeypatch, capsys):
    run(TrainingProgress(quiet=True), 10, 4, monkeypatch)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("words", [(), ("--no-color",)])
def test_on_a_terminal_there_is_a_bar_on_stderr(glassnet, houses, monkeypatch, words):
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", terminal)
    answer = glassnet(*WORDS, *words)
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert re.search(r"epoch (\d+)/\1 of 41 networks", terminal.getvalue())
    assert ("\x1b[38;5;" in terminal.getvalue() or "\x1b[3" in terminal.getvalue()) is (not words)


def test_the_first_press_asks_for_the_end():
    shown = TrainingProgress(quiet=True)
    context = SimpleNamespace(task_name="epoch", max_subtasks=5)
    assert shown.on_fit_task_end(None, context) is False
    shown.stop_asked = True
    assert shown.on_fit_task_end(None, context) is True
