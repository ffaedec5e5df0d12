import numpy as np
import pytest
from hypothesis import given

from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture

from .cases import SIZES


@given(sizes=SIZES)
def test_weights_and_biases_have_the_shapes_of_the_layers(sizes):
    net = Architecture(sizes)
    views = net.layers(np.zeros(net.n_parameters))
    assert sorted(views) == list(range(2, len(sizes) + 1)) == list(range(2, net.n_layers + 1))
    for layer, (W, b) in views.items():
        assert W.shape == (sizes[layer - 2], sizes[layer - 1])
        assert b.shape == (sizes[layer - 1],)


@given(sizes=SIZES)
def test_slices_tile_theta_without_gap_or_overlap(sizes):
    net = Architecture(sizes)
    used = [k for pair in net.slices.values() for part in pair for k in range(net.n_parameters)[part]]
    assert used == list(range(net.n_parameters))


@given(sizes=SIZES)
def test_writing_to_a_view_writes_to_theta(sizes):
    net = Architecture(sizes)
    theta = np.zeros(net.n_parameters)
    for layer, (W, b) in net.layers(theta).items():
        W[:], b[:] = layer, -layer
    for layer, (weights, biases) in net.slices.items():
        assert (theta[weights] == layer).all()
        assert (theta[biases] == -layer).all()


def test_column_j_holds_the_weights_of_neuron_j():
    W, b = Architecture((2, 3)).layers(np.arange(9.0))[2]
    np.testing.assert_array_equal(W, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(b, [6, 7, 8])


def test_one_name_and_one_rate_hold_for_all_hidden_layers():
    net = Architecture((4, 3, 2, 1), activation="tanh", dropout=0.5)
    assert net == Architecture([4, 3, 2, 1], activation=["tanh", "tanh"], dropout=[0.5, 0.5])
    assert (net.activation, net.dropout) == (("tanh", "tanh"), (0.5, 0.5))
    assert Architecture((4, 3, 2, 1), dropout=np.float32(0.5)).dropout == (0.5, 0.5)


def test_equal_networks_are_one_key():
    assert {Architecture((2, 1)): 1}[Architecture(np.array([2, 1]))] == 1


def test_a_network_cannot_be_changed():
    with pytest.raises(AttributeError):
        Architecture((2, 1)).sizes = (3, 1)


def test_logistic_is_kept_as_sigmoid():
    assert Architecture((2, 2, 1), activation="logistic").activation == ("sigmoid",)


def test_dropout_rates_name_the_layers_that_drop():
    net = Architecture((4, 3, 2, 1), dropout=[0.0, 0.25], input_dropout=0.1)
    assert net.dropout_rates() == {1: 0.1, 3: 0.25}


def test_a_network_is_written_as_its_sizes():
    assert str(Architecture((8, 50, 1))) == "8-50-1"


@pytest.mark.parametrize(
    "sizes",
    [(), (3,), (3, 0, 1), (3, -2, 1), (3, 2.5, 1), (np.nan, 1), (np.inf, 1), (3, "2", 1), (3, None, 1), 5, None],
    ids=str,
)
def test_sizes_that_are_no_network_are_refused(sizes, refusal):
    assert refusal(SettingError, Architecture, sizes) == (
        f"sizes={sizes} is not a network. It needs at least an input and an output layer, each with 1 neuron or more. "
        "Write for example (8, 50, 1)."
    )


def test_a_wrong_number_of_entries_is_refused(refusal):
    assert refusal(SettingError, Architecture, (3, 2, 1), activation=["relu", "tanh"]) == (
        "activation=('relu', 'tanh') has 2 entries, but the network has 1 hidden layers. "
        "Give one value for all of them, or one per hidden layer."
    )
    assert refusal(SettingError, Architecture, (3, 2, 2, 1), dropout=[0.1]) == (
        "dropout=(0.1,) has 1 entries, but the network has 2 hidden layers. "
        "Give one value for all of them, or one per hidden layer."
    )


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, np.nan, "a", None])
@pytest.mark.parametrize("name", ["dropout", "input_dropout"])
def test_a_rate_that_is_no_probability_is_refused(name, rate, refusal):
    assert refusal(SettingError, Architecture, (3, 2, 1), **{name: rate}) == (
        f"{name}={rate} is not a probability in [0, 1). It is the chance that training switches a neuron off, "
        "so 1 would leave none. Start with 0.1."
    )


def test_an_unknown_activation_is_refused_with_a_suggestion(refusal):
    assert refusal(SettingError, Architecture, (3, 2, 1), activation="rleu") == (
        "activation='rleu' is not an activation. Choose one of identity, relu, leaky_relu, elu, selu, sigmoid, tanh, "
        "softplus, gelu, silu, mish (or logistic, scikit-learn's name for sigmoid). Did you mean 'relu'?"
    )


def test_an_unknown_output_activation_is_refused_with_a_suggestion(refusal):
    assert refusal(SettingError, Architecture, (3, 2), output_activation="sofmax") == (
        "output_activation='sofmax' is not an output activation. Choose one of exp, softmax, identity, relu, "
        "leaky_relu, elu, selu, sigmoid, tanh, softplus, gelu, silu, mish. Did you mean 'softmax'?"
    )
