"""What a network is: layer sizes, what its neurons do, and one vector that holds every weight and bias."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from ..errors import SettingError
from .activations import activation_named, output_named
from .arrays import Array
from .encoding import encode, width
from .monotone import Signs, bounds, require_signs

Views: TypeAlias = dict[int, tuple[Array, Array]]


@dataclass(frozen=True)
class Architecture:
    """Sizes (n_1, ..., n_L) and what the neurons of each layer do.

    Layers are counted as the tutorial counts them: layer 1 is the input, so a^1 = x, the first weights are W^2 and the
    hidden layers are 2, ..., L - 1. The vector theta holds W^2, b^2, ..., W^L, b^L one after the other.

    Parameters
    ----------
    sizes : sequence of int
        Neurons per layer, input and output included: (8, 50, 1) has 8 inputs, 50 hidden neurons and 1 output.
    activation : str or sequence of str
        f of the hidden layers: one name for all, or one name per hidden layer.
    dropout : float or sequence of float
        Probability in [0, 1) with which training switches a hidden neuron off; one for all, or one per hidden layer.
    input_dropout : float
        The same for the inputs.
    output_activation : str
        What turns z^L into a prediction: "identity", "exp", "sigmoid", "softmax" or any activation.
    bins : sequence of int
        How many bins each column is spread over before it meets the first weights, 0 for a column that stays as it is
        (these come first); empty if all stay. n_1 counts the bins: (0, 8) are 9 inputs. See `encoding.encode`.
    signs : sequence of int or None
        For each column 1 if the outputs may only rise with it, -1 if they may only fall, 0 if it is free, None if they
        may not depend on it; empty if all are free. See `monotone.bounds`.

    Raises
    ------
    SettingError
        If a size is not a whole number from 1 on, a rate is outside [0, 1), a name is unknown, there is not one entry
        per hidden layer, the bins do not make n_1 inputs, or a sign does not go with an activation.

    Examples
    --------
    >>> net = Architecture((8, 50, 1), activation="relu")
    >>> net.n_parameters
    501
    >>> net.activation
    ('relu',)
    """

    sizes: tuple[int, ...]
    activation: tuple[str, ...] = ("relu",)
    dropout: tuple[float, ...] = (0.0,)
    input_dropout: float = 0.0
    output_activation: str = "identity"
    bins: tuple[int, ...] = ()
    signs: Signs = ()

    def __init__(  # noqa: PLR0913 - one argument per field
        self,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "relu",
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        output_activation: str = "identity",
        bins: Sequence[int] = (),
        signs: Sequence[int | None] = (),
    ) -> None:
        _require_sizes(sizes)
        n_hidden = len(sizes) - 2
        names = _per_hidden_layer("activation", activation, n_hidden)
        rates = _per_hidden_layer("dropout", dropout, n_hidden)
        for rate in rates:
            _require_rate("dropout", rate)
        _require_rate("input_dropout", input_dropout)
        output_named(output_activation)
        _require_one_per_column("bins", bins)
        _require_one_per_column("signs", signs)
        _require_inputs(tuple(bins), sizes[0])
        set_field = object.__setattr__  # the dataclass is frozen; this is its constructor
        set_field(self, "sizes", tuple(int(size) for size in sizes))
        set_field(self, "activation", tuple(activation_named(name).name for name in names))
        set_field(self, "dropout", tuple(float(rate) for rate in rates))
        set_field(self, "input_dropout", float(input_dropout))
        set_field(self, "output_activation", output_activation)
        set_field(self, "bins", tuple(int(T) for T in bins))
        set_field(self, "signs", require_signs(signs, self.n_columns, (*self.activation, output_activation)))

    @property
    def n_layers(self) -> int:
        """L: the number of layers, input and output included; also the number of the output layer."""
        return len(self.sizes)

    @property
    def n_columns(self) -> int:
        """How many numbers a row of X has: n_1, unless columns are spread over bins."""
        return len(self.bins) or self.sizes[0]

    @property
    def has_bins(self) -> bool:
        """Whether any column is spread over bins; with bins = (0, 0) none is."""
        return any(self.bins)

    @property
    def n_parameters(self) -> int:
        """The length of theta: every weight and every bias."""
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.sizes))

    @cached_property
    def slices(self) -> dict[int, tuple[slice, slice]]:
        """Where theta holds (W^l, b^l): {2: (slice of W^2, slice of b^2), ..., L: ...}."""
        slices, start = {}, 0
        for layer, (n_in, n_out) in enumerate(pairwise(self.sizes), start=2):
            middle, end = start + n_in * n_out, start + (n_in + 1) * n_out
            slices[layer] = slice(start, middle), slice(middle, end)
            start = end
        return slices

    def layers(self, theta: Array) -> Views:
        """Views {2: (W^2, b^2), ..., L: (W^L, b^L)} into theta; writing to a view writes to theta.

        W^l has shape (n_{l-1}, n_l): column j holds the weights of neuron j of layer l. b^l has shape (n_l,).
        """
        return {
            layer: (theta[weights].reshape(self.sizes[layer - 2], self.sizes[layer - 1]), theta[biases])
            for layer, (weights, biases) in self.slices.items()
        }

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Lowest and highest value of every entry of theta, each (n_parameters,), by the signs (eq. 21)."""
        return bounds(self.sizes, self.signs or (0,) * self.n_columns, self.bins)

    def inputs(self, X: Array) -> Array:
        """A^1 of rows X, (n_samples, n_1): X itself, or its columns spread over their bins (eq. 12)."""
        return encode(X, self.bins) if self.has_bins else X

    def value(self, layer: int) -> Callable[[Array], Array]:
        """f of one layer: its activation, or at the output what turns Z^L into predictions."""
        if layer == self.n_layers:
            return output_named(self.output_activation)
        return activation_named(self.activation[layer - 2]).value

    def slope(self, layer: int) -> Callable[[Array], Array]:
        """f' of one layer; not for an output activation that a loss has built in."""
        name = self.output_activation if layer == self.n_layers else self.activation[layer - 2]
        return activation_named(name).slope

    def dropout_rates(self) -> dict[int, float]:
        """{layer: rate} of the layers whose neurons training switches off; layers without dropout are left out."""
        rates = {1: self.input_dropout, **dict(enumerate(self.dropout, start=2))}
        return {layer: rate for layer, rate in rates.items() if rate > 0}

    def __str__(self) -> str:
        return "-".join(map(str, self.sizes))


