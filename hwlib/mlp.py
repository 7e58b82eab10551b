"""The hand-written network of the report's section 2.3, in plain NumPy."""

import math
from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from hwlib import checks
from hwlib.activations import ACTIVATIONS
from hwlib.losses import cross_entropy, softmax


class MLP:
    """A network of dense layers with softmax cross-entropy, trained by gradient descent.

    Forward, for layers l = 1 … L with A₀ = X (m, d):  Zₗ = Aₗ₋₁ Wₗ + bₗ,  Aₗ = φ(Zₗ);  Z_L are the logits.
    This is the form to read: each line is one formula of chapter 5. `FastMLP` computes the same faster.

    Parameters
    ----------
    layer_sizes : inputs, hidden units, …, classes; (4, 10, 3) is the report's network
    activation : "relu", "sigmoid" or "tanh", for all layers but the last
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
        self.parameters = {}
        rng = np.random.default_rng(seed)
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            limit = math.sqrt(6 / (fan_in + fan_out))
            weights = rng.uniform(-limit, limit, (fan_in, fan_out))
            self.parameters[f"W{layer}"] = weights.astype(self.dtype)
            self.parameters[f"b{layer}"] = np.zeros((1, fan_out), self.dtype)

    @property
    def depth(self):
        """The number of layers with weights, L."""
        return len(self.layer_sizes) - 1

    def forward(self, X):
        """Return the logits (m, k) of the rows of X (m, d). Raises ValueError for bad X, as `step` does."""
        return self._forward(self._check_inputs(X))[0][-1]

    def predict(self, X):
        """Return the class of each row of X (m, d): int array (m,)."""
        return self.forward(X).argmax(axis=1)

    def loss(self, X, Y):
        """Return the mean cross-entropy of X (m, d) against the distributions Y (m, k), in nats."""
        X, Y = self._check_batch(X, Y)
        return float(cross_entropy(self._forward(X)[0][-1], Y))

    def gradients(self, X, Y):
        """Return the gradient of `loss` by each parameter: a dict of the same names and shapes."""
        X, Y = self._check_batch(X, Y)
        return self._backward(*self._forward(X), Y)

    def step(self, X, Y, learning_rate):
        """Take one step of gradient descent, in place; return the loss before the step.

        Parameters
        ----------
        X : float array (m, d) of the network's dtype
        Y : float array (m, k) of the network's dtype, every row a distribution
        learning_rate : positive number

        Raises ValueError for another shape or dtype, NaN, infinity, an empty batch, rows of Y that are no
        distribution, a learning rate that is not positive and finite, or logits that have overflowed. The
        parameters are then what they were before the call.
        """
        X, Y = self._check_batch(X, Y)
        learning_rate = _check_rate(learning_rate)
        Z, A = self._forward(X)
        loss = float(cross_entropy(Z[-1], Y))
        for name, gradient in self._backward(Z, A, Y).items():
            self.parameters[name] -= learning_rate * gradient
        return loss

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
            "accuracy", and with a validation pair "val_loss" and "val_accuracy"

        Raises ValueError as `step` does, before the first step is taken; logits that overflow on the way
        raise it at the step where they do.
        """
        measured = {"": self._check_batch(X, Y)}
        if validation is not None:
            measured["val_"] = self._check_batch(*validation, names=("validation X", "validation Y"))
        _check_rate(learning_rate)
        if not isinstance(epochs, Integral) or epochs < 1:
            raise ValueError(f"epochs is {epochs!r}; a positive integer is needed")
        history = {prefix + key: [] for prefix in measured for key in ("loss", "accuracy")}
        for _ in range(epochs):
            for prefix, (inputs, targets) in measured.items():
                hits = self.predict(inputs) == targets.argmax(axis=1)
                history[prefix + "accuracy"].append(float(hits.mean()))
            if validation is not None:
                history["val_loss"].append(self.loss(*measured["val_"]))
            history["loss"].append(self.step(X, Y, learning_rate))
        return history

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


def _check_dtype(name, value, dtype):
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name} is a {type(value).__name__}; a NumPy array is needed")
    if value.dtype != dtype:
        raise ValueError(f"{name} has dtype {value.dtype}; the network's, {dtype}, is needed: "
                         f"{name}.astype({dtype.name!r})")


def _check_rate(learning_rate):
    if not isinstance(learning_rate, Real) or not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate is {learning_rate!r}; a positive finite number is needed")
    return float(learning_rate)
