import numpy as np
import pytest

from glassnet.errors import DivergenceError, SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.curvature import (
    DENSE,
    GRADIENT_DESCENT,
    eigenpairs,
    largest_eigenvalues,
    sharpness,
    stability_limit,
    trace,
)
from glassnet.network.hessian import Hessian
from glassnet.network.losses import Absolute, Logistic, Squared
from glassnet.network.network import Network
from glassnet.network.optimizers import Optimizer
from glassnet.network.penalty import Penalty

from .cases import central_differences

SMALL, LARGE = (3, 4, 1), (4, 8, 6, 1)  # 21 parameters, whose matrix is written down, and 101, for Lanczos


def problem(sizes, seed=0, activation="tanh", n_samples=40, **options):
    rng = np.random.default_rng(seed)
    net = Architecture(sizes, activation)
    X = rng.normal(size=(n_samples, sizes[0]))
    return Hessian(net, 0.7 * rng.normal(size=net.n_parameters), X, np.sin(X[:, :1]), **options)


def linear(seed=0, n=30, d=40):
    """A linear network with squared loss, whose J is a parabola everywhere, and the eigenvalues of X^T X / n."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.linspace(0.1, 2, d)
    columns = np.column_stack([X, np.ones(n)])
    hessian = Hessian(Architecture((d, 1)), rng.normal(size=d + 1), X, rng.normal(size=(n, 1)))
    return hessian, np.linalg.eigvalsh(columns.T @ columns / n)[::-1]


# ---- Eigenvalues -----------------------------------------------------------------------------------------------------


def test_sizes_take_both_ways():
    assert Architecture(SMALL).n_parameters < DENSE < Architecture(LARGE).n_parameters


@pytest.mark.parametrize("sizes", [SMALL, LARGE], ids=str)
def test_the_largest_eigenvalues_are_those_of_a_hessian_of_finite_differences(sizes, seed):
    """T11: the Hessian as central differences of the gradient, entry by entry, in float64."""
    hessian = problem(sizes, seed, penalty=Penalty(0.5))

    def gradient_at(theta):
        return Hessian(
            hessian.architecture, theta, hessian.X, hessian.Y, hessian.loss, penalty=hessian.penalty
        ).gradient()

    H = central_differences(gradient_at, hessian.theta)
    expected = np.linalg.eigvalsh((H + H.T) / 2)[::-1][:4]
    values, directions = eigenpairs(hessian, 4)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-8)  # 60 seeds used at most 14 % of it
    np.testing.assert_allclose(directions @ H @ directions.T, np.diag(expected), rtol=0, atol=1e-6)


def test_the_eigenvalues_of_a_linear_network_are_those_of_least_squares(seed):
    hessian, expected = linear(seed)
    values = largest_eigenvalues(hessian.architecture, hessian.theta, hessian.X, hessian.Y, loss=Squared(), k=5)
    np.testing.assert_allclose(values, expected[:5], rtol=1e-8)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6, 7])
def test_equal_eigenvalues_are_counted_as_often_as_they_occur(k, seed):
    """Three linear outputs have the Hessian of one three times."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(60, 30)), rng.normal(size=(60, 3))
    columns = np.column_stack([X, np.ones(60)])
    expected = np.repeat(np.linalg.eigvalsh(columns.T @ columns / 60)[::-1], 3)[:k]
    values, directions = eigenpairs(Hessian(Architecture((30, 3)), np.zeros(93), X, Y), k)
    np.testing.assert_allclose(values, expected, rtol=1e-7)
    np.testing.assert_allclose(directions @ directions.T, np.eye(k), rtol=0, atol=1e-6)


def test_weights_of_rows_and_penalty_count():
    hessian = problem(LARGE, sample_weight=np.arange(40.0), penalty=Penalty(20.0))
    at = hessian.architecture, hessian.theta, hessian.X, hessian.Y
    value = largest_eigenvalues(*at, loss=Squared(), penalty=Penalty(20.0), sample_weight=np.arange(40.0))
    np.testing.assert_allclose(value, [np.linalg.eigvalsh(hessian.matrix())[-1]], rtol=1e-8)
    assert value != pytest.approx(largest_eigenvalues(*at, loss=Squared()))


