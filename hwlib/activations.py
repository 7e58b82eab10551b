"""The three activation functions of the report, each beside its derivative and its symbolic form."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Activation:
    """An elementwise function R → R: called it gives values, `.derivative(z)` the derivative at z.

    `.symbolic(t)` is the SymPy expression of the same function, `.symbolic(t).diff(t)` its derivative.
    Arrays of any shape; float32 stays float32. Stable for |z| up to 1e4 and beyond, without a warning.
    """

    name: str
    value: Callable
    derivative: Callable
    symbolic: Callable

    def __call__(self, z):
        return self.value(z)


def _relu(z):
    return np.maximum(z, 0)


def _relu_derivative(z):
    """1 where z > 0, else 0: at z = 0, where no derivative exists, the 0 that TensorFlow takes."""
    z = np.asarray(z)
    return (z > 0).astype(z.dtype if z.dtype.kind == "f" else np.float64)


def _relu_symbolic(t):
    import sympy

    return sympy.Max(0, t)


def _sigmoid(z):
    """1 / (1 + e^-z), with e^-|z| in place of e^-z so that nothing overflows."""
    z = np.asarray(z)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def _sigmoid_derivative(z):
    """σ'(z) = σ(z) (1 - σ(z)) = e^-|z| / (1 + e^-|z|)²: even in z, and exact where σ rounds to 1."""
    small = np.exp(-np.abs(z))
    return small / (1 + small) ** 2


def _sigmoid_symbolic(t):
    import sympy

    return 1 / (1 + sympy.exp(-t))


def _tanh_derivative(z):
    """1 - tanh² = 1 / cosh² = 4 e^-2|z| / (1 + e^-2|z|)²: keeps its digits where tanh rounds to ±1."""
    small = np.exp(-2 * np.abs(z))
    return 4 * small / (1 + small) ** 2


def _tanh_symbolic(t):
    import sympy

    return sympy.tanh(t)


relu = Activation("relu", _relu, _relu_derivative, _relu_symbolic)
sigmoid = Activation("sigmoid", _sigmoid, _sigmoid_derivative, _sigmoid_symbolic)
tanh = Activation("tanh", np.tanh, _tanh_derivative, _tanh_symbolic)

ACTIVATIONS = {activation.name: activation for activation in (relu, sigmoid, tanh)}
