"""What is asked at one point: does the claim agree there, differ, or have no value where it should?"""

from __future__ import annotations

from functools import cached_property
from operator import mul

from .arithmetic import OutOfReach, Undefined, elementwise, matrix, shape, to_mpf
from .comparison import Estimate, agree, all_agree, differ, estimated, has_no_value
from .points import MANY, Sampler, value_at
from .shapes import is_symmetric
from .slopes import difference_quotient, one_entry, places_of, rows_of, slopes
from .values import Evaluation

AGREES, DIFFERS, NO_VALUE = "agrees", "differs", "no value"
ENTRIES = 64  # up to here every entry is held against J's slope, beyond only some
SOME = 2
MOVED = 8  # entries of a large matrix that a direction changes
IN_FULL = 3  # points at which a gradient that only slopes give is compared entry by entry


class Gradient:
    """Is `claimed` the gradient of J by X? The truth are J's own slopes.

    actual: the engine's gradient, or None. It is a quick way to see agreement and is itself held against the slopes;
    where it fails, `erred` is set and it is used no more. hypotheses: equations that hold at every point.
    """

    def __init__(self, J, X, claimed, actual, hypotheses):
        self.J, self.X, self.claimed, self.truth, self.hypotheses = J, X, claimed, actual, hypotheses
        self.erred, self.in_full = False, 0

    @property
    def expressions(self):
        return [e for e in (self.claimed, self.J, self.X, self.truth) if e is not None]

    @property
    def expressions_of_domain(self):
        """What must be real for the question to make sense."""
        return [self.J]

    @cached_property
    def sampler(self):
        return Sampler(*self.expressions, *self.hypotheses.differences, hypotheses=self.hypotheses)

    def at(self, point):
        """AGREES, DIFFERS or NO_VALUE; None where J has no slope, or nothing certain can be said."""
        try:
            return self._at(point)
        except Undefined:
            return None

    def _at(self, point):
        claim = _value(point, self.claimed)
        truth = None if self.truth is None else value_at(point, self.truth)
        if claim is None:
            return NO_VALUE if self._should_have_value(point, truth) else None
        if truth is not None and all_agree(claim, truth):
            return self._along(point, claim)
        if self.truth is None and self.in_full >= IN_FULL:
            return self._along(point, claim)
        self.in_full += 1
        return self._against_slopes(point, self._places(point, claim, truth))

    def _places(self, point, claim, truth):
        """The entries that are held against slopes: all of them, or some in which the claim is not the truth."""
        places = places_of(self.X, point)
        if len(places) <= ENTRIES:
            return places
        wrong = [(i, j) for i, j in places if truth is not None and not agree(claim[i][j], truth[i][j])]
        return (wrong or places)[:SOME]

    def _should_have_value(self, point, truth):
        """Whether the claim has no value though J has a slope there, which can be written down."""
        if self.truth is not None and truth is None:
            return False  # det(X) X^-T is the textbook's gradient of det(X), at a singular X too
        places = places_of(self.X, point)
        places = places if len(places) <= ENTRIES else places[:SOME]
        return has_no_value(self.claimed, point) and self._slopes(point, places)() is not None

    def _slopes(self, point, places):
        directions = [one_entry(self.X, point, place) for place in places]
        return lambda digits=60: slopes(self.J, self.X, point, directions, digits)

    def _against_slopes(self, point, places):
        def at_places(expr):
            return lambda digits: _row(estimated(expr, point, digits), places)

        truth = _remembered(self._slopes(point, places))
        if truth(60) is None:
            return None
        differs = differ(at_places(self.claimed), truth)
        has_value = self.truth is not None and value_at(point, self.truth) is not None  # det(X) X^-T: not everywhere
        if differs is not None and has_value and differ(at_places(self.truth), truth):
            self.erred, self.truth = True, None  # not where rounding hides it: both may be zero
        return {True: DIFFERS, False: AGREES, None: None}[differs]

    def _along(self, point, claim):
        """Whether the claim gives J's own slope in one direction, in which every entry takes part."""
        direction = self._direction(point)
        along = sum(sum(map(mul, cs, ds)) for cs, ds in zip(claim, direction, strict=True))
        if agree(along, difference_quotient(self.J, self.X, direction, point)):
            return AGREES
        weight = sum(map(sum, direction))

        def claimed(digits):
            rows = estimated(self.claimed, point, digits)
            pairs = [(e, d) for es, ds in zip(rows, direction, strict=True) for e, d in zip(es, ds, strict=True)]
            value, error = sum(e.value * d for e, d in pairs), sum(e.error * d for e, d in pairs)
            return ((Estimate(to_mpf(value) / weight, to_mpf(error) / weight),),)

        truth = _remembered(lambda digits=60: slopes(self.J, self.X, point, [direction], digits))
        if truth(60) is None:
            return None
        differs = differ(claimed, truth)
        if differs:
            return self._against_slopes(point, self._places(point, claim, None))
        return None if differs is None else AGREES

    def _direction(self, point):
        """Small whole numbers without a pattern that a gradient has; symmetric if X is.

        None is zero, but in a large matrix most are: what does not move costs little.
        """
        rows, cols = shape(rows_of(point[self.X]))
        tilt = 7 if is_symmetric(self.X) else 11
        modulus = 13 if rows * cols <= MANY else rows * cols // MOVED
        drawn = matrix(rows, cols, lambda i, j: 1 + (7 * i + tilt * j + i * j) % modulus)
        return drawn if modulus == 13 else elementwise(lambda x: x if x <= MOVED else 0, drawn)

    def values(self, point):
        """The claim's and the true values at a point; None for one that has no value."""
        claim = value_at(point, self.claimed)
        truth = None if self.truth is None else value_at(point, self.truth)
        if truth is None:
            rows, cols = shape(rows_of(point[self.X]))
            (row,) = self._slopes(point, places_of(self.X, point))()
            truth = matrix(rows, cols, lambda i, j: to_mpf(row[i * cols + j].value))
        return claim, truth


