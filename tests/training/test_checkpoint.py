"""A run that is put back to any of its epochs ends with the bits that it had."""

import time
from dataclasses import replace

import numpy as np
import pytest

from glassnet.errors import ModelFileError
from glassnet.training.checkpoint import Keeper, identity, put_back, snapshot
from glassnet.training.course import Course
from glassnet.training.history import History
from glassnet.training.rows import Rows
from glassnet.training.trainer import Observer, Training
from glassnet.training.validation import Validation

from .cases import At, interrupt, learner, plan, rows

PLANS = {
    "constant rate": plan(12),
    "rate by the rows seen": plan(12, name="invscaling"),
    "rate divided when the loss rests": plan(40, name="adaptive", eta=0.02, tol=0.02, n_iter_no_change=2),
    "humps": plan(30, name="coslog4", eta=0.05),
    "stops when held-out rows are predicted worse": plan(60, eta=0.1, early_stopping=True, n_iter_no_change=4),
    "rows in their own order": plan(12, shuffle=False),
}


def member(plan, observer=None, *, validated=True, data=None, learns=None):
    judge = Validation(rows(9, seed=1)) if validated else None
    course = Course(learns or learner(), plan, History(), judge)
    return Training(course, rows() if data is None else data, observer or Observer())


class Tape(Observer):
    """Takes a snapshot after every epoch."""

    def __init__(self):
        self.snapshots, self.ended = [], False

    def course_begins(self, course):
        self.course = course

    def epoch_ends(self):
        self.snapshots.append(snapshot(self.course))
        return False

    def course_ends(self):
        self.snapshots.append(snapshot(self.course))
        self.ended = True


class Rewound(Tape):
    """Begins where a snapshot stood."""

    def __init__(self, kept):
        super().__init__()
        self.kept = kept

    def course_begins(self, course):
        super().course_begins(course)
        put_back(course, self.kept)


def curves(member):
    return {name: values for name, values in member.course.history.as_dict().items() if name != "seconds"}


@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize("name", PLANS)
def test_a_run_put_back_to_any_epoch_ends_with_the_same_bits(name, validated):
    tape = Tape()
    whole = member(PLANS[name], tape, validated=validated)
    outcome = whole.to_end()
    assert len(tape.snapshots) == len(whole.course.history) + 1 > 6
    for kept in tape.snapshots:
        again = member(PLANS[name], Rewound(kept), validated=validated)
        assert again.to_end() == outcome
        assert again.course.learner.theta.tobytes() == whole.course.learner.theta.tobytes()
        assert again.course.learner.memory.tobytes() == whole.course.learner.memory.tobytes()
        assert curves(again) == curves(whole)
        counters = ("epochs", "steps", "rows_seen")
        for of in counters:
            assert getattr(again.course.learner, of) == getattr(whole.course.learner, of)


def test_the_plans_of_this_file_end_in_different_ways():
    """Else the law above would say less than it seems to."""
    ends = {name: member(plan).to_end().reason for name, plan in PLANS.items()}
    assert ends["stops when held-out rows are predicted worse"] == "converged"
    assert ends["constant rate"] == "max_iter"
    tape = Tape()
    member(PLANS["rate divided when the loss rests"], tape).to_end()
    assert len({kept.facts["eta"] for kept in tape.snapshots}) > 2


def test_a_run_at_its_end_is_taken_as_it_is():
    tape = Tape()
    member(plan(5), tape).to_end()
    rewound = Rewound(tape.snapshots[-1])
    again = member(plan(5), rewound)
    assert again.to_end().reason == "max_iter"
    assert len(rewound.snapshots) == 1  # that of the end alone: no epoch was trained


def test_the_time_before_the_interruption_counts(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    class Slow(Tape):
        def epoch_begins(self):
            clock[0] += 1.0

    class SlowAgain(Rewound, Slow):
        pass

    tape = Slow()
    assert member(plan(50, time_limit=10.0), tape).to_end().reason == "time_limit"
    clock[0] = -3e6  # a machine that started anew counts from another zero
    again = member(plan(50, time_limit=10.0), SlowAgain(tape.snapshots[3]))
    assert again.to_end().reason == "time_limit"
    assert again.course.history.seconds == [float(epoch) for epoch in range(1, 11)]


def test_ctrl_c_right_after_a_run_was_taken_up_keeps_what_it_had_learnt():
    tape = Tape()
    member(plan(5), tape, validated=False).to_end()

    class Impatient(Rewound):
        def epoch_begins(self):
            raise KeyboardInterrupt

    again = member(plan(5), Impatient(tape.snapshots[2]), validated=False)
    assert again.to_end().reason == "interrupted"
    assert np.array_equal(again.course.learner.theta, tape.snapshots[2].tensors["theta"])


def test_the_end_is_told_before_the_best_weights_come_back_and_not_after_ctrl_c():
    tape = Tape()
    last = member(plan(60, eta=0.2), tape)
    outcome = last.to_end()
    assert outcome.best_epoch < 60
    assert np.array_equal(tape.snapshots[-1].tensors["theta"], tape.snapshots[-2].tensors["theta"])
    assert not np.array_equal(tape.snapshots[-1].tensors["theta"], last.course.learner.theta)

    class Stopped(Tape, At):
        def __init__(self):
            Tape.__init__(self)
            At.__init__(self, 3, interrupt)

        def epoch_ends(self):
            return At.epoch_ends(self)

    stopped = Stopped()
    member(plan(5), stopped).to_end()
    assert not stopped.ended


def test_a_snapshot_does_not_change_while_training_goes_on():
    tape = Tape()
    member(plan(3), tape).to_end()
    thetas = [kept.tensors["theta"].tobytes() for kept in tape.snapshots[:3]]
    assert len(set(thetas)) == 3
    assert [kept.facts["epochs"] for kept in tape.snapshots[:3]] == [1, 2, 3]


def test_the_snapshot_of_another_network_is_refused():
    tape = Tape()
    member(plan(2), tape).to_end()
    kept = tape.snapshots[0]
    for wrong in (np.zeros(3), kept.tensors["theta"].astype("float32")):
        other = replace(kept, tensors=kept.tensors | {"theta": wrong})
        with pytest.raises(ModelFileError, match="'theta' of another network"):
            member(plan(2), Rewound(other)).to_end()


def test_the_identity_changes_with_all_that_decides_the_bits_and_with_nothing_else():
    known = identity(member(plan(5)))
    assert identity(member(plan(5, time_limit=3.0))) == known
    for other in (plan(6), plan(5, eta=0.02), plan(5, batch_size=9), plan(5, shuffle=False)):
        assert identity(member(other)).rows == known.rows
        assert identity(member(other)).settings != known.settings
    for one in (learner("sgd"), learner(seed=1)):
        assert identity(member(plan(5), learns=one)).settings != known.settings
    other_seed = learner()
    other_seed.seed += 1  # the same weights, in another order of the rows
    assert identity(member(plan(5), learns=other_seed)).settings != known.settings
    data = rows()
    for changed in (
        Rows(data.X + 1e-12, data.Y, data.weight),
        Rows(data.X, -data.Y, data.weight),
        Rows(data.X, data.Y, np.ones(40)),
        Rows(data.X[::-1], data.Y[::-1], data.weight),
    ):
        assert identity(member(plan(5), data=changed)).rows != known.rows
        assert identity(member(plan(5), data=changed)).settings == known.settings
    assert identity(member(plan(5), validated=False)).rows != known.rows


def test_a_keeper_of_nothing_changes_nothing():
    one = member(plan(1))
    assert Keeper().kept(one) is one
    assert Keeper().seed(7) == 7
