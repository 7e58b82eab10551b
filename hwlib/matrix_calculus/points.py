"""Points at which expressions of matrices are tried: sizes, and rational matrices of these sizes."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .arithmetic import Undefined, matrix
from .values import Evaluation
from .writing import is_symmetric

SIMPLE = [Fraction(a, b) for a, b in ((1, 1), (2, 1), (-1, 1), (3, 1), (1, 2), (-2, 1), (3, 2), (-3, 1))]
MANY = 100  # a matrix of more entries than that gets whole numbers, which are fast
MANNERS = ("mixed", "dominant", "positive", "small")


class Sampler:
    """Draws points for all the symbols of some expressions.

    A point is {symbol: value}: int sizes, Fraction scalars, rows of Fractions. The draws depend only on the
    expressions and on the order of the calls, so that a verdict is the same every time.
    """

    def __init__(self, *expressions):
        self.random = random.Random(0)
        everything = sp.Tuple(*expressions)
        self.matrices = sorted(everything.atoms(sp.MatrixSymbol), key=str)
        shaped = [*self.matrices, *everything.atoms(sp.OneMatrix, sp.Identity, sp.ZeroMatrix)]
        self.sizes = sorted({s for e in shaped for size in e.shape for s in size.free_symbols}, key=str)
        self.indices = {s for e in everything.atoms(MatrixElement) for i in e.indices for s in i.free_symbols}
        self.exponents = {s for e in everything.atoms(sp.MatPow) for s in e.exp.free_symbols}
        scalars = {s for s in everything.free_symbols if isinstance(s, sp.Symbol)}
        self.scalars = sorted(scalars - set(self.sizes), key=str)

    def smallest_sizes(self, largest=3):
        """All assignments of 1 … largest to the size symbols, the smallest first."""
        choices = product(range(1, largest + 1), repeat=len(self.sizes))
        return [dict(zip(self.sizes, c, strict=True)) for c in sorted(choices, key=lambda c: (sum(c), c))]

    def generic_points(self):
        """Points of many sizes and manners; the first are the likeliest to show a difference."""
        count = len(self.sizes)
        for _ in range(2):
            for manner in MANNERS:
                yield self.point({s: 2 + i % 2 for i, s in enumerate(self.sizes)}, manner)
                yield self.point({s: 3 - i % 2 for i, s in enumerate(self.sizes)}, manner)
                yield self.point({s: 1 for s in self.sizes}, manner)
                yield self.point({s: 2 + (count - i) % 3 for i, s in enumerate(self.sizes)}, manner)
                yield self.point({s: 2 for s in self.sizes}, manner)
                yield self.point({s: 2 + i % 4 for i, s in enumerate(self.sizes)}, manner)

    def point(self, sizes, manner):
        """Values for every symbol; manner: simple, mixed signs, dominant diagonals, positive, or small."""
        values = dict(sizes)
        for symbol in self.scalars:
            values[symbol] = self._scalar(symbol, manner)
        for X in self.matrices:
            rows, cols = (Evaluation(sizes).size(n) for n in X.shape)
            values[X] = self._matrix(X, rows, cols, manner)
        return values

    def _scalar(self, symbol, manner):
        if symbol in self.indices:
            return self.random.randint(0, 1)
        if symbol in self.exponents or symbol.is_integer:
            return self.random.randint(2, 3)
        value = self._number(manner)
        return abs(value) if symbol.is_nonnegative else value

    def _matrix(self, X, rows, cols, manner):
        if rows * cols > MANY:
            drawn = matrix(rows, cols, lambda i, j: self.random.randint(manner != "mixed", 1) or -1)
        else:
            drawn = matrix(rows, cols, lambda i, j: self._number(manner))
        if is_symmetric(X):
            drawn = matrix(rows, cols, lambda i, j: drawn[min(i, j)][max(i, j)])
        if manner == "dominant" and rows == cols:
            drawn = matrix(rows, cols, lambda i, j: abs(drawn[i][i]) + 4 if i == j else drawn[i][j])
        return drawn

    def _number(self, manner):
        if manner == "simple":
            return self.random.choice(SIMPLE)
        denominator = self.random.choice((7, 11, 13))
        if manner == "small":
            return Fraction(self.random.randint(1, 6), denominator)
        value = Fraction(self.random.randint(1, 20), denominator)
        return value if manner == "positive" else value * self.random.choice((1, -1))


def value_at(point, expr):
    """The expression as rows at a point, None where it has no real, finite value."""
    try:
        value = Evaluation(point)(expr)
    except Undefined:
        return None
    return value if isinstance(value, tuple) else ((value,),)