def test_the_same_arguments_give_the_same_bits():
    once, again = (eigenpairs(problem(LARGE), 3) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))


def test_directions_have_length_1_and_a_fixed_sign():
    _, directions = eigenpairs(problem(LARGE), 3)
    np.testing.assert_allclose(directions @ directions.T, np.eye(3), rtol=0, atol=1e-12)
    assert (directions.max(axis=1) == np.abs(directions).max(axis=1)).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_direction_points_where_its_largest_entry_is_positive(sign):
    """One linear neuron bends along (x, 1) alone."""
    _, directions = eigenpairs(Hessian(Architecture((1, 1)), np.zeros(2), np.array([[3.0 * sign]]), np.ones((1, 1))))
    np.testing.assert_allclose(directions[0], np.array([3.0, sign]) / np.sqrt(10), atol=1e-12)


def test_nothing_limits_the_step_where_everything_bends_down():
    """Below 0 the error 2 - tanh(z) bends down, at x = 1 and at x = -1: both eigenvalues are negative."""
    net, X = Architecture((1, 1), output_activation="tanh"), np.array([[1.0], [-1.0]])
    hessian = Hessian(net, np.array([0.0, -1.0]), X, np.full((2, 1), 2.0), Absolute())
    assert (eigenpairs(hessian, 2)[0] < -0.1).all()
    assert stability_limit(hessian) == sharpness(hessian).stability_limit == np.inf


def test_all_eigenvalues_may_be_asked_for():
    hessian = problem(LARGE)
    np.testing.assert_allclose(eigenpairs(hessian, 101)[0], np.linalg.eigvalsh(hessian.matrix())[::-1], atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 1), (60, 1)], ids=str)
def test_straight_lines_are_flat(sizes):
    """The absolute error of a linear network: no second derivative anywhere, and no limit on the step."""
    hessian = problem(sizes, loss=Absolute())
    assert eigenpairs(hessian, 2)[0].tolist() == [0, 0]
    assert stability_limit(hessian) == np.inf
    assert sharpness(hessian).stability_limit == np.inf


def test_a_whole_number_of_eigenvalues_may_be_written_as_a_float():
    assert sharpness(problem(SMALL), 2.0) == sharpness(problem(SMALL), 2)


@pytest.mark.parametrize("k", [0, -1, 22, 1.5])
def test_a_number_of_eigenvalues_that_the_network_does_not_have_is_refused(k, refusal):
    assert refusal(SettingError, eigenpairs, problem(SMALL), k) == (
        f"k={k} is not a number of eigenvalues. This network has 21: ask for 1 to 21."
    )


def test_a_network_that_has_diverged_is_refused(refusal):
    hessian = problem(SMALL)
    hessian.theta[:] = np.nan
    assert refusal(DivergenceError, eigenpairs, hessian).startswith(
        "the second derivatives of the loss are not finite numbers here."
    )


# ---- Trace -----------------------------------------------------------------------------------------------------------


def test_the_trace_is_the_sum_of_the_diagonal_within_its_error(seed):
    hessian = problem(LARGE, seed)
    eigenvalues = np.linalg.eigvalsh(hessian.matrix())
    for known in (None, eigenpairs(hessian, 3)):
        estimate, error = trace(hessian, 64, known, seed)
        assert 0 < error < 0.3 * np.abs(eigenvalues).sum()
        assert abs(estimate - eigenvalues.sum()) < 4 * error


def test_known_eigenvalues_take_most_of_the_error_away():
    hessian, _ = linear()
    assert trace(hessian, 16, eigenpairs(hessian, 10))[1] < 0.5 * trace(hessian, 16)[1]


def test_a_small_trace_is_added_up():
    hessian = problem(SMALL)
    assert trace(hessian) == (pytest.approx(np.trace(hessian.matrix())), 0.0)


def test_one_probe_has_no_error_to_show(refusal):
    assert "n_probes=1" in refusal(SettingError, trace, problem(LARGE), 1)


# ---- The stability limit ---------------------------------------------------------------------------------------------


