"""What agreement at points is worth: how many they were, which sizes and entries, and how likely an error is missed."""

from __future__ import annotations

from math import ceil, floor, log10

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf

from .points import LARGEST_ENTRY, UNIFORM_SIZE, value_at
from .sharing import postorder

CONSTANT = (sp.OneMatrix, sp.Identity, sp.ZeroMatrix)
CHOICES = 2 * LARGEST_ENTRY  # an entry of a uniform point is one of so many numbers


class Record:
    """The points at which a claim agreed, and what else was tried."""

    def __init__(self, sampler):
        self.sampler = sampler
        self.agreed, self.tried, self.uniform = 0, 0, 0
        self.sizes, self.entries, self.points = [], [], []

    def add(self, point):
        """A point at which the claim agreed."""
        self.agreed += 1
        self.points.append(point)
        self.uniform += point.manner == "uniform"
        self.sizes += [point[s] for s in self.sampler.sizes]
        for X in (*self.sampler.matrices, *self.sampler.scalars):
            rows = point[X] if isinstance(point[X], tuple) else ((point[X],),)
            flat = [x for row in rows for x in row]
            self.entries += [min(flat), max(flat)]

    def has_seen(self, goal):
        """Whether the goal, a scalar or matrix expression, was positive at one of the points, in some entry."""
        values = (value_at(point, goal) for point in self.points)
        return any(x > 0 for value in values if value is not None for row in value for x in row)

    def __str__(self):
        """In words: "47 points, of sizes 1 to 7 and entries from -1000 to 1000"."""
        ranges = []
        if self.sizes:
            ranges.append(f"sizes {min(self.sizes)} to {max(self.sizes)}")
        if self.entries:
            ranges.append(f"entries from {floor(min(self.entries))} to {ceil(max(self.entries))}")
        return f"{self.agreed} point{'s' * (self.agreed != 1)}" + (f", of {' and '.join(ranges)}" if ranges else "")


def chance_of_a_miss(left, right, points):
    """A bound k on the chance 10^−k that two different rational expressions agree at so many uniform points, or None.

    Schwartz and Zippel: a polynomial of degree d that is not zero is zero at a point drawn from N numbers an entry
    with a chance of at most d/N. The polynomial here is the numerator of left − right.
    """
    degrees = [degree(left), degree(right)]
    if not points or None in degrees:
        return None
    (n, d), (p, q) = degrees
    bound = max(n + q, p + d) / (CHOICES - d - q) if CHOICES > d + q else 1
    return floor(-points * log10(bound)) if 0 < bound < 0.5 else None


def degree(expr):
    """(degree of the numerator, of the denominator) of a rational expression in all entries, at most; else None."""
    known = {}
    try:
        for node in postorder(expr, _parts):
            known[node] = _degree(node, [known[arg] for arg in _parts(node)])
    except NotImplementedError:
        return None
    return known[expr]


def _parts(expr):
    """The arguments whose degrees count; an exponent and the body of a function are none."""
    if isinstance(expr, (sp.Pow, sp.HadamardPower, sp.MatPow)):
        return expr.args[:1]
    if isinstance(expr, ElementwiseApplyFunction):
        return (expr.expr,)
    if isinstance(expr, (sp.MatrixSymbol, *CONSTANT)):
        return ()
    return [arg for arg in expr.args if isinstance(arg, sp.Expr)]


def _degree(expr, inner):
    """The degree of a node whose parts have the degrees `inner`."""
    if isinstance(expr, (sp.MatrixSymbol, sp.Symbol)):
        return 1, 0
    if expr.is_number or isinstance(expr, CONSTANT):
        return 0, 0
    if isinstance(expr, (sp.Transpose, sp.DiagMatrix, DiagonalMatrix, DiagonalOf)):
        return inner[0]
    if isinstance(expr, sp.Trace):
        n, d = inner[0]
        return n + (UNIFORM_SIZE - 1) * d, UNIFORM_SIZE * d
    if isinstance(expr, (sp.Add, sp.MatAdd)):
        return _sum(inner)
    if isinstance(expr, sp.MatMul):
        (n, d), size = _product(inner), UNIFORM_SIZE ** (len(inner) - 1)
        return n + (size - 1) * d, size * d
    if isinstance(expr, (sp.Mul, sp.HadamardProduct)):
        return _product(inner)
    if isinstance(expr, (sp.Pow, sp.HadamardPower, sp.MatPow)) and expr.args[1].is_Integer:
        return _power(expr, *inner[0], int(expr.args[1]))
    if isinstance(expr, (sp.Inverse, sp.Determinant)):
        return _power(expr, *inner[0], -1 if isinstance(expr, sp.Inverse) else 1)
    if isinstance(expr, ElementwiseApplyFunction):
        return _applied(expr, *inner[0])
    raise NotImplementedError


def _sum(degrees):
    whole = sum(d for _, d in degrees)
    return max(n + whole - d for n, d in degrees), whole


def _product(degrees):
    return sum(n for n, _ in degrees), sum(d for _, d in degrees)


def _power(expr, n, d, exponent):
    of_matrix = isinstance(expr, (sp.Inverse, sp.Determinant, sp.MatPow))
    if of_matrix and (exponent < 0 or isinstance(expr, sp.Determinant)):  # by cofactors and determinants
        n, d = (UNIFORM_SIZE * n + UNIFORM_SIZE**2 * d for _ in range(2))
        return abs(exponent) * n, abs(exponent) * d
    return (exponent * n, exponent * d) if exponent >= 0 else (-exponent * d, -exponent * n)


def _applied(expr, n, d):
    (variable,), body = expr.function.variables, expr.function.expr
    if body.free_symbols - {variable}:
        raise NotImplementedError
    parts = sp.fraction(sp.together(body))
    if not all(part.is_polynomial(variable) for part in parts):
        raise NotImplementedError
    power = max(sp.degree(part, variable) if variable in part.free_symbols else 0 for part in parts)
    return int(power) * max(n, d), int(power) * max(n, d)
