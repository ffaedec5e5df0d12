"""What the tests of this folder share: random problems of every kind, their kinks, and finite differences."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from glassnet.network.activations import ACTIVATIONS
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import feedforward, gradient, objective
from glassnet.network.encoding import width
from glassnet.network.losses import Absolute, CrossEntropy, Gamma, Huber, Logistic, Loss, Pinball, Poisson, Squared
from glassnet.network.penalty import Penalty

H = float(np.cbrt(np.finfo(float).eps))  # balances rounding (eps / h) against truncation (h^2) in central differences
EPS = float(np.finfo(float).eps)

LOSSES = [Squared(), Absolute(), Huber(0.7), Pinball((0.1, 0.5, 0.8)), Poisson(), Gamma(), Logistic(), CrossEntropy()]
DISTANCES = [loss for loss in LOSSES if loss.output_activation is None]
KINKED = ("relu", "leaky_relu", "elu", "selu")  # elu: its slope has the kink
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=5).map(tuple)


def by_name(loss):
    """For pytest's ids."""
    return loss.name


@dataclass(frozen=True)
class Problem:
    """A network, its weights, and rows with everything that belongs to them."""

    net: Architecture
    theta: np.ndarray
    X: np.ndarray
    Y: np.ndarray
    loss: Loss
    penalty: Penalty
    sample_weight: np.ndarray | None
    masks: dict[int, np.ndarray] | None

    def options(self, **more):
        """The keyword arguments of `gradient` and `objective`."""
        return {"penalty": self.penalty, "sample_weight": self.sample_weight, "masks": self.masks, **more}

    def gradient(self, **more):
        return gradient(self.net, self.theta, self.X, self.Y, self.loss, **self.options(**more))

    def objective(self, theta=None):
        theta = self.theta if theta is None else theta
        return objective(self.net, theta, self.X, self.Y, self.loss, **self.options())

    def rows(self, index):
        """The same problem with these rows only, in this order."""
        weight = None if self.sample_weight is None else self.sample_weight[index]
        masks = None if self.masks is None else {layer: mask[index] for layer, mask in self.masks.items()}
        return replace(self, X=self.X[index], Y=self.Y[index], sample_weight=weight, masks=masks)

    def distance_from_kinks(self):
        """How far the nearest kink is: a weight under an L1 penalty, a sum z, or an error a - y."""
        forward = feedforward(self.net, self.theta, self.X, self.masks)
        activations = dict(enumerate((*self.net.activation, self.net.output_activation), start=2))
        distances = [forward.Z[layer] for layer, name in activations.items() if name in KINKED]
        if self.loss.output_activation is None:
            error = forward.output - np.repeat(self.Y, forward.output.shape[1] // self.Y.shape[1], axis=1)
            distances += {"huber": [abs(error) - 0.7], "squared_error": []}.get(self.loss.name, [error])
        if self.penalty.l1:
            distances += [W for W, _ in self.net.layers(self.theta).values()]
        return min((np.abs(distance).min() for distance in distances), default=np.inf)


def targets(loss, n_outputs, n_samples, rng):
    """Random targets that the loss is defined for, (n_samples, n_targets)."""
    shape = (n_samples, loss.n_targets(n_outputs))
    draws = {
        "poisson": lambda: rng.poisson(2.0, shape),
        "gamma": lambda: rng.gamma(2.0, size=shape),
        "logistic": lambda: rng.integers(0, 2, shape),
        "cross_entropy": lambda: rng.integers(0, n_outputs, shape),
    }
    return draws.get(loss.name, lambda: rng.normal(size=shape))().astype(float)


def columns(net, n_samples, rng):
    """Rows of X: normal numbers, positions for columns with bins."""
    positions = rng.uniform(0, 1, (n_samples, net.n_columns)) * (net.bins or 1)
    return np.where(np.greater(net.bins or 0, 0), positions, rng.normal(size=positions.shape))


@st.composite
def problems(draw, losses=LOSSES, max_rows=6):
    """Any architecture, activations, loss, output activation, penalty, weights of rows and dropout masks."""
    loss, sizes, n_samples = draw(st.sampled_from(losses)), draw(SIZES), draw(st.integers(1, max_rows))
    if loss.name == "quantile":
        sizes = (*sizes[:-1], 3 * sizes[-1])
    activation = draw(st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    output = loss.output_activation or draw(st.sampled_from(["identity", *sorted(ACTIVATIONS)]))
    bins = draw(st.sampled_from([(), (0, 2), (3, 1), (0, 0, 4)]))
    sizes = (width(bins) or sizes[0], *sizes[1:])
    net = Architecture(sizes, activation, output_activation=output, bins=bins)
    penalty = Penalty(*draw(st.sampled_from([(0, 0), (0.3, 0), (0, 0.2), (0.5, 0.1)])))
    weighted, masked, rng = draw(st.booleans()), draw(st.booleans()), np.random.default_rng(draw(SEEDS))
    masks = {layer: rng.binomial(1, 0.6, (n_samples, sizes[layer - 1])) / 0.6 for layer in range(1, len(sizes))}
    return Problem(
        net,
        0.5 * rng.normal(size=net.n_parameters),
        columns(net, n_samples, rng),
        targets(loss, sizes[-1], n_samples, rng),
        loss,
        penalty,
        rng.exponential(size=n_samples) if weighted else None,
        masks if masked else None,
    )


def central_differences(function, theta):
    """(f(theta + h e_k) - f(theta - h e_k)) / (2 h) for every entry k."""
    return np.array([(function(theta + H * e) - function(theta - H * e)) / (2 * H) for e in np.eye(theta.size)])


def page_of_paper():
    """The network that the documentation and the playground work through, with one row and its target."""
    W_2, b_2, W_3, b_3 = [[0.5, -0.3, 0.55], [0.2, 0.5, -0.4]], [0.1, -0.1, 0], [0.9, -0.6, 0.4], [0.05]
    theta = np.concatenate([np.ravel(part) for part in (W_2, b_2, W_3, b_3)])
    return Architecture((2, 3, 1), "tanh"), theta, np.array([[0.80, -0.50]]), np.array([[1.20]])
