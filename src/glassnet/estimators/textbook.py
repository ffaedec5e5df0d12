"""The tutorial's own network, to the letter."""

from typing import Any

# One hidden layer of ReLU neurons, weights from a Gaussian with variance 1 / n_in, and per-sample stochastic gradient
# descent with a constant learning rate: no momentum, no penalty, no dropout, no early end, no bins, one network.
TEXTBOOK: dict[str, Any] = {
    "hidden_layer_sizes": (50,),
    "activation": "relu",
    "solver": "sgd",
    "batch_size": 1,
    "learning_rate": "constant",
    "learning_rate_init": 0.01,
    "momentum": 0.0,
    "nesterovs_momentum": False,
    "alpha": 0.0,
    "initialization": "gaussian",
    "n_iter_no_change": float("inf"),
    "scaling": "standard",
    "bins": 0,
    "n_members": 1,
}
