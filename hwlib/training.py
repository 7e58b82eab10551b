"""One seeded, deterministic way to train the book's networks, as fast as TensorFlow on a CPU can be.

The update is the one of Keras's `compile` and `fit`. What is faster is everything around it:

* the data lie in memory once and a batch is gathered from it, inside the graph;
* a whole epoch (or many) is one call: the loop over the steps runs in TensorFlow, not in Python;
* max-pooling comes before bias and relu, which is the same function with a quarter of the work;
* Adam is TensorFlow's fused kernel;
* what was traced once is used again for every seed, learning rate and schedule.

Every random number is a pure function of (seed, epoch or step), so that the state of a run is its arrays
and its epoch. A checkpoint holds those, and a run that was killed ends bit for bit as if it had not been.
"""

import functools
import json
import math
import os
import zipfile
import zlib
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from hwlib import checks, files
from hwlib.activations import ACTIVATIONS
from hwlib.ensembles import ADAM
from hwlib.models import keras  # before TensorFlow: sets its environment

import tensorflow as tf  # isort: skip

tf.get_logger().setLevel("ERROR")  # it takes a second architecture in one process for careless retracing
OPTIMIZERS = ("adam", "sgd")
SCHEDULES = (None, "cosine")
EVALUATION_BATCH = 250  # images; more would not fit the processor's cache


def train(
    model,
    training,
    held_out=None,
    *,
    optimizer="adam",
    learning_rate=1e-4,
    batch_size=64,
    epochs=12,
    seed=0,
    schedule=None,
    augmentation=None,
    label_smoothing=0.0,
    average=None,
    mixed_precision=False,
    checkpoint=None,
    report_every=1,
    progress=print,
):
    """Train `model` in place from the weights it has, and return the history.

    Parameters
    ----------
    model : keras.Sequential from `hwlib.models`
    training, held_out : (x, labels)
        x (n, ...) uint8 images, which are divided by 255, or floats; labels (n,) integers.
        Without `held_out` nothing is evaluated and the history has no held-out lists.
    optimizer : "adam" or "sgd"
    learning_rate : float > 0, the peak if there is a schedule
    batch_size : int, or None for the full batch; the last batch of an epoch may be smaller
    epochs : int
    seed : int, fixes order, dropout and augmentation (the initial weights are the model's)
    schedule : None for a constant rate, "cosine" for one epoch of linear warm-up and a cosine to 0
    augmentation : None, or {"shift": pixels, "rotation": degrees, "scale": share}: each image moves by a
        uniform random amount up to that much, each way, newly drawn in each epoch
    label_smoothing : float in [0, 1), the share of each target that is spread over all classes
    average : None, or the decay in (0, 1) of a moving average of the weights; it is what is evaluated and
        what the model holds in the end
    mixed_precision : bool, bfloat16 activations and float32 weights: for GPUs
    checkpoint : path, or None
        A file that is replaced every `report_every` epochs by the whole state; if it is there, the run
        continues from it.
    report_every : int, epochs in one call of TensorFlow, between two lines of progress
    progress : callable that takes a line of text, or None

    Returns
    -------
    dict of lists with one float an epoch
        loss, accuracy: mean over the epoch's steps, each before its update, with dropout, augmentation and
        smoothing in force (as `fit` reports them); held_out_loss, held_out_accuracy: after the epoch,
        without any of the three.

    Raises
    ------
    ValueError
        For bad data or settings, or a checkpoint that is damaged or belongs to another run.
    OSError
        If a checkpoint cannot be written; the one before it is kept.
    """
    layers = _layers(model)
    dtype = model.weights[0].dtype
    training = _data("training", training, model, dtype)
    held_out = None if held_out is None else _data("held_out", held_out, model, dtype)
    _check_settings(optimizer, learning_rate, schedule, label_smoothing, average)
    _check_whole(batch_size=1 if batch_size is None else batch_size, epochs=epochs, report_every=report_every)
    _check_whole(0, seed=seed)
    examples = len(training[1])
    steps = 1 if batch_size is None else math.ceil(examples / batch_size)
    augmentation = _augmentation(augmentation, training[0])
    recipe = _Recipe(optimizer, batch_size, augmentation, label_smoothing, average, mixed_precision)
    program = _program(layers, tuple(tuple(w.shape) for w in model.weights), dtype, recipe)
    rates = learning_rates(learning_rate, schedule, epochs, steps).astype(dtype)

    settings = {
        "layers": layers,
        "recipe": recipe,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "epochs": epochs,
        "seed": seed,
        "data": [_checksum(*training), None if held_out is None else _checksum(*held_out)],
        "initial_weights": _checksum(*model.get_weights()),
    }
    settings = json.dumps(settings)  # what a checkpoint must have been made with
    program.begin(model.get_weights())
    history = _empty_history(held_out)
    done = 0
    if checkpoint is not None and os.path.exists(checkpoint):
        done, history = _restore(checkpoint, program, settings)

    tensors = [tf.constant(array) for array in training]
    held_tensors = [] if held_out is None else [tf.constant(array) for array in held_out]
    while done < epochs:
        group = range(done, min(done + report_every, epochs))
        order = _order(seed, group, examples, batch_size)
        start = tf.constant([seed, done * steps], tf.int64)  # tensors: a Python number would be traced anew
        columns = program.run(*tensors, order, rates[group], *tf.unstack(start), *held_tensors)
        for name, column in zip(history, columns, strict=True):
            history[name].extend(float(value) for value in column.numpy())
        done = group.stop
        if checkpoint is not None:
            _save(checkpoint, program, settings, done, history)
        if progress is not None:
            progress(_line(history, epochs))
    model.set_weights(program.result())
    return history


