"""The page's JavaScript that computes, under node: the tests lie in tests/javascript, their numbers come from hwlib."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hwlib import export, models
from hwlib.activations import ACTIVATIONS
from hwlib.data import load_mnist
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


EXPECTED = {"exported-network": exported_networks, "digit-image": digit_images}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test.mjs")), ids=lambda path: path.name.split(".")[0])
def test_under_node(path, expected):
    result = subprocess.run(
        ["node", "--test", "--test-reporter=spec", path],
        env={**os.environ, "EXPECTED": str(expected)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
