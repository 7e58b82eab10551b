"""The NumPy function of a formula: the formula's value, each part computed once, at the cost of the graph."""

import time

import numpy as np
import pytest
import sympy as sp
from formulas import Formulas, a, b
from reference import NoValue, value
from sympy import FunctionMatrix, HadamardPower, Lambda, MatMul, MatrixSymbol, OneMatrix, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix
from sympy.matrices.expressions.dotproduct import DotProduct

from hwlib.matrix_calculus import gradient, to_numpy
from hwlib.matrix_calculus.curves import plain, residual

m, n = sp.symbols("m n", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
x, A, S, c = MatrixSymbol("x", n, 1), MatrixSymbol("A", n, n), MatrixSymbol("S", n, m), MatrixSymbol("c", m, 1)


def agrees(expr, point, rtol=1e-7):
    """Compare to_numpy with the tests' own evaluator; the sizes that no array shows are given as numbers."""
    symbols = sorted(expr.atoms(MatrixSymbol) | (expr.free_symbols & {a, b}), key=str)
    shown = {size for X in symbols if isinstance(X, MatrixSymbol) for size in X.shape}
    symbols += sorted((s for s in expr.free_symbols - {*symbols} - shown if s.is_integer), key=str)
    expected, found = value(expr, point), to_numpy(expr, symbols)
    actual = found(*[point[s] for s in symbols])
    assert np.shape(actual) == np.shape(expected), found.source
    assert np.allclose(actual, expected, rtol=rtol, atol=1e-9), (expr, found.source, actual, expected)


@pytest.mark.parametrize("batch", range(4))
def test_a_random_gradient_has_the_value_that_its_formula_has(batch):
    compared = 0
    for seed in range(60 * batch, 60 * (batch + 1)):
        formula = Formulas(seed)
        point = formula.point(np.random.default_rng(seed))
        try:
            agrees(gradient(formula.J, formula.X), point)
        except NoValue:
            continue
        compared += 1
    assert compared > 50


ONE = OneMatrix(1, 1)


@pytest.mark.parametrize(
    "expr",
    [
        MatMul(Trace(A) * OneMatrix(n, 1), ONE, x.T, A),
        MatMul(x, ONE, OneMatrix(1, n)),
        MatMul(x.T * A * x, ONE, x.T, x),
        MatMul(ONE, ONE),
        MatMul(OneMatrix(n, 1), ONE, OneMatrix(1, n)) + A,
        gradient(Trace((OneMatrix(n, 1) * (c.T * S.T)).T * (OneMatrix(n, 1) * (c.T * S.T))), S),
        HadamardPower(A, A),
        HadamardPower(2, A),
        DiagonalMatrix(A) * x,
        DotProduct(x, A * x) * x,
        FunctionMatrix(n, n, Lambda((i, j), x[i, 0] * A[j, i] / (1 + i) ** 2)),
        sp.Sum(x[i, 0] ** 2 * (i + 1), (i, 0, n - 1)),
        sp.ImmutableMatrix([[1, a], [Trace(A), 2]]) ** 2,
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 3])
def test_ones_of_one_entry_and_rare_nodes_keep_their_value(expr, size):
    draw, sizes = np.random.default_rng(size), {n: size, m: 2}
    point = {X: draw.uniform(0.5, 2, [int(value(k, sizes)) for k in X.shape]) for X in (x, A, S, c)}
    agrees(expr, {**sizes, a: 0.5, **point})


def test_a_deep_residual_network_is_written_as_the_graph_it_is():
    lengths = []
    for layers in (8, 16, 32):
        J, symbols = residual(layers)
        G, start = gradient(J, symbols[2]), time.process_time()
        source = to_numpy(G, symbols).source
        assert time.process_time() - start < 1
        assert source.count("np.exp") == layers
        lengths.append(source.count("\n"))
    assert lengths[2] - lengths[1] <= 2 * (lengths[1] - lengths[0]) + 2


def test_a_network_of_a_hundred_layers_is_written_in_lines_that_python_can_read():
    J, symbols = plain(100)
    function = to_numpy(gradient(J, symbols[2]), symbols)
    assert function(*[np.eye(2)] * 102).shape == (2, 2)
    assert max(map(len, function.source.splitlines()[1:])) < 500


@pytest.mark.parametrize("symbols", [0, sp.nan, "x", [x, 2 * x], sp.Function("f")(a), x[0, 0]], ids=str)
def test_what_is_no_symbol_is_named(symbols):
    with pytest.raises(ValueError, match="symbols must be"):
        to_numpy(Trace(A), symbols)
