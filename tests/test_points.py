"""Points for trying claims: of many sizes, rational, the same every time, and where the expressions are real."""

from fractions import Fraction

import sympy as sp
from sympy import MatrixSymbol, OneMatrix, Q, Trace, assuming, symbols

from hwlib.matrix_calculus.arithmetic import shape
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.points import Sampler, value_at

m, n = symbols("m n")
X, A = MatrixSymbol("X", m, n), MatrixSymbol("A", n, n)


def entries(value):
    return [x for row in value for x in row]


def test_points_fit_the_shapes_and_are_rational():
    for point in Sampler(X * A).generic_points():
        assert shape(point[X]) == (point[m], point[n]) and shape(point[A]) == (point[n],) * 2
        assert all(isinstance(x, (int, Fraction)) for x in entries(point[X]))


def test_the_same_expressions_are_tried_at_the_same_points():
    first, second = (list(Sampler(X * A).generic_points()) for _ in range(2))
    assert first == second


def test_the_first_points_have_different_sizes_and_one_of_them_only_ones():
    sizes = [(p[m], p[n]) for p, _ in zip(Sampler(X).generic_points(), range(4), strict=False)]
    assert (1, 1) in sizes and any(a > b for a, b in sizes) and any(a < b for a, b in sizes)


def test_the_smallest_sizes_come_first():
    sums = [sum(sizes.values()) for sizes in Sampler(X).smallest_sizes()]
    assert sums == sorted(sums) and sums[0] == 2 and len(sums) == 9


def test_symmetric_matrices_are_drawn_symmetric():
    with assuming(Q.symmetric(A)):
        for point in Sampler(A).generic_points():
            assert point[A] == tuple(zip(*point[A], strict=True))


def test_some_points_suit_logarithms_roots_and_determinants():
    scope = read("A: n x n, X: m x n")
    for text in ("sum(log(X))", "log(det(A))", "sum(sqrt(1 - X))", "sum(log(1 - X))"):
        expr = parse(text, scope)
        assert any(value_at(point, expr) is not None for point in Sampler(expr).generic_points())


def test_exponents_and_indices_are_whole_numbers():
    k, i = symbols("k i")
    point = next(Sampler(Trace(A**k) + A[i, 0]).generic_points())
    assert isinstance(point[k], int) and point[k] >= 2 and point[i] in (0, 1)


def test_assumptions_on_scalars_are_kept():
    t = sp.Symbol("t", positive=True)
    assert all(point[t] > 0 for point in Sampler(t * X).generic_points())


def test_sizes_that_only_ones_have_are_drawn_too():
    assert m in next(Sampler(OneMatrix(m, 1)).generic_points())


def test_a_value_that_is_not_real_is_none():
    assert value_at({X: ((Fraction(-1),),), m: 1, n: 1}, X.applyfunc(sp.log)) is None