def learning_rates(learning_rate, schedule, epochs, steps):
    """Return the learning rate of every step, (epochs, steps) float64.

    "cosine" rises linearly to `learning_rate` over the first epoch and falls to 0 along half a cosine over
    the others (Loshchilov & Hutter 2017, without restarts); None is constant.
    """
    checks.choice("schedule", schedule, SCHEDULES)
    step = np.arange(1, epochs * steps + 1)
    factor = np.ones(epochs * steps)
    if schedule == "cosine":
        falling = np.clip((step - steps) / max(1, (epochs - 1) * steps), 0, 1)
        factor = np.where(step <= steps, step / steps, (1 + np.cos(np.pi * falling)) / 2)
    return (learning_rate * factor).reshape(epochs, steps)


def logits(model, x):
    """Return the logits (n, k) of `model` for x (n, ...): uint8 images, divided by 255, or floats."""
    x, _ = _data("x", (x, np.zeros(len(x), np.int32)), model, model.weights[0].dtype)
    weights = [tf.constant(w) for w in model.get_weights()]
    return np.concatenate(
        [
            _forward(_layers(model), weights, _scaled(x[i : i + EVALUATION_BATCH], weights[0].dtype)).numpy()
            for i in range(0, len(x), EVALUATION_BATCH)
        ]
    )


def evaluate(model, data):
    """Return (loss, accuracy) of `model` on data (x, labels): mean cross-entropy, share of right answers."""
    from hwlib.losses import cross_entropy, one_hot

    x, labels = data
    scores = logits(model, x).astype(np.float64)
    labels = checks.labels("labels", labels, scores.shape[1])
    loss = cross_entropy(scores, one_hot(labels, scores.shape[1]))
    return float(loss), float((scores.argmax(axis=1) == labels).mean())


class _Recipe(NamedTuple):
    """What changes the traced computation (the rest, such as rates and seeds, is fed to it)."""

    optimizer: str
    batch_size: int | None
    augmentation: tuple | None
    label_smoothing: float
    average: float | None
    mixed_precision: bool


