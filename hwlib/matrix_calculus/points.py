"""Points at which expressions of matrices are tried: sizes, and rational matrices of these sizes."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import wraps
from itertools import pairwise, product

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.matrices.expressions.matexpr import MatrixElement

from .arithmetic import Undefined, computing, elementwise, matrix, to_mpf
from .deadline import look_at_the_clock
from .landmarks import constants
from .shapes import is_symmetric
from .sharing import postorder
from .values import Evaluation

SIMPLE = [Fraction(a, b) for a, b in ((1, 1), (2, 1), (-1, 1), (3, 1), (1, 2), (-2, 1), (3, 2), (-3, 1))]
MANY = 100  # a matrix of more entries than that gets small whole numbers, which are fast
LARGEST_SIZE = 7
LARGEST_ENTRY = 1000
UNIFORM_SIZE = 3  # of the largest size at a uniform point
BEYOND = 3  # times the last kink: so far out a number beyond it may be
PARTS = 41  # of the way between two kinks
ANEW = ("mixed", "wild", "kinks", "small")  # the manners of a value that is drawn again in the search
STEPS = 150  # of the search for a point with given signs

# how entries are drawn; at a special point an expression may have no value without being worse for it
SPECIAL = {
    "sparse": lambda draw: draw.choice((0, 0, 1, -1)),
    "powers": lambda draw: draw.choice((1, -1)) * Fraction(10) ** draw.randint(-3, 3),
    "simple": lambda draw: draw.choice(SIMPLE),
}
GENERIC = {
    "mixed": lambda draw: Fraction(draw.randint(1, 20), 7) * draw.choice((1, -1)),
    "dominant": lambda draw: Fraction(draw.randint(1, 20), 7) * draw.choice((1, -1)),
    "positive": lambda draw: Fraction(draw.randint(1, 20), 7),
    "small": lambda draw: Fraction(draw.randint(1, 6), 7),
    "tiny": lambda draw: Fraction(draw.randint(1, 99), 1000) * draw.choice((1, -1)),
    "wild": lambda draw: Fraction(10) ** draw.randint(-3, 2) * Fraction(draw.randint(7, 69), 7) * draw.choice((1, -1)),
    "wild and positive": lambda draw: Fraction(10) ** draw.randint(-3, 2) * Fraction(draw.randint(7, 69), 7),
    "uniform": lambda draw: draw.randint(1, LARGEST_ENTRY) * draw.choice((1, -1)),
}
DRAWS = {**SPECIAL, **GENERIC}


class Point(dict):
    """{symbol: value}: int sizes, rational scalars, rows of rational numbers; and the manner it was drawn in."""

    manner = "mixed"

    def copied(self):
        """The same point, to be changed."""
        copy = Point(self)
        copy.manner = self.manner
        return copy

    @property
    def is_generic(self):
        """Whether nothing that holds here, such as a zero entry, is there by design."""
        return self.manner not in SPECIAL


def _that_exist(points):
    """The points of a generator without the None where there is none."""

    @wraps(points)
    def found(self):
        return (point for point in points(self) if point is not None)

    return found


class Sampler:
    """Draws points for all the symbols of some expressions.

    The draws depend only on the expressions and on the order of the calls, so that a verdict is the same every time.
    hypotheses: equations that hold at every point; where none can be made for some sizes, it is left out.
    """

    def __init__(self, *expressions, hypotheses=None):
        self.random, self.hypotheses = random.Random(0), hypotheses
        expressions = [sp.sympify(expr) for expr in expressions]
        nodes = {node for expr in expressions for node in postorder(expr, _arguments, key=id)}
        self.matrices = sorted({n for n in nodes if isinstance(n, sp.MatrixSymbol)}, key=str)
        shaped = [n for n in nodes if isinstance(n, (sp.MatrixSymbol, sp.OneMatrix, sp.Identity, sp.ZeroMatrix))]
        self.sizes = sorted({s for e in shaped for size in e.shape for s in size.free_symbols}, key=str)
        self.indices = {s for e in nodes if isinstance(e, MatrixElement) for i in e.indices for s in i.free_symbols}
        self.exponents = {s for e in nodes if isinstance(e, sp.MatPow) for s in e.exp.free_symbols}
        scalars = set().union(*(n.free_symbols for n in nodes if not _arguments(n)))
        self.scalars = sorted({s for s in scalars if isinstance(s, sp.Symbol)} - set(self.sizes), key=str)
        kinks = [Fraction(int(c.p), int(c.q)) for c in constants(*expressions)] or [Fraction(1)]
        self.borders = sorted({0, BEYOND * kinks[-1], -BEYOND * kinks[-1], *kinks, *(-kink for kink in kinks)})
        self.sides = []

    # ---- sizes ----

    def smallest_sizes(self, largest=3):
        """All assignments of 1 … largest to the size symbols, the smallest first."""
        choices = product(range(1, largest + 1), repeat=len(self.sizes))
        return [dict(zip(self.sizes, c, strict=True)) for c in sorted(choices, key=lambda c: (sum(c), c))]

    def _sizes(self, of):
        return {s: of(i) for i, s in enumerate(self.sizes)}

    # ---- points ----

    def generic_points(self):
        """Points of many sizes and manners; the first are the likeliest to show a difference."""
        yield from self.first_points()
        yield from self.more_points()
        yield from self.many_points()

    @_that_exist
    def first_points(self):
        """Three points: sizes that differ, entries of both signs and positive ones, and all sizes 1."""
        yield self.point(self._sizes(lambda i: 2 + i % 2), "mixed")
        yield self.point(self._sizes(lambda i: 3 - i % 2), "dominant")
        yield self.point(self._sizes(lambda i: 1), "positive")

    @_that_exist
    def more_points(self):
        """A dozen: every size the smaller and the larger one beside every other, entries from 1/1000 to 1000."""
        count = len(self.sizes)
        rising, falling = self._sizes(lambda i: 1 + i), self._sizes(lambda i: count - i)
        yield self.point(self._sizes(lambda i: 2), "positive")
        yield self.point(rising, "wild")
        yield self.point(falling, "wild")
        yield self.point(rising, "dominant")
        yield self.point(falling, "small")
        yield self.point(self._sizes(lambda i: 2), "mixed")
        yield self.point(self._sizes(lambda i: 3 - i % 2), "kinks")
        yield self.point(self._sizes(lambda i: 2 + i % 2), "uniform")
        yield self.point(self._sizes(lambda i: 2), "sparse")
        yield self.point(self._sizes(lambda i: 2), "powers")
        yield self.point(self._sizes(lambda i: 1), "mixed")
        yield self.point(self._sizes(lambda i: 4 - i % 2), "small")

    @_that_exist
    def many_points(self):
        """Some forty: all manners, and every size up to seven."""
        for symbol in self.sizes:
            for size in range(3, LARGEST_SIZE + 1):
                yield self.point({**self._sizes(lambda i: 2), symbol: size}, self.random.choice(("mixed", "dominant")))
        for size in (3, 4, 5):
            yield self.point(self._sizes(lambda i, size=size: size), "small")
        for _ in range(2):
            for manner in (*GENERIC, "kinks", "kinks", "uniform", *SPECIAL):
                yield self.point({s: self.random.randint(1, 3) for s in self.sizes}, manner)

    def point(self, sizes, manner):
        """Values for every symbol, drawn in a manner of DRAWS, or "kinks": on both sides of the constants.

        None if the hypotheses hold at no point of these sizes, nor of the same in turn.
        """
        if not self.hypotheses:
            return self._drawn(sizes, manner)
        turned = dict(zip(sizes, reversed(sizes.values()), strict=True))
        for chosen in (sizes, turned):
            point = self.hypotheses.settle(self._drawn(chosen, manner), self.random)
            if point is not None:
                return point
        return None

    def allows(self, point):
        """Whether the hypotheses hold at a point."""
        return not self.hypotheses or self.hypotheses.hold(point)

    def _drawn(self, sizes, manner):
        point = Point(sizes)
        point.manner = manner
        for symbol in self.scalars:
            point[symbol] = self._scalar(symbol, manner)
        for X in self.matrices:
            rows, cols = (Evaluation(sizes).size(n) for n in X.shape)
            point[X] = self._matrix(X, rows, cols, manner)
        return point

    def _scalar(self, symbol, manner):
        if symbol in self.indices:
            return self.random.randint(0, 1)
        if symbol in self.exponents or symbol.is_integer:
            return self.random.randint(1, LARGEST_SIZE)
        value = self._number(manner)
        if symbol.is_nonnegative:
            return abs(value) or Fraction(1, 2)
        return -abs(value) if symbol.is_nonpositive else value

    def _matrix(self, X, rows, cols, manner):
        if rows * cols > MANY:
            drawn = matrix(rows, cols, lambda i, j: self.random.choice((1, 2) if manner == "positive" else (1, -1, 2)))
        else:
            drawn = matrix(rows, cols, lambda i, j: self._number(manner))
        if is_symmetric(X):
            drawn = matrix(rows, cols, lambda i, j: drawn[min(i, j)][max(i, j)])
        return _dominant(drawn) if manner == "dominant" and rows == cols else drawn

    def _number(self, manner):
        return self._beside_a_kink() if manner == "kinks" else DRAWS[manner](self.random)

    def _beside_a_kink(self):
        """A number between two constants of kinks that are neighbors, or beyond the last; each of them in turn."""
        if not self.sides:
            self.sides = list(pairwise(self.borders))
            self.random.shuffle(self.sides)
        low, high = self.sides.pop()
        return low + (high - low) * Fraction(self.random.randint(1, PARTS - 1), PARTS)

    # ---- points that are looked for ----

    def search(self, goals, start):
        """A point from start on at which all goals, scalar or matrix expressions, are positive; None if none is found.

        Moves are random, and kept when they bring the goal that is farthest off no farther.
        """
        point, score = start, _score(goals, start)
        for _ in range(STEPS):
            if score > 0:
                return point
            look_at_the_clock()
            moved = self._moved(point)
            if self.hypotheses:
                moved = self.hypotheses.settle(moved, self.random) or point
            found = _score(goals, moved)
            if found >= score:
                point, score = moved, found
        return None

    def _moved(self, point):
        """The point with one of its values changed."""
        moved = Point(point)
        symbols = [*self.matrices, *(s for s in self.scalars if s not in self.indices | self.exponents)]
        if not symbols:
            return moved
        symbol = self.random.choice(symbols)
        value, way = point[symbol], self.random.choice(("all", "all", "one", "anew", "dominant"))
        if not isinstance(value, tuple):
            anew = way in ("anew", "dominant")
            moved[symbol] = self._scalar(symbol, self.random.choice(ANEW)) if anew else self._change()(value)
            return moved
        rows, cols = len(value), len(value[0])
        if way == "all":
            moved[symbol] = elementwise(self._change(), value)
        elif way == "one":
            i, j = self.random.randrange(rows), self.random.randrange(cols)
            change, places = self._change(), {(i, j), (j, i)} if is_symmetric(symbol) else {(i, j)}
            moved[symbol] = matrix(rows, cols, lambda k, m: change(value[k][m]) if (k, m) in places else value[k][m])
        elif way == "anew":
            moved[symbol] = self._matrix(symbol, rows, cols, self.random.choice(ANEW))
        else:
            moved[symbol] = _dominant(value) if rows == cols else elementwise(abs, value)
        return moved

    def _change(self):
        """A small or large change of a number: by a factor or by a step."""
        if self.random.random() < 0.5:
            by = self.random.choice((-1, 2, Fraction(1, 3), 10, Fraction(1, 10), Fraction(9, 10)))
            return lambda x: by * x
        by = self.random.choice((1, -1)) * Fraction(10) ** self.random.randint(-3, 2)
        return lambda x: x + by


def _arguments(node):
    """The arguments of a node in which a symbol stands for itself."""
    return () if isinstance(node, (sp.MatrixSymbol, sp.Lambda, ExprWithLimits)) else node.args


def _dominant(rows):
    """The same with a positive diagonal that outweighs the rest of its row: positive definite if symmetric."""
    return matrix(len(rows), len(rows), lambda i, j: sum(map(abs, rows[i])) + 1 if i == j else rows[i][j])


def _score(goals, point):
    """The smallest entry of the goals; very negative where they have no value."""
    lowest = to_mpf(10**9)
    with computing(15):
        evaluation = Evaluation(point)
        for goal in goals:
            try:
                value = evaluation(goal)
            except Undefined:
                return to_mpf(-(10**9))
            rows = value if isinstance(value, tuple) else ((value,),)
            lowest = min([lowest, *(to_mpf(x) for row in rows for x in row)])
    return lowest


def value_at(point, expr):
    """The expression as rows at a point, None where it has no real, finite value."""
    try:
        value = Evaluation(point)(expr)
    except Undefined:
        return None
    return value if isinstance(value, tuple) else ((value,),)
