"""The page's JavaScript that computes, under node: the tests lie in tests/javascript, their numbers come from hwlib."""

import itertools
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import web_data

from hwlib import drawn, export, models
from hwlib.activations import ACTIVATIONS
from hwlib.data import iris_split, load_mnist
from hwlib.losses import cross_entropy, one_hot, softmax
from hwlib.mlp import MLP
from hwlib.models import keras

FOLDER = Path(__file__).resolve().parent / "javascript"


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The folder of what hwlib computes: a file of JSON for each test file that asks for one, and the networks."""
    folder = tmp_path_factory.mktemp("expected")
    for name, make in EXPECTED.items():
        (folder / f"{name}.json").write_text(json.dumps(make(folder)), encoding="utf-8")
    return folder


def exported_networks(folder):
    """Networks that `hwlib.export` can write, each with inputs and what every layer makes of them in Keras."""
    images = np.float32(load_mnist()[1][0][:5, ..., np.newaxis]) / 255
    flowers = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    yours = {f"small-{name}": (small_network(name), images) for name in ACTIVATIONS}
    yours |= {"flat": (flat_network(), images[..., 0]), "iris": (models.iris_mlp(), flowers)}
    for name, (model, _) in yours.items():
        (folder / f"{name}.bin").write_bytes(export.pack_model(model))
    made = {str(folder / f"{name}.bin"): inputs for name, (_, inputs) in yours.items()}
    made[str(export.FOLDER / "mnist_cnn.bin")] = images
    return {path: layer_values(export.load(path)[1], inputs) for path, inputs in made.items()}


def layer_values(model, inputs):
    outputs = keras.Model(model.inputs, [layer.output for layer in model.layers]).predict(inputs, verbose=0)
    layers = {layer.name: flat(values) for layer, values in zip(model.layers, outputs, strict=True)}
    return {"inputs": flat(inputs), "layers": layers}


def flat(batch):
    return batch.reshape(len(batch), -1).astype(float).tolist()


def small_network(activation):
    """Unlike the report's: unequal windows and strides, a pool that overlaps, two convolutions in a row."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    network = [
        layers.Input((28, 28, 1)),
        layers.Conv2D(3, (3, 2), strides=(2, 1), activation=activation, bias_initializer="random_normal", name="first"),
        layers.MaxPooling2D((2, 3), strides=(1, 2), name="pool"),
        layers.Conv2D(5, (1, 3), strides=(3, 2), activation=activation, name="second"),
        layers.Conv2D(14, (2, 2), name="third"),
        layers.Flatten(name="flat"),
        layers.Dropout(0.2, name="drop"),
        layers.Dense(7, activation=activation, name="hidden"),
        layers.Dense(10, bias_initializer="random_normal", name="logits"),
    ]
    return keras.Sequential(network)


