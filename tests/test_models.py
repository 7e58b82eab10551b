"""The two networks have the shapes that the report gives, and nothing but logits comes out."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwlib import models

ROOT = Path(__file__).resolve().parent.parent


@given(st.integers(1, 40), st.sampled_from(["relu", "sigmoid", "tanh"]))
@settings(max_examples=10)
def test_the_iris_network_has_the_shapes_of_claim_c8(hidden, activation):
    model = models.iris_mlp(hidden, activation)
    assert [w.shape for w in model.get_weights()] == [(4, hidden), (hidden,), (hidden, 3), (3,)]
    assert model.layers[0].activation.__name__ == activation
    assert model.layers[1].activation.__name__ == "linear"


def test_every_layer_of_the_cnn_has_the_shape_of_claim_c17():
    shapes = {layer.name: layer.output.shape[1:] for layer in models.mnist_cnn().layers}
    assert shapes == {
        "conv1": (27, 27, 32),
        "pool1": (13, 13, 32),
        "conv2": (6, 6, 64),
        "pool2": (3, 3, 64),
        "flatten": (576,),
        "dense1": (1024,),
        "dropout": (1024,),
        "dense2": (10,),
    }


def test_the_cnn_has_relu_inside_and_logits_outside():
    activations = {
        layer.name: layer.activation.__name__ for layer in models.mnist_cnn().layers if hasattr(layer, "activation")
    }
    assert activations == {"conv1": "relu", "conv2": "relu", "dense1": "relu", "dense2": "linear"}


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=5)
def test_the_dropout_rate_is_the_share_dropped(rate):
    assert models.mnist_cnn(rate).get_layer("dropout").rate == rate


def test_a_seed_fixes_the_weights_and_another_seed_changes_every_kernel():
    first, again, other = (models.mnist_cnn(seed=seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first[::2], other[::2], strict=True))


def test_weights_are_glorot_uniform_and_biases_zero():
    weights = models.mnist_cnn().get_weights()
    limit = np.sqrt(6 / (576 + 1024))  # Glorot & Bengio 2010, equation 16
    assert 0.99 * limit < np.abs(weights[4]).max() <= limit
    assert not any(bias.any() for bias in weights[1::2])


@pytest.mark.parametrize("rate", [1, -0.1, 1.5, float("nan"), "0.4", None, True])
def test_a_dropout_rate_outside_0_1_is_refused(rate):
    with pytest.raises(ValueError, match=r"dropout_rate must be a number in \[0, 1\); got"):
        models.mnist_cnn(rate)


@pytest.mark.parametrize("name", ["swish", "", None, "Relu"])
def test_an_unknown_activation_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match="activation is .*; known are 'relu', 'sigmoid', 'tanh', 'gelu'"):
        models.iris_mlp(activation=name)


@pytest.mark.parametrize("hidden", [0, -1, 2.5, "10", True])
def test_a_hidden_size_that_is_no_positive_integer_is_refused(hidden):
    with pytest.raises(ValueError, match="hidden must be an integer of at least 1; got"):
        models.iris_mlp(hidden)


def test_a_negative_seed_or_another_dtype_is_refused():
    with pytest.raises(ValueError, match="seed must be an integer of at least 0; got -1"):
        models.iris_mlp(seed=-1)
    with pytest.raises(ValueError, match="dtype must be 'float32' or 'float64'; got 'int8'"):
        models.iris_mlp(dtype="int8")


def test_importing_the_models_prints_nothing():
    code = "from hwlib import models; import tensorflow as tf; tf.constant(1) + 1"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout + result.stderr == ""


def test_a_terminal_is_told_that_tensorflow_is_loading_and_a_pipe_is_not(tmp_path):
    (tmp_path / "keras.py").write_text("layers = None")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-c", "import hwlib.models"]
    reader, terminal = os.openpty()
    subprocess.run(command, stderr=terminal, env=environment, check=True)
    assert os.read(reader, 1000) == b"loading TensorFlow ...\r\x1b[K"
    os.close(terminal)
    os.close(reader)
    assert subprocess.run(command, capture_output=True, env=environment, check=True).stderr == b""
