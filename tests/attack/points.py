"""Points at which the attack looks: sizes of every form, and entries of every magnitude and sign."""

from __future__ import annotations

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .values import mp, number

MANNERS = ("mixed", "dominant", "positive", "small", "units", "tens", "hundreds", "thousands", "negative", "thresholds")
TAME = ("mixed", "dominant", "positive", "small", "units", "negative", "thresholds")


def symbols_of(*exprs):
    """(sizes, indices, exponents, scalars, matrices) of some expressions, each a sorted list."""
    everything = sp.Tuple(*exprs)
    matrices = everything.atoms(sp.MatrixSymbol)
    shaped = [*matrices, *everything.atoms(sp.OneMatrix, sp.Identity, sp.ZeroMatrix, sp.FunctionMatrix)]
    sizes = {s for matrix in shaped for size in matrix.shape for s in size.free_symbols}
    indices = {s for e in everything.atoms(MatrixElement) for index in e.indices for s in index.free_symbols} - sizes
    exponents = {s for e in everything.atoms(sp.MatPow) for s in e.exp.free_symbols} - sizes
    scalars = {s for s in everything.free_symbols if isinstance(s, sp.Symbol)} - sizes - indices - exponents
    return [sorted(found, key=str) for found in (sizes, indices, exponents, scalars, matrices)]


def thresholds(*exprs):
    """The numbers that stand in expressions: kinks are there, or near them."""
    return sorted({number(abs(c)) for e in exprs for c in e.atoms(sp.Rational) if c != 0}, key=float)


class Points:
    """Draws points for all the symbols of some expressions; symmetric holds the symbols that are symmetric."""

    def __init__(self, random, *exprs, symmetric=()):
        self.random, self.symmetric = random, set(symmetric)
        self.sizes, self.indices, self.exponents, self.scalars, self.matrices = symbols_of(*exprs)
        self.thresholds = thresholds(*exprs) or [mp.mpf(1)]

    def draw(self, manner=None, largest=4):
        """{symbol: value} for every symbol, of random sizes."""
        point = self.draw_sizes(largest)
        manner = manner or self.random.choice(MANNERS)
        for symbol in self.exponents:
            point[symbol] = mp.mpf(self.random.randint(1, 5))
        for symbol in self.scalars:
            point[symbol] = mp.mpf(self.random.randint(1, 5)) if symbol.is_integer else self.entry(manner)
            point[symbol] = abs(point[symbol]) if symbol.is_nonnegative else point[symbol]
        for symbol in self.matrices:
            point[symbol] = self.matrix(symbol, [self.size(s, point) for s in symbol.shape], manner)
        for symbol in self.indices:
            point[symbol] = mp.mpf(self.random.randint(0, 1))
        return point

    def draw_sizes(self, largest):
        form = self.random.choice(["any", "any", "any", "equal", "one", "large"])
        if form == "one":
            return {s: mp.mpf(1) for s in self.sizes}
        if form == "equal":
            same = mp.mpf(self.random.randint(2, largest))
            return {s: same for s in self.sizes}
        sizes = {s: mp.mpf(self.random.randint(1, largest)) for s in self.sizes}
        if form == "large" and sizes:
            sizes[self.random.choice(self.sizes)] = mp.mpf(self.random.randint(5, 7))
        return sizes

    def size(self, size, point):
        return (
            int(size)
            if size.is_Integer
            else int(sp.sympify(size).subs({s: int(v) for s, v in point.items() if s in self.sizes}))
        )

    def matrix(self, symbol, shape, manner):
        found = np.empty(shape, dtype=object)
        for i in range(shape[0]):
            for j in range(shape[1]):
                found[i, j] = self.entry(manner)
        if manner == "dominant" and shape[0] == shape[1]:
            for i in range(shape[0]):
                found[i, i] = abs(found[i, i]) + 5
        if symbol in self.symmetric:
            for i in range(shape[0]):
                for j in range(i):
                    found[i, j] = found[j, i]
        return found

    def entry(self, manner):
        draw = self.random
        fraction = mp.mpf(draw.randint(1, 40)) / draw.choice((7, 11, 13))
        sign = draw.choice((1, -1))
        if manner == "positive":
            return fraction
        if manner == "negative":
            return -fraction
        if manner == "small":
            return sign * fraction / 1000
        if manner in ("units", "tens", "hundreds", "thousands"):
            scale = {"units": 1, "tens": 10, "hundreds": 100, "thousands": 1000}[manner]
            return sign * scale * (1 + fraction / 50)
        if manner == "thresholds":
            return draw.choice((1, -1)) * draw.choice(self.thresholds) + sign * fraction / 20
        return sign * fraction