@functools.lru_cache(maxsize=32)
def _program(layers, shapes, dtype, recipe):
    return _Program(layers, shapes, dtype, recipe)


class _Program:
    """The training loop of one architecture and recipe, with the variables it works on."""

    def __init__(self, layers, shapes, dtype, recipe):
        def variables():
            return [tf.Variable(tf.zeros(shape, dtype)) for shape in shapes]

        self.layers, self.recipe, self.dtype = layers, recipe, tf.as_dtype(dtype)
        self.weights = variables()
        self.m, self.v = (variables(), variables()) if recipe.optimizer == "adam" else ([], [])
        self.averages = [] if recipe.average is None else variables()
        self.run = tf.function(self._run, reduce_retracing=True)

    def state(self):
        return [*self.weights, *self.m, *self.v, *self.averages]

    def begin(self, weights):
        """Start a new run from these weights, with nothing left of the one before."""
        for variable in [*self.m, *self.v]:
            variable.assign(tf.zeros_like(variable))
        for variables in (self.weights, self.averages):
            for variable, value in zip(variables, weights, strict=bool(variables)):
                variable.assign(value)

    def result(self):
        return [variable.numpy() for variable in self.averages or self.weights]

    def _run(self, x, labels, order, rates, seed, first_step, x_held=None, labels_held=None):
        """Train len(order) epochs, one row of `order` and `rates` each; return the history's columns."""
        epochs, steps = tf.shape(rates)[0], tf.shape(rates)[1]
        classes = self.weights[-1].shape[0]
        smoothing = tf.constant(self.recipe.label_smoothing, self.dtype)
        targets = tf.one_hot(labels, classes, dtype=self.dtype) * (1 - smoothing) + smoothing / classes
        columns = [tf.TensorArray(self.dtype, epochs) for _ in range(2 if x_held is None else 4)]
        for epoch in tf.range(epochs):
            loss, right = tf.zeros((), self.dtype), tf.zeros((), tf.int32)
            for step in tf.range(steps):
                if self.recipe.batch_size is None:
                    batch = (x, labels, targets)
                else:
                    first = step * self.recipe.batch_size
                    rows = order[epoch, first : first + self.recipe.batch_size]
                    batch = [tf.gather(array, rows) for array in (x, labels, targets)]
                number = first_step + tf.cast(epoch * steps + step, tf.int64)
                batch_loss, batch_right = self._step(*batch, rates[epoch, step], seed, number)
                loss += batch_loss
                right += batch_right
            examples = tf.cast(tf.shape(x)[0], self.dtype)
            row = [loss / examples, tf.cast(right, self.dtype) / examples]
            if x_held is not None:
                row += self._evaluate(x_held, labels_held)
            columns = [column.write(epoch, value) for column, value in zip(columns, row, strict=True)]
        return [column.stack() for column in columns]

    def _step(self, x, labels, targets, rate, seed, number):
        """Do one update; return the batch's summed loss and its number of right answers, before it."""
        random = tf.stack([seed, number])
        x = _scaled(x, self.dtype)
        if self.recipe.augmentation is not None:
            x = _moved(x, self.recipe.augmentation, random)
        with tf.GradientTape() as tape:
            scores = _forward(self.layers, self.weights, x, random, self.recipe.mixed_precision)
            loss = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(targets, scores))
            mean = loss / tf.cast(tf.shape(x)[0], self.dtype)
        self._update(tape.gradient(mean, self.weights), rate, number)
        right = tf.argmax(scores, axis=1, output_type=tf.int32) == tf.cast(labels, tf.int32)
        return loss, tf.reduce_sum(tf.cast(right, tf.int32))

    def _update(self, gradients, rate, number):
        count = tf.cast(number + 1, self.dtype)
        if self.recipe.optimizer == "sgd":
            for weight, gradient in zip(self.weights, gradients, strict=True):
                weight.assign_sub(rate * gradient)
        else:
            beta1, beta2, epsilon = (tf.constant(ADAM[name], self.dtype) for name in ADAM)
            powers = {"beta1_power": tf.pow(beta1, count), "beta2_power": tf.pow(beta2, count)}
            for weight, m, v, gradient in zip(self.weights, self.m, self.v, gradients, strict=True):
                tf.raw_ops.ResourceApplyAdam(
                    var=weight.handle, m=m.handle, v=v.handle, grad=gradient, lr=rate,
                    beta1=beta1, beta2=beta2, epsilon=epsilon, **powers,
                )  # fmt: skip
        if self.recipe.average is not None:
            # The decay grows to its value, or the initial weights would stay in the average too long.
            decay = tf.minimum(tf.constant(self.recipe.average, self.dtype), (1 + count) / (10 + count))
            for average, weight in zip(self.averages, self.weights, strict=True):
                average.assign_sub((1 - decay) * (average - weight))

    def _evaluate(self, x, labels):
        """Return the mean loss and the accuracy on held-out data, in pieces that fit the cache."""
        weights = self.averages or self.weights
        examples = tf.shape(x)[0]
        loss, right = tf.zeros((), self.dtype), tf.zeros((), tf.int32)
        for first in tf.range(0, examples, EVALUATION_BATCH):
            piece = slice(first, first + EVALUATION_BATCH)
            scores = _forward(self.layers, weights, _scaled(x[piece], self.dtype))
            target = tf.cast(labels[piece], tf.int32)
            loss += tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(target, scores))
            hits = tf.argmax(scores, axis=1, output_type=tf.int32) == target
            right += tf.reduce_sum(tf.cast(hits, tf.int32))
        examples = tf.cast(examples, self.dtype)
        return [loss / examples, tf.cast(right, self.dtype) / examples]


