"""The hand-written network of the report's section 2.3, in plain NumPy: to be read (MLP), and fast (FastMLP)."""

import math
from functools import partial
from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from hwlib import checks
from hwlib.activations import ACTIVATIONS
from hwlib.losses import cross_entropy, softmax

BLOCK_BYTES = 2**18  # of a block's widest layer: a few of such arrays fit a second-level cache
OVERFLOWS_ARE_REFUSED = {"over": "ignore", "invalid": "ignore"}  # by ValueError: NumPy's warning adds nothing
LARGEST_EXPONENT = {np.dtype("float64"): 600, np.dtype("float32"): 80}  # whose exp is far from overflow


class MLP:
    """A network of dense layers with softmax cross-entropy, trained by gradient descent.

    Forward, for layers l = 1 … L with A₀ = X (m, d):  Zₗ = Aₗ₋₁ Wₗ + bₗ,  Aₗ = φ(Zₗ);  Z_L are the logits.
    This is the form to read: each line is one formula of chapter 5. `FastMLP` computes the same faster.

    Parameters
    ----------
    layer_sizes : inputs, hidden units, …, classes; (4, 10, 3) is the report's network
    activation : a name in `hwlib.activations.ACTIVATIONS`, for all layers but the last
    seed : int, of the initial weights: Glorot's uniform distribution; the biases start at 0
    dtype : "float64" or "float32", of parameters and data

    Attributes
    ----------
    parameters : dict with W1 (d, h), b1 (1, h), W2 (h, k), b2 (1, k), and so on for more layers

    Raises ValueError for fewer than two layers, a size below 1, or an unknown activation or dtype.
    Source: section 2.3 of the report (claim C20), with the bias gradients summed over the batch.
    """

    def __init__(self, layer_sizes=(4, 10, 3), activation="sigmoid", seed=0, dtype="float64"):
        sizes = tuple(layer_sizes)
        if len(sizes) < 2 or any(not isinstance(n, Integral) or n < 1 for n in sizes):
            raise ValueError(f"layer_sizes is {layer_sizes!r}; two or more positive integers are needed")
        self.layer_sizes = sizes
        self.activation = ACTIVATIONS[checks.choice("activation", activation, ACTIVATIONS)]
        self.dtype = np.dtype(checks.choice("dtype", dtype, ("float64", "float32")))
        initial = {}
        rng = np.random.default_rng(seed)
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            limit = math.sqrt(6 / (fan_in + fan_out))
            weights = rng.uniform(-limit, limit, (fan_in, fan_out))
            initial[f"W{layer}"] = weights.astype(self.dtype)
            initial[f"b{layer}"] = np.zeros((1, fan_out), self.dtype)
        self._parameters = _Parameters(initial)

    @property
    def parameters(self):
        """The weights and biases; what is assigned to it, or to one of its names, is copied in."""
        return self._parameters

    @parameters.setter
    def parameters(self, arrays):
        self._parameters.update(arrays)

    def __reduce__(self):
        """Copy and pickle by making a network of the same kind and copying the parameters in."""
        arguments = self.layer_sizes, self.activation.name, 0, self.dtype.name
        return type(self), arguments, {name: array.copy() for name, array in self.parameters.items()}

    def __setstate__(self, arrays):
        self.parameters = arrays

    @property
    def depth(self):
        """The number of layers with weights, L."""
        return len(self.layer_sizes) - 1

    @np.errstate(**OVERFLOWS_ARE_REFUSED)
    def forward(self, X):
        """Return the logits (m, k) of the rows of X (m, d). Raises ValueError for bad X, as `step` does."""
        return self._forward(self._check_inputs(X))[0][-1]

    def predict(self, X):
        """Return the class of each row of X (m, d): int array (m,)."""
        return self.forward(X).argmax(axis=1)

    @np.errstate(**OVERFLOWS_ARE_REFUSED)
    def loss(self, X, Y):
        """Return the mean cross-entropy of X (m, d) against the distributions Y (m, k), in nats."""
        X, Y = self._check_batch(X, Y)
        return float(cross_entropy(self._forward(X)[0][-1], Y))

    @np.errstate(**OVERFLOWS_ARE_REFUSED)
    def gradients(self, X, Y):
        """Return the gradient of `loss` by each parameter: a dict of the same names and shapes."""
        X, Y = self._check_batch(X, Y)
        gradients = self._backward(*self._forward(X), Y)
        return {name: gradients[name] for name in self.parameters}

    @np.errstate(**OVERFLOWS_ARE_REFUSED)
    def step(self, X, Y, learning_rate, with_loss=True):
        """Take one step of gradient descent, in place; return the loss before the step.

        Parameters
        ----------
        X : float array (m, d) of the network's dtype
        Y : float array (m, k) of the network's dtype, every row a distribution
        learning_rate : positive number
        with_loss : False leaves the loss out and returns None

        Raises ValueError for another shape or dtype, NaN, infinity, an empty batch, rows of Y that are no
        distribution, a learning rate that is not positive and finite, or logits that have overflowed. The
        parameters are then what they were before the call.
        """
        X, Y = self._check_batch(X, Y)
        logits = self._descend(X, Y, _check_rate(learning_rate))
        return float(cross_entropy(logits, Y)) if with_loss else None

    @np.errstate(**OVERFLOWS_ARE_REFUSED)
    def fit(self, X, Y, learning_rate, epochs, validation=None):
        """Take `epochs` steps, each on the whole of X and Y.

        Parameters
        ----------
        X, Y, learning_rate : as for `step`
        epochs : int, at least 1
        validation : None, or a pair (X, Y) that is measured, never trained on

        Returns
        -------
        history : dict of lists, one number an epoch, each measured before the epoch's step: "loss",
            "accuracy", and with a validation pair "held_out_loss" and "held_out_accuracy"

        Raises ValueError as `step` does, before the first step is taken; logits that overflow on the way
        raise it at the step where they do.
        """
        measured = {"": self._check_batch(X, Y)}
        if validation is not None:
            measured["held_out_"] = self._check_batch(*validation, names=("validation X", "validation Y"))
        rate = _check_rate(learning_rate)
        if not isinstance(epochs, Integral) or epochs < 1:
            raise ValueError(f"epochs is {epochs!r}; a positive integer is needed")
        history = {prefix + key: [] for prefix in measured for key in ("loss", "accuracy")}
        for _ in range(epochs):
            if validation is not None:
                held_out, targets = measured["held_out_"]
                self._record(history, "held_out_", self._forward(held_out)[0][-1], targets)
            self._record(history, "", self._descend(*measured[""], rate), Y)
        return history

    @staticmethod
    def _record(history, prefix, logits, targets):
        history[prefix + "loss"].append(float(cross_entropy(logits, targets)))
        hits = logits.argmax(axis=1) == targets.argmax(axis=1)
        history[prefix + "accuracy"].append(float(hits.mean()))

    def _descend(self, X, Y, rate):
        """Take one step; return the logits before it."""
        Z, A = self._forward(X)
        for name, gradient in self._backward(Z, A, Y).items():
            self.parameters[name] -= rate * gradient
        return Z[-1]

    def _forward(self, X):
        """Return [Z₁ … Z_L] and [A₀ … A_L₋₁]: Zₗ = Aₗ₋₁ Wₗ + bₗ, Aₗ = φ(Zₗ)."""
        Z, A = [], [X]
        for layer in range(1, self.depth + 1):
            Z.append(A[-1] @ self.parameters[f"W{layer}"] + self.parameters[f"b{layer}"])
            if layer < self.depth:
                A.append(self.activation(Z[-1]))
        return Z, A

    def _backward(self, Z, A, Y):
        """Return the gradients from the last layer to the first: equations (eq-delta-2) to (eq-b1)."""
        gradients = {}
        delta = (softmax(Z[-1]) - Y) / len(Y)
        for layer in range(self.depth, 0, -1):
            gradients[f"W{layer}"] = A[layer - 1].T @ delta
            gradients[f"b{layer}"] = delta.sum(axis=0, keepdims=True)
            if layer > 1:
                back = delta @ self.parameters[f"W{layer}"].T
                delta = back * self.activation.derivative(Z[layer - 2])
        return gradients

    def _check_inputs(self, X, name="X"):
        _check_dtype(name, X, self.dtype)
        X = checks.real_array(name, X, ndim=2)
        if X.shape[1] != self.layer_sizes[0]:
            raise ValueError(f"{name} has shape {X.shape}; (m, {self.layer_sizes[0]}) is needed")
        return X

    def _check_batch(self, X, Y, names=("X", "Y")):
        X = self._check_inputs(X, names[0])
        _check_dtype(names[1], Y, self.dtype)
        return X, checks.distributions(names[1], Y, (len(X), self.layer_sizes[-1]))


