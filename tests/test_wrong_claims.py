"""Wrong claims that only points of one kind tell from the right one: each is refuted, and the right one is not."""

from itertools import product

import pytest
import sympy as sp
from sympy import HadamardProduct, MatAdd, MatMul, MatrixSymbol, OneMatrix, Rational, Trace, Transpose
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.judge import check, same

m, n, k = sp.symbols("m n k", integer=True, positive=True)
X, B = MatrixSymbol("X", m, n), MatrixSymbol("B", m, n)
A, x, a = MatrixSymbol("A", n, n), MatrixSymbol("x", n, 1), MatrixSymbol("a", n, 1)
T = sp.Symbol("t", real=True)
ROW = OneMatrix(1, n)


def applied(function, matrix):
    return ElementwiseApplyFunction(sp.Lambda(T, function(T)), matrix)


CASES = {  # J and X; of what is rational, of what is not, and of what is real at positive entries only
    "a quadratic form": (Trace(Transpose(X) * X) / 2, X),
    "a sum of functions": (Trace(Transpose(B) * applied(sp.tanh, X)), X),
    "a vector's norm": (sp.sqrt(1 + Trace(x.T * x)), x),
    "a linear function": (Trace(a.T * x), x),
}
POSITIVE = {"a logarithm": (Trace(ROW * applied(sp.log, x)), x), "roots": (Trace(a.T * applied(sp.sqrt, x)), x)}


@pytest.mark.parametrize("case", [*CASES, *POSITIVE])
def test_without_an_error_the_claim_is_right(case):
    J, X = {**CASES, **POSITIVE}[case]
    assert check(J, X, gradient(J, X)).how == "proved"


def refuted(J, X, error):
    """Whether the gradient with this error, a function of (gradient, X, another matrix of its shape), is refuted."""
    G = gradient(J, X)
    C = MatrixSymbol("C", *X.shape)
    verdict = check(J, X, MatAdd(G, error(G, X, C)))
    return verdict.how == "refuted" and verdict.counterexample is not None


