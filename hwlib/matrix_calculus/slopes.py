"""The slope of a scalar J at a point, from values of J alone: what every gradient has to agree with.

A difference quotient with a step of a third of the digits keeps some two thirds of them.
"""

from __future__ import annotations

from fractions import Fraction

from .arithmetic import (
    DIGITS,
    OutOfReach,
    Undefined,
    computing,
    divide,
    elementwise,
    is_exact,
    matrix,
    mp,
    shape,
    to_mpf,
)
from .comparison import SAFETY, Estimate
from .shapes import is_symmetric
from .sharing import postorder
from .values import Evaluation

FLAT = 10**10  # the slopes on both sides agree to one part in this: surely no kink
ROUGH = Fraction(3, 2)  # twice the step doubles the gap between both sides, or it is a kink


def step(digits=DIGITS):
    return Fraction(1, 10 ** (digits // 3))


def difference_quotient(J, X, direction, point):
    """(J(X + hD) − J(X − hD)) / 2h: the slope of J in a direction, to some 35 of 60 digits.

    point: {symbol: value} with sizes included; direction: rows of X's shape. Undefined where J has no value.
    """
    along, h = Along(J, X, point), step()
    return to_mpf(divide(along(direction, h) + -along(direction, -h), 2 * h))  # mpmath cannot subtract from a Fraction


class Along:
    """J(X + hD) at a point, for many D and h: what does not depend on X is computed once.

    Raises Undefined if J has no real value at the point itself.
    """

    def __init__(self, J, X, point):
        self.J, self.X, self.point = J, X, point
        here = Evaluation(point)
        self.value = here.scalar(J)
        moved = {X}
        for node in postorder(J, lambda node: node.args):
            if any(arg in moved for arg in node.args):
                moved.add(node)
        self.fixed = {node: value for node, value in here.memo.items() if node not in moved}

    def __call__(self, direction, h):
        """J(X + hD); Undefined where it has no real value."""
        moved = elementwise(lambda x, d: x + h * d if d else x, rows_of(self.point[self.X]), direction)
        return Evaluation({**self.fixed, self.X: moved if self.X.is_Matrix else moved[0][0]}).scalar(self.J)


def rows_of(value):
    """A value as rows: a number as the one entry of a 1×1 matrix."""
    return value if isinstance(value, tuple) else ((value,),)


def places_of(X, point):
    """All (i, j) of the entries of X."""
    rows, cols = shape(rows_of(point[X]))
    return [(i, j) for i in range(rows) for j in range(cols)]


def one_entry(X, point, place):
    """The direction in which one entry of X alone changes, with its mirror image if X is symmetric."""
    moved = {place, place[::-1]} if is_symmetric(X) else {place}
    return matrix(*shape(rows_of(point[X])), lambda i, j: int((i, j) in moved))


def slopes(J, X, point, directions, digits=DIGITS):
    """J's slopes in these directions, as a row of estimates; None if J has no value or no slope at the point.

    A direction that changes two mirrored entries of a symmetric X counts for one: the slope is divided by the sum of
    the direction.
    """
    try:
        with computing(digits, "f"):
            down = Along(J, X, point)
        with computing(digits, "c"):
            up = Along(J, X, point)
        found = [_slope(down, up, direction, digits) for direction in directions]
    except OutOfReach:
        raise
    except Undefined:
        return None
    return None if any(slope is None for slope in found) else (tuple(found),)


def _slope(down, up, direction, digits):
    """The slope in one direction, with what the rounding and the step may have done to it; None at a kink."""
    h, weight = step(digits), sum(map(sum, direction))
    values = {}
    for rounding, along in (("f", down), ("c", up)):
        with computing(digits, rounding):
            values[rounding] = {k: along(direction, k * h) for k in (-2, -1, 1, 2)} | {0: along.value}

    def quotient(plus, minus, k, m):
        return to_mpf(divide(values[plus][k] + -values[minus][m], (k - m) * h))

    with computing(digits):
        one, other = quotient("f", "c", 1, -1), quotient("c", "f", 1, -1)
        rounding = max(abs(one - other), 0 if is_exact(up.value) else abs(up.value) * mp.eps / to_mpf(h))
        if _is_kink(*(quotient("f", "f", k, m) for k, m in ((1, 0), (0, -1), (2, 0), (0, -2))), SAFETY * rounding):
            return None
        error = rounding + abs(one - quotient("f", "c", 2, -2))
        return Estimate((one + other) / 2 / weight, error / weight)


def _is_kink(right, left, far_right, far_left, rounding):
    gap = abs(right - left)
    if gap * FLAT <= max(abs(right), abs(left)) or gap <= rounding:
        return False
    return abs(far_right - far_left) < ROUGH * gap
