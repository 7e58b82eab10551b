"""Counterexamples that can be checked by hand: small sizes, simple numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

from .points import MANY, Point
from .shapes import is_symmetric
from .verdict import Counterexample, explicit

SIZES = 30  # tried, the smallest first
SIMPLER = 40  # tries to put a simpler number in the place of another


def small_counterexample(question, found, status):
    """A point of the smallest sizes at which a try gives this status again, or the one found, made simpler."""
    sampler = question.sampler
    if any(isinstance(value, tuple) and len(value) * len(value[0]) > MANY for value in found.values()):
        return found
    for sizes in islice(sampler.smallest_sizes(), SIZES):
        for manner in ("simple", "simple", "dominant", "positive"):
            point = sampler.point(sizes, manner)
            if point is not None and question.at(point) == status:
                return point
    return _simpler(question, found, status)


def _simpler(question, point, status):
    """The point with simpler numbers, as long as the question has the same answer there."""
    tries = 0
    for symbol in (*question.sampler.scalars, *question.sampler.matrices):
        for place in _places(point[symbol]):
            for number in _simpler_numbers(_entry(point[symbol], place)):
                tries += 1
                if tries > SIMPLER:
                    return point
                changed = Point(point)
                changed[symbol] = _changed(point[symbol], place, number, is_symmetric(symbol))
                if question.sampler.allows(changed) and question.at(changed) == status:
                    point = changed
                    break
    return point


def _places(value):
    return [(i, j) for i, row in enumerate(value) for j in range(len(row))] if isinstance(value, tuple) else [None]


def _entry(value, place):
    return value if place is None else value[place[0]][place[1]]


def _simpler_numbers(x):
    """1, and x to a whole number, where that is simpler than x."""
    if x == int(x):
        return [1] if abs(x) > 1 else []
    return [n for n in dict.fromkeys((1, round(x), round(x) - 1, round(x) + 1)) if n]


def _changed(value, place, number, mirrored):
    if place is None:
        return Fraction(number)
    places = {place, place[::-1]} if mirrored else {place}
    return tuple(tuple(number if (i, j) in places else x for j, x in enumerate(row)) for i, row in enumerate(value))


def counterexample(question, point):
    """The point with both sides' values."""
    sampler = question.sampler
    claimed, actual = question.values(point)
    return Counterexample(
        {s: point[s] for s in sampler.sizes},
        {s: explicit(point[s]) for s in (*sampler.scalars, *sampler.matrices)},
        explicit(claimed),
        explicit(actual),
    )