def distance_after(hessian, optimizer, eta, n_steps=400):
    """How far J is above its minimum after steps with all rows, relative to the start."""
    theta, net = hessian.theta.copy(), hessian.architecture
    columns = np.column_stack([hessian.X, np.ones(len(hessian.X))])
    best = columns @ np.linalg.lstsq(columns, hessian.Y)[0] - hessian.Y
    lowest = 0.5 * np.mean(best**2)
    memory = optimizer.start(net)
    for t in range(1, n_steps + 1):
        grad = Hessian(net, theta, hessian.X, hessian.Y).gradient()
        optimizer.step(net, theta, memory, grad, eta, t)
    return (hessian.objective(theta) - lowest) / (hessian.objective() - lowest)


@pytest.mark.parametrize("parametrization", ["standard", "ntk"])
@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
def test_steps_shrink_just_below_the_limit_and_grow_just_above(name, parametrization, seed):
    optimizer = Optimizer(name, momentum=0.6, parametrization=parametrization)
    hessian, _ = linear(seed, n=30, d=3)
    limit = stability_limit(hessian, optimizer)
    assert distance_after(hessian, optimizer, 0.98 * limit) < 1e-2
    assert distance_after(hessian, optimizer, 1.02 * limit) > 10


def test_the_limit_of_gradient_descent_is_2_over_the_largest_eigenvalue():
    hessian = problem(LARGE)
    value = eigenpairs(hessian)[0][0]
    assert stability_limit(hessian) == pytest.approx(2 / value)
    assert stability_limit(hessian, Optimizer("momentum", momentum=0.9)) == pytest.approx(3.8 / value)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_has_no_limit_of_this_kind(name):
    assert stability_limit(problem(SMALL), Optimizer(name)) is None


# ---- Sharpness -------------------------------------------------------------------------------------------------------


def test_sharpness_says_what_each_number_means():
    net = Network((1, 1))
    net.theta[:] = [0, 1]
    assert str(net.sharpness([[2.0], [2.0], [1.0]], [[1.0], [1.0], [1.0]], k=1)) == (
        "Sharpness of J over 3 rows, as a function of 2 weights and biases\n"
        "  largest eigenvalue  3.94   how much J bends where it bends most; flat is 0\n"
        "  trace               4      how much it bends in all directions together; 2 per weight\n"
        "  J                   0      mean loss and penalty\n"
        "  gradient            0      its length; a minimum has 0\n"
        "  stability limit     0.507  2 / largest: faster gradient descent cannot stay here"
    )


@pytest.mark.parametrize(
    ("optimizer", "told"),
    [
        (GRADIENT_DESCENT, "that it was trained with"),
        (Optimizer("momentum", momentum=0.5), "that it was trained with; the limit of momentum is 0.6"),
        (Optimizer("adam"), "of adam, whose steps are not the gradient's: the limit is not its own"),
    ],
)
def test_the_learning_rate_stands_beside_the_limit_with_its_optimizer(optimizer, told):
    hessian = Hessian(Architecture((1, 1)), np.zeros(2), np.array([[2.0]]), np.array([[1.0]]))
    last = str(sharpness(hessian, 1, 32, optimizer, 0.125)).splitlines()[-1]
    assert last == f"  learning rate       0.125  {told}"


def test_columns_a_hundred_times_larger_are_ten_thousand_times_sharper():
    """A parabola in W x: the same rows in other units."""
    net = Network((2, 1), random_state=0)
    X = np.random.default_rng(0).normal(size=(9, 2))
    net.theta[-1] = 0
    sharp, flat = (net.sharpness(scale * X, np.ones((9, 1)), k=1).largest_eigenvalue for scale in (1000, 10))
    assert sharp / flat == pytest.approx(1e4, rel=0.02)  # the bias keeps its scale


def test_a_sure_classifier_is_flat():
    """The logistic loss bends by p (1 - p), which vanishes as p nears 0 or 1."""
    X, Y = np.array([[-1.0], [1.0]]), np.array([[0.0], [1.0]])
    net = Architecture((1, 1), output_activation="sigmoid")
    unsure, sure = (largest_eigenvalues(net, np.array([w, 0.0]), X, Y, loss=Logistic())[0] for w in (0.0, 10.0))
    assert unsure == pytest.approx(1 / 4)
    assert sure < 1e-4