def _is_one(value: object) -> bool:
    """Whether a setting is a single name or number, right or wrong, and not one for each layer."""
    return isinstance(value, str) or not np.iterable(value)


def _require_sizes(sizes: Sequence[int]) -> None:
    several = np.iterable(sizes)
    if not several or len(sizes) < 2 or not all(isinstance(n, Real) and n >= 1 and n % 1 == 0 for n in sizes):
        raise SettingError(
            f"sizes={tuple(sizes) if several else sizes} is not a network. It needs at least an input and an output "
            "layer, each with 1 neuron or more. Write for example (8, 50, 1)."
        )


def _per_hidden_layer(name: str, value: Any, n_hidden: int) -> Sequence[Any]:
    values: Sequence[Any] = [value] * n_hidden if _is_one(value) else value
    if len(values) != n_hidden:
        raise SettingError(
            f"{name}={tuple(values)} has {len(values)} entries, but the network has {n_hidden} hidden layers. "
            "Give one value for all of them, or one per hidden layer."
        )
    return values


def _require_one_per_column(name: str, values: object) -> None:
    if _is_one(values):
        raise SettingError(f"{name}={values!r} is not a sequence. Give one number for each column.")


def _require_inputs(bins: tuple[int, ...], n_inputs: int) -> None:
    if any(T < 0 or T % 1 for T in bins):
        raise SettingError(f"bins={bins} are not whole numbers from 0 on.")
    if any(bins[: bins.count(0)]):
        raise SettingError(f"bins={bins} mix columns with and without bins. Put the columns with 0 bins first.")
    if bins and width(bins) != n_inputs:
        raise SettingError(
            f"bins={bins} make {width(bins)} inputs, but the network has {n_inputs}. A column with T bins is T inputs, "
            f"a column with 0 bins is one; let sizes begin with {width(bins)}."
        )


def _require_rate(name: str, rate: float) -> None:
    if not (isinstance(rate, Real) and 0 <= rate < 1):
        raise SettingError(
            f"{name}={rate} is not a probability in [0, 1). It is the chance that training switches a neuron off, "
            "so 1 would leave none. Start with 0.1."
        )
