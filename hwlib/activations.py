"""The activation functions, each beside its derivative and its symbolic form: the only list of them.

A new one is one more `Activation` in `ACTIVATIONS`, under the name that Keras has for it. Networks, studies and
tests ask this list; web/activation-functions.js holds the same functions for the page.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Activation:
    """An elementwise function R → R: called it gives values, `.derivative(z)` the derivative at z.

    `.symbolic(t)` is the SymPy expression of the same function, `.symbolic(t).diff(t)` its derivative.
    Arrays of any shape; float32 stays float32. Stable for |z| up to 1e4 and beyond, without a warning.
    bounded: True if |φ(z)| ≤ 1 for all z, False if |φ(z)| ≤ |z|, None if neither. increasing: φ never falls, so that it
    may change places with a maximum.
    """

    name: str
    value: Callable
    derivative: Callable
    symbolic: Callable
    bounded: bool | None
    increasing: bool = True

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


def _normal_tail(z):
    """The probability that a standard normal number lies above |z|, exact in its tail too."""
    from scipy.special import ndtr

    return ndtr(-np.abs(z))


def _gelu(z):
    """z Φ(z), with Φ the distribution function of the standard normal distribution."""
    z = np.asarray(z)
    tail = _normal_tail(z)
    return z * np.where(z >= 0, 1 - tail, tail)


def _gelu_derivative(z):
    """Φ(z) + z Φ'(z)."""
    z = np.asarray(z)
    tail = _normal_tail(z)
    near = np.clip(z, -40, 40)  # beyond, exp(-z²/2) is 0, and z² could overflow
    density = np.exp(-near * near / 2) * z.dtype.type(1 / math.sqrt(2 * math.pi))
    return np.where(z >= 0, 1 - tail, tail) + near * density


def _gelu_symbolic(t):
    import sympy

    return t * (1 + sympy.erf(t / sympy.sqrt(2))) / 2


relu = Activation("relu", _relu, _relu_derivative, _relu_symbolic, bounded=False)
sigmoid = Activation("sigmoid", _sigmoid, _sigmoid_derivative, _sigmoid_symbolic, bounded=True)
tanh = Activation("tanh", np.tanh, _tanh_derivative, _tanh_symbolic, bounded=True)
gelu = Activation("gelu", _gelu, _gelu_derivative, _gelu_symbolic, bounded=False, increasing=False)

REPORTED = {activation.name: activation for activation in (relu, sigmoid, tanh)}  # what the report compares
ACTIVATIONS = {**REPORTED, gelu.name: gelu}


def scaled_tanh(height, steepness):
    """The activation height · tanh(steepness · z), of slope height · steepness at 0.

    With both ½ it is σ(z) − ½: sigmoid without its offset.
    """
    name = f"{height:g} tanh({steepness:g} z)"
    return Activation(
        name,
        lambda z: height * np.tanh(steepness * z),
        lambda z: height * steepness * _tanh_derivative(steepness * np.asarray(z)),
        lambda t: height * _tanh_symbolic(steepness * t),
        bounded=height <= 1 or (False if height * steepness <= 1 else None),
    )
