import numpy as np
import pytest

from glassnet.network.activations import ACTIVATIONS, Activation
from glassnet.network.architecture import Architecture
from glassnet.network.gradient_check import GradientCheck, entry_name, gradient_check
from glassnet.network.network import Network

from .cases import LOSSES, by_name, targets


def rows(seed, loss=LOSSES[0], n_outputs=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(5, 2)), targets(loss, n_outputs, 5, rng)


class PlantedError(Network):
    """A network whose gradient is wrong in one entry."""

    wrong, amount = 0, 1e-3

    def gradient(self, X, Y, **options):
        grad = super().gradient(X, Y, **options)
        grad[self.wrong] += self.amount
        return grad


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_passes(activation, seed):
    net = Network((2, 4, 3), activation=activation, random_state=seed)
    check = gradient_check(net, *rows(seed), verbose=False)
    np.testing.assert_array_less(check.error, 1e-9)  # 100 seeds used at most 7 % of it, and none met a kink


@pytest.mark.parametrize("loss", LOSSES, ids=by_name)
def test_every_loss_passes_with_weights_and_masks(loss, seed):
    net = Network((2, 4, 3), activation="tanh", loss=loss, alpha=0.1, random_state=seed)
    rng = np.random.default_rng(seed)
    options = {"sample_weight": rng.exponential(size=5), "masks": {2: rng.binomial(1, 0.5, (5, 4)) * 2.0}}
    check = gradient_check(net, *rows(seed, loss), **options, verbose=False)
    np.testing.assert_array_less(check.error, 1e-9)  # 100 seeds used at most 7 % of it, and none met a kink


@pytest.mark.parametrize("wrong", [0, 7, 8, 11, 12, 23, 26])
def test_a_planted_error_is_found_and_named(wrong, seed):
    net = PlantedError((2, 4, 3), activation="tanh", random_state=seed)
    net.wrong = wrong
    check = gradient_check(net, *rows(seed), verbose=False)
    assert check.worst == wrong
    assert check.error[wrong] > 1e-5
    assert f"{entry_name(net.architecture, wrong)}, backpropagation {check.backprop[wrong]:.10g}" in str(check)


def test_a_wrong_slope_is_found(monkeypatch):
    wrong = Activation("tanh", np.tanh, lambda Z: 1 - np.tanh(Z))
    monkeypatch.setitem(ACTIVATIONS, "tanh", wrong)
    check = gradient_check(Network((2, 4, 3), activation="tanh"), *rows(0), verbose=False)
    assert check.error.max() > 1e-2


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_entry_that_is_no_number_is_the_worst(value):
    net = PlantedError((2, 4, 3), activation="tanh")
    net.wrong, net.amount = 5, value
    check = gradient_check(net, *rows(0), verbose=False)
    assert check.worst == 5
    assert np.isfinite(np.delete(check.error, 5)).all()


def test_theta_is_left_as_it_was():
    net = Network((2, 4, 3), random_state=0)
    kept = net.theta.copy()
    gradient_check(net, *rows(0), verbose=False)
    np.testing.assert_array_equal(net.theta, kept)


def test_theta_is_left_as_it_was_even_when_the_loss_fails():
    class Failing(Network):
        calls = 0

        def loss(self, X, Y, **options):
            self.calls += 1
            if self.calls == 8:
                raise RuntimeError("stopped by hand")
            return super().loss(X, Y, **options)

    net = Failing((2, 4, 3), random_state=0)
    kept = net.theta.copy()
    with pytest.raises(RuntimeError, match="stopped by hand"):
        gradient_check(net, *rows(0), verbose=False)
    np.testing.assert_array_equal(net.theta, kept)


def test_the_worst_entry_is_printed_unless_told_otherwise(capsys):
    check = gradient_check(Network((2, 4, 3), activation="tanh"), *rows(0))
    assert capsys.readouterr().out == f"{check}\n"
    gradient_check(Network((2, 4, 3), activation="tanh"), *rows(0), verbose=False)
    assert capsys.readouterr().out == ""


def test_the_error_is_relative_to_both_gradients():
    check = GradientCheck(Architecture((1, 1)), np.array([3.0, 4.0]), np.array([3.0, 4.5]))
    np.testing.assert_allclose(check.error, [0, 0.5 / (5 + np.hypot(3, 4.5))], rtol=1e-15)
    assert str(check) == (
        "worst of 2 entries: b^2[0], backpropagation 4, finite differences 4.5, relative error 4.8e-02"
    )


def test_two_zero_gradients_agree():
    assert not GradientCheck(Architecture((1, 1)), np.zeros(2), np.zeros(2)).error.any()


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 1), (3, 1, 2, 4)], ids=str)
def test_every_entry_of_theta_is_named_by_its_place(sizes):
    net = Architecture(sizes)
    names = np.empty(net.n_parameters, dtype=object)
    for layer, (W, b) in net.layers(names).items():
        W[:] = [[f"W^{layer}[{i}, {j}]" for j in range(W.shape[1])] for i in range(len(W))]
        b[:] = [f"b^{layer}[{j}]" for j in range(len(b))]
    assert [entry_name(net, k) for k in range(net.n_parameters)] == list(names)


def test_an_entry_beyond_theta_has_no_name():
    with pytest.raises(IndexError, match="theta has 2 entries, so there is no entry 2"):
        entry_name(Architecture((1, 1)), 2)