def _layers(model):
    """Return `model` as a tuple of (kind, ...) that `_forward` computes and a cache can hash."""
    plan = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            plan.append(("dense", _known(layer)))
        elif isinstance(layer, keras.layers.Conv2D) and layer.padding == "valid":
            plan.append(("conv", _known(layer), layer.strides, (1, 1), (1, 1)))
        elif isinstance(layer, keras.layers.MaxPooling2D) and plan[-1][0] == "conv" and _plain_pooling(layer):
            plan[-1] = (*plan[-1][:3], layer.pool_size, layer.strides)
        elif isinstance(layer, keras.layers.Dropout):
            plan.append(("dropout", layer.rate))
        elif isinstance(layer, keras.layers.Flatten):
            plan.append(("flatten",))
        else:
            raise ValueError(f"model has the layer {layer.name!r}, which hwlib.training does not know")
    return tuple(plan)


def _known(layer):
    """The name of a layer's activation; ValueError for one that `hwlib.activations` does not list."""
    name = layer.activation.__name__
    if name != "linear" and name not in ACTIVATIONS:
        known = ", ".join(["linear", *ACTIVATIONS])
        raise ValueError(f"layer {layer.name!r} has the activation {name!r}; known are {known}")
    return name


def _plain_pooling(layer):
    return layer.padding == "valid" and layer.pool_size == layer.strides


def _activated(name, x):
    return x if name == "linear" else getattr(tf.nn, name)(x)