FORMS = {
    "wide": lambda rows, cols: sp.Max(0, cols - rows),
    "tall": lambda rows, cols: sp.Max(0, rows - cols),
    "square": lambda rows, cols: sp.KroneckerDelta(rows, cols),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_error_in_matrices_of_one_form_alone_is_seen(form):
    for case in ("a quadratic form", "a sum of functions"):
        assert refuted(*CASES[case], lambda G, X, C: MatMul(FORMS[form](*X.shape), C))


@pytest.mark.parametrize("size", range(1, 8))
def test_an_error_at_one_size_alone_is_seen(size):
    for case, variable in (("a sum of functions", size % 2), ("a vector's norm", 0)):
        assert refuted(*CASES[case], lambda G, X, C, v=variable: MatMul(sp.KroneckerDelta(X.shape[v], size), C)), case


@pytest.mark.parametrize("zeros", (1, 3, 6))
def test_an_error_that_is_a_polynomial_of_a_size_is_seen(zeros):
    for case in ("a sum of functions", "a linear function"):
        assert refuted(*CASES[case], lambda G, X, C: MatMul(sp.Mul(*(X.shape[0] - z for z in range(1, zeros + 1))), C))


@pytest.mark.parametrize("zeros", range(1, 7))
def test_an_error_that_is_a_polynomial_of_an_exponent_is_seen(zeros):
    wrong = MatMul(sp.Mul(*(k - z for z in range(1, zeros + 1))), A)
    assert same(MatAdd(A**k, wrong), A**k).how == "refuted"


LARGE, SMALL = (Rational(1, 2), 30, 300, 900), (Rational(1, 10), Rational(1, 500))


@pytest.mark.parametrize("bound", LARGE)
def test_an_error_in_larger_entries_alone_is_seen(bound):
    for case in (*CASES, *POSITIVE):
        J, X = {**CASES, **POSITIVE}[case]
        assert refuted(J, X, lambda G, X, C: HadamardProduct(C, applied(lambda t: sp.Max(0, abs(t) - bound), X))), case


@pytest.mark.parametrize("bound", SMALL)
def test_an_error_in_smaller_entries_alone_is_seen(bound):
    for case in (*CASES, *POSITIVE):
        J, X = {**CASES, **POSITIVE}[case]
        assert refuted(J, X, lambda G, X, C: HadamardProduct(C, applied(lambda t: sp.Max(0, bound - abs(t)), X))), case


@pytest.mark.parametrize("sign", [1, -1])
def test_an_error_in_entries_of_one_sign_alone_is_seen(sign):
    for case in CASES:
        assert refuted(*CASES[case], lambda G, X, C: HadamardProduct(C, applied(lambda t: sp.Heaviside(sign * t), X)))


@pytest.mark.parametrize("kink", [-2000, -70, -1, Rational(-1, 30), Rational(1, 30), 1, 8, 450, 3000])
def test_an_error_on_one_side_of_a_kink_alone_is_seen(kink):
    for case, side in product(("a quadratic form", "a vector's norm"), (1, -1)):
        J, X = CASES[case]
        assert refuted(
            J, X, lambda G, X, C, s=side: HadamardProduct(C, applied(lambda t: sp.Heaviside(s * (t - kink)), X))
        ), case


@pytest.mark.parametrize("low, high", [(1, 2), (20, 25), (-70, -50), (300, 450), (Rational(1, 10), Rational(1, 8))])
def test_an_error_between_two_kinks_alone_is_seen(low, high):
    for case in ("a sum of functions", "a linear function"):
        J, X = CASES[case]

        def between(G, X, C):
            return HadamardProduct(C, applied(lambda t: sp.Heaviside(t - low) * sp.Heaviside(high - t), X))

        assert refuted(J, X, between), case


@pytest.mark.parametrize("bound", [5, 40, 500])
def test_an_error_beyond_a_kink_of_a_sum_or_product_is_seen(bound):
    for argument in (A * x, Trace(a.T * x) * x, HadamardProduct(x, a)):
        J = Trace(a.T * x)
        wrong = MatAdd(a, HadamardProduct(x, applied(lambda t: sp.Heaviside(t - bound), argument)))
        assert check(J, x, wrong).how == "refuted", argument


def test_an_error_in_one_entry_alone_is_seen_however_large_the_others_are():
    J = Trace(ROW * applied(lambda t: sp.cosh(200 * t), x)) + Trace(a.T * x)
    assert check(J, x, applied(lambda t: 200 * sp.sinh(200 * t), x) + a).equal
    assert check(J, x, applied(lambda t: 200 * sp.sinh(200 * t), x) + 2 * a).how == "refuted"
    i, j = sp.symbols("i j", integer=True)
    corner = sp.FunctionMatrix(n, 1, sp.Lambda((i, j), sp.KroneckerDelta(i, 0)))
    for case in ("a vector's norm", "a linear function"):
        assert refuted(*CASES[case], lambda G, X, C: MatMul(Rational(1, 10**9), corner))


@pytest.mark.parametrize("digits", [3, 9, 15, 20])
def test_an_error_of_one_part_in_many_is_seen(digits):
    for case in ("a sum of functions", "a vector's norm"):
        assert refuted(*CASES[case], lambda G, X, C: MatMul(Rational(1, 10**digits), G)), case


@pytest.mark.parametrize("low, high", [(5, 6), (500, 600), (-40, -39), (0, Rational(1, 10))])
def test_an_error_on_one_side_of_a_kink_in_a_narrow_domain_is_seen(low, high):
    J = Trace(ROW * applied(lambda t: sp.log(t - low) + sp.log(high - t), x))
    G, middle = gradient(J, x), Rational(low + high) / 2
    assert check(J, x, G).how == "proved"
    assert check(J, x, MatAdd(G, applied(lambda t: sp.Heaviside(t - middle), x))).how == "refuted"
    assert check(J, x, MatAdd(G, applied(lambda t: sp.Heaviside(middle - t), x))).how == "refuted"


UNDEFINED = {  # at some entries
    "log": sp.log,
    "root": sp.sqrt,
    "log of another": lambda t: sp.log(t + 60),
    "arc sine": lambda t: sp.asin(t / 50),
    "a broken power": lambda t: (t - 3) ** Rational(-3, 2),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_a_claim_without_a_value_where_J_has_a_slope_is_refuted(name):
    for case in ("a quadratic form", "a vector's norm"):
        J, X = CASES[case]
        missing = applied(UNDEFINED[name], X)
        assert refuted(J, X, lambda G, X, C, f=missing: MatAdd(f, MatMul(-1, f))), case
