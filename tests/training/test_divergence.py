import re
from dataclasses import replace

import numpy as np
import pytest

from glassnet.engine.program import Program
from glassnet.errors import DivergenceError
from glassnet.network.architecture import Architecture
from glassnet.network.losses import Poisson
from glassnet.network.optimizers import Optimizer
from glassnet.training.divergence import first_not_finite
from glassnet.training.epoch import Epoch, went_well
from glassnet.training.learner import Learner
from glassnet.training.rows import Rows
from glassnet.training.stability import limit_on

from .cases import NET, NO_WEIGHT, learner, plan, rows
from .test_trainer import run


def epochs(ours, plan, data):
    for _ in range(plan.schedule.n_epochs):
        ours.learn(data, plan.batch_size, plan.schedule.rates(0, -(-len(data) // plan.batch_size), 0)[None])


def caught(ours, plan, data=None):
    """The error of training that diverges."""
    with pytest.raises(DivergenceError) as error:
        epochs(ours, plan, rows() if data is None else data)
    return error.value


def test_the_place_is_the_one_worked_by_hand():
    """All weights 0: step 1 sees z^3 = 0 and moves b^3 to eta y = 1e200, so in step 2 the loss is 1/2 (1e200 - 1)^2."""
    ours = learner("sgd")
    ours.theta[:] = 0
    data = Rows(np.ones((3, 3)), np.ones((3, 1)), NO_WEIGHT)
    error = caught(ours, plan(1, eta=1e200, batch_size=1), data)
    assert error.place == {"epoch": 1, "step": 2, "layer": 3}
    assert str(error).startswith(
        "training diverged in epoch 1, step 2: the first number that is not finite is the loss behind layer 3. "
    )


@pytest.mark.parametrize(("optimizer", "eta"), [("sgd", 1e6), ("sgd", 1e60), ("adam", 1e200)])
def test_the_step_is_the_first_whose_end_is_not_finite(optimizer, eta):
    """Step by step from the start, as the bisection must not do."""
    ours, data = learner(optimizer), rows()
    error = caught(ours, plan(60, eta=eta, batch_size=7))
    again = learner(optimizer)
    for epoch in range(1, 61):
        for step in range(1, 7):
            trial = learner(optimizer)
            trial.theta[:], trial.memory[:], trial.epochs, trial.steps = (
                again.theta, again.memory, again.epochs, again.steps)  # fmt: skip
            try:
                trial.learn(data, 7, np.r_[np.full(step, eta), np.zeros(6 - step)][None])
            except DivergenceError:
                assert error.place["epoch"] == epoch
                assert error.place["step"] in (step, step + 1)  # weights that a step spoils are seen in the next
                return
        again.learn(data, 7, np.full((1, 6), eta))
    pytest.fail("this did not diverge")


def test_dropout_is_that_of_the_epoch_that_diverged():
    net = replace(NET, sizes=(3, 4, 1), activation=["tanh"], dropout=[0.5], input_dropout=0.2)
    order, key = np.arange(10), np.array([1, 2, 0, 0])
    epoch = Epoch(Program(net, dtype="float64"), print, rows(10), order, 4, np.ones(3), key)
    assert {layer: mask.shape for layer, mask in epoch.masks(2, 2).items()} == {1: (2, 3), 2: (2, 4)}
    assert set(np.unique(epoch.masks(0, 4)[2])) == {0.0, 2.0}
    assert not np.array_equal(epoch.masks(0, 4)[2], epoch.masks(1, 4)[2])
    assert np.array_equal(epoch.batch(1).X, rows(10).X[4:8])
    assert np.array_equal(epoch.batch(2).X, rows(10).X[8:])


def test_weights_that_a_last_step_spoils_are_named():
    data = replace(rows(), Y=1e10 * rows().Y)
    error = caught(learner("sgd"), plan(1, eta=1e305, batch_size=40), data)
    assert "the first number that is not finite is in W or b of layer " in str(error)
    assert error.place["layer"] in (2, 3)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda theta, data: theta.__setitem__(0, np.nan), ("z of layer 2", 2)),
        (lambda theta, data: data.Y.__setitem__(0, 1e200), ("the loss behind layer 3", 3)),
    ],
)
def test_the_first_number_in_the_order_of_the_passes_is_named(spoil, says):
    ours, data = learner(), rows()
    assert first_not_finite(ours.program, ours.theta, data) is None
    spoil(ours.theta, data)
    assert first_not_finite(ours.program, ours.theta, data) == says


def test_an_exponential_output_overflows_before_the_loss():
    program = Program(Architecture((3, 4, 1), "tanh", output_activation="exp"), loss=Poisson(), dtype="float64")
    theta = np.zeros(program.architecture.n_parameters)
    theta[-1] = 800.0
    data = replace(rows(), Y=np.abs(rows().Y))
    assert first_not_finite(program, theta, data) == ("a of layer 3", 3)


def test_the_suggested_learning_rate_does_not_diverge():
    text = str(caught(learner("sgd"), plan(50, eta=20.0)))
    rate = float(re.search(r"Try learning_rate_init=([\d.e+-]+),", text).group(1))
    limit = float(re.search(r"stability limit about ([\d.e+-]+) ", text).group(1))
    assert rate < limit < 20
    _, history = run(learner("sgd"), plan(50, eta=rate))
    assert history.train_loss[-1] < history.train_loss[0]