class FastMLP(MLP):
    """The same network, with `step`, `gradients` and `fit` at the speed that NumPy's calls allow.

    * One example is one column, so that sums over classes run along whole rows of memory.
    * A layer's weights and biases are one array (inputs + 1, outputs), and its input ends in a row of ones:
      one product gives Z, another the gradients of both. All layers lie in one vector, `_flat`.
    * Buffers are allocated once for a batch shape, and a step is a fixed list of calls that write into them.
    * A batch is checked and copied when its bytes differ from the last step's. So a change in place is seen,
      and going on with the same batch costs a comparison.
    * Softmax subtracts the largest logit, and sigmoid clips its argument, only if the norm of the parameters
      leaves room for an overflow.
    * Large batches are worked off in blocks that fit into the processor's cache.

    Parameters, results and errors are those of `MLP`; the weights agree with its weights to rounding.
    """

    def __init__(self, layer_sizes=(4, 10, 3), activation="sigmoid", seed=0, dtype="float64"):
        super().__init__(layer_sizes, activation, seed, dtype)
        self._flat = np.concatenate([array.ravel() for array in self._parameters.values()])
        self._parameters = _Parameters(self._named(self._flat))
        self._negative = np.empty_like(self._flat)
        self._gradient = np.empty_like(self._flat)
        self._steps = np.empty_like(self._flat)
        self._ones = np.ones(self.layer_sizes[-1], self.dtype)
        self._batch = self._rate = self._rows = None

    def gradients(self, X, Y):
        self._enter(X, Y)
        self._carefully(self._differentiate, with_loss=False)
        return self._named(self._gradient / self.dtype.type(len(Y)))

    def step(self, X, Y, learning_rate, with_loss=True):
        self._enter(X, Y)
        if learning_rate != self._rate:
            self._steps[:] = -_check_rate(learning_rate) / len(Y)
            self._rate = learning_rate
        return self._carefully(self._update, with_loss)

    gradients.__doc__, step.__doc__ = MLP.gradients.__doc__, MLP.step.__doc__

    def _descend(self, X, Y, rate):
        """Take one step; return the logits before it (up to a constant in each row)."""
        self.step(X, Y, rate, with_loss=False)
        return np.concatenate([block.logits.T for block in (self._first, *self._others)])

    def _enter(self, X, Y):
        """Check and copy the batch, unless it is the last one."""
        try:
            batch = X.shape, Y.shape, X.dtype, Y.dtype, X.tobytes(), Y.tobytes()
        except AttributeError:  # no arrays: the check says so
            batch = None
        if batch is None or batch != self._batch:
            if batch is None or not self._plainly_good(X, Y):
                X, Y = self._check_batch(X, Y)
            self._batch = None  # until the copies are whole
            if len(X) != self._rows:
                self._allocate(len(X))
            start = 0
            for block in (self._first, *self._others):
                np.multiply(X[start : start + block.rows].T, block.sign, block.inputs[:-1])
                block.targets[:-1] = Y[start : start + block.rows].T
                start += block.rows
            self._safe = self._safe_norm(X) ** 2
            self._batch = batch

    def _plainly_good(self, X, Y):
        """Return True if a batch passes in a few calls. If not, the full check says why, or finds it good."""
        rows, (features, *_, classes) = self._rows, self.layer_sizes
        return (
            (X.shape, Y.shape) == ((rows, features), (rows, classes))
            and X.dtype == Y.dtype == self.dtype
            and math.isfinite(np.add.reduce(X, None))  # NaN and infinity never leave a sum
            and np.minimum.reduce(Y, None) >= 0
            and np.maximum.reduce(np.abs(Y.dot(self._ones) - self._ones[:1])) <= 1e-6
        )

    def _allocate(self, rows):
        self._rows = None  # until all blocks are there
        largest = max(1, BLOCK_BYTES // (max(self.layer_sizes) * self.dtype.itemsize))
        size = -(-rows // -(-rows // largest))  # equal blocks, the last may be smaller
        self._first = _Block(size, self)
        self._others = [_Block(size, self, twin=self._first) for _ in range(rows // size - 1)]
        if rows % size:
            self._others.append(_Block(rows % size, self))
        self._rows, self._rate = rows, None  # the rate is divided by the number of rows

    def _safe_norm(self, X):
        """Return the norm of all parameters below which no exp can overflow.

        By Cauchy and Schwarz |z| ≤ ‖P‖ r, where r bounds the norm of a layer's input with its 1. A bounded
        activation lies in [-1, 1], so r² ≤ units + 1; the others do not enlarge, so r² ≤ ‖P‖² r² + 1, layer
        by layer.
        """
        first = math.sqrt(np.maximum.reduce(np.einsum("ij,ij->i", X, X)) + self.depth)
        limit = LARGEST_EXPONENT[self.dtype]
        if self.activation.bounded is None:
            return 0.0
        if not self.activation.bounded:
            norm = (limit / first) ** (1 / self.depth)
            return norm if norm > 1 else 0.0
        return limit / max(first, *(math.sqrt(units + 1) for units in self.layer_sizes[1:]))

    def _carefully(self, compute, with_loss):
        """Return compute(careful, with_loss), careful where an exp could overflow."""
        if np.vdot(self._flat, self._flat) < self._safe:  # vdot, for it gives infinity without a warning
            return compute(False, with_loss)
        with np.errstate(**OVERFLOWS_ARE_REFUSED):
            return compute(True, with_loss)

    def _update(self, careful, with_loss):
        loss = self._differentiate(careful, with_loss)
        np.multiply(self._gradient, self._steps, self._gradient)
        np.add(self._flat, self._gradient, self._flat)
        return loss

    def _differentiate(self, careful, with_loss):
        """Write the gradient of the summed loss into `_gradient`; return the mean loss, or None."""
        loss = self._first.differentiate(careful, with_loss)
        if self._others:
            total = self._gradient.copy()
            for block in self._others:
                part = block.differentiate(careful, with_loss)
                loss = loss + part if with_loss else None
                total += self._gradient
            self._gradient[:] = total
        return loss / self._rows if with_loss else None

    def _layers(self, flat):
        """Return views of a vector of all parameters, one a layer: (inputs + 1, outputs), the bias last."""
        views, end = [], 0
        for fan_in, fan_out in pairwise(self.layer_sizes):
            start, end = end, end + (fan_in + 1) * fan_out
            views.append(flat[start:end].reshape(fan_in + 1, fan_out))
        return views

    def _named(self, flat):
        """Return views of a vector of all parameters: W1, b1, W2, …"""
        names = {}
        for layer, weights in enumerate(self._layers(flat), start=1):
            names[f"W{layer}"], names[f"b{layer}"] = weights[:-1], weights[-1:]
        return names


class _Block:
    """Some rows of a batch, and a step on them as fixed lists of NumPy calls into fixed buffers.

    All arrays are turned: (features, rows). Blocks of the same size share the hidden layers of `twin`.
    """

    def __init__(self, rows, network, twin=None):
        dtype, (features, *hidden, classes) = network.dtype, network.layer_sizes
        activation, depth = network.activation, network.depth
        negated = activation.name == "sigmoid"
        self.rows = rows
        # Sigmoid needs exp(-z). The first hidden layer gets it from -X, the others from -W and -b.
        self.sign = dtype.type(-1 if negated and hidden else 1)
        self.inputs = np.full((features + 1, rows), self.sign, dtype)
        self.targets = np.full((classes + 1, rows), -1, dtype)
        log = np.empty((classes + 1, rows), dtype)  # the logits, and below them log Σ exp
        self.logits, self.log_sums = log[:-1], log[-1]
        self.flat_log, self.flat_targets = log.reshape(-1), self.targets.reshape(-1)
        exp, sums = np.empty((2, classes, rows), dtype)  # every row of sums is the sum over the classes
        self.sums = sums[0]
        self.layers = (
            twin.layers
            if twin
            else [_Units(activation, units, rows, dtype, first=number == 0) for number, units in enumerate(hidden)]
        )

        weights, gradients = network._layers(network._flat), network._layers(network._gradient)
        inputs = [self.inputs, *(units.out for units in self.layers)]
        forward, signs = weights, []
        if negated and depth > 2:
            forward = [weights[0], *network._layers(network._negative)[1:]]
            if not twin:  # the first block of its size does it for all
                signs = [(np.negative, (network._flat, network._negative))]
        self.forward, self.careful = signs[:], signs[:]
        for units, w, a in zip(self.layers, forward, inputs, strict=False):
            product = w.T.dot, (a, units.z)
            self.forward += [product, *units.activate]
            self.careful += [product, *units.clip, *units.activate]
        product = weights[-1].T.dot, (inputs[-1], self.logits)
        self.forward += [product]
        self.careful += [product, (self.shift, ())]
        self.backward = [
            (np.exp, (self.logits, exp)),
            (np.ones((classes, classes), dtype).dot, (exp, sums)),
            (np.divide, (exp, sums, exp)),
            (np.subtract, (exp, self.targets[:-1], exp)),
            (inputs[-1].dot, (exp.T, gradients[-1])),
        ]
        above = exp
        for layer in reversed(range(depth - 1)):
            units = self.layers[layer]
            self.backward += [
                (weights[layer + 1][:-1].dot, (above, units.delta)),
                *units.derive,
                (inputs[layer].dot, (units.delta.T, gradients[layer])),
            ]
            above = units.delta

    def differentiate(self, careful, with_loss):
        """Write the gradient of the summed loss; return that loss, or None."""
        for call, arrays in self.careful if careful else self.forward:
            call(*arrays)
        for call, arrays in self.backward:
            call(*arrays)
        if not with_loss:
            return None
        np.log(self.sums, self.log_sums)
        return -float(self.flat_log.dot(self.flat_targets))  # Σ log Σ exp z - Σ y z: the last targets are -1

    def shift(self):
        """Subtract the largest logit of each example. Raises ValueError for logits that have overflowed."""
        checks.real_array("logits", self.logits)
        np.subtract(self.logits, self.logits.max(axis=0), self.logits)


class _Units:
    """The buffers of one hidden layer (units, rows), and the calls of its activation function.

    `z` holds -Z for sigmoid, else Z; `delta` comes in as ∂/∂A and goes out as ∂/∂Z. In the first layer of
    a sigmoid network it goes out as -∂/∂Z, for that layer's input is -X.
    """

    def __init__(self, activation, units, rows, dtype, first):
        self.out = np.ones((units + 1, rows), dtype)  # ends in the ones that the bias is multiplied by
        self.z = self.out[:-1]  # where φ(Z) is written over Z
        self.delta = np.empty_like(self.z)
        calls = _CALLS.get(activation.name, partial(_any_activation, activation))
        self.clip, self.activate, self.derive = calls(self, dtype, first)


# For each activation the calls (clip, activate, derive) that a layer makes, into buffers of their own.


def _relu_calls(layer, dtype, first):
    z, delta, zero, positive = layer.z, layer.delta, np.asarray(0, dtype), np.empty(layer.z.shape, bool)
    activate = [(partial(np.maximum, out=z), (z, zero))]
    return [], activate, [(np.greater, (z, zero, positive)), (np.multiply, (delta, positive, delta))]


def _sigmoid_calls(layer, dtype, first):
    z, delta, slope = layer.z, layer.delta, np.empty_like(layer.z)
    one, limit = (np.asarray(value, dtype) for value in (1, LARGEST_EXPONENT[dtype]))
    clip = [(partial(np.minimum, out=z), (z, limit))]
    activate = [(np.exp, (z, z)), (np.add, (z, one, z)), (np.divide, (one, z, z))]
    difference = (slope, z, slope) if first else (z, slope, slope)
    derive = [(np.multiply, (z, z, slope)), (np.subtract, difference), (np.multiply, (delta, slope, delta))]
    return clip, activate, derive


def _tanh_calls(layer, dtype, first):
    z, delta, slope, one = layer.z, layer.delta, np.empty_like(layer.z), np.asarray(1, dtype)
    derive = [(np.multiply, (z, z, slope)), (np.subtract, (one, slope, slope)), (np.multiply, (delta, slope, delta))]
    return [], [(np.tanh, (z, z))], derive


_CALLS = {"relu": _relu_calls, "sigmoid": _sigmoid_calls, "tanh": _tanh_calls}


def _any_activation(activation, layer, dtype, first):
    """The calls of an activation that has no faster form: its own value and derivative, Z being kept."""
    z, delta, inputs = layer.z, layer.delta, np.empty_like(layer.z)

    def activate():
        np.copyto(inputs, z)
        np.copyto(z, activation(inputs))

    def derive():
        np.multiply(delta, activation.derivative(inputs), delta)

    return [], [(activate, ())], [(derive, ())]


class _Parameters(dict):
    """Arrays that stay where they are: what is assigned to a name is copied in."""

    def __setitem__(self, name, value):
        if name not in self:
            raise ValueError(f"no parameter {name!r}; there are {', '.join(self)}")
        if np.shape(value) != self[name].shape:
            raise ValueError(f"{name} has shape {np.shape(value)}; {self[name].shape} is needed")
        self[name][...] = value

    def update(self, arrays):
        for name, value in arrays.items():
            self[name] = value

    def __reduce__(self):
        return dict, (dict(self),)


def _check_dtype(name, value, dtype):
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name} is a {type(value).__name__}; a NumPy array is needed")
    if value.dtype != dtype:
        raise ValueError(
            f"{name} has dtype {value.dtype}; the network's, {dtype}, is needed: {name}.astype({dtype.name!r})"
        )


def _check_rate(learning_rate):
    if not isinstance(learning_rate, Real) or not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate is {learning_rate!r}; a positive finite number is needed")
    return float(learning_rate)