def _forward(layers, weights, x, random=None, mixed_precision=False):
    """Return the logits of x. `random` (2,) int64 is the key of this step's dropout; None: no dropout."""
    weights = iter(weights)
    compute = tf.bfloat16 if mixed_precision else x.dtype
    x = tf.cast(x, compute)
    for position, (kind, *options) in enumerate(layers):
        if kind == "conv":
            activation, strides, pool, pool_strides = options
            kernel, bias = (tf.cast(next(weights), compute) for _ in range(2))
            x = x[:, : _needed(x, kernel, strides, pool, 1), : _needed(x, kernel, strides, pool, 2)]
            x = tf.nn.conv2d(x, kernel, strides, "VALID")
            if activation == "linear" or ACTIVATIONS[activation].increasing:
                # φ(max(x) + b) = max(φ(x + b)) for an increasing φ, with a quarter of the work.
                x = _activated(activation, tf.nn.max_pool2d(x, pool, pool_strides, "VALID") + bias)
            else:
                x = tf.nn.max_pool2d(_activated(activation, x + bias), pool, pool_strides, "VALID")
        elif kind == "flatten":
            x = tf.reshape(x, (-1, math.prod(x.shape[1:])))
        elif kind == "dropout" and random is not None and options[0] > 0:
            x = tf.nn.experimental.stateless_dropout(x, options[0], random + _stream(position + 1))
        elif kind == "dense":
            kernel, bias = (tf.cast(next(weights), compute) for _ in range(2))
            x = _activated(options[0], (_large_matmul if _large(kernel) else tf.matmul)(x, kernel) + bias)
    return tf.cast(x, tf.float32) if mixed_precision else x


def _large(kernel):
    return kernel.shape.num_elements() > 100_000


@tf.custom_gradient
def _large_matmul(x, kernel):
    """Return x @ kernel, with its gradient G kernelᵀ computed as (kernel Gᵀ)ᵀ: half the time in oneDNN."""

    def gradient(upstream):
        by_x = tf.transpose(tf.matmul(kernel, upstream, transpose_b=True))
        return by_x, tf.matmul(x, upstream, transpose_a=True)

    return tf.matmul(x, kernel), gradient


def _needed(x, kernel, strides, pool, axis):
    """Return how much of x along the axis reaches the pooled output: 27 of 28 pixels in the first layer."""
    convolved = (x.shape[axis] - kernel.shape[axis - 1]) // strides[axis - 1] + 1
    pooled = convolved // pool[axis - 1] * pool[axis - 1]
    return (pooled - 1) * strides[axis - 1] + kernel.shape[axis - 1]


def _stream(use):
    # One key for each use of randomness in a step; seeds are below 2³², so no two runs share a key.
    return tf.constant([use << 32, 0], tf.int64)


def _scaled(x, dtype):
    return tf.cast(x, dtype) / 255 if x.dtype == tf.uint8 else tf.convert_to_tensor(x)


def _moved(images, augmentation, random):
    """Return images (n, h, w, 1), each shifted, rotated and scaled by its own random amounts."""
    shift, rotation, scale = augmentation
    size = tf.shape(images)[0]
    draws = tf.random.stateless_uniform((4, size), random + _stream(0), -1.0, 1.0)
    angle, zoom = draws[0] * math.radians(rotation), 1 + draws[1] * scale
    cosine, sine = tf.cos(angle) / zoom, tf.sin(angle) / zoom
    # ImageProjectiveTransform maps output to input pixels; turn about the middle of the image.
    middle_y, middle_x = (images.shape[1] - 1) / 2, (images.shape[2] - 1) / 2
    right = middle_x - cosine * middle_x + sine * middle_y + draws[2] * shift
    down = middle_y - sine * middle_x - cosine * middle_y + draws[3] * shift
    zeros = tf.zeros_like(angle)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([cosine, -sine, right, sine, cosine, down, zeros, zeros], axis=1),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.ensure_shape(moved, images.shape)


def _order(seed, group, examples, batch_size):
    """Return the order of the examples in each epoch of the group, (epochs, n) int32."""
    if batch_size is None:
        return np.zeros((len(group), 0), np.int32)
    orders = [np.random.default_rng([seed, epoch]).permutation(examples) for epoch in group]
    return np.array(orders, np.int32)


def _empty_history(held_out):
    held_out_names = [] if held_out is None else ["held_out_loss", "held_out_accuracy"]
    return {name: [] for name in ["loss", "accuracy", *held_out_names]}