class Equality:
    """Are two expressions equal? The truth is the right one, wherever it has a value."""

    def __init__(self, left, right, hypotheses):
        self.claimed, self.truth, self.hypotheses = left, right, hypotheses
        self.erred = False
        self.expressions = self.expressions_of_domain = [left, right]
        self.sampler = Sampler(left, right, *hypotheses.differences, hypotheses=hypotheses)

    def at(self, point):
        """AGREES, DIFFERS or NO_VALUE, if only one side has a value; None where nothing certain can be said."""
        try:
            left, right = _value(point, self.claimed), _value(point, self.truth)
            if left is None and right is None:
                return None
            if left is None or right is None:
                return NO_VALUE if has_no_value(self.claimed if left is None else self.truth, point) else None
            if all_agree(left, right):
                return AGREES
            found = differ(*(lambda digits, e=e: estimated(e, point, digits) for e in (self.claimed, self.truth)))
        except OutOfReach:
            return None
        return {True: DIFFERS, False: AGREES, None: None}[found]

    def values(self, point):
        """Both sides' values at a point; None for one that has no value."""
        return value_at(point, self.claimed), value_at(point, self.truth)


def _value(point, expr):
    """Rows, None without a real value; OutOfReach where that is not known."""
    try:
        value = Evaluation(point)(expr)
    except OutOfReach:
        raise
    except Undefined:
        return None
    return value if isinstance(value, tuple) else ((value,),)


def _row(rows, places):
    if rows is None:
        raise Undefined
    return (tuple(rows[i][j] for i, j in places),)


def _remembered(function):
    """The same function of a number of digits, asked once for each; Undefined in place of None."""
    known = {}

    def asked(digits):
        if digits not in known:
            known[digits] = function(digits)
        return known[digits]

    return asked