def test_the_smaller_limit_of_the_step_with_the_longest_row_is_told_and_a_third_of_it_suggested():
    """Five rows of length 1 and one of 100: the step with that one and another has lambda = 100^2 / 2."""
    X = np.zeros((6, 3))
    X[:, 0] = [1, 1, 1, 1, 1, 100]
    program = Program(Architecture((3, 1)), dtype="float64")
    ours = Learner(program, np.zeros(4), 1)
    text = str(caught(ours, plan(500, eta=50.0, batch_size=2), Rows(X, np.ones((6, 1)), NO_WEIGHT)))
    assert "learning rate 50, stability limit about 0.0004 (2 / largest curvature)" in text
    assert "Try learning_rate_init=0.0001," in text


def test_a_row_bends_j_by_its_weight():
    """Rows of length 1, one of them with weight 50: lambda = 50 (1 + 1). One of length 3 with weight 1 has 10."""
    X, weight = np.zeros((6, 3)), np.array([1.0, 50.0, 1.0, 1.0, 1.0, 1.0])
    X[:, 0] = [1, 1, 1, 1, 1, 3]
    for seed in range(6):  # whichever step leaves the finite numbers
        ours = Learner(Program(Architecture((3, 1)), weighted=True, dtype="float64"), np.zeros(4), seed)
        text = str(caught(ours, plan(500, eta=0.7, batch_size=1), Rows(X, np.ones((6, 1)), weight)))
        assert "learning rate 0.7, stability limit about 0.02 (2 / largest curvature)" in text


def test_steps_that_grow_below_the_limit_at_the_start_are_called_so():
    """At z = 0 a count bends by e^0 (x^2 + 1) = 2; a step of 0.5 * (1000 - 1) leads to z = 999, beyond all numbers."""
    program = Program(Architecture((1, 1), output_activation="exp"), Poisson(), dtype="float64")
    data = Rows(np.ones((1, 1)), np.full((1, 1), 1000.0), NO_WEIGHT)
    text = str(caught(Learner(program, np.zeros(2), 0), plan(2, eta=0.5, batch_size=1), data))
    assert "The steps grew although learning rate 0.5 is below the stability limit at the start, 1." in text
    assert "Try learning_rate_init=0.05," in text


@pytest.mark.parametrize("weight", [[1.0, 1.0], [5.0, 0.5], [0.0, 3.0]])
def test_the_limit_counts_the_weights_of_rows_as_a_step_does(weight):
    """A step divides by the number of its rows: just below the limit it shrinks the distance, just above it grows."""
    program = Program(Architecture((1, 1)), weighted=True, dtype="float64")
    batch = Rows(np.array([[2.0], [-1.0]]), np.zeros((2, 1)), np.array(weight))
    X = np.column_stack([batch.X, np.ones(2)])
    H = X.T @ (batch.weight[:, None] * X) / 2
    limit = limit_on(program, np.zeros(2), batch)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(H)[-1])
    steepest = np.linalg.eigh(H)[1][:, -1]
    for factor, grows in ((0.99, False), (1.01, True)):
        ours = Learner(program, steepest, 0)
        ours.learn(batch, 2, np.array([[factor * limit]]))
        assert (np.linalg.norm(ours.theta) > 1) == grows


def test_the_limit_is_measured_where_training_began():
    ours = learner("sgd")
    start = ours.theta.copy()
    assert limit_on(ours.program, start, rows()) == pytest.approx(limit_on(ours.program, ours.first_theta, rows()))
    caught(ours, plan(50, eta=20.0))
    assert np.array_equal(ours.first_theta, start)


def test_adam_has_no_limit_and_is_told_the_usual_rate():
    ours = learner("adam")
    assert limit_on(ours.program, ours.theta, rows()) is None
    text = str(caught(ours, plan(50, eta=1e200)))
    assert "Adam moves a weight by up to the learning rate in each step, here 1e+200." in text
    assert text.endswith("Try learning_rate_init=0.001.")


def test_adam_is_not_told_a_rate_above_the_one_that_diverged():
    data = replace(rows(), Y=1e200 * rows().Y)
    assert str(caught(learner("adam"), plan(1, eta=0.001), data)).endswith("Try learning_rate_init=0.0001.")


def test_rows_far_out_are_named_as_a_cause():
    data = rows()
    data.X[3] *= 1e6
    assert "The largest |x| after scaling is " in str(caught(learner("sgd"), plan(50, eta=20.0), data))
    assert "The largest |x|" not in str(caught(learner("sgd"), plan(50, eta=20.0)))


def test_momentum_moves_the_limit():
    plain_limit = limit_on(learner("sgd").program, learner().theta, rows())
    heavy = replace(learner("momentum").program, optimizer=Optimizer("momentum", momentum=0.5))
    assert limit_on(heavy, learner().theta, rows()) == pytest.approx(1.5 * plain_limit)


def test_only_finite_losses_and_weights_go_well():
    assert went_well(1.0, np.zeros(2))
    assert not went_well(np.nan, np.zeros(2))
    assert not went_well(1.0, np.array([0, np.inf]))
