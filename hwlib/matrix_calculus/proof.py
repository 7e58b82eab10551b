"""Proofs of equality as the judge asks for them: by the normal form, never an exception, never too long."""

from __future__ import annotations

import sympy as sp

from .deadline import OutOfTime, within
from .normal_form import proved_equal
from .values import entries
from .writing import same_size

LONGEST = 400  # operations in an entry that is still compared as an expression
INVERSES = 4  # tried as multipliers


def is_proved_equal(left, right):
    """Whether the normal form proves equality, as it is or after multiplication by what is inverted in it.

    S⁻¹ has a value only where S is invertible, and there SA = SB says the same as A = B.
    """
    if _proved(left, right):
        return True
    inverted = [node.arg for node in sorted(sp.Tuple(left, right).atoms(sp.Inverse), key=str)][:INVERSES]
    return any(
        _proved(sp.MatMul(S, left), sp.MatMul(S, right)) for S in inverted if same_size(S.cols, left.rows)
    ) or any(_proved(sp.MatMul(left, S), sp.MatMul(right, S)) for S in inverted if same_size(S.rows, left.cols))


def _proved(left, right):
    try:
        return left == right or proved_equal(left, right)
    except (NotImplementedError, RecursionError):
        return False


def proved_within(seconds, left, right):
    """The same in the time given: True, False, or None if it was not enough."""
    try:
        with within(seconds, interrupt=True):
            return is_proved_equal(left, right)
    except OutOfTime:
        return None


def provisos(question):
    """What the claim needs for a value and J's slope does not, as text: ({thin: …}, {others: …})."""
    return [], []


def same_entries(left, right, seconds):
    """Whether all entries agree as expressions in the entries of the matrices; only for short ones, and in time."""
    try:
        with within(seconds, interrupt=True):
            return all(
                _is_zero(sp.sympify(a) - sp.sympify(b))
                for rows in zip(entries(left, {}), entries(right, {}), strict=True)
                for a, b in zip(*rows, strict=True)
            )
    except (OutOfTime, ValueError, ArithmeticError, NotImplementedError, RecursionError):
        return False


def _is_zero(difference):
    return difference.count_ops() <= LONGEST and sp.cancel(sp.together(sp.expand(difference))) == 0
