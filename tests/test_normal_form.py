"""The normal form: what it must prove, and that it never proves what values contradict."""

from random import Random
from time import monotonic

import pytest
import sympy as sp
from attack.expressions import SIZES, applied
from attack.values import Values, array, differs, number
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
    Q,
    Sum,
    Trace,
    Transpose,
    ZeroMatrix,
    assuming,
    cos,
    cosh,
    exp,
    sqrt,
    tan,
    tanh,
)
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct

from hwlib.matrix_calculus.normal_form import normal_form, proved_equal

m, n = SIZES
k, i, j = sp.symbols("k i j", integer=True, positive=True)
A, B, C, X = (MatrixSymbol(name, n, n) for name in "ABCX")
D = MatrixSymbol("D", m, m)
x, z = MatrixSymbol("x", n, 1), MatrixSymbol("z", n, 1)
ones, I = OneMatrix(n, 1), Identity(n)  # noqa: E741
E = applied(exp, A)
R = E * OneMatrix(n, n)
HAD, POW = HadamardProduct, HadamardPower


def sigmoid(t):
    return 1 / (1 + exp(-t))


def total(matrix):
    return Trace(OneMatrix(matrix.cols, matrix.rows) * matrix)


EQUAL = {
    "transpose of a product": ((A * B).T, MatMul(Transpose(B), Transpose(A))),
    "a trace is cyclic": (Trace(A * B * C), Trace(B * C * A)),
    "a trace is that of the transpose": (Trace(A * B), Trace(B.T * A.T)),
    "distribution": (A * (B + C), A * B + A * C),
    "Hadamard factors commute": (HAD(A, B), HAD(B, A)),
    "inverse": (A * A.I * x, x),
    "inverse of a product": (Inverse(A * B), B.I * A.I),
    "inverse of a transpose": (Inverse(A.T), Transpose(Inverse(A))),
    "inverse of a sum, from the left": (Inverse(A + B) * (A + B), I),
    "inverse of a sum, from the right": (MatMul(A + B, Inverse(A + B), x), x),
    "inverse of a sum of transposes": (Inverse(A.T + B.T), Transpose(Inverse(A + B))),
    "inverse of a sum, taken apart": (A * Inverse(A + B) + B * Inverse(A + B), I),
    "inverse of a symmetric sum": (Inverse(A + A.T), Transpose(Inverse(A + A.T))),
    "trace of a Hadamard product": (Trace(A.T * HAD(B, C)), Trace(B.T * HAD(A, C))),
    "rank one in a Hadamard product": (HAD(x * z.T, A), DiagMatrix(x) * A * DiagMatrix(z)),
    "diagonal of a product": (DiagonalOf(A * B), HAD(A, B.T) * ones),
    "identity in a Hadamard product": (HAD(A, I), DiagMatrix(DiagonalOf(A))),
    "ones": (OneMatrix(n, m) * OneMatrix(m, n), m * OneMatrix(n, n)),
    "trace of the identity": (Trace(I), n),
    "a size as a factor": ((n + 1) * A, n * A + A),
    "slope of sigmoid": (
        HAD(applied(sigmoid, A), OneMatrix(n, n) - applied(sigmoid, A)),
        applied(lambda t: exp(-t) / (1 + exp(-t)) ** 2, A),
    ),
    "sigmoid from the other side": (applied(sigmoid, A), applied(lambda t: exp(t) / (1 + exp(t)), A)),
    "sigmoid and tanh": (applied(tanh, A), 2 * applied(lambda t: sigmoid(2 * t), A) - OneMatrix(n, n)),
    "slope of tanh": (applied(lambda t: 1 / cosh(t) ** 2, A), OneMatrix(n, n) - POW(applied(tanh, A), 2)),
    "slope of tan": (applied(lambda t: 1 + tan(t) ** 2, A), applied(lambda t: 1 / cos(t) ** 2, A)),
    "a softmax sums to one": (HAD(E, POW(R, -1)) * ones, ones),
    "relu in two ways": (applied(lambda t: sp.Max(0, t), x), applied(lambda t: sp.Piecewise((t, t > 0), (0, True)), x)),
    "sign and modulus": (applied(lambda t: t * sp.sign(t), x), applied(sp.Abs, x)),
    "determinant of a product": (Determinant(A * B), Determinant(B) * Determinant(A.T)),
    "determinant of a multiple": (Determinant(2 * A), 2**n * Determinant(A)),
    "determinant of an inverse": (Determinant(Inverse(A)), 1 / Determinant(A)),
    "trace of a Kronecker product": (Trace(KroneckerProduct(A, B)), Trace(A) * Trace(B)),
    "mixed products": (Trace(KroneckerProduct(A, B) * KroneckerProduct(C, X)), Trace(A * C) * Trace(B * X)),
    "symbolic powers": (MatMul(MatPow(A, k), A), MatPow(A, k + 1)),
    "symbolic power and inverse": (MatMul(MatPow(A, k), A.I), MatPow(A, k - 1)),
    "power of a transpose": (MatPow(A.T, k), Transpose(MatPow(A, k))),
    "a sum over entries": (Sum(x[i, 0] ** 2, (i, 0, n - 1)), x.T * x),
    "a double sum over entries": (Sum(A[i, j] * B[j, i], (i, 0, n - 1), (j, 0, n - 1)), Trace(A * B)),
    "roots": (Trace(x.T * x) / sqrt(Trace(x.T * x)), sqrt(Trace(x.T * x))),
    "exp of a sum": (exp(Trace(A) + Trace(B)), exp(Trace(A)) * exp(Trace(B))),
    "a scalar moves": (Trace(A) * X, X * Trace(A.T)),
    "zero": (A - A, ZeroMatrix(n, n)),
    "determinant of a power": (Determinant(MatPow(A, k)), Determinant(A) ** k),
    "powers that make one": (MatMul(MatPow(A, k), MatPow(A, 1 - k), x), A * x),
    "powers that make none": (MatMul(MatPow(A, k), MatPow(A, -k)), I),
    "powers of a transpose that make one": (MatMul(MatPow(A.T, k), MatPow(A.T, 1 - k)), A.T),
    "a Kronecker product of identities": (
        MatMul(KroneckerProduct(I, Identity(m)), KroneckerProduct(A, D)),
        KroneckerProduct(A, D),
    ),
    "a Kronecker product and its inverse": (
        MatMul(KroneckerProduct(A, D), KroneckerProduct(A.I, D.I)),
        KroneckerProduct(I, Identity(m)),
    ),
    "trace of a Kronecker product with an identity": (Trace(KroneckerProduct(A, Identity(m))), m * Trace(A)),
    "a dot product": (DotProduct(x, z), Trace(x.T * z)),
    "a dot product of a row": (DotProduct(x.T, z), Trace(z.T * x)),
    "entries as exponents": (
        HAD(POW(E, B), POW(E, C)),
        POW(E, B + C),
    ),
    "an entrywise power of an exponential": (POW(E, B), applied(exp, HAD(A, B))),
    "determinant of the identity and ones": (Determinant(I + OneMatrix(n, n)), 1 + n),
    "determinant of multiples of them": (Determinant(2 * I + 3 * OneMatrix(n, n)), 2**n * (1 + 3 * n / 2)),
}

