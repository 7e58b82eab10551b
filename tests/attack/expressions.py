"""Random well-shaped expressions of matrices as SymPy trees: the one generator of the attack and of the tests.

What it draws contains X unless it cannot, and meets again what it drew before, so that factors and terms repeat.
"""

from __future__ import annotations

import sympy as sp
from sympy import (
    Determinant,
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement

SIZES = m, n = sp.symbols("m n", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
ONE = sp.S.One
T = sp.Symbol("t", real=True)
SHAPES = [(m, n), (n, n), (n, ONE), (ONE, n), (ONE, ONE), (n, m), (sp.Integer(2), sp.Integer(3)), (sp.Integer(3), ONE)]

FUNCTIONS = {
    "tanh": sp.tanh,
    "sin": sp.sin,
    "cos": sp.cos,
    "atan": sp.atan,
    "abs": sp.Abs,
    "exp": sp.exp,
    "exp(t/3)": lambda t: sp.exp(t / 3),
    "sigmoid": lambda t: 1 / (1 + sp.exp(-t)),
    "softplus": lambda t: sp.log(1 + sp.exp(t)),
    "relu": lambda t: sp.Max(0, t),
    "relu(t-1)": lambda t: sp.Max(0, t - 1),
    "clipped": lambda t: sp.Max(-3, sp.Min(t, 3)),
    "huber": lambda t: sp.Piecewise((t**2 / 2, sp.Abs(t) < 2), (2 * sp.Abs(t) - 2, True)),
    "leaky": lambda t: sp.Piecewise((t, t > 0), (t / 10, True)),
    "t/(1+t^2)": lambda t: t / (1 + t**2),
    "t^3-t": lambda t: t**3 - t,
    "sqrt(1+t^2)": lambda t: sp.sqrt(1 + t**2),
    "sign*t": lambda t: t * sp.sign(t),
    "log": sp.log,
    "sqrt": sp.sqrt,
    "1/t": lambda t: 1 / t,
    "cosh": sp.cosh,
    "gelu": lambda t: t * (1 + sp.erf(t / sp.sqrt(2))) / 2,
    "silu": lambda t: t / (1 + sp.exp(-t)),
    "log sigmoid": lambda t: sp.log(1 / (1 + sp.exp(-t))),
    "step": sp.Heaviside,
}
SCALAR_FUNCTIONS = {
    "exp": lambda s: sp.exp(s / 10),
    "log": lambda s: sp.log(2 + s**2),
    "sqrt": lambda s: sp.sqrt(1 + s**2),
    "1/(1+s^2)": lambda s: 1 / (1 + s**2),
    "sin": sp.sin,
    "square": lambda s: s**2,
    "cube": lambda s: s**3,
    "relu": lambda s: sp.Max(0, s),
    "abs": sp.Abs,
    "inverse": lambda s: 1 / s,
    "root": sp.sqrt,
    "log s": sp.log,
    "tanh": sp.tanh,
}


NOT_BUILT = (AttributeError, IndexError, NotImplementedError, TypeError, ValueError)  # SymPy refuses some of its trees


def applied(function, matrix):
    """A scalar function of every entry."""
    return ElementwiseApplyFunction(sp.Lambda(T, function(T)), matrix)


class Expressions:
    """Draws expressions with a random number generator; X has the given shape.

    kinds counts what was drawn, for the tests of this class. inverses: whether inverses and determinants are drawn.
    """

    def __init__(self, random, shape=(m, n), inverses=True):
        self.random, self.inverses = random, inverses
        self.X = MatrixSymbol("X", *shape)
        self.pool = {}

    # ------------------------------------------------------------ scalars

    def scalar(self, depth):
        """A scalar that contains X."""
        kinds = [self.trace, self.inner_product, self.norm, self.total, self.inner_product, self.total]
        if depth > 1:
            kinds += [
                self.function_of_scalar,
                self.product_of_scalars,
                self.sum_of_scalars,
                self.sum_of_scalars,
                self.quotient,
                self.entry,
                self.dot,
                self.net,
                self.log_sum_exp,
            ]
            kinds += [self.determinant, self.log_determinant] if self.inverses else []
            kinds += [self.kronecker, self.indices]
        return self.random.choice(kinds)(depth)

    def side(self):
        """A size: one of those of X most of the time."""
        return self.random.choice([*self.X.shape, *SIZES])

    def trace(self, depth):
        size = self.side()
        return Trace(self.matrix(size, size, depth))

    def inner_product(self, depth):
        size = self.side()
        return Trace(MatMul(Transpose(self.matrix(size, ONE, depth - 1)), self.matrix(size, ONE, depth - 1)))

    def norm(self, depth):
        A = self.matrix(*self.shape(), depth - 1)
        squared = Trace(MatMul(Transpose(A), A))
        return self.random.choice([squared, sp.sqrt(squared)])

    def total(self, depth):
        rows, cols = self.shape()
        return Trace(MatMul(OneMatrix(1, rows), self.matrix(rows, cols, depth), OneMatrix(cols, 1)))

    def shape(self):
        return self.random.choice([self.X.shape, self.X.shape, (self.side(), self.side())])

    def dot(self, depth):
        size = self.side()
        return DotProduct(self.matrix(size, ONE, depth - 1), self.matrix(size, ONE, depth - 1))

    def function_of_scalar(self, depth):
        return self.random.choice(list(SCALAR_FUNCTIONS.values()))(self.scalar(depth - 1))

    def product_of_scalars(self, depth):
        return self.scalar(depth - 1) * self.scalar(depth - 1)

    def quotient(self, depth):
        return self.scalar(depth - 1) / self.scalar(depth - 1)

    def sum_of_scalars(self, depth):
        factor = self.random.choice([1, -1, -2, Rational(1, 3), sp.Symbol("mu", real=True), n])
        return self.scalar(depth - 1) + factor * self.scalar(depth - 1)

    def entry(self, depth):
        if self.random.random() < 0.4:
            rows, cols = self.shape()
            A = self.matrix(rows, cols, depth - 1)
            if isinstance(A, MatrixSymbol):
                return A[0, 0]
            return MatrixElement(MatMul(OneMatrix(1, rows), A, OneMatrix(cols, 1)), 0, 0)
        return self.X[0, 0] * self.scalar(depth - 1)

    def indices(self, depth):
        """A sum over the entries of X, in index notation."""
        (rows, cols), A = self.X.shape, self.constant("Q", *self.X.shape)
        entry = self.random.choice([self.X[i, j] ** 2, self.X[i, j] * A[i, j], A[i, j] * self.X[i, j] ** 2])
        return sp.Sum(entry, (i, 0, rows - 1), (j, 0, cols - 1))

    def determinant(self, depth):
        size = self.side()
        return Determinant(self.matrix(size, size, depth - 2))

    def log_determinant(self, depth):
        size = self.side()
        A = self.matrix(size, self.side(), depth - 2)
        return sp.log(Determinant(MatAdd(MatMul(A, Transpose(A)), Identity(size))))

    def net(self, depth):
        """The squared loss of one layer, or of two."""
        H = self.matrix(n, m, depth - 2)
        for layer in range(self.random.choice([1, 1, 2])):
            W, b = MatrixSymbol(f"W{layer}", m, m), MatrixSymbol(f"b{layer}", 1, m)
            inside = MatAdd(MatMul(H, W), MatMul(OneMatrix(n, 1), b))
            H = applied(self.random.choice(list(FUNCTIONS.values())[:10]), inside)
        R = MatAdd(H, MatMul(-1, MatrixSymbol("Y", n, m)))
        return Trace(MatMul(Transpose(R), R))

    def log_sum_exp(self, depth):
        U, Y = self.matrix(n, m, depth - 2), MatrixSymbol("Y", n, m)
        sums = applied(sp.log, MatMul(applied(sp.exp, U), OneMatrix(m, 1)))
        return Trace(MatMul(OneMatrix(1, n), sums)) - Trace(MatMul(Transpose(Y), U))

    def kronecker(self, depth):
        a, b = self.side(), self.side()
        factors = [KroneckerProduct(self.matrix(a, a, depth - 2), self.matrix(b, b, depth - 2)) for _ in range(2)]
        return Trace(MatMul(factors[0], self.random.choice([factors[1], Transpose(factors[1])])))

    # ------------------------------------------------------------ matrices

    def matrix(self, rows, cols, depth):
        """A matrix of a shape, new or met before."""
        known = self.pool.setdefault((rows, cols), [])
        if known and self.random.random() < 0.3:
            return self.random.choice(known)
        found = self.new_matrix(rows, cols, depth)
        known.append(found)
        return found

    def new_matrix(self, rows, cols, depth):
        if depth <= 0:
            return self.leaf(rows, cols)
        kinds = [
            self.leaf,
            self.sum,
            self.product,
            self.product,
            self.product,
            self.transpose,
            self.hadamard,
            self.hadamard,
            self.function,
            self.function,
            self.hadamard_power,
            self.scaled,
            self.outer,
        ]
        if rows == cols != 1:
            kinds += [self.power, self.diagonal_matrix, self.masked]
            kinds += [self.inverse] if self.inverses else []
        if cols == 1 != rows:
            kinds += [self.diagonal]
        if cols != 1 or rows != 1:
            kinds += [self.softmax]
        return self.random.choice(kinds)(rows, cols, depth - 1)

    def leaf(self, rows, cols, depth=0):
        if self.random.random() < 0.75:
            return self.with_X(rows, cols)
        kinds = ["ABC"[self.random.randrange(3)]] * 6 + ["one"] + (["identity"] if rows == cols else [])
        kind = self.random.choice(kinds)
        if kind == "one":
            return OneMatrix(rows, cols)
        if kind == "identity":
            return Identity(rows)
        if self.random.random() < 0.3:
            return Transpose(self.constant(kind, cols, rows))
        return self.constant(kind, rows, cols)

    def constant(self, letter, rows, cols):
        """A matrix symbol whose name tells its shape."""
        return MatrixSymbol(letter if rows == cols == n else f"{letter}{rows}{cols}", rows, cols)

    def with_X(self, rows, cols):
        """X or its transpose, between constants where its shape is another."""
        fitting = [Y for Y in (self.X, Transpose(self.X)) if Y.shape == (rows, cols)]
        if fitting:
            return self.random.choice(fitting)
        core = self.random.choice([self.X, Transpose(self.X)])
        factors = [core]
        if rows != core.rows:
            factors.insert(0, self.filler(rows, core.rows))
        if cols != core.cols:
            factors.append(self.filler(core.cols, cols))
        return MatMul(*factors)

    def filler(self, rows, cols):
        return OneMatrix(rows, cols) if self.random.random() < 0.2 else self.constant("P", rows, cols)

    def sum(self, rows, cols, depth):
        terms = [self.matrix(rows, cols, depth) for _ in range(self.random.choice([2, 2, 3]))]
        return MatAdd(*[self.random.choice([t, t, MatMul(-1, t), MatMul(2, t)]) for t in terms])

    def product(self, rows, cols, depth):
        inner = self.random.choice([self.side(), self.side(), ONE])
        left, right = self.matrix(rows, inner, depth), self.matrix(inner, cols, depth)
        if inner == ONE and self.random.random() < 0.2:
            return MatMul(left, OneMatrix(1, 1), right)
        if inner == ONE and self.random.random() < 0.3:
            size = self.side()
            return MatMul(left, self.matrix(ONE, size, depth - 1), self.matrix(size, ONE, depth - 1), right)
        return MatMul(left, right)

    def outer(self, rows, cols, depth):
        """A column of ones times a row, or the other way round: a broadcast."""
        if self.random.random() < 0.5:
            return MatMul(OneMatrix(rows, 1), self.matrix(ONE, cols, depth))
        return MatMul(self.matrix(rows, ONE, depth), OneMatrix(1, cols))

    def transpose(self, rows, cols, depth):
        return Transpose(self.matrix(cols, rows, depth))

    def hadamard(self, rows, cols, depth):
        factors = [self.matrix(rows, cols, depth) for _ in range(self.random.choice([2, 2, 3]))]
        repeated = self.random.choice([0, 0, 1])
        return HadamardProduct(*factors, *factors[:repeated])

    def hadamard_power(self, rows, cols, depth):
        exponent = self.random.choice([2, 3, 4, -1, Rational(1, 2), -2, sp.Symbol("mu", real=True)])
        return HadamardPower(self.matrix(rows, cols, depth), exponent)

    def function(self, rows, cols, depth):
        return applied(self.random.choice(list(FUNCTIONS.values())), self.matrix(rows, cols, depth))

    def scaled(self, rows, cols, depth):
        factor = self.random.choice([Rational(1, 2), -1, sp.Symbol("a", real=True), n, None, None, None])
        return MatMul(self.scalar(depth - 1) if factor is None else factor, self.matrix(rows, cols, depth))

    def power(self, rows, cols, depth):
        exponents = [2, 3, 4, sp.Symbol("k", integer=True, positive=True)]
        return MatPow(self.matrix(rows, rows, depth - 1), self.random.choice(exponents))

    def inverse(self, rows, cols, depth):
        A = self.matrix(rows, rows, depth - 1)
        return Inverse(self.random.choice([A, MatAdd(A, MatMul(5, Identity(rows)))]))

    def diagonal_matrix(self, rows, cols, depth):
        draw = self.random.random()
        if draw < 0.3:
            return DiagonalMatrix(self.matrix(rows, rows, depth))
        if draw < 0.5:
            return DiagMatrix(DiagonalOf(self.matrix(rows, rows, depth)))
        return DiagMatrix(self.matrix(rows, ONE, depth))

    def masked(self, rows, cols, depth):
        return HadamardProduct(
            self.random.choice([Identity(rows), OneMatrix(rows, rows)]), self.matrix(rows, rows, depth)
        )

    def diagonal(self, rows, cols, depth):
        if self.random.random() < 0.2:
            return DiagonalOf(DiagMatrix(self.matrix(rows, ONE, depth)))
        return DiagonalOf(self.matrix(rows, rows, depth))

    def softmax(self, rows, cols, depth):
        E = applied(sp.exp, self.matrix(rows, cols, depth - 1))
        if cols == 1 or rows != 1 and self.random.random() < 0.2:
            return HadamardProduct(E, HadamardPower(MatMul(OneMatrix(rows, rows), E), -1))
        return HadamardProduct(E, HadamardPower(MatMul(E, OneMatrix(cols, cols)), -1))


def scalar_variable(random, J, X):
    """(J, s): J with a scalar s in it, in front of X or as a further term in front of J."""
    s = sp.Symbol("s", real=True)
    try:
        inside = J.xreplace({X: MatMul(s, X)})
    except NOT_BUILT:
        inside = s * J
    return random.choice([inside, inside, s * J + sp.sin(s), J / (1 + s**2), J**2 * sp.exp(s / 7)]), s


def drawn(random, depth=3, shapes=None, inverses=True):
    """(J, X): a random scalar that contains X, which has one of the shapes. SymPy refuses a few; others follow."""
    while True:
        expressions = Expressions(random, random.choice(shapes or SHAPES), inverses)
        try:
            J = expressions.scalar(depth)
        except NOT_BUILT:
            continue
        if J.has(expressions.X):
            return J, expressions.X
