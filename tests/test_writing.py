"""The short forms: whatever the engine writes shorter keeps its value, at every size."""

import random
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from reference import NoValue, inverse, value
from sympy import (
    DiagMatrix,
    HadamardProduct,
    Identity,
    Inverse,
    Lambda,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from hwlib.matrix_calculus import writing
from hwlib.matrix_calculus.nodes.slopes import T

m, n, k = sp.symbols("m n k", integer=True, positive=True)
p = sp.Symbol("p", positive=True)
a, b = sp.symbols("a b", real=True)
ONE = sp.S.One
SIZES = [(n, ONE), (n, m, ONE), (sp.Integer(2), ONE), (sp.Integer(2), n, ONE), (n, n + 1, ONE), (sp.Integer(3), n, k)]
NUMBERS = [-ONE, 2 * ONE, Rational(1, 2), Rational(-1, 3), a, b, a + 1, -a, a / 2]
FUNCTIONS = [sp.exp(T / 2), sp.tanh(T), 1 / (1 + sp.exp(-T)), T**2, 1 / T, sp.sqrt(1 + T**2), sp.Max(0, T)]


class Pool:
    """Expressions that the shortener made of one another, with their values at one point.

    Operands are drawn from a few, so that factors and terms repeat, which is where short forms go wrong.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.draw = np.random.default_rng(seed)
        self.sizes = self.random.choice(SIZES)
        self.point = {size: self.random.choice([1, 2, 3]) for size in (m, n, k)}
        self.point |= {a: self.draw.uniform(0.5, 2), b: self.draw.uniform(-2, -0.5), p: self.draw.uniform(0.5, 2)}
        self.matrices = {}
        for rows in self.sizes:
            for cols in self.sizes:
                self.matrices[rows, cols] = [self.leaf(rows, cols, kind) for kind in "AB1" + "IDU" * (rows == cols)]
        self.symmetric = {X for X in self.point if isinstance(X, MatrixSymbol) and X.name == "S"}

    def leaf(self, rows, cols, kind):
        if kind == "1":
            return OneMatrix(rows, cols)
        if kind == "I":
            return Identity(rows)
        if kind == "U":
            return writing.unit_matrix(rows, cols, sp.S.Zero, sp.S.Zero)
        if kind == "D":
            return DiagMatrix(self.symbol("d", rows, ONE))
        return self.symbol(f"{kind}{rows}{cols}", rows, cols)

    def symbol(self, name, rows, cols):
        symbol = MatrixSymbol(name, rows, cols)
        shape = [int(value(size, self.point)) for size in (rows, cols)]
        self.point.setdefault(symbol, self.draw.uniform(0.3, 2, shape) * self.draw.choice([1, 1, -1], shape))
        return symbol

    def size(self):
        return self.random.choice(self.sizes)

    def matrix(self, rows, cols):
        return self.random.choice(self.matrices.setdefault((rows, cols), [OneMatrix(rows, cols)]))

    def scalar(self):
        if self.random.random() < 0.6:
            return self.random.choice(NUMBERS)
        size = self.size()
        return self.random.choice([writing.trace, Trace])(self.matrix(size, size))

    def keep(self, found):
        if writing.size(found) < 60:
            kept = self.matrices.setdefault(found.shape, [])
            kept.append(found)
            if len(kept) > 8:
                kept.pop(self.random.randrange(3, 8))

    # each returns (the function of the shortener, its arguments, NumPy's function of their values)

    def product(self):
        sizes = [self.size() for _ in range(self.random.randint(3, 5))]
        factors = [self.matrix(*pair) for pair in pairwise(sizes)]
        if self.random.random() < 0.4:
            factors.insert(0, self.scalar())
        write = self.random.choice([writing.product, MatMul])
        return write, factors, lambda *values: reduce(lambda x, y: x @ y if np.ndim(x) == 2 else x * y, values)

    def total(self):
        rows, cols = self.size(), self.size()
        count = self.random.randint(2, 4)
        terms = [self.matrix(rows, cols) for _ in range(count)]
        return self.random.choice([writing.total, MatAdd]), terms, lambda *values: sum(values)

    def hadamard(self):
        rows, cols = self.size(), self.size()
        factors = [self.matrix(rows, cols) for _ in range(self.random.randint(2, 4))]
        return (
            self.random.choice([writing.hadamard, writing.hadamard, HadamardProduct]),
            factors,
            lambda *values: reduce(np.multiply, values),
        )

    def scaled(self):
        return writing.scaled, [self.scalar(), self.matrix(self.size(), self.size())], np.multiply

    def transposed(self):
        return (
            self.random.choice([writing.transposed, Transpose]),
            [self.matrix(self.size(), self.size())],
            np.transpose,
        )

    def inverse(self):
        size = self.size()
        return self.random.choice([writing.inverse, Inverse]), [self.matrix(size, size)], inverse

    def power(self):
        size, exponent = self.size(), sp.Integer(self.random.randint(-2, 3))
        return (
            writing.power,
            [self.matrix(size, size), exponent],
            lambda x, e: np.linalg.matrix_power(x if e >= 0 else inverse(x), abs(int(e))),
        )

    def hadamard_power(self):
        exponent = self.random.choice([-2, -1, 0, 1, 2, 3, Rational(1, 2), Rational(-1, 2), p])
        return writing.hadamard_power, [self.matrix(self.size(), self.size()), sp.sympify(exponent)], np.float_power

    def diagonal(self):
        size = self.size()
        return writing.diagonal, [self.matrix(size, size)], lambda x: np.diag(x).reshape(-1, 1)

    def diagonal_matrix(self):
        size, column = self.size(), self.random.random() < 0.5
        vector = self.matrix(size, ONE) if column else self.matrix(ONE, size)
        return DiagMatrix, [vector], lambda x: np.diag(x.ravel())

    def function(self):
        body = self.random.choice(FUNCTIONS)
        return (
            lambda matrix: ElementwiseApplyFunction(Lambda(T, body), matrix),
            [self.matrix(self.sizes[0], self.size())],  # of a 1×1 matrix intake makes a scalar
            sp.lambdify(T, body, "numpy"),
        )

    def trace(self):
        size = self.size()
        return writing.trace, [self.matrix(size, size)], np.trace

    def entry(self):
        return writing.entry, [self.matrix(ONE, ONE)], lambda x: x[0, 0]


STEPS = """product total hadamard scaled transposed inverse power hadamard_power
    diagonal diagonal_matrix function trace entry""".split()


def fits(expr):
    """Whether the shapes of all products fit, factor by factor."""
    return all(
        (left.cols - right.rows).expand() == 0
        for node in sp.preorder_traversal(expr)
        if isinstance(node, MatMul)
        for left, right in pairwise(node.as_coeff_matrices()[1])
    )


def first_change_of_value(seed, steps=30):
    """The first step of a random pool that does not keep the value, as text; None if all do."""
    pool = Pool(seed)
    for _ in range(steps):
        step = pool.random.choice(STEPS)
        write, args, meaning = getattr(pool, step)()
        try:
            with np.errstate(all="ignore"):
                expected = meaning(*[value(arg, pool.point) for arg in args])
        except NoValue:
            continue
        if not np.all(np.isfinite(expected)):
            continue
        found = write(*args)
        told = f"seed {seed}: {step}{tuple(args)} = {found}"
        if not fits(found):
            return f"{told}, which does not fit"
        actual = value(found, pool.point)
        if np.shape(actual) != np.shape(expected) or not np.allclose(actual, expected, rtol=1e-6, atol=1e-8):
            return f"{told}, which is {actual} and not {expected}"
        if found.is_Matrix:
            pool.keep(found)
    return None


@pytest.mark.parametrize("batch", range(8))
def test_a_short_form_has_the_value_of_what_it_is_made_of(batch):
    for seed in range(50 * batch, 50 * (batch + 1)):
        assert first_change_of_value(seed) is None
