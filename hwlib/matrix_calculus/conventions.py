"""Claims that are right in another convention than ours, or under a condition that was not given."""

from __future__ import annotations

from itertools import combinations, islice

import sympy as sp

from .comparison import all_agree
from .hypotheses import Hypotheses
from .points import Sampler, value_at
from .proof import is_proved_equal
from .shapes import is_one_by_one, is_symmetric, same_size, transposed
from .writing import hadamard, product, total

NUMERATOR = "right in numerator layout: transpose it for {}'s shape"
INDEPENDENT = (
    "right as the derivative by the independent entries of a symmetric {}, where each entry off the diagonal counts "
    "for two; the symmetric G with dJ = tr(G dX) is half of it there"
)


def convention_of(claimed, actual, X, given=()):
    """The convention in which the claim is right, in words, or None. actual is the gradient in ours."""
    if actual is None or not X.is_Matrix:
        return None
    if all(map(same_size, claimed.shape, X.shape)):
        if is_symmetric(X) and not is_one_by_one(X) and is_proved_equal(claimed, by_independent_entries(actual), given):
            return INDEPENDENT.format(X.name)
    elif all(map(same_size, claimed.shape[::-1], X.shape)) and is_proved_equal(transposed(claimed), actual, given):
        return NUMERATOR.format(X.name)
    return None


def by_independent_entries(gradient):
    """2G − G∘I of the symmetric G: the derivative by an entry that moves together with its mirror image."""
    return total(product(2, gradient), product(-1, hadamard(sp.Identity(gradient.rows), gradient)))


# ---- the common conditions ----

MOST_TRIED = 12  # conditions


def right_if(claimed, actual, X, given=()):
    """A common condition, in words, under which the claim is proved to be the gradient; None if there is none here.

    They are: entries or rows sum to one, symmetric, commuting, orthonormal columns.
    """
    for words, hypotheses in islice(_common(claimed, actual, X), MOST_TRIED):
        with sp.assuming(*map(sp.Q.symmetric, hypotheses.symmetric)):
            if _agree(claimed, actual, hypotheses) and is_proved_equal(claimed, actual, given | hypotheses.conditions):
                return words
    return None


def _common(claimed, actual, X):
    """(words, hypotheses) that may make the two the same, judged by what stands in them."""
    symbols = sorted(actual.atoms(sp.MatrixSymbol) | claimed.atoms(sp.MatrixSymbol), key=str)
    both = sp.Tuple(claimed, actual)
    square = [A for A in symbols if same_size(*A.shape) and not is_one_by_one(A)]
    if both.has(sp.OneMatrix):
        for Y in symbols:
            if Y != X and same_size(Y.cols, 1) and not is_one_by_one(Y):
                yield f"the entries of {Y.name} sum to 1", _sum_to_one(Y)
            elif Y != X and not is_one_by_one(Y):
                yield f"the rows of {Y.name} sum to 1", _sum_to_one(Y)
    turned = {node.arg for node in both.atoms(sp.Transpose)}
    unsymmetric = [A for A in square if A != X and not is_symmetric(A)]
    for A in unsymmetric:
        yield f"{A.name} is symmetric", Hypotheses([sp.Q.symmetric(A)])
    if len(unsymmetric) > 1:
        names = " and ".join(A.name for A in unsymmetric)
        yield f"{names} are symmetric", Hypotheses([sp.Q.symmetric(A) for A in unsymmetric])
    for A, B in combinations(square, 2):
        if same_size(A.rows, B.rows):
            yield f"{A.name} and {B.name} commute", Hypotheses([(product(A, B), product(B, A))])
    for A in symbols:
        if not is_one_by_one(A) and (A in turned or both.has(sp.Inverse)):
            words = f"{A.name} is of length 1" if same_size(A.cols, 1) else f"the columns of {A.name} are orthonormal"
            yield words, Hypotheses([(product(transposed(A), A), sp.Identity(A.cols))])


def _sum_to_one(Y):
    if same_size(Y.cols, 1):
        return Hypotheses([(product(sp.OneMatrix(1, Y.rows), Y), sp.Identity(1))])
    return Hypotheses([(product(Y, sp.OneMatrix(Y.cols, 1)), sp.OneMatrix(Y.rows, 1))])


def _agree(claimed, actual, hypotheses):
    """Whether both have the same value at a point at which the hypotheses hold."""
    sampler = Sampler(claimed, actual, *hypotheses.differences, hypotheses=hypotheses)
    point = sampler.point({size: 3 - k % 2 for k, size in enumerate(sampler.sizes)}, "dominant")
    if point is None:
        return False
    left, right = value_at(point, claimed), value_at(point, actual)
    return left is not None and right is not None and all_agree(left, right)
