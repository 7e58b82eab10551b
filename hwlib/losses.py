"""One-hot vectors, softmax and cross-entropy, in a form that does not overflow."""

import numpy as np

from hwlib import checks


def one_hot(labels, num_classes):
    """Write labels as rows of the identity matrix.

    Parameters
    ----------
    labels : int array (m,), values in 0 … num_classes - 1
    num_classes : int, at least 1

    Returns
    -------
    float64 array (m, num_classes)

    Raises ValueError for an empty batch, labels that are no integers, or one out of range.
    """
    return np.eye(num_classes)[checks.labels("labels", labels, num_classes)]


def log_softmax(logits):
    """Logarithm of softmax, row by row: z - max z - log Σ exp(z - max z).

    Subtracting the largest logit changes nothing in exact arithmetic and keeps exp in [0, 1]. The largest
    term of the sum is then exactly 1; it is left out of the sum and given to log1p, so that a loss near 0
    keeps its digits.

    Parameters
    ----------
    logits : float array (m, k); float32 stays float32

    Returns
    -------
    float array (m, k)

    Raises ValueError for another number of dimensions, an empty batch, NaN or infinity.
    Source: equation (eq-log-sum-exp) of chapter 1.
    """
    logits = checks.real_array("logits", logits, ndim=2)
    largest = logits.argmax(axis=1, keepdims=True)
    shifted = logits - np.take_along_axis(logits, largest, axis=1)
    exponentials = np.exp(shifted)
    np.put_along_axis(exponentials, largest, 0, axis=1)
    return shifted - np.log1p(exponentials.sum(axis=1, keepdims=True))


def softmax(logits):
    """Probabilities from logits, row by row: exp(z) / Σ exp(z), with the largest logit subtracted first.

    Parameters
    ----------
    logits : float array (m, k); float32 stays float32

    Returns
    -------
    float array (m, k), rows sum to 1

    Raises ValueError for another number of dimensions, an empty batch, NaN or infinity.
    """
    logits = checks.real_array("logits", logits, ndim=2)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy(logits, targets, reduction="mean"):
    """Cross-entropy of softmax(logits) against targets: -Σ_j targets_ij · log softmax(logits_i)_j.

    Parameters
    ----------
    logits : float array (m, k)
    targets : float array (m, k), every row a distribution (one-hot in this book)
    reduction : "mean" over the batch, "sum" (the report's claim C1), or "none"

    Returns
    -------
    float, or a float array (m,) for "none"; in nats

    Raises ValueError for shapes that differ, rows of `targets` that are no distribution, NaN, infinity,
    an empty batch, or an unknown reduction. Source: equation (eq-cross-entropy) of chapter 1.
    """
    checks.choice("reduction", reduction, ("mean", "sum", "none"))
    log_probabilities = log_softmax(logits)
    targets = checks.distributions("targets", targets, log_probabilities.shape)
    losses = -(targets * log_probabilities).sum(axis=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