NOT_EQUAL = {
    "a transpose": (A, A.T),
    "an order": (A * B, B * A),
    "an inner transpose": (Trace(A * B), Trace(A * B.T)),
    "a Hadamard for a product": (HAD(A, B), A * B),
    "inverse transposed": (A.I * x, A.I.T * x),
    "a factor": (2 * A, A),
    "an outer product": (x * z.T, z * x.T),
    "a cycle run backwards": (Trace(A * B * C), Trace(A * C * B)),
    "an exponent": (sqrt(Trace(x.T * x)) ** 3, Trace(x.T * x)),
    "root of a square": (applied(lambda t: sqrt(t**2), x), x),
    "inverse of a sum": (Inverse(A + B), A.I + B.I),
    "a determinant's size": (Determinant(2 * A), 2 * Determinant(A)),
    "rows for columns": (R, OneMatrix(n, n) * E),
    "a power and a matrix": (MatPow(A, k) * B, B * MatPow(A, k)),
    "another size of an identity in a function": (total(applied(exp, I)), total(applied(exp, Identity(m)))),
    "another size of an inverse": (Trace(Inverse(I + OneMatrix(n, n))), Trace(Inverse(Identity(m) + OneMatrix(m, m)))),
    "another size of a determinant": (Determinant(applied(exp, I)), Determinant(applied(exp, Identity(m)))),
    "another size of a fraction": tuple(total(applied(lambda t: 1 / (2 + t), Identity(k))) for k in (m, n)),
    "a sum of products for a product of sums": (Trace(x.T * z), Trace(ones.T * x) * Trace(ones.T * z)),
    "two sums for one": (Trace(A.T * B) * Trace(C.T * X), Trace(A.T * C) * Trace(B.T * X)),
    "a square of a sum": (Trace(ones.T * x) ** 2, Trace(x.T * x)),
    "a sum taken apart": (A * x * Trace(ones.T * z), A * HAD(x, z)),
    "inverse of an entrywise square": (Inverse(HAD(A, A)), Inverse(A)),
    "inverse of a diagonal part": (Inverse(HAD(A, I) + A), Inverse(2 * A)),
    "powers in another order": (MatMul(MatPow(A, k), B, MatPow(A, -k)), B),
    "Kronecker factors exchanged": (KroneckerProduct(A, B), KroneckerProduct(B, A)),
    "a name": (A, B),
    "a part of a sum": (Sum(x[i, 0] ** 2, (i, 0, n - 1)), Sum(x[i, 0], (i, 0, n - 1))),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal_expressions_are_proved_equal(name):
    left, right = EQUAL[name]
    assert proved_equal(left, right)
    assert proved_equal(right, left)


@pytest.mark.parametrize("name", NOT_EQUAL)
def test_different_expressions_are_not(name):
    left, right = NOT_EQUAL[name]
    assert not proved_equal(left, right)
    assert normal_form(left) != normal_form(right)


def test_equal_forms_are_equal_values_with_equal_hashes():
    left, right = normal_form(A * (B + C)), normal_form(A * C + A * B)
    assert left == right and hash(left) == hash(right)


def test_symmetry_is_used_where_it_is_assumed():
    assert not proved_equal(Trace(A * B), Trace(A.T * B))
    with assuming(Q.symmetric(A)):
        assert proved_equal(Trace(A * B), Trace(A.T * B))
        assert proved_equal(Inverse(A), Inverse(A.T))
        assert proved_equal(MatMul(MatPow(A, k), MatPow(A.T, k + 1)), MatPow(A, 2 * k + 1))
        assert proved_equal(Trace(MatPow(A, k) * B), Trace(B.T * MatPow(A, k)))


def test_what_is_too_large_is_given_up_with_its_reason():
    total = MatAdd(*[MatrixSymbol(f"A{k}", n, n) for k in range(12)])
    with pytest.raises(NotImplementedError, match="too large"):
        normal_form(Trace(MatMul(total, total, total, total, total)))


def test_out_of_time_is_said():
    total = MatAdd(*[MatrixSymbol(f"A{k}", n, n) for k in range(9)])
    with pytest.raises(NotImplementedError, match="out of time"):
        proved_equal(Trace(MatMul(total, total, total)), Trace(total), deadline=monotonic() - 1)


def test_a_summed_index_may_only_be_an_index():
    with pytest.raises(NotImplementedError, match="outside of entries"):
        normal_form(Sum(i * x[i, 0], (i, 0, n - 1)))
    with pytest.raises(NotImplementedError, match="part of the indices"):
        normal_form(Sum(x[i, 0], (i, 0, n - 2)))


def test_sizes_that_differ_are_an_error():
    with pytest.raises(ValueError, match="cannot agree"):
        normal_form(MatMul(A, MatrixSymbol("M", m, n)))


# ---- one form, one value ----


class Scalars:
    """Random scalars of few symbols, so that many are alike: sums over the same factors, taken together or apart."""

    def __init__(self, random):
        self.random = random

    def scalar(self, depth):
        kind = self.random.choice(["trace", "inner", "inner", "total", "product", "function", "sum"])
        if kind == "trace":
            return Trace(self.matrix(depth))
        if kind == "inner" or depth < 1:
            return Trace(MatMul(Transpose(self.vector(depth)), self.vector(depth)))
        if kind == "total":
            return total(self.random.choice([self.matrix, self.vector])(depth))
        if kind == "product":
            return self.scalar(depth - 1) * self.scalar(depth - 1)
        if kind == "sum":
            return self.scalar(depth - 1) + self.scalar(depth - 1)
        return self.random.choice([lambda s: 1 / (1 + s**2), lambda s: exp(s / 100)])(self.scalar(depth - 1))

    def vector(self, depth):
        leaf = self.random.choice([x, x, z, ones])
        return (
            leaf
            if depth < 1
            else self.random.choice(
                [
                    lambda: leaf,
                    lambda: MatMul(self.matrix(depth - 1), self.vector(depth - 1)),
                    lambda: HAD(self.vector(depth - 1), self.vector(depth - 1)),
                    lambda: DiagonalOf(self.matrix(depth - 1)),
                    lambda: applied(lambda t: 1 / (2 + t**2), self.vector(depth - 1)),
                ]
            )()
        )

    def matrix(self, depth):
        leaf = self.random.choice([A, A, B, I, OneMatrix(n, n)])
        return (
            leaf
            if depth < 1
            else self.random.choice(
                [
                    lambda: leaf,
                    lambda: Transpose(self.matrix(depth - 1)),
                    lambda: MatMul(self.matrix(depth - 1), self.matrix(depth - 1)),
                    lambda: HAD(self.matrix(depth - 1), self.matrix(depth - 1)),
                    lambda: MatMul(self.vector(depth - 1), Transpose(self.vector(depth - 1))),
                    lambda: DiagMatrix(self.vector(depth - 1)),
                    lambda: applied(lambda t: 1 / (2 + t**2), self.matrix(depth - 1)),
                    lambda: Inverse(MatAdd(5 * I, applied(lambda t: 1 / (2 + t**2), self.matrix(depth - 1)))),
                ]
            )()
        )


def test_scalars_of_one_form_have_one_value():
    random = Random(4)
    points = []
    for size in (2, 3):
        draw = {M: array([[random.randint(-9, 9) for _ in range(size)] for _ in range(size)]) for M in (A, B)}
        draw |= {v: array([[random.randint(-9, 9)] for _ in range(size)]) for v in (x, z)}
        points.append({**draw, n: number(size)})
    known, met = {}, 0
    for _ in range(700):
        expr = Scalars(random).scalar(2)
        values = [Values(point).number(expr) for point in points]
        other, expected = known.setdefault(normal_form(expr), (expr, values))
        met += other != expr
        assert not differs(array([values]), array([expected])), (expr, other)
    assert len(known) > 200 and met > 50