def _line(history, epochs):
    done = len(history["loss"])
    values = "  ".join(f"{name.replace('_', ' ')} {column[-1]:.4f}" for name, column in history.items())
    return f"epoch {done:>{len(str(epochs))}}/{epochs}  {values}"


def _save(path, program, settings, epoch, history):
    """Replace the checkpoint by the state after `epoch`."""
    arrays = {f"array{i}": variable.numpy() for i, variable in enumerate(program.state())}
    text = json.dumps({"settings": settings, "epoch": epoch, "history": history})
    try:
        with files.replacing(path) as beside, open(beside, "wb") as file:
            np.savez(file, text=np.frombuffer(text.encode(), np.uint8), **arrays)
    except OSError as error:
        reason = f"could not be written ({error.strerror}); the last one is kept"
        raise OSError(error.errno, f"checkpoint {path} of epoch {epoch} {reason}") from error


def _restore(path, program, settings):
    """Put the state of the checkpoint into the program; return its epoch and history."""
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(file["text"].tobytes())
            arrays = [file[f"array{i}"] for i in range(len(file.files) - 1)]
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError) as error:
        raise ValueError(
            f"checkpoint {path} is damaged ({error}); delete it to start that run from its beginning"
        ) from error
    if header["settings"] != settings:
        raise ValueError(f"checkpoint {path} belongs to a run with other settings, data or initial weights")
    for variable, array in zip(program.state(), arrays, strict=True):
        variable.assign(array)
    return header["epoch"], header["history"]


def _checksum(*arrays):
    return functools.reduce(lambda crc, array: zlib.crc32(np.ascontiguousarray(array), crc), arrays, 0)


def _data(name, pair, model, dtype):
    """Return (x, labels) in the types that training works with, or say what is wrong with them."""
    x, labels = pair
    x = np.asarray(x)
    if x.dtype != np.uint8:
        x = checks.real_array(f"{name} x", x).astype(dtype, copy=False)
    shape = model.input_shape[1:]
    if x.shape == (len(x), *shape[:-1]) and shape[-1] == 1:
        x = x[..., np.newaxis]  # gray images without a channel axis, as MNIST has them
    if x.shape[1:] != shape or len(x) == 0:
        raise ValueError(f"{name} x has shape {x.shape}; (n, {', '.join(map(str, shape))}) is needed")
    labels = checks.labels(f"{name} labels", labels, model.output_shape[-1]).astype(np.int32)
    if len(labels) != len(x):
        raise ValueError(f"{name} has {len(x)} examples and {len(labels)} labels; one label each is needed")
    return x, labels


def _augmentation(augmentation, x):
    if augmentation is None:
        return None
    known = {"shift", "rotation", "scale"}
    if set(augmentation) != known or not all(isinstance(v, Real) and v >= 0 for v in augmentation.values()):
        raise ValueError(f"augmentation must give shift, rotation and scale, each ≥ 0; got {augmentation!r}")
    if x.ndim != 4:
        raise ValueError(f"augmentation is for images; training x has shape {x.shape}")
    return tuple(float(augmentation[name]) for name in ("shift", "rotation", "scale"))


def _check_settings(optimizer, learning_rate, schedule, label_smoothing, average):
    checks.choice("optimizer", optimizer, OPTIMIZERS)
    checks.choice("schedule", schedule, SCHEDULES)
    if not (isinstance(learning_rate, Real) and 0 < learning_rate < math.inf):
        raise ValueError(f"learning_rate must be a number above 0; got {learning_rate!r}")
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing must lie in [0, 1); got {label_smoothing!r}")
    if average is not None and not 0 < average < 1:
        raise ValueError(f"average must be None or lie in (0, 1); got {average!r}")


def _check_whole(smallest=1, **values):
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < smallest:
            raise ValueError(f"{name} must be an integer of at least {smallest}; got {value!r}")