def flat_network():
    """No convolution at all, on images without an axis for the channel."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    return keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(20, "tanh"), layers.Dense(10)])


def digit_images(_):
    """Test images, and a pad 280 × 280 on which each lies somewhere, ten times enlarged: that is how MNIST was made."""
    _, (images, _) = load_mnist()
    made = []
    for shift, image in enumerate(images[:30]):
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        made.append({"image": image.ravel().tolist(), "ink": ink.tolist(), "top": shift % 60, "left": 7})
    return made


def drawn_digits(_):
    """A drawing of each style, as ink on the pad, and the image that Python makes of it."""
    rng = np.random.default_rng(3)
    inks = [drawn.draw(style, rng) for style in drawn.STYLES]
    return [{"ink": ink.ravel().tolist(), "image": drawn.as_mnist(ink).ravel().tolist()} for ink in inks]


def activation_functions(_):
    """Values and derivatives, far out too; and what a fine grid of normal inputs becomes behind each function."""
    z = np.concatenate([np.linspace(-9, 9, 181), [1e-9, 40, 1e4, -1e-9, -40, -1e4]])
    made = {"z": z.tolist(), "functions": {}, "behind": []}
    for name, function in ACTIVATIONS.items():
        made["functions"][name] = {"value": function(z).tolist(), "derivative": function.derivative(z).tolist()}
    for name, mean, scale in itertools.product(ACTIVATIONS, (0, -0.5, 2), (0.1, 1, 5)):
        figures = behind(ACTIVATIONS[name], mean, scale)
        made["behind"].append({"name": name, "inputs": [mean, scale], "figures": figures})
    return made


def behind(activation, mean, scale):
    t = np.linspace(-8, 8, 400_001)
    weight = np.exp(-(t**2) / 2)
    slope, value = activation.derivative(mean + scale * t), activation(mean + scale * t)
    average = np.average(value, weights=weight)
    steepest = activation.derivative(np.linspace(-40, 40, 80_001)).max()
    return {
        "saturated": np.average(abs(slope) < 0.1 * steepest, weights=weight),
        "slope": np.average(slope, weights=weight),
        "mean": average,
        "deviation": np.sqrt(np.average((value - average) ** 2, weights=weight)),
        "positive": np.average(value > 0, weights=weight),
    }


def losses(_):
    """Cross-entropy, its probabilities and its gradient, for ordinary and for huge logits."""
    rng = np.random.default_rng(0)
    made = []
    for scale, reduction in itertools.product((1, 30, 1e4), ("sum", "mean")):
        logits, labels = scale * rng.normal(size=(4, 3)), rng.integers(0, 3, 4)
        targets = one_hot(labels, 3)
        count = 1 if reduction == "sum" else len(logits)
        made.append({
            "logits": logits.tolist(),
            "labels": labels.tolist(),
            "reduction": reduction,
            "loss": cross_entropy(logits, targets, reduction),
            "probabilities": softmax(logits).tolist(),
            "gradient": ((softmax(logits) - targets) / count).tolist(),
        })  # fmt: skip
    return made


def random_numbers(_):
    return {seed: np.random.default_rng(seed).random(20).tolist() for seed in (0, 1, 19, 123456789, 2**32 - 1)}


RUNS = [("sigmoid", 10, 0.3, 1, 0), ("tanh", 10, 0.1, 5, 7), ("relu", 16, 0.3, 1, 19), ("relu", 1, 0.03, 0.1, 3),
        ("gelu", 10, 0.3, 1, 4)]  # fmt: skip


def iris_runs(_):
    """The flowers, runs of 200 steps by `MLP.fit`, and one of Adam."""
    runs = [iris_run(*settings, "sgd") for settings in RUNS]
    return {"data": json.loads(web_data.IRIS.read_text()), "runs": [*runs, iris_run("tanh", 10, 0.03, 1, 0, "adam")]}


def iris_run(activation, hidden, rate, scale, seed, optimizer):
    X, X_test, labels, labels_test = iris_split(seed)
    network = MLP((4, hidden, 3), activation, seed)
    for name in network.parameters:
        network.parameters[name] *= scale
    train, test = (X, one_hot(labels, 3)), (X_test, one_hot(labels_test, 3))
    if optimizer == "sgd":
        history = {name: list(map(float, series)) for name, series in network.fit(*train, rate, 200, test).items()}
    else:
        history = {"loss": adam(network, train, rate, 200)}
    return {
        "settings": {
            "activation": activation,
            "hidden": hidden,
            "learning-rate": rate,
            "scale": scale,
            "seed": seed,
            "optimizer": optimizer,
        },
        "history": history,
        "parameters": {name: array.ravel().tolist() for name, array in network.parameters.items()},
        "inactive": inactive(network, X).tolist(),
        "misses": int((network.predict(X) != labels).sum() + (network.predict(X_test) != labels_test).sum()),
    }


def adam(network, train, rate, steps):
    """The loss before each step of Adam with Keras's constants."""
    m = {name: 0 for name in network.parameters}
    v = dict(m)
    losses = []
    for step in range(1, steps + 1):
        losses.append(network.loss(*train))
        for name, gradient in network.gradients(*train).items():
            m[name] = 0.9 * m[name] + 0.1 * gradient
            v[name] = 0.999 * v[name] + 0.001 * gradient**2
            corrected = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            network.parameters[name] -= corrected * m[name] / (np.sqrt(v[name]) + 1e-7)
    return losses


def inactive(network, X):
    """For each hidden unit the share of rows on which its slope is under a tenth of the steepest."""
    slope = network.activation.derivative(X @ network.parameters["W1"] + network.parameters["b1"])
    steepest = network.activation.derivative(np.linspace(-40, 40, 80_001)).max()
    return (abs(slope) < 0.1 * steepest).mean(axis=0)


EXPECTED = {
    "activation-functions": activation_functions,
    "digit-image": digit_images,
    "drawn-digits": drawn_digits,
    "exported-network": exported_networks,
    "iris-run": iris_runs,
    "losses": losses,
    "numpy-random": random_numbers,
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test.mjs")), ids=lambda path: path.name.split(".")[0])
def test_under_node(path, expected):
    result = subprocess.run(
        ["node", "--test", "--test-reporter=spec", path],
        env={**os.environ, "EXPECTED": str(expected)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
