"""Many networks at once are the same networks as one at a time."""

import numpy as np
import pytest

from hwlib import data, ensembles
from hwlib.activations import ACTIVATIONS, scaled_tanh, sigmoid
from hwlib.losses import one_hot
from hwlib.mlp import MLP

SEEDS = range(3)


@pytest.fixture(scope="module")
def flowers():
    splits = [data.iris_split(seed) for seed in SEEDS]
    return np.stack([X for X, *_ in splits]), np.stack([one_hot(labels, 3) for _, _, labels, _ in splits])


def networks(activation="tanh", sizes=(4, 10, 3)):
    return [MLP(sizes, activation, seed) for seed in SEEDS]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(4, 3), (4, 10, 3), (4, 10, 10, 10, 3)], ids=str)
def test_losses_and_gradients_are_those_of_each_network_alone(flowers, activation, sizes):
    alone = networks(activation, sizes)
    losses, slopes = ensembles.gradients(ACTIVATIONS[activation], ensembles.stack(alone), *flowers)
    for i, (network, X, Y) in enumerate(zip(alone, *flowers, strict=True)):
        assert losses[i] == pytest.approx(network.loss(X, Y), rel=1e-12)
        for name, slope in network.gradients(X, Y).items():
            np.testing.assert_allclose(slopes[name][i], slope, rtol=1e-10, atol=1e-14)


def first_below(network, X, Y, rate, most=2000):
    return next((n for n in range(most) if network.step(X, Y, rate) < 0.2), np.inf)


def test_steps_are_counted_as_for_each_network_alone(flowers):
    rates = np.array([0.1, 0.3, 1.0])
    needed = ensembles.steps_to(0.2, ACTIVATIONS["tanh"], ensembles.stack(networks()), *flowers, rates)
    alone = [first_below(*each) for each in zip(networks(), *flowers, rates, strict=True)]
    assert needed.tolist() == alone and len(set(alone)) == 3


def test_a_network_that_diverges_or_is_too_slow_never_arrives(flowers):
    rates = np.array([1e-6, 0.3, 1e9])
    needed = ensembles.steps_to(0.2, ACTIVATIONS["relu"], ensembles.stack(networks("relu")), *flowers, rates, most=100)
    assert np.isinf(needed[[0, 2]]).all() and needed[1] < 100


def test_steps_of_one_example_follow_the_order(flowers):
    order = np.random.default_rng(0).integers(120, size=(3, 600))
    needed = ensembles.steps_to(
        0.2, ACTIVATIONS["tanh"], ensembles.stack(networks()), *flowers, np.full(3, 0.1), most=600, order=order,
        look_every=12,
    )  # fmt: skip
    for network, X, Y, rows, steps in zip(networks(), *flowers, order, needed, strict=True):
        for i in rows[: int(steps)]:
            network.step(X[i : i + 1], Y[i : i + 1], 0.1)
        assert network.loss(X, Y) < 0.2 and steps % 12 == 0


def test_adam_is_keras_s(flowers):
    from hwlib import models, training

    X, _, labels, _ = data.iris_split(0)
    model = models.iris_mlp(10, "tanh", seed=0, dtype="float64")
    weights = [np.atleast_2d(w)[None].copy() for w in model.get_weights()]
    parameters = dict(zip(("W1", "b1", "W2", "b2"), weights, strict=True))
    history = training.train(
        model, (X, labels), optimizer="adam", learning_rate=0.01, batch_size=None, epochs=30, progress=None
    )
    descent = ensembles.Descent(parameters, np.array([0.01]), "adam")
    for loss in history["loss"]:
        ours, slopes = ensembles.gradients(ACTIVATIONS["tanh"], parameters, X[None], one_hot(labels, 3)[None])
        assert ours[0] == pytest.approx(loss, rel=1e-10)
        descent.step(slopes)


def test_rates_can_differ_by_parameter(flowers):
    parameters = ensembles.stack(networks())
    before = {name: w.copy() for name, w in parameters.items()}
    rates = dict.fromkeys(parameters, np.zeros(3)) | {"W2": np.array([0.0, 1.0, 2.0])}
    ensembles.Descent(parameters, rates).step({name: np.ones_like(w) for name, w in parameters.items()})
    assert all((parameters[name] == before[name]).all() for name in ("W1", "b1", "b2"))
    assert [np.ptp(parameters["W2"][i] - before["W2"][i]) < 1e-12 for i in range(3)] == [True] * 3
    np.testing.assert_allclose((before["W2"] - parameters["W2"]).mean(axis=(1, 2)), [0, 1, 2])


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ValueError, match="optimizer is 'momentum'"):
        ensembles.Descent({}, np.ones(1), "momentum")


def test_sigmoid_without_its_offset_is_a_scaled_tanh():
    z = np.linspace(-9, 9, 37)
    np.testing.assert_allclose(scaled_tanh(0.5, 0.5)(z), sigmoid(z) - 0.5, atol=1e-15)
    np.testing.assert_allclose(scaled_tanh(0.5, 0.5).derivative(z), sigmoid.derivative(z), rtol=1e-12)
