"""A network as a list of layers: what an exported file says, and what Keras, ONNX, PyTorch and the page build from.

A layer is a dict for JSON: `name`; `kind`, one of "conv", "max_pool", "flatten", "dropout" and "dense"; `activation`,
a name in `hwlib.activations.ACTIVATIONS` or "linear"; `shape`, what comes out for one example; for conv and max_pool
also `size` and `stride`, two numbers each, without padding; for dropout the `rate`.
"""

import math

from hwlib.activations import ACTIVATIONS

PLAIN = {"padding": "valid", "data_format": "channels_last", "use_bias": True}


def _has(layer, **options):
    return all(getattr(layer, name, value) == value for name, value in options.items())


def describe(model):
    """Return the layers of a Keras Sequential model.

    Raises ValueError for a layer, an option of one or an activation that the list above does not have.
    """
    from hwlib.models import keras

    layers = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and _has(layer, **PLAIN, dilation_rate=(1, 1), groups=1):
            found = {"kind": "conv", "size": layer.kernel_size, "stride": layer.strides}
        elif isinstance(layer, keras.layers.MaxPooling2D) and _has(layer, **PLAIN):
            found = {"kind": "max_pool", "size": layer.pool_size, "stride": layer.strides}
        elif isinstance(layer, keras.layers.Dense) and layer.use_bias and len(layer.input.shape) == 2:
            found = {"kind": "dense"}
        elif isinstance(layer, keras.layers.Flatten):
            found = {"kind": "flatten"}
        elif isinstance(layer, keras.layers.Dropout):
            found = {"kind": "dropout", "rate": layer.rate}
        else:
            raise ValueError(
                f"model has the layer {layer.name!r}, a {type(layer).__name__} that no exported file can hold"
            )
        activation = getattr(layer, "activation", None)
        found["activation"] = activation.__name__ if activation else "linear"
        if found["activation"] not in ("linear", *ACTIVATIONS):
            raise ValueError(f"layer {layer.name!r} has the activation {found['activation']!r}; "
                             f"known are linear, {', '.join(ACTIVATIONS)}")  # fmt: skip
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}
        layers.append({"name": layer.name, **found, "shape": list(layer.output.shape[1:])})
    return layers


def keras_model(input_shape, layers):
    """Return the Keras Sequential model of these layers, its weights not yet set."""
    from hwlib.models import keras

    made = [keras.layers.Input(tuple(input_shape), dtype="float32")]
    for layer in layers:
        options = {"name": layer["name"], "dtype": "float32"}
        activation = None if layer["activation"] == "linear" else layer["activation"]
        if layer["kind"] == "conv":
            channels = layer["shape"][-1]
            made.append(keras.layers.Conv2D(channels, layer["size"], layer["stride"], activation=activation, **options))
        elif layer["kind"] == "max_pool":
            made.append(keras.layers.MaxPooling2D(layer["size"], layer["stride"], **options))
        elif layer["kind"] == "dense":
            made.append(keras.layers.Dense(layer["shape"][0], activation=activation, **options))
        elif layer["kind"] == "flatten":
            made.append(keras.layers.Flatten(**options))
        else:
            made.append(keras.layers.Dropout(layer["rate"], **options))
    return keras.Sequential(made)


def flop(input_shape, layers):
    """Return the operations of one training example: forward and backward, a multiplication and an addition each.

    The backward pass of a layer costs two products as large as the forward one: the gradient with respect to its
    weights and, but for the first layer, with respect to its input.
    """
    total, before = 0, list(input_shape)
    for layer in layers:
        if layer["kind"] in ("conv", "dense"):
            window = math.prod(layer.get("size", ())) * before[-1]
            total += 2 * math.prod(layer["shape"]) * window * (3 if total else 2)
        before = layer["shape"]
    return total
