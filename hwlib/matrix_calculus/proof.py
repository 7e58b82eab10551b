"""Proofs of equality as the judge asks for them: never an exception, never too long, and with their conditions."""

from __future__ import annotations

from itertools import islice

import sympy as sp

from .conditions import follows, needed
from .deadline import OutOfTime, within
from .landmarks import kink_arguments
from .normal_form import proved_equal
from .points import value_at
from .questions import Gradient
from .values import entries

SOME_POINTS = 15  # at which a condition on J's domain is tried
LONGEST = 400  # operations in an entry that is still compared as an expression
THIN = ("invertible", "nonzero")  # what holds at almost every point, or at none; the judge's points tell which


def is_proved_equal(left, right, given=()):
    """Whether the normal form proves equality, wherever both sides have a value and the given conditions hold."""
    try:
        return left == right or proved_equal(left, right, given)
    except (NotImplementedError, RecursionError):
        return False


def proved_within(seconds, left, right, given=()):
    """The same in the time given: True, False, or None if it was not enough."""
    try:
        with within(seconds, interrupt=True):
            return is_proved_equal(left, right, given)
    except OutOfTime:
        return None


def domain_conditions(question):
    """What holds wherever the question is asked: J has a slope, or the right side a value, and the hypotheses."""
    J = getattr(question, "J", None)
    given = needed(question.truth) if J is None else needed(J, slope=True)
    return given | question.hypotheses.conditions


def provisos(question):
    """What the sides need for a value beyond J's domain, in words: (what almost every point has, the rest)."""
    given = domain_conditions(question)
    wanted = needed(question.claimed) | needed(question.truth)
    sure = given - _failing_on_a_piece(question, given)
    left_open = sorted((c for c in wanted if not follows(c, sure)), key=str)
    named = [c for c in left_open if c.kind in THIN or follows(c, given)]
    return [str(c) for c in named], [str(c) for c in left_open if c not in named]


def _failing_on_a_piece(question, given):
    """The conditions that are enough for J to have a slope but fail on a piece of its domain, and not just at a few
    points: √Σ relu(x) is zero, and flat, where all x are negative.
    """
    if not isinstance(question, Gradient):
        return frozenset()
    enough = [c for c in given - needed(question.J) if c.kind != "invertible" and kink_arguments(c.expr)]
    points = list(islice(question.sampler.generic_points(), SOME_POINTS)) if enough else []
    return frozenset(c for c in enough if any(_is_zero_at(point, c.expr) for point in points if point.is_generic))


def _is_zero_at(point, expr):
    return any(x == 0 for row in value_at(point, expr) or () for x in row)


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
