"""The report's two networks in Keras: logits out, so that the loss is computed from logits."""

import contextlib
import os
import tempfile
from numbers import Integral, Real

from hwlib import checks
from hwlib.activations import ACTIVATIONS

# Both must be set before TensorFlow's first import, and this is the one place that imports it first.
# Level 3 keeps TensorFlow's own log out of the chapters; oneDNN is on because it is the faster choice.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


@contextlib.contextmanager
def _quiet_import():
    """Keep from the reader what TensorFlow logs before its log level is in force; show it if it fails.

    In a terminal a line says meanwhile what is going on, for the first import takes seconds.
    """
    stderr = os.dup(2)
    terminal = os.isatty(stderr)
    if terminal:
        os.write(stderr, b"loading TensorFlow ...")
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except ModuleNotFoundError:
            raise
        except BaseException:
            log.seek(0)
            os.write(stderr, log.read())
            raise
        finally:
            if terminal:
                os.write(stderr, b"\r\x1b[K")  # the line is cleared
            os.dup2(stderr, 2)
            os.close(stderr)


try:
    with _quiet_import():
        import keras
        from keras import layers
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"hwlib.models needs {error.name}, which is not installed; in the repository: pip install -e '.[networks]'",
        name=error.name,
    ) from None


def iris_mlp(hidden=10, activation="relu", *, seed=0, dtype="float32"):
    """The 4-h-3 network of claim C8, with Glorot-uniform weights and zero biases.

    Parameters
    ----------
    hidden : int, at least 1
    activation : a name in `hwlib.activations.ACTIVATIONS`
    seed : int, fixes the initial weights
    dtype : "float32" or "float64"

    Returns
    -------
    keras.Sequential
        (n, 4) features in, (n, 3) logits out; weights W1 (4, h), b1 (h,), W2 (h, 3), b2 (3,).

    Raises
    ------
    ValueError
        If an argument is not one of the above.
    """
    hidden = _whole("hidden", hidden, smallest=1)
    seed = _whole("seed", seed, smallest=0)
    checks.choice("activation", activation, ACTIVATIONS)
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64'; got {dtype!r}")
    return keras.Sequential(
        [
            layers.Input((4,), dtype=dtype),
            layers.Dense(hidden, activation=activation, dtype=dtype, **_glorot(seed, 1), name="hidden"),
            layers.Dense(3, dtype=dtype, **_glorot(seed, 2), name="logits"),
        ],
        name="iris_mlp",
    )


def mnist_cnn(dropout_rate=0.4, *, seed=0):
    """The convolutional network of claim C17 in float32, with Glorot-uniform weights and zero biases.

    Parameters
    ----------
    dropout_rate : float in [0, 1), the share of the 1024 hidden units that is set to zero
    seed : int, fixes the initial weights

    Returns
    -------
    keras.Sequential
        (n, 28, 28, 1) images with values in [0, 1] in, (n, 10) logits out.

    Raises
    ------
    ValueError
        If an argument is not one of the above.
    """
    seed = _whole("seed", seed, smallest=0)
    if isinstance(dropout_rate, bool) or not isinstance(dropout_rate, Real) or not 0 <= dropout_rate < 1:
        raise ValueError(f"dropout_rate must be a number in [0, 1); got {dropout_rate!r}")
    return keras.Sequential(
        [
            layers.Input((28, 28, 1), dtype="float32"),
            layers.Conv2D(32, 2, activation="relu", **_glorot(seed, 1), dtype="float32", name="conv1"),
            layers.MaxPooling2D(2, dtype="float32", name="pool1"),
            layers.Conv2D(64, 3, strides=2, activation="relu", **_glorot(seed, 2), dtype="float32", name="conv2"),
            layers.MaxPooling2D(2, dtype="float32", name="pool2"),
            layers.Flatten(dtype="float32", name="flatten"),
            layers.Dense(1024, activation="relu", **_glorot(seed, 3), dtype="float32", name="dense1"),
            layers.Dropout(dropout_rate, dtype="float32", name="dropout"),
            layers.Dense(10, **_glorot(seed, 4), dtype="float32", name="dense2"),
        ],
        name="mnist_cnn",
    )


def _glorot(seed, layer):
    # A seed of its own for each layer: one seed for all would give layers correlated weights.
    return {"kernel_initializer": keras.initializers.GlorotUniform(seed=1000 * seed + layer)}


def _whole(name, value, smallest):
    if isinstance(value, bool) or not isinstance(value, Integral) or value < smallest:
        raise ValueError(f"{name} must be an integer of at least {smallest}; got {value!r}")
    return int(value)
