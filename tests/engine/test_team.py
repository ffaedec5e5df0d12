"""Two threads that share a step make the bits of one; nobody waits for a thread that does not come."""

import multiprocessing
import threading
from dataclasses import replace

import numpy as np
import pytest

from glassnet.engine.compiled import compiled
from glassnet.engine.program import Program
from glassnet.engine.shared import FROM, pays_to_share
from glassnet.engine.threads import one_blas_thread
from glassnet.engine.writer import write_epochs
from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.losses import Pinball
from glassnet.network.optimizers import Optimizer

from .programs import case, written_epoch
from .test_written_code import COMPILED

SHARED = {
    "classes": COMPILED["halves, dropout, adamw, weights"],
    "deep, odd": Program(Architecture((3, 5, 1, 7, 2), "tanh"), optimizer=Optimizer("momentum"), is_shared=True),
    "no hidden layer": Program(Architecture((4, 1)), is_shared=True),
    "wide": Program(
        Architecture((50, 300, 200, 4), "selu"), Pinball((0.2, 0.8)), optimizer=Optimizer("adam"), is_shared=True
    ),
}


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize(("n_samples", "batch_size"), [(300, 32), (65, 64), (7, 1), (5, 5)])
def test_two_threads_make_the_bits_of_one(name, n_samples, batch_size):
    program = SHARED[name]
    this, epochs = case(program, 1, n_samples, batch_size), compiled(write_epochs, program)
    with one_blas_thread():
        one, two = (written_epoch(epochs, this, n_threads) for n_threads in (1, 2))
    assert (one.theta != this.theta).any()
    assert (one.theta == two.theta).all()
    assert (one.memory == two.memory).all()
    assert (one.total, one.squares, one.steps) == (two.total, two.squares, two.steps)


def test_both_threads_stop_at_a_loss_that_is_not_finite():
    this = case(SHARED["classes"], 1, 60, 8)
    this.X[this.order[30]] = np.nan
    with one_blas_thread():
        one, two = (written_epoch(compiled(write_epochs, this.program), this, n_threads) for n_threads in (1, 2))
    assert one.steps == two.steps == 3
    np.testing.assert_array_equal(one.theta, two.theta)


@pytest.mark.parametrize("lost", [0, 1])
def test_an_error_in_one_thread_ends_the_other_and_is_raised(lost):
    this = case(SHARED["classes"], 1, 60, 8)
    epochs = compiled(write_epochs, this.program)

    def fails(*given):
        if given[-1] == lost:
            raise MemoryError("no room")
        return epochs(*given)

    with pytest.raises(MemoryError, match="no room"):
        written_epoch(fails, this, 2)


def test_threads_stay_for_the_next_epoch():
    this = case(SHARED["classes"], 1, 60, 8)
    written_epoch(compiled(write_epochs, this.program), this, 2)
    before = threading.active_count()
    for _ in range(20):
        written_epoch(compiled(write_epochs, this.program), this, 2)
    assert threading.active_count() == before


def in_child(pipe):
    this = case(SHARED["classes"], 1, 60, 8)
    pipe.send(written_epoch(compiled(write_epochs, this.program), this, 2).theta)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    this = case(SHARED["classes"], 1, 60, 8)
    expected = written_epoch(compiled(write_epochs, this.program), this, 2).theta
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(target=in_child, args=(theirs,))
    child.start()
    assert ours.poll(60), "the child waits for threads that only its parent has"
    np.testing.assert_array_equal(ours.recv(), expected)
    child.join()


def test_large_plain_networks_are_shared():
    large = Program(Architecture((100, 512, 512, 1)))
    assert large.architecture.n_parameters > FROM
    assert pays_to_share(large)
    assert not pays_to_share(Program(Architecture((100, 128, 128, 1))))
    assert not pays_to_share(replace(large, per_sample=True))
    assert not pays_to_share(replace(large, optimizer=Optimizer(max_norm=1.0)))


@pytest.mark.parametrize("wish", [{"per_sample": True}, {"optimizer": Optimizer(max_norm=1.0)}])
def test_what_cannot_be_shared_is_refused(wish):
    with pytest.raises(SettingError, match="two threads do not share"):
        Program(Architecture((8, 5, 1)), is_shared=True, **wish)
