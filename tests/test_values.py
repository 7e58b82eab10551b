"""Values of expressions: exact where that can be had, undefined where there is none, the same in NumPy."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from sympy import MatrixSymbol, Trace, exp, log, symbols

from hwlib.matrix_calculus.arithmetic import Undefined, mp, shape, to_mpf
from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.numpy_code import to_numpy
from hwlib.matrix_calculus.points import Sampler, value_at
from hwlib.matrix_calculus.slopes import difference_quotient
from hwlib.matrix_calculus.suite import CASES
from hwlib.matrix_calculus.values import entries, evaluate

SCOPE = read("A: n x n, B: n x n, X: m x n, x: n, t: scalar")
A, B, X, x, t = (SCOPE[name] for name in ("A", "B", "X", "x", "t"))
POINT = {A: ((2, 1), (1, 3)), B: ((0, 1), (-1, 4)), X: ((1, 2), (3, 4), (5, 6)), x: ((1,), (-2,)), t: Fraction(1, 2)}

rationals = st.fractions(min_value=-3, max_value=3, max_denominator=5)
squares = st.tuples(st.tuples(rationals, rationals), st.tuples(rationals, rationals))


def value(text, point=POINT):
    return evaluate(parse(text, SCOPE), point)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A + 2*B", ((2, 3), (-1, 11))),
        ("A*B", ((-1, 6), (-3, 13))),
        ("X'", ((1, 3, 5), (2, 4, 6))),
        ("A .* B", ((0, 1), (-1, 12))),
        ("A.^2", ((4, 1), (1, 9))),
        ("A^3", ((15, 20), (20, 35))),
        ("inv(A)", ((Fraction(3, 5), Fraction(-1, 5)), (Fraction(-1, 5), Fraction(2, 5)))),
        ("A^(-2)", ((Fraction(2, 5), Fraction(-1, 5)), (Fraction(-1, 5), Fraction(1, 5)))),
        ("1 ./ A", ((Fraction(1, 2), 1), (1, Fraction(1, 3)))),
        ("diag(x)", ((1, 0), (0, -2))),
        ("diag(A)", ((2,), (3,))),
        ("relu(x)", ((1,), (0,))),
        ("step(x)", ((1,), (0,))),
        ("kron(x, x')", ((1, -2), (-2, 4))),
        ("A[1,2]*A[2,2]", 3),
        ("tr(A)*t", Fraction(5, 2)),
        ("det(A)", 5),
        ("norm(x)^2", 5),
        ("sum(X)", 21),
        ("ones(m,1)*x'", ((1, -2),) * 3),
        ("I(n) - zeros(n,n)", ((1, 0), (0, 1))),
        ("(x'*x)*A", ((10, 5), (5, 15))),
        ("sqrt(t^2/9)", Fraction(1, 6)),
    ],
)
def test_rational_expressions_have_exact_values(text, expected):
    found = value(text)
    assert found == expected
    flat = [e for row in found for e in row] if isinstance(found, tuple) else [found]
    assert all(isinstance(e, (int, Fraction)) for e in flat)


def test_functions_have_sixty_digits():
    assert abs(value("exp(t)") ** 2 - mp.e) < mp.mpf(10) ** -57
    assert abs(value("sigmoid(t) + sigmoid(-t)") - 1) < mp.mpf(10) ** -58


@pytest.mark.parametrize(
    "text",
    [
        "inv(x*x')",
        "log(-t)",
        "sqrt(-t)",
        "1/(t - 1/2)",
        "1 ./ (X - ones(m,n))",
        "(-t)^(1/2)",
        "log(x)",
        "(A - A)^(-1)",
        "exp(exp(exp(100*t)))",
    ],
)
def test_where_there_is_no_real_value_it_says_so(text):
    with pytest.raises(Undefined):
        value(text)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="n = "):
        evaluate(A * x, {A: ((1, 2), (3, 4)), x: ((1,), (2,), (3,))})
    with pytest.raises(ValueError, match="no value is given for B"):
        evaluate(A * B, {A: ((1, 2), (3, 4))})
    with pytest.raises(ValueError, match="needs shape"):
        evaluate(x, {x: ((1, 2),)})
    with pytest.raises(ValueError, match="square"):
        evaluate(Trace(MatrixSymbol("R", *symbols("p q"))), {MatrixSymbol("R", *symbols("p q")): ((1, 2),)})
    with pytest.raises(NotImplementedError, match="FourierMatrix|DFT"):
        evaluate(sp.matrices.expressions.fourier.DFT(2), {})


@given(squares, squares)
def test_the_determinant_is_multiplicative(a, b):
    point = {**POINT, A: a, B: b}
    assert value("det(A*B)", point) == value("det(A)*det(B)", point)


@given(squares)
def test_a_matrix_times_its_inverse_is_the_identity(a):
    point = {**POINT, A: a}
    if value("det(A)", point) == 0:
        with pytest.raises(Undefined):
            value("inv(A)", point)
    else:
        assert evaluate(sp.MatMul(sp.Inverse(A), A), point) == ((1, 0), (0, 1))


def test_entries_are_expressions_in_the_entries():
    n = SCOPE["n"]
    ((first, _), _) = entries(sp.Inverse(A), {n: 2})
    a, b, c, d = (sp.Symbol(f"A[{i},{j}]", real=True) for i in (1, 2) for j in (1, 2))
    assert sp.simplify(first - d / (a * d - b * c)) == 0


def test_difference_quotients_give_the_slope_to_thirty_digits():
    n = SCOPE["n"]
    slope = difference_quotient(exp(Trace(A)), A, ((1, 0), (0, 0)), {**POINT, n: 2})
    assert abs(slope - mp.exp(5)) < mp.mpf(10) ** -30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_numpy_gives_the_same_values(case):
    sampler = Sampler(case.J, case.gradient)
    points = ((p, value_at(p, case.gradient), value_at(p, case.J)) for p in sampler.generic_points())
    point, gradient, loss = next(row for row in points if row[1] is not None and row[2] is not None)
    symbols_ = [*sampler.matrices, *sampler.scalars, *(s for s in sampler.sizes if not _has_size(sampler, s))]
    arrays = [_array(point[s]) for s in symbols_]
    scale = 1 + max(abs(float(to_mpf(x))) for row in gradient for x in row)
    np.testing.assert_allclose(to_numpy(case.gradient, symbols_)(*arrays), _array(gradient), atol=1e-9 * scale)
    (found,) = np.ravel(to_numpy(case.J, symbols_)(*arrays))
    assert found == pytest.approx(float(to_mpf(loss[0][0])), rel=1e-9, abs=1e-9)


def _has_size(sampler, size):
    return any(size in X.shape for X in sampler.matrices)


def _array(value):
    if isinstance(value, tuple):
        return np.array([[float(to_mpf(e)) for e in row] for row in value])
    return value if isinstance(value, int) else float(value)


def test_numpy_computes_common_parts_once():
    scope = read("W: n x k, x: n, b: k, Z: k, y = sigmoid(W'*x + b)")
    function = to_numpy(parse("2*x*((y - Z) .* y .* (1 - y))'", scope), [scope[s] for s in "WxbZ"])
    assert function.source.count("exp") == 1
    assert function.__doc__ == function.source


def test_numpy_broadcasts_where_the_formula_repeats_rows():
    scope = read("U: m x k")
    function = to_numpy(parse("softmax(U)", scope), [scope["U"]])
    assert "ones" not in function.source and function.source.count("exp") == 1
    U = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(function(U).sum(axis=1), 1)


def test_numpy_never_makes_a_square_matrix_for_an_outer_product():
    assert evaluate_numpy("A*x*x'*B*x", A, x, B).shape == (2, 1)
    assert "x.T @ " in to_numpy(parse("A*x*x'*B", SCOPE), [A, x, B]).source


def evaluate_numpy(text, *symbols_):
    return to_numpy(parse(text, SCOPE), symbols_)(*(np.array(POINT[s], dtype=float) for s in symbols_))


@pytest.mark.parametrize(
    "text",
    [
        "diag(x)*A*diag(x)",
        "A*diag(x)",
        "inv(A)*x",
        "inv(A)*inv(A)",
        "kron(A, B)",
        "A^3",
        "A^(-2)",
        "(x'*A*x)*A",
        "relu(x - 1) + max(2, x)",
        "ones(n,n)*A*ones(n,n)",
        "x*ones(1,n) + A",
        "2*ones(n,n) - A .* ones(n,n)",
        "1 ./ A.^2",
        "I(n) + zeros(n,n)",
        "abs(x)/norm(x)",
        "tr(A)*det(B)*A[1,2]*A",
        "(A*B)'*(A*B)",
        "diag(x)",
        "-A",
        "diag(A)",
        "cot(A) + sinh(x)*x'",
    ],
)
def test_numpy_agrees_on_every_kind_of_node(text):
    used = sorted(parse(text, SCOPE).atoms(MatrixSymbol), key=str) or [A]
    expr = parse(text, SCOPE)
    found = to_numpy(expr, [*used, *([A] if A not in used else [])])
    arguments = [np.array(POINT[s]) for s in [*used, *([A] if A not in used else [])]]
    np.testing.assert_allclose(found(*arguments), _array(value(text)), rtol=1e-12)


def test_numpy_chooses_among_cases():
    step = MatrixSymbol("u", 3, 1).applyfunc(lambda v: sp.Piecewise((v**2, v > 1), (-v, v < 0), (0, True)))
    u = np.array([[2.0], [-1.0], [0.5]])
    np.testing.assert_allclose(to_numpy(step, [MatrixSymbol("u", 3, 1)])(u).ravel(), [4, 1, 0])


def test_numpy_functions_check_their_arrays():
    function = to_numpy(X * x, [X, x])
    with pytest.raises(ValueError, match=r"x needs shape \(n, 1\) with n = 2, got \(3, 1\)"):
        function(np.ones((3, 2)), np.ones((3, 1)))
    with pytest.raises(ValueError, match="2 arrays are needed"):
        function(np.ones((3, 2)))
    with pytest.raises(ValueError, match="needs shape"):
        function(np.ones((3, 2)), np.ones(2))


def test_numpy_says_what_it_lacks():
    with pytest.raises(ValueError, match="lacks x"):
        to_numpy(X * x, [X])
    with pytest.raises(NotImplementedError, match="loggamma"):
        to_numpy(x.applyfunc(sp.loggamma), [x])


def test_whole_numbers_are_computed_with_as_real_ones():
    assert to_numpy(parse("x.^(-1)", SCOPE), [x])(np.array([[2], [4]])).ravel().tolist() == [0.5, 0.25]


def test_a_scalar_function_takes_numbers():
    assert to_numpy(t**2 + log(t), [t])(1.0) == 1.0


def test_shapes_are_those_of_the_formula():
    assert shape(value("X*A")) == (3, 2)


def test_a_deep_network_is_written_layer_by_layer():
    layers = [MatrixSymbol(f"W{k}", 2, 2) for k in range(12)]
    output = x2 = MatrixSymbol("x", 2, 1)
    for W in layers:
        output = (W * output).applyfunc(sp.tanh)
    source = to_numpy(gradient(Trace(output.T * output), layers[0]), [x2, *layers]).source
    assert source.count("np.tanh") == 12
