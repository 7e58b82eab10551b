"""One calculus: what a record says of differential and adjoint agrees with differences, and the two with each other."""

import random

import pytest
import sympy as sp
from attack.expressions import SIZES, applied, drawn
from hypothesis import given, settings
from hypothesis import strategies as st
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
    Trace,
    Transpose,
)
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct

from hwlib.matrix_calculus import gradient
from hwlib.matrix_calculus.arithmetic import Undefined, to_mpf
from hwlib.matrix_calculus.differential import differential
from hwlib.matrix_calculus.nodes import RULES, record
from hwlib.matrix_calculus.points import Sampler
from hwlib.matrix_calculus.slopes import difference_quotient
from hwlib.matrix_calculus.values import Evaluation

m, n = SIZES
k = sp.Symbol("k", integer=True, positive=True)
A, B, C = (MatrixSymbol(name, n, n) for name in "ABC")
R, S = MatrixSymbol("R", m, n), MatrixSymbol("S", n, m)
x, y = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1)
E = applied(sp.exp, R)
SOFTMAX = HadamardProduct(E, HadamardPower(E * OneMatrix(n, n), -1))
SOFTMAX_OF_COLUMNS = HadamardProduct(E, HadamardPower(OneMatrix(m, m) * E, -1))

NODES = [
    MatAdd(A, B),
    Trace(A) + Determinant(A),
    MatMul(R, S, R),
    MatMul(Trace(A), A, x),
    Transpose(R),
    Trace(A),
    DotProduct(x, y),
    DotProduct(x, y.T),
    R[0, 0],
    DiagMatrix(x),
    DiagMatrix(x.T),
    DiagonalOf(A),
    DiagonalMatrix(A),
    KroneckerProduct(A, B),
    Inverse(A),
    Determinant(A),
    MatPow(A, 3),
    Trace(MatPow(A, k)),
    HadamardProduct(R, R, E),
    HadamardPower(R, 3),
    HadamardPower(E, R),
    HadamardPower(E, Trace(A)),
    HadamardPower(sp.exp(Trace(A)), R),
    applied(sp.sin, R),
    applied(lambda t: 1 / (1 + sp.exp(-t)), R),
    applied(lambda t: sp.Max(0, t), R),
    SOFTMAX,
    SOFTMAX_OF_COLUMNS,
    applied(sp.log, SOFTMAX),
    Trace(A) * Determinant(A),
    sp.exp(Trace(A)),
    sp.sqrt(1 + Trace(A) ** 2) * sp.sin(R[0, 0]),
]


def directions(J):
    """{X: dX} for every matrix symbol of J."""
    return {X: MatrixSymbol(f"d{X.name}", *X.shape) for X in sorted(J.atoms(MatrixSymbol), key=str)}


def values(count, *exprs):
    """The values of scalar expressions at random points at which all have one."""
    sampler, found = Sampler(*exprs), 0
    for point in sampler.generic_points():
        try:
            yield point, [to_mpf(Evaluation(point).scalar(expr)) for expr in exprs]
        except Undefined:
            continue
        found += 1
        if found == count:
            return
    raise AssertionError(f"no points for {exprs}")


def close(left, right):
    return abs(left - right) <= 1e-15 * (1 + abs(left))


def weighted(node, weight):
    """A scalar that is linear in the node: tr(weightᵀ node)."""
    return Trace(MatMul(Transpose(weight), node)) if node.is_Matrix else node


def name(node):
    return f"{type(record(node)).__name__}: {str(node)[:40]}"


def test_every_rule_is_tried():
    tried = {kind for node in NODES for kind in type(record(node)).__mro__ if vars(kind).get("mathematics")}
    assert tried == {type(known) for known in RULES}


@pytest.mark.parametrize("node", NODES, ids=name)
def test_the_differential_is_the_change_that_differences_show(node):
    d = directions(node)
    weight = MatrixSymbol("V", *node.shape) if node.is_Matrix else None
    J, dJ = weighted(node, weight), weighted(differential(node, d), weight)
    for point, (_, value) in values(2, J, dJ):
        slopes = (to_mpf(difference_quotient(J, X, point[dX], point)) for X, dX in d.items() if dX in point)
        assert close(sum(slopes), value)


@pytest.mark.parametrize("node", NODES, ids=name)
def test_the_adjoint_is_the_transpose_of_the_differential(node):
    known = record(node)
    if isinstance(node, KroneckerProduct):
        weight = KroneckerProduct(C, C)
    else:
        weight = MatrixSymbol("V", *node.shape) if node.is_Matrix else sp.S.One
    for k, argument in enumerate(known.arguments(node)):
        if argument.is_number or argument.is_Symbol and not argument.is_Matrix:
            continue
        change = MatrixSymbol("D", *argument.shape) if argument.is_Matrix else sp.Symbol("D", real=True)
        forward = weighted(known.differential(node, k, change, node), weight)
        back = known.adjoint(node, k, weight, node)
        backward = Trace(MatMul(Transpose(back), change)) if argument.is_Matrix else back * change
        if not argument.is_Matrix:
            forward, backward = forward.subs(change, 1), backward.subs(change, 1)
        for _, (left, right) in values(2, forward, backward):
            assert close(left, right)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**9), st.integers(2, 4))
def test_gradient_and_differential_of_a_random_expression_agree(seed, depth):
    J, X = drawn(random.Random(seed), depth)
    D = MatrixSymbol("D", *X.shape)
    try:
        G, dJ = gradient(J, X), differential(J, {X: D})
    except NotImplementedError:
        return
    for _, (left, right) in values(2, Trace(MatMul(Transpose(G), D)), dJ):
        assert close(left, right)


@pytest.mark.parametrize("known", RULES, ids=lambda known: type(known).__name__)
def test_every_record_has_a_title_and_a_row_of_the_rule_table(known):
    node, change, adjoint = known.mathematics.split(" | ")
    assert known.title
    assert all(part.startswith("$") and part.endswith("$") for part in (node, change, adjoint))


def test_a_power_whose_exponent_depends_on_the_variable_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="exponent"):
        gradient(Trace(A ** Trace(A)), A)
    with pytest.raises(NotImplementedError, match="exponent"):
        gradient(Trace(Identity(n) ** Trace(A) * A ** Trace(A)), A)
