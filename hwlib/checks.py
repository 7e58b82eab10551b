"""Checks at the door: what every function of the book says when it is given bad input."""

import numpy as np


def real_array(name, value, ndim=None):
    """Return `value` as a float array, or say why it is none.

    Integers become float64; float32 and float64 stay what they are. Nothing is copied if it need not be.

    Raises ValueError, naming the argument, for text, ragged lists, complex numbers, an empty array,
    NaN, infinity, or another number of dimensions than `ndim` (None: any).
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is no array: {error}") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {array.dtype}; real numbers are needed")
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} has shape {array.shape}; an array of {ndim} dimensions is needed")
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; an empty batch has no value")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; finite numbers are needed")
    return array


def labels(name, value, num_classes):
    """Return `value` as int array of shape (m,) with entries in [0, num_classes).

    Raises ValueError, naming the argument, for another shape, values that are not integers, an empty
    batch, or a label out of range.
    """
    array = np.asarray(value)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; one label a row, shape (m,), is needed")
    if array.size == 0:
        raise ValueError(f"{name} is empty; at least one label is needed")
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} has dtype {array.dtype}; integers are needed")
    if array.min() < 0 or array.max() >= num_classes:
        raise ValueError(
            f"{name} runs from {array.min()} to {array.max()}; "
            f"labels of {num_classes} classes lie in 0 … {num_classes - 1}"
        )
    return array


def distributions(name, value, shape):
    """Return `value` as float array of the given shape (m, k) whose rows are probability distributions.

    One-hot rows are the usual case. Raises ValueError, naming the argument, for another shape, a negative
    entry, or a row whose sum is not 1 to within 1e-6.
    """
    array = real_array(name, value)
    if array.shape != tuple(shape):
        raise ValueError(f"{name} has shape {array.shape}; {tuple(shape)} is needed")
    if (array < 0).any():
        raise ValueError(f"{name} has a negative entry ({array.min():g}); rows must be distributions")
    wrong = np.abs(array.sum(axis=1) - 1) > 1e-6
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"{name}: row {row} sums to {array[row].sum():g}; a distribution (one-hot, say) sums to 1")
    return array


def choice(name, value, options):
    """Return `value` if it is one of `options`, else raise ValueError that lists them."""
    if value not in options:
        raise ValueError(f"{name} is {value!r}; known are {', '.join(map(repr, options))}")
    return value
