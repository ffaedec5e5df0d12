import numpy as np
import pytest

from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.curvature import eigenpairs
from glassnet.network.hessian import Hessian
from glassnet.network.penalty import Penalty
from glassnet.network.surface import loss_surface, random_directions


def problem(activation="tanh", theta_scale=0.7, seed=0, **options):
    rng = np.random.default_rng(seed)
    net = Architecture((3, 4, 3, 1), activation)
    X = rng.normal(size=(20, 3))
    return Hessian(net, theta_scale * rng.normal(size=net.n_parameters), X, np.sin(X[:, :1]), **options)


def test_every_point_is_the_objective_there(seed):
    hessian = problem(seed=seed, penalty=Penalty(0.4), sample_weight=np.arange(1.0, 21))
    directions = np.random.default_rng(seed).normal(size=(2, hessian.theta.size))
    surface = loss_surface(hessian, directions, span=0.5, n_points=5)
    assert surface.steps.tolist() == [-0.5, -0.25, 0, 0.25, 0.5]
    for i, j in [(0, 0), (1, 4), (3, 2)]:
        there = hessian.theta + surface.steps[i] * directions[0] + surface.steps[j] * directions[1]
        assert surface.values[i, j] == hessian.objective(there)
    assert surface.objective == hessian.objective()


def test_near_theta_the_slice_bends_as_the_eigenvalues_say():
    """J(theta + h d) + J(theta - h d) - 2 J(theta) is h^2 times the eigenvalue; across them there is no twist."""
    hessian = problem()
    values, directions = eigenpairs(hessian, 2)
    surface = loss_surface(hessian, "eigenvectors", span=1e-3, n_points=3)
    np.testing.assert_array_equal(surface.directions, directions)
    J = surface.values
    # rounding, 1e-16 / 1e-6, and truncation, 1e-6 times a fourth derivative
    np.testing.assert_allclose(J[2, 1] + J[0, 1] - 2 * J[1, 1], 1e-6 * values[0], rtol=1e-4)
    np.testing.assert_allclose(J[1, 2] + J[1, 0] - 2 * J[1, 1], 1e-6 * values[1], rtol=1e-4)
    np.testing.assert_allclose((J[2, 2] + J[0, 0] - J[2, 0] - J[0, 2]) / 4, 0, atol=1e-4 * 1e-6 * values[0])


def test_random_directions_are_as_long_as_the_weights_of_every_neuron(seed):
    hessian = problem(seed=seed)
    net, theta = hessian.architecture, hessian.theta.copy()
    theta[net.slices[3][1]] = 0  # biases of 0
    for direction in random_directions(net, theta, seed):
        for (d, e), (W, b) in zip(net.layers(direction).values(), net.layers(theta).values(), strict=True):
            np.testing.assert_allclose(np.linalg.norm(d, axis=0), np.linalg.norm(W, axis=0), rtol=1e-14)
            np.testing.assert_allclose(np.abs(e), np.abs(b), rtol=1e-14)


def test_a_layer_that_is_louder_and_the_next_one_deafer_have_the_same_slice(seed):
    """What filter normalisation is for: ReLU networks that predict the same look the same."""
    hessian = problem("relu", seed=seed)
    net, theta = hessian.architecture, hessian.theta.copy()
    layers = net.layers(theta)
    for part in layers[2]:
        part *= 10
    layers[3][0][:] /= 10
    louder = Hessian(net, theta, hessian.X, hessian.Y)
    np.testing.assert_allclose(loss_surface(louder).values, loss_surface(hessian).values, rtol=1e-10)
    assert eigenpairs(louder)[0][0] > 2 * eigenpairs(hessian)[0][0]  # while the bare eigenvalue is fooled


def test_the_seed_draws_the_directions():
    hessian = problem()
    one, same, other = (loss_surface(hessian, n_points=3, seed=seed).values for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"directions": "eigenvector"}, "directions='eigenvector' is not one of random, eigenvectors. Did you mean"),
        ({"directions": np.ones((2, 3))}, "directions have shape (2, 3). Give two vectors like theta: (2, 35)."),
        ({"n_points": 4}, "n_points=4 has no middle for theta to stand in. Take an odd number from 3 on."),
        ({"n_points": 1}, "n_points=1 has no middle"),
        ({"span": 0}, "span=0 is not a number above 0."),
        ({"span": np.inf}, "span=inf is not a number above 0."),
    ],
)
def test_what_makes_no_slice_is_refused(options, text, refusal):
    assert refusal(SettingError, loss_surface, problem(), **options).startswith(text)
