"""Random well-shaped expressions of matrices, for the tests of the engine and of its judge."""

import sympy as sp
from sympy import (
    Determinant,
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf

SIZES = m, n = sp.symbols("m n", integer=True, positive=True)
ONE = sp.S.One

FUNCTIONS = [
    sp.tanh,
    sp.sin,
    sp.atan,
    sp.Abs,
    lambda t: sp.exp(t / 3),
    lambda t: 1 / (1 + sp.exp(-t)),
    lambda t: sp.log(1 + sp.exp(t)),
    lambda t: sp.Max(0, t),
    lambda t: sp.Piecewise((t, t > 0), (t / 10, True)),
    lambda t: t / (1 + t**2),
    lambda t: t**3 - t,
    lambda t: sp.sqrt(1 + t**2),
]


def applied(function, matrix):
    t = sp.Dummy("t", real=True)
    return matrix.applyfunc(sp.Lambda(t, function(t)))


class Expressions:
    """Draws expressions with a random number generator; X, of shape (m, n), stands in every third leaf."""

    def __init__(self, random, shape=(m, n), inverses=True):
        self.random, self.inverses = random, inverses
        self.X = MatrixSymbol("X", *shape)

    def scalar(self, depth):
        kinds = [self.trace, self.inner_product]
        if depth > 1:
            kinds += [self.function_of_scalar, self.product_of_scalars, self.sum_of_scalars, self.entry]
            kinds += [self.determinant] if self.inverses else []
        return self.random.choice(kinds)(depth)

    def trace(self, depth):
        size = self.random.choice(SIZES)
        return Trace(self.matrix(size, size, depth))

    def inner_product(self, depth):
        size = self.random.choice(SIZES)
        return Trace(self.matrix(size, ONE, depth - 1).T * self.matrix(size, ONE, depth - 1))

    def function_of_scalar(self, depth):
        inner = self.scalar(depth - 1)
        return self.random.choice(
            [
                lambda s: sp.exp(s / 10),
                lambda s: sp.log(2 + s**2),
                lambda s: sp.sqrt(1 + s**2),
                lambda s: 1 / (1 + s**2),
                sp.sin,
                lambda s: s**2,
                lambda s: sp.Max(0, s),
            ]
        )(inner)

    def product_of_scalars(self, depth):
        return self.scalar(depth - 1) * self.scalar(depth - 1)

    def sum_of_scalars(self, depth):
        return self.scalar(depth - 1) - 2 * self.scalar(depth - 1)

    def entry(self, depth):
        rows, cols = self.random.choice(SIZES), self.random.choice(SIZES)
        return self.matrix(rows, cols, depth - 1)[0, 0]

    def determinant(self, depth):
        size = self.random.choice(SIZES)
        return Determinant(self.matrix(size, size, depth - 2))

    def matrix(self, rows, cols, depth):
        if depth <= 0:
            return self.leaf(rows, cols)
        kinds = [
            self.leaf,
            self.sum,
            self.product,
            self.product,
            self.transpose,
            self.hadamard,
            self.function,
            self.hadamard_power,
            self.scaled,
        ]
        if rows == cols != 1:
            kinds += [self.power, self.diagonal_matrix]
            kinds += [self.inverse] if self.inverses else []
        if cols == 1 != rows:
            kinds += [self.diagonal]
        if cols != 1 != rows:
            kinds += [self.softmax]
        return self.random.choice(kinds)(rows, cols, depth - 1)

    def leaf(self, rows, cols, depth=0):
        if self.random.random() < 0.6:
            if (rows, cols) == self.X.shape:
                return self.X
            if (cols, rows) == self.X.shape:
                return Transpose(self.X)
        kinds = ["ABC"[self.random.randrange(3)]] * 6 + ["one"] + (["identity"] if rows == cols else [])
        kind = self.random.choice(kinds)
        if kind == "one":
            return OneMatrix(rows, cols)
        if kind == "identity":
            return Identity(rows)
        name = f"{kind}{'' if rows == cols == n else str(rows) + str(cols)}"
        if self.random.random() < 0.3:
            return Transpose(MatrixSymbol(f"{kind}{cols}{rows}t", cols, rows))
        return MatrixSymbol(name, rows, cols)

    def sum(self, rows, cols, depth):
        return self.matrix(rows, cols, depth) + self.random.choice([1, -1, 2]) * self.matrix(rows, cols, depth)

    def product(self, rows, cols, depth):
        inner = self.random.choice([*SIZES, *SIZES, ONE])
        return self.matrix(rows, inner, depth) * self.matrix(inner, cols, depth)

    def transpose(self, rows, cols, depth):
        return self.matrix(cols, rows, depth).T

    def hadamard(self, rows, cols, depth):
        return HadamardProduct(self.matrix(rows, cols, depth), self.matrix(rows, cols, depth))

    def hadamard_power(self, rows, cols, depth):
        return HadamardPower(self.matrix(rows, cols, depth), self.random.choice([2, 3]))

    def function(self, rows, cols, depth):
        return applied(self.random.choice(FUNCTIONS), self.matrix(rows, cols, depth))

    def scaled(self, rows, cols, depth):
        factor = self.random.choice([Rational(1, 2), -1, sp.Symbol("a", real=True), None])
        return (self.scalar(depth - 1) if factor is None else factor) * self.matrix(rows, cols, depth)

    def power(self, rows, cols, depth):
        return self.matrix(rows, rows, depth - 1) ** self.random.choice([2, 3])

    def inverse(self, rows, cols, depth):
        return Inverse(self.matrix(rows, rows, depth - 1) + 5 * Identity(rows))

    def diagonal_matrix(self, rows, cols, depth):
        if self.random.random() < 0.3:
            return DiagonalMatrix(self.matrix(rows, rows, depth))
        return DiagMatrix(self.matrix(rows, ONE, depth))

    def diagonal(self, rows, cols, depth):
        return DiagonalOf(self.matrix(rows, rows, depth))

    def softmax(self, rows, cols, depth):
        E = applied(sp.exp, self.matrix(rows, cols, depth - 1))
        return HadamardProduct(E, HadamardPower(E * OneMatrix(cols, 1) * OneMatrix(1, cols), -1))

    def kronecker(self, depth):
        a, b = self.random.choice(SIZES), self.random.choice(SIZES)
        factors = [KroneckerProduct(self.matrix(a, a, depth), self.matrix(b, b, depth)) for _ in range(2)]
        return Trace(MatMul(factors[0], self.random.choice([factors[1], Transpose(factors[1])])))
