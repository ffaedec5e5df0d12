from dataclasses import replace

import numpy as np
import pytest

from glassnet import GlassNetClassifier, Network
from glassnet.doctor.units import LayerState, dead_units, exploding_deltas, layers_of, saturated_units, vanishing_deltas

from .cases import X, Y, examined, found, run

WELL = LayerState(2, 50, "relu", 100, np.array([0.1]), np.array([0.0]), np.array([0.5]))
THROWN = {"solver": "sgd", "batch_size": 120, "activation": "tanh", "learning_rate_init": 100.0}


@pytest.fixture(scope="module")
def thrown():
    """A classifier whose every step is far too long."""
    return run(X, (Y > 14).astype(int), GlassNetClassifier, **THROWN)


def test_a_layer_with_some_dead_neurons_is_well():
    assert not any(check([WELL]) for check in (dead_units, saturated_units, vanishing_deltas, exploding_deltas))


@pytest.mark.parametrize(("share", "severity"), [(0.5, "warning"), (0.95, "severe")])
def test_a_layer_that_is_half_dead_is_named(share, severity):
    finding = dead_units([WELL, replace(WELL, layer=3, dead=np.array([share]))])
    assert (finding.where, finding.severity) == ("layer 3", severity)
    assert finding.evidence == {"dead_share": [share], "rows": 100}


def with_network(model, theta, architecture=None):
    """The same patient with another network inside."""
    fitted = model._fitted.first
    fitted = replace(fitted, theta=theta, architecture=architecture or fitted.architecture)
    runs = (replace(model._runs[0], fitted=fitted),)
    return replace(examined(model), runs=runs, rows=replace(examined(model).rows, runs=runs))


def test_neurons_that_no_row_activates_are_dead(book):
    """By hand: a bias of -1000 turns a ReLU off, whatever the row."""
    fitted = book._fitted.first
    theta, (_, biases) = fitted.theta.copy(), fitted.architecture.slices[2]
    theta[biases][:30] = -1000
    (state,) = layers_of(with_network(book, theta))
    assert state.dead.tolist() == [0.6]
    assert layers_of(examined(book))[0].dead.tolist() == [0.0]


def test_steps_that_are_too_long_kill_relus():
    model = run(loss="huber", huber_delta=0.5, learning_rate_init=1.0)
    assert found("dead-units", model.diagnose(X, Y)).where == "layer 2"


def test_steps_that_are_too_long_saturate_tanh(thrown):
    finding = found("saturated-units", thrown.diagnose(X, (Y > 14).astype(int)))
    assert finding.evidence["saturated_share"][0] > 0.4


def test_saturated_means_near_either_end_in_nearly_every_row(thrown):
    fitted = thrown._fitted.first
    A = np.abs(thrown.activations(X)[2])
    (state,) = layers_of(examined(thrown, y=(Y > 14).astype(int)))
    assert state.saturated[0] == np.mean(np.mean(A > 0.99, axis=0) > 0.99)
    assert state.dead.tolist() == [0.0]
    assert fitted.architecture.activation == ("tanh",)


def test_deltas_fade_in_a_deep_network_of_sigmoids(book):
    net = Network((10, *(4,) * 8, 1), activation="sigmoid", random_state=0)
    states = layers_of(with_network(book, net.theta, net.architecture))
    finding = vanishing_deltas(states)
    assert finding.where == "layers 2 to 9"
    by_layer = finding.evidence["delta_by_layer"]
    assert by_layer == sorted(by_layer)
    rows = examined(book).rows.seen_by(book._runs[0])
    lengths = {layer: np.sqrt(np.square(D).sum(axis=1).mean()) for layer, D in net.deltas(rows.X, rows.Y).items()}
    assert by_layer[0] == pytest.approx(lengths[2] / lengths[10], rel=1e-2)


def test_deltas_vanish_behind_neurons_that_are_far_out():
    y = (Y > 14).astype(int)
    model = run(X, y, GlassNetClassifier, **THROWN | {"learning_rate_init": 1e4})
    assert found("vanishing-deltas", model.diagnose(X, y)).evidence["delta_of_layer_2"] < 1e-3


def test_deltas_grow_with_weights_that_have_grown():
    model = run(solver="adam", batch_size=32, learning_rate_init=1e5)
    assert found("exploding-deltas", model.diagnose(X, Y)).severity == "severe"


def test_neurons_are_looked_at_on_rows_only(book):
    assert layers_of(replace(examined(book), rows=None)) == ()
