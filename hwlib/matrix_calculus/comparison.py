"""Do two values differ, or is it the rounding? What is not exact is computed again, otherwise and with more digits."""

from __future__ import annotations

from typing import NamedTuple

from .arithmetic import OutOfReach, Undefined, computing, elementwise, is_exact, mp, shape, to_mpf
from .values import Evaluation

AGREE = 10**25  # two numbers that agree to one part in this are taken for equal
SAFETY = 10**6  # a difference counts when it is so many times larger than the rounding errors
HIDDEN = mp.mpf(10) ** -50
DIGITS = (60, 240, 960)  # of the attempts


class Estimate(NamedTuple):
    """A number and how far it may be off; 0 if it is exact."""

    value: object
    error: object


def estimated(expr, point, digits):
    """The expression at a point as rows of estimates; None where it has no real value.

    OutOfReach where that depends on the rounding, or where the value is too large.
    """
    try:
        down, up = (_rounded(expr, point, digits, rounding) for rounding in "fc")
    except OutOfReach:
        raise
    except Undefined:
        return None
    with computing(digits):
        return elementwise(_between, down, up)


def _rounded(expr, point, digits, rounding):
    with computing(digits, rounding):
        value = Evaluation(point)(expr)
    return value if isinstance(value, tuple) else ((value,),)


def _between(down, up):
    if is_exact(down) and is_exact(up):
        return Estimate(down, 0)
    return Estimate(down, abs(to_mpf(up) - to_mpf(down)))


def has_no_value(expr, point):
    """Whether the expression has no real value at a point, however it is rounded."""
    for digits in DIGITS[:2]:
        for rounding in "fc":
            try:
                _rounded(expr, point, digits, rounding)
            except OutOfReach:
                return False
            except Undefined:
                continue
            return False
    return True


def agree(left, right):
    """Whether two numbers are equal, if both are exact, and else to one part in AGREE."""
    if is_exact(left) and is_exact(right):
        return left == right
    left, right = to_mpf(left), to_mpf(right)
    return abs(left - right) * AGREE <= max(abs(left), abs(right))


def all_agree(left, right):
    """Whether two matrices agree entry by entry."""
    return shape(left) == shape(right) and all(
        agree(a, b) for rows in zip(left, right, strict=True) for a, b in zip(*rows, strict=True)
    )


def differ(left, right):
    """Whether two matrices differ in some entry: True, False, or None where the rounding hides it.

    A difference counts when it is far larger than the rounding errors, and stays what it is with more digits.
    left, right: functions that give rows of estimates for a number of digits, None where there is no value.
    """
    before = None
    for digits in DIGITS:
        try:
            sides = left(digits), right(digits)
        except Undefined:
            return None
        if None in sides:
            return None
        pairs = [pair for rows in zip(*sides, strict=True) for pair in zip(*rows, strict=True)]
        with computing(digits):
            if all(agree(a.value, b.value) for a, b in pairs):
                return False
            if any(_differ_exactly(a, b) for a, b in pairs):
                return True
            if before and any(_certainly_differ(*pair, *earlier) for pair, earlier in zip(pairs, before, strict=True)):
                return True
        before = pairs
    return None


def _differ_exactly(a, b):
    return is_exact(a.value) and is_exact(b.value) and a.value != b.value


def _certainly_differ(a, b, a_before, b_before):
    if agree(a.value, b.value):
        return False
    difference = abs(to_mpf(a.value) - to_mpf(b.value))
    if difference < HIDDEN and 0 in (a.value, b.value):
        return False  # a zero may be all that rounding left
    moved = max(abs(to_mpf(now.value) - to_mpf(then.value)) for now, then in ((a, a_before), (b, b_before)))
    return difference > SAFETY * (to_mpf(a.error) + to_mpf(b.error) + moved)
