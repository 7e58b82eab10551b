"""Random scalars J of a matrix X: every kind of node, factors that repeat, sizes that coincide or are one.

J always contains X. The nodes are SymPy's own, as a reader's text gives them, not the engine's short forms.
"""

import random

import sympy as sp
from reference import value
from sympy import (
    Determinant,
    DiagMatrix,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    Lambda,
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
from sympy.matrices.expressions.matexpr import MatrixElement

m, n, k = sp.symbols("m n k", integer=True, positive=True)
ONE, TWO, THREE = sp.Integer(1), sp.Integer(2), sp.Integer(3)
SIZES = [(n, ONE), (n, m, ONE), (n, m, k), (TWO, ONE), (TWO, n, ONE), (THREE, TWO), (n,), (ONE, TWO, THREE, n)]
SHAPES_OF_X = ["column", "square", "matrix", "row", "number"]
a, b = sp.symbols("a b", real=True)
t = sp.Symbol("u", real=True)
SMOOTH = [
    sp.tanh(t), sp.sin(t), sp.exp(t / 3), 1 / (1 + sp.exp(-t)), sp.log(1 + sp.exp(t)), t / (1 + t**2), t**3 - t,
    sp.sqrt(1 + t**2), sp.atan(t), t**2, a * t + t**2, sp.cos(t) ** 2, sp.exp(-(t**2) / 2), sp.erf(t),
]  # fmt: skip
KINKED = [
    sp.Abs(t),
    sp.Max(0, t),
    sp.Min(t, a),
    sp.sign(t) * t**2,
    sp.Piecewise((t, t > 0), (t / 10, True)),
    sp.log(sp.Abs(t)),
]
OF_SCALARS = [
    lambda s: sp.exp(s / 10), lambda s: sp.log(2 + s**2), lambda s: sp.sqrt(1 + s**2), lambda s: 1 / (1 + s**2),
    sp.sin, lambda s: s**2, lambda s: sp.Max(0, s), sp.Abs, lambda s: s**3 / 9, lambda s: a * s + b,
]  # fmt: skip


class Formulas:
    """Draws one J with a seed. X is the variable, J the scalar; point() has values for all their symbols."""

    def __init__(self, seed, depth=3, of=SHAPES_OF_X, symmetric=False):
        self.random, self.seed = random.Random(seed), seed
        self.made, self.symmetric = {}, symmetric
        self.sizes = self.random.choice(SIZES)
        size, other = self.random.choice(self.sizes), self.random.choice(self.sizes)
        kind = "square" if symmetric else self.random.choice(of)
        shapes = {"column": (size, ONE), "square": (size, size), "matrix": (size, other), "row": (ONE, size)}
        self.X = MatrixSymbol("X", *shapes.get(kind, (ONE, ONE)))
        self.J = self.draw(depth)
        while not self.J.has(self.X):  # SymPy takes X - X for what it is
            self.J = self.draw(depth)

    def draw(self, depth):
        try:
            return self.scalar(self.random.randint(1, depth))
        except (TypeError, NotImplementedError, sp.ShapeError):  # SymPy's own constructors fail on one in 400
            self.made.clear()
            return self.draw(depth)

    def point(self, draw):
        """A value for every symbol."""
        sizes = {size: draw.choice([1, 2, 3, 4]) for size in (m, n, k)}
        point = {**sizes, a: draw.uniform(0.5, 2), b: draw.uniform(-2, 2)}
        for X in sorted(self.J.atoms(MatrixSymbol) | {self.X}, key=str):
            shape = [int(value(size, point)) for size in X.shape]
            point[X] = draw.uniform(0.3, 1.5, shape) * draw.choice([1, 1, -1], shape)
            if self.symmetric and X == self.X:
                point[X] = (point[X] + point[X].T) / 2
        return point

    # ---- scalars that contain X ----

    def scalar(self, depth):
        kinds = [self.trace, self.inner, self.inner, self.norm, self.sum_of_entries]
        if depth > 1:
            kinds += [self.function_of_scalar, self.product_of_scalars, self.sum_of_scalars, self.entry]
            kinds += [self.determinant, self.kronecker, self.indexed]
        return self.random.choice(kinds)(depth)

    def size(self):
        return self.random.choice(self.sizes)

    def trace(self, depth):
        size = self.size()
        return Trace(self.matrix(size, size, depth))

    def inner(self, depth):
        size = self.size()
        left, right = self.sides(size, ONE, depth - 1)
        return MatMul(Transpose(left), right)[0, 0] if self.random.random() < 0.3 else Trace(Transpose(left) * right)

    def norm(self, depth):
        rows, cols = self.size(), self.size()
        inside = self.matrix(rows, cols, depth - 1)
        return Trace(Transpose(inside) * inside) ** self.random.choice([ONE, Rational(1, 2), Rational(3, 2), -ONE])

    def sum_of_entries(self, depth):
        rows, cols = self.size(), self.size()
        return Trace(OneMatrix(ONE, rows) * self.matrix(rows, cols, depth) * OneMatrix(cols, ONE))

    def function_of_scalar(self, depth):
        return self.random.choice(OF_SCALARS)(self.scalar(depth - 1))

    def product_of_scalars(self, depth):
        return self.scalar(depth - 1) * self.scalar(depth - 1)

    def sum_of_scalars(self, depth):
        return self.scalar(depth - 1) - 2 * self.scalar(depth - 1)

    def entry(self, depth):
        rows, cols = self.size(), self.size()
        return MatrixElement(self.matrix(rows, cols, depth - 1), 0, 0)

    def determinant(self, depth):
        size = self.size()
        det = Determinant(MatAdd(self.matrix(size, size, depth - 2), MatMul(3, Identity(size))))
        return self.random.choice([det, sp.log(sp.Abs(det)), det**2])

    def kronecker(self, depth):
        size, other = self.size(), self.size()
        left = KroneckerProduct(self.matrix(size, size, depth - 2), self.leaf(other, other))
        right = KroneckerProduct(self.leaf(size, size), self.matrix(other, other, depth - 2))
        return Trace(MatMul(left, self.random.choice([right, Transpose(right)])))

    def indexed(self, depth):
        """A sum over the entries, as SymPy and some books write it."""
        i, j = sp.symbols("i j", integer=True)
        rows, cols = self.X.shape
        A = self.leaf(rows, cols)
        body = self.random.choice(
            [self.X[i, j] ** 2, self.X[i, j] * A[i, j], sp.exp(self.X[i, j] / 3), A[i, j] * self.X[i, j] ** 3]
        )
        return sp.Sum(body, (i, 0, rows - 1), (j, 0, cols - 1))

    # ---- matrices that contain X ----

    def matrix(self, rows, cols, depth):
        earlier = self.made.setdefault((rows, cols), [])
        if earlier and self.random.random() < 0.3:
            return self.random.choice(earlier)
        found = self.new_matrix(rows, cols, depth)
        earlier.append(found)
        return found

    def new_matrix(self, rows, cols, depth):
        if depth <= 0:
            return self.simplest(rows, cols)
        kinds = [
            self.simplest, self.sum, self.sum, self.product, self.product, self.transpose, self.hadamard,
            self.hadamard, self.hadamard, self.function, self.hadamard_power, self.scaled, self.times_number,
        ]  # fmt: skip
        if rows == cols:
            kinds += [self.power, self.inverse, self.diagonal_matrix, self.outer]
        if cols == 1:
            kinds += [self.diagonal]
        if cols != 1 != rows:
            kinds += [self.softmax, self.repeated]
        return self.random.choice(kinds)(rows, cols, depth - 1)

    def simplest(self, rows, cols, depth=0):
        """X or its transpose, with constant factors where its shape is another."""
        choices = [self.X] * (self.X.shape == (rows, cols)) + [Transpose(self.X)] * (self.X.shape == (cols, rows))
        if choices:
            return self.random.choice(choices)
        turned = self.random.choice([self.X, Transpose(self.X)])
        left = [] if turned.rows == rows else [self.leaf(rows, turned.rows)]
        right = [] if turned.cols == cols else [self.leaf(turned.cols, cols)]
        return MatMul(*left, turned, *right)

    def leaf(self, rows, cols):
        kinds = ["A", "A", "B", "one", "transposed", "function"] + ["I", "D"] * (rows == cols)
        kind = self.random.choice(kinds)
        if kind == "one":
            return OneMatrix(rows, cols)
        if kind == "I":
            return Identity(rows)
        if kind == "D":
            return DiagMatrix(MatrixSymbol(f"d{rows}", rows, ONE))
        if kind == "transposed":
            return Transpose(MatrixSymbol(f"A{cols}{rows}", cols, rows))
        if kind == "function":
            i, j = sp.symbols("i j", integer=True)
            return FunctionMatrix(rows, cols, Lambda((i, j), (1 + i) / (2 + j)))
        return MatrixSymbol(f"{kind}{rows}{cols}", rows, cols)

    def sides(self, rows, cols, depth):
        """Two matrices; the second may be the first, or free of X."""
        first = self.matrix(rows, cols, depth)
        second = self.random.choice(
            [lambda: first, lambda: self.leaf(rows, cols), lambda: self.matrix(rows, cols, depth)]
        )()
        return (first, second) if self.random.random() < 0.5 else (second, first)

    def sum(self, rows, cols, depth):
        first, second = self.sides(rows, cols, depth)
        return MatAdd(first, MatMul(self.random.choice([1, -1, 2, a]), second))

    def product(self, rows, cols, depth):
        inner = self.random.choice([*self.sizes, ONE])
        if self.random.random() < 0.5:
            return MatMul(self.matrix(rows, inner, depth), self.leaf(inner, cols))
        return MatMul(self.leaf(rows, inner), self.matrix(inner, cols, depth))

    def outer(self, rows, cols, depth):
        inner = self.size()
        side = self.matrix(rows, inner, depth)
        return MatMul(side, Transpose(side))

    def transpose(self, rows, cols, depth):
        return Transpose(self.matrix(cols, rows, depth))

    def hadamard(self, rows, cols, depth):
        factors = list(self.sides(rows, cols, depth))
        while self.random.random() < 0.4:
            factors.append(self.random.choice(factors))
        return HadamardProduct(*factors)

    def hadamard_power(self, rows, cols, depth):
        return HadamardPower(self.matrix(rows, cols, depth), self.random.choice([2, 3, -1, -2, 4]))

    def function(self, rows, cols, depth):
        body = self.random.choice(SMOOTH if self.random.random() < 0.7 else KINKED)
        return ElementwiseApplyFunction(Lambda(t, body), self.matrix(rows, cols, depth))

    def scaled(self, rows, cols, depth):
        factor = self.random.choice([Rational(1, 2), -1, a, None])
        return MatMul(self.scalar(depth - 1) if factor is None else factor, self.matrix(rows, cols, depth))

    def times_number(self, rows, cols, depth):
        """(x'y) X: a 1×1 product in front of a matrix, as a trace or as it stands."""
        size = self.size()
        left, right = self.sides(size, ONE, depth - 1)
        number = MatMul(Transpose(left), right)
        plain = (
            self.random.random() < 0.3 and not rows.is_Integer
        )  # else SymPy, which drops brackets, leaves it ambiguous
        return MatMul(
            number if plain else Trace(number), self.simplest(rows, cols) if plain else self.matrix(rows, cols, depth)
        )

    def power(self, rows, cols, depth):
        base = self.matrix(rows, rows, depth - 1)
        return MatPow(base, self.random.choice([2, 3]))

    def inverse(self, rows, cols, depth):
        inside = self.matrix(rows, rows, depth - 1)
        return self.random.choice([Inverse, lambda M: MatPow(M, -2)])(MatAdd(inside, MatMul(5, Identity(rows))))

    def diagonal_matrix(self, rows, cols, depth):
        kind = self.random.choice(["part", "column", "row", "masked"])
        if kind == "part":
            return DiagonalMatrix(self.matrix(rows, rows, depth))
        if kind == "masked":
            return HadamardProduct(Identity(rows), self.matrix(rows, rows, depth))
        return DiagMatrix(self.matrix(rows, ONE, depth) if kind == "column" else self.matrix(ONE, rows, depth))

    def diagonal(self, rows, cols, depth):
        return DiagonalOf(self.matrix(rows, rows, depth))

    def softmax(self, rows, cols, depth):
        E = ElementwiseApplyFunction(Lambda(t, sp.exp(t)), self.matrix(rows, cols, depth - 1))
        if self.random.random() < 0.5:
            return HadamardProduct(E, HadamardPower(E * OneMatrix(cols, ONE) * OneMatrix(ONE, cols), -1))
        return HadamardProduct(E, HadamardPower(OneMatrix(rows, ONE) * OneMatrix(ONE, rows) * E, -1))

    def repeated(self, rows, cols, depth):
        """A column or a row repeated, as a bias is; through ones(1, 1) now and then."""
        between = [OneMatrix(ONE, ONE)] * (self.random.random() < 0.3)
        if self.random.random() < 0.5:
            return MatMul(self.matrix(rows, ONE, depth), *between, OneMatrix(ONE, cols))
        return MatMul(OneMatrix(rows, ONE), *between, self.matrix(ONE, cols, depth))
