"""The gradient engine: right by differences on random expressions, short, honest about what it does not know."""

import random
from time import process_time

import numpy as np
import pytest
import sympy as sp
from attack.expressions import SIZES, applied
from formulas import Formulas
from reference import NoValue, slopes, value
from sympy import (
    BlockMatrix,
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
    Q,
    Trace,
    Transpose,
    ZeroMatrix,
    assuming,
    exp,
    log,
    sqrt,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf

from hwlib.matrix_calculus import gradient, hessian, jacobian
from hwlib.matrix_calculus.arithmetic import Undefined, matrix, to_mpf
from hwlib.matrix_calculus.curves import residual
from hwlib.matrix_calculus.doors import shown
from hwlib.matrix_calculus.nodes import RULES
from hwlib.matrix_calculus.normal_form import proved_equal
from hwlib.matrix_calculus.points import Sampler
from hwlib.matrix_calculus.slopes import difference_quotient
from hwlib.matrix_calculus.values import Evaluation

m, n = SIZES
k, i, j = sp.symbols("k i j", integer=True, positive=True)
A, B, X = (MatrixSymbol(name, n, n) for name in "ABX")
x, a, b = (MatrixSymbol(name, n, 1) for name in "xab")
W, c, Z = MatrixSymbol("W", n, k), MatrixSymbol("c", k, 1), MatrixSymbol("Z", k, 1)
t = sp.Symbol("t", real=True)
f = sp.Function("f")


def sigmoid(u):
    return applied(lambda v: 1 / (1 + exp(-v)), u)


def agrees_with_differences(J, X, G, symmetric=False):
    """Compare tr(GᵀD) with the slope of J in random directions D, at up to three points where both are real."""
    sampler, found, draw = Sampler(J, G, X), 0, random.Random(1)
    for point in sampler.generic_points():
        rows, cols = (Evaluation(point).size(size) for size in X.shape)
        D = matrix(rows, cols, lambda i, j: draw.randint(-9, 9))
        if symmetric:
            D = matrix(rows, cols, lambda i, j, D=D: D[min(i, j)][max(i, j)])
        try:
            slope, value = to_mpf(difference_quotient(J, X, D, point)), Evaluation(point)(G)
        except Undefined:
            continue
        product = sum(to_mpf(value[i][j]) * D[i][j] for i in range(rows) for j in range(cols))
        assert abs(product - slope) < 1e-15 * (1 + abs(slope)), (J, G, point)
        found += 1
        if found == 3:
            return True
    return found > 0


def compared(seed, symmetric=False):
    """Compare a random J's gradient with its slopes at up to two points; whether there was one."""
    formula, draw, found = Formulas(seed, symmetric=symmetric), np.random.default_rng(seed), 0
    J, X = formula.J, formula.X
    G = gradient(J, X, symmetric)
    for _ in range(4):
        point = formula.point(draw)
        try:
            expected, other = slopes(J, X, point), slopes(J, X, point, 3e-4)
        except NoValue:
            continue
        if not np.allclose(expected, other, rtol=1e-5, atol=1e-6):  # beside a kink, or steep beyond float64
            continue
        expected = (expected + expected.T) / 2 if symmetric else expected
        scale = 1 + np.max(np.abs(expected))
        assert np.allclose(value(G, point), expected, rtol=1e-4, atol=1e-5 * scale), (seed, J, X.shape, G)
        found += 1
        if found == 2:
            break
    return bool(found)


@pytest.mark.parametrize("batch", range(6))
def test_a_random_expression_has_the_gradient_that_differences_give(batch):
    assert sum(compared(seed) for seed in range(70 * batch, 70 * (batch + 1))) > 60


def test_a_random_expression_of_a_symmetric_matrix_has_the_symmetric_gradient():
    assert sum(compared(seed, symmetric=True) for seed in range(60)) > 50


SHORT = [
    (Trace(A * X), X, A.T),
    (x.T * A * x, x, (A + A.T) * x),
    (x.T * x, x, 2 * x),
    (Trace(X.T * X), X, 2 * X),
    (Determinant(A * X * B), X, Determinant(A * X * B) * Inverse(Transpose(X))),
    (log(Determinant(X)), X, Inverse(Transpose(X))),
    (log(sp.Abs(Determinant(X))), X, Inverse(Transpose(X))),
    (Trace(X**k), X, k * MatPow(X.T, k - 1)),
    (a.T * X * b, X, a * b.T),
    (Trace(Inverse(A + X)), X, -MatPow(Transpose(A + X), -2)),
    (Trace(KroneckerProduct(A, X)), X, Trace(A) * Identity(n)),
    (X[i, j], X, FunctionMatrix(n, n, Lambda((m, k), sp.KroneckerDelta(m, i) * sp.KroneckerDelta(k, j)))),
    (a.T * DiagonalOf(X), X, DiagMatrix(a)),
    (sqrt((x.T * x)[0, 0]), x, x / sqrt(Trace(x.T * x))),
    (sp.Sum(x[i, 0] ** 2, (i, 0, n - 1)), x, 2 * x),
    (sp.Sum(X[i, j] * A[i, j], (i, 0, n - 1), (j, 0, n - 1)), X, A),
    (sp.Sum(x[i, 0] * A[i, j] * x[j, 0], (i, 0, n - 1), (j, 0, n - 1)), x, (A + A.T) * x),
    (Trace(X), X, Identity(n)),
    (a.T * x / sqrt(x.T * x), x, a / sqrt(Trace(x.T * x)) - x * x.T * a / Trace(x.T * x) ** sp.Rational(3, 2)),
    (Trace(x.T * a) * Trace(a.T * x), x, 2 * a * a.T * x),
]


@pytest.mark.parametrize("J, V, expected", SHORT, ids=lambda value: str(value)[:40])
def test_gradients_are_written_as_in_a_textbook(J, V, expected):
    found = gradient(J, V)
    assert found.shape == V.shape
    assert proved_equal(found, expected)
    nodes = [sum(1 for _ in sp.preorder_traversal(side)) for side in (found, expected)]
    assert nodes[0] <= 1.25 * nodes[1], found


def test_the_slope_of_a_sigmoid_is_written_through_the_sigmoid():
    y = sigmoid(W.T * x + c)
    found = gradient((y - Z).T * (y - Z), W)
    (inside,) = found.atoms(ElementwiseApplyFunction)
    assert inside == y
    ones = OneMatrix(k, 1)
    factors = {y - Z, y, MatAdd(ones, MatMul(-1, y))}
    (product,) = found.atoms(HadamardProduct)
    assert {sp.srepr(arg.doit()) for arg in product.args} == {sp.srepr(arg.doit()) for arg in factors}


@pytest.mark.parametrize(
    "function, slope",
    [
        (lambda v: 1 / (1 + exp(-v)), lambda y: HadamardProduct(y, OneMatrix(n, 1) - y)),
        (sp.tanh, lambda y: OneMatrix(n, 1) - HadamardPower(y, 2)),
        (sp.tan, lambda y: OneMatrix(n, 1) + HadamardPower(y, 2)),
        (exp, lambda y: y),
    ],
    ids=["sigmoid", "tanh", "tan", "exp"],
)
def test_slopes_are_written_through_the_function_where_they_are_polynomials_in_it(function, slope):
    y = applied(function, x)
    assert proved_equal(gradient(OneMatrix(1, n) * y, x), slope(y))


def test_softmax_stays_one():
    U, Y = MatrixSymbol("U", m, n), MatrixSymbol("Y", m, n)
    E = applied(exp, U)
    loss = Trace(OneMatrix(1, m) * applied(log, E * OneMatrix(n, 1))) - Trace(Y.T * U)
    softmax = HadamardProduct(E, HadamardPower(E * OneMatrix(n, n), -1))
    found = gradient(loss, U)
    assert proved_equal(found, softmax - Y)
    assert sum(1 for _ in sp.preorder_traversal(found)) <= sum(1 for _ in sp.preorder_traversal(softmax - Y))


@pytest.mark.parametrize(
    "scalar",
    [
        lambda s: sqrt(1 + s**2),
        lambda s: exp(-s / 2),
        lambda s: log(2 + s**2),
        lambda s: s**3 - s,
        lambda s: 1 / (1 + s**2),
        lambda s: sp.Abs(s),
        lambda s: sp.Max(0, s),
        lambda s: sp.Piecewise((s, s > 0), (s / 10, True)),
        sp.atan,
        sp.erf,
        lambda s: sp.besselj(1, s),
        lambda s: sp.gamma(2 + s**2),
    ],
)
def test_scalars_go_into_any_function(scalar):
    for inside in (Trace(A * X), (a.T * X * b)[0, 0], X[0, 0]):
        J = scalar(inside)
        assert agrees_with_differences(J, X, gradient(J, X))


def test_a_one_by_one_matrix_goes_into_a_function():
    J = exp(x.T * A * x)
    assert proved_equal(gradient(J, x), exp(Trace(x.T * A * x)) * (A + A.T) * x)


def test_the_larger_of_a_sum_over_entries_and_a_number_has_a_gradient():
    J = sp.Max(0, sp.Sum(exp(x[i, 0] / 3), (i, 0, n - 1)))
    assert agrees_with_differences(J, x, gradient(J, x))


def test_an_unknown_function_is_differentiated_formally():
    found = gradient(Trace(A * applied(f, X)), X)
    concrete = found.replace(lambda e: isinstance(e, sp.Derivative), lambda e: sp.cos(e.variables[0]))
    assert proved_equal(concrete, HadamardProduct(A.T, applied(sp.cos, X)))


def test_a_symbolic_power_that_does_not_commute_is_the_corner_of_a_block_matrix():
    found = gradient(Trace(A * X**k), X)
    assert agrees_with_differences(Trace(A * X**3), X, found.subs(k, 3))
    assert found.atoms(BlockMatrix)


def test_entries_of_a_matrix_of_known_size_come_together():
    Y = MatrixSymbol("Y", 2, 2)
    found = gradient(Y[0, 0] * Y[1, 1] - Y[0, 1] * Y[1, 0], Y)
    assert found == sp.ImmutableMatrix([[Y[1, 1], -Y[1, 0]], [-Y[0, 1], Y[0, 0]]])
    assert gradient(
        (MatrixSymbol("x", 3, 1).T * MatrixSymbol("x", 3, 1))[0, 0], MatrixSymbol("x", 3, 1)
    ) == 2 * MatrixSymbol("x", 3, 1)


@pytest.mark.parametrize(
    "J, expected",
    [
        (log(Determinant(X)), Inverse(X)),
        (Trace(A * X), (A + A.T) / 2),
        (Trace(X * X), 2 * X),
        (a.T * X.I * b, -X.I * (a * b.T + b * a.T) * X.I / 2),
    ],
    ids=str,
)
def test_among_symmetric_matrices_the_gradient_is_symmetric(J, expected):
    found = gradient(J, X, symmetric=True)
    with assuming(Q.symmetric(X)):
        assert proved_equal(found, Transpose(found))
        assert proved_equal(found, expected)
        assert gradient(J, X) == found
        assert agrees_with_differences(J, X, found, symmetric=True)


def test_zero_where_X_does_not_occur():
    assert gradient(Trace(A), X) == ZeroMatrix(n, n)
    assert gradient(sp.Integer(3), X) == ZeroMatrix(n, n)
    assert gradient(Trace(X) - Trace(X.T), X) == ZeroMatrix(n, n)


@pytest.mark.parametrize(
    "J, V, message",
    [
        (A * X, X, r"scalar.*\(n, n\)"),
        (Trace(X), 2 * X, "MatrixSymbol"),
        (Trace(X), sp.Symbol("s"), "MatrixSymbol"),
        (Trace(MatMul(A, W)), W, "must be square"),
        (Trace(MatMul(A, W.T)), W, "cannot agree"),
        (Trace(MatMul(A, MatAdd(A, W))), A, "cannot agree"),
        (exp(Trace(X)) * sp.sin(X), X, "a scalar is needed"),
        (Trace(A * DiagMatrix(X)), X, "column or a row"),
        ("Trace(", X, "J must be a SymPy expression"),
    ],
    ids=range(9),
)
def test_what_does_not_fit_is_named(J, V, message):
    with pytest.raises((ValueError, sp.SympifyError), match=message):
        gradient(J, V)


@pytest.mark.parametrize(
    "J, node",
    [
        (Trace(X[:2, :2]), "MatrixSlice"),
        (Trace(A * MatPow(X, sp.Rational(1, 2))), "MatPow"),
        (sp.floor(Trace(X)), "floor"),
        (sp.Integral(Trace(X) * t, (t, 0, 1)), "Integral"),
        (a.T * applied(lambda v: v * Trace(X), x), "ElementwiseApplyFunction"),
        (Trace(A * applied(lambda v: v * Trace(X), X)), "ElementwiseApplyFunction"),
        (Trace(A * KroneckerProduct(x, x.T)), "KroneckerProduct"),
        (sp.Sum(X[i, i + 1], (i, 0, n - 2)), "Sum"),
        (sp.Sum(Trace(X**i), (i, 0, 3)), "Sum"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_not_known_is_named(J, node):
    with pytest.raises(NotImplementedError, match=node):
        gradient(J, x if node == "KroneckerProduct" else X)


def test_the_cost_is_that_of_the_graph_not_of_the_tree():
    weights = MatrixSymbol("W1", n, n)
    for _ in range(2):  # the second network is equal to the first, but built anew
        assert gradient(residual(60)[0], weights).shape == (n, n)


def test_a_deep_network_applies_one_rule_a_node(monkeypatch):
    calls = []
    for known in RULES:
        monkeypatch.setattr(
            known, "adjoint", lambda *args, adjoint=known.adjoint: (calls.append(args[0]), adjoint(*args))[1]
        )
    counts = []
    for layers in (10, 20, 40):
        calls.clear()
        gradient(residual(layers)[0], MatrixSymbol("W1", n, n))
        counts.append(len(calls))
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


COLUMNS = [
    (A * x, A),
    (applied(sp.tanh, A * x), None),
    (x * x.T * A * x, None),
    (DiagMatrix(x) * A * x, None),
    (HadamardProduct(x, A * x), None),
    (Inverse(A + x * x.T) * a, None),
    (x / sqrt((x.T * x)[0, 0]), None),
    (applied(exp, x) / Trace(OneMatrix(1, n) * applied(exp, x)), None),
    (x.T * A * x, x.T * (A + A.T)),
    (applied(sp.sin, x * x.T) * a, None),
    (a, ZeroMatrix(n, n)),
    (W.T * applied(lambda v: sp.Max(0, v), x), None),
]


@pytest.mark.parametrize("column, expected", COLUMNS, ids=lambda value: str(value)[:30])
def test_a_jacobian_maps_dx_to_df(column, expected):
    found = jacobian(column, x)
    assert found.shape == (column.rows, n)
    v = MatrixSymbol("v", column.rows, 1)
    assert proved_equal(Transpose(found) * v, gradient(Trace(v.T * column), x))
    assert expected is None or proved_equal(found, expected)


@pytest.mark.parametrize(
    "J, expected",
    [
        (x.T * A * x, A + A.T),
        (Trace(x.T * x) ** 2, 4 * Trace(x.T * x) * Identity(n) + 8 * x * x.T),
        (
            OneMatrix(1, n) * applied(lambda v: log(1 + exp(v)), x),
            DiagMatrix(HadamardProduct(sigmoid(x), OneMatrix(n, 1) - sigmoid(x))),
        ),
        (a.T * x, ZeroMatrix(n, n)),
    ],
    ids=str,
)
def test_a_hessian_is_the_matrix_of_second_derivatives(J, expected):
    found = hessian(J, x)
    assert found.shape == (n, n)
    assert proved_equal(found, expected)
    assert proved_equal(found, Transpose(found))


def test_jacobians_are_of_columns_by_columns():
    with pytest.raises(ValueError, match="f must be a column"):
        jacobian(x.T * A, x)
    with pytest.raises(ValueError, match="x must be a column"):
        jacobian(a, X)
    with pytest.raises(NotImplementedError, match="no Jacobian"):
        jacobian(HadamardProduct(A, Inverse(A + x * x.T) * DiagMatrix(x) * B) * a, x)


def test_an_error_names_an_expression_in_a_few_words_and_at_once():
    """SymPy's own text of this one takes minutes: it looks for a sign in every product of products."""
    x, P, W, A = MatrixSymbol("x", n, 1), MatrixSymbol("P", 1, n), MatrixSymbol("W", 1, m), MatrixSymbol("A", m, n)
    column = MatMul(DiagonalOf(MatMul(x, P)), MatMul(W, MatMul(A, x)))
    squared = MatMul(Transpose(column), column)
    start = process_time()
    text = shown(MatMul(squared, squared, squared))
    assert process_time() - start < 1
    assert text.startswith("((DiagonalOf(x*P)*(W*(A*x))).T*") and len(text) < 500


@pytest.mark.parametrize("function", [sp.Abs, lambda s: sp.Max(0, s), sp.Heaviside, lambda s: sp.sqrt(s**2)])
@pytest.mark.parametrize("scalar", [Determinant, Trace, lambda M: log(Determinant(M)), lambda M: 1 / Determinant(M)])
def test_functions_of_scalars_take_both_orders_of_a_difference(function, scalar):
    """SymPy takes −1 out of one of A − B and B − A, and failed on it."""
    A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
    for M in (MatAdd(A, MatMul(-1, B)), MatAdd(B, MatMul(-1, A))):
        gradient(function(scalar(M)), A)
