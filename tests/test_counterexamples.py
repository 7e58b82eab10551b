"""Counterexamples: small, simple, and still where the claim fails."""

from fractions import Fraction

import pytest
import sympy as sp
from sympy import Q, assuming

from hwlib.matrix_calculus.counterexamples import counterexample, small_counterexample
from hwlib.matrix_calculus.hypotheses import Hypotheses
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.points import Point
from hwlib.matrix_calculus.questions import DIFFERS, NO_VALUE, Equality

NONE = Hypotheses()
SCOPE = read("A: n x n, B: n x n, X: m x n, x: n, t: scalar")


def equality(left, right):
    return Equality(parse(left, SCOPE), parse(right, SCOPE), NONE)


def failing(question, status=DIFFERS):
    """A point of many figures at which the question has this answer."""
    return next(p for p in question.sampler.generic_points() if question.at(p) is status and p.is_generic)


def entries(value):
    return [x for row in value for x in row] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize(
    "left, right, size",
    [("A*B", "B*A", 2), ("A", "A'", 2), ("x.^2", "x", 1), ("det(2*A)", "2*det(A)", 2), ("tr(A*B)", "tr(A)*tr(B)", 2)],
)
def test_the_sizes_are_the_smallest_that_will_do_and_the_numbers_simple(left, right, size):
    question = equality(left, right)
    point = small_counterexample(question, failing(question), DIFFERS)
    assert question.at(point) is DIFFERS
    assert [point[s] for s in question.sampler.sizes] == [size]
    for symbol in question.sampler.matrices:
        assert all(abs(x) <= 10 and Fraction(x).denominator <= 7 for x in entries(point[symbol]))


def test_the_small_one_fails_in_the_same_way():
    question = equality("log(x)", "x")
    found = small_counterexample(question, failing(question, NO_VALUE), NO_VALUE)
    assert question.at(found) is NO_VALUE and any(x < 0 for x in entries(found[SCOPE["x"]]))
    found = small_counterexample(question, failing(question), DIFFERS)
    assert question.at(found) is DIFFERS and all(x > 0 for x in entries(found[SCOPE["x"]]))


def test_where_no_small_point_fails_the_one_found_is_made_simpler():
    question = equality("x .* relu(x - 300)", "zeros(n, 1)")
    x, n = SCOPE["x"], SCOPE["x"].shape[0]
    point = Point({n: 2, x: ((Fraction(2203, 7),), (Fraction(19, 7),))})
    assert question.at(point) is DIFFERS
    found = small_counterexample(question, point, DIFFERS)
    assert question.at(found) is DIFFERS
    assert all(Fraction(e).denominator == 1 for e in entries(found[x])) and 300 < max(entries(found[x])) < 320
    assert min(entries(found[x])) == 1 and point[x] == ((Fraction(2203, 7),), (Fraction(19, 7),))


def test_a_symmetric_matrix_stays_symmetric_when_it_is_made_simpler():
    S = SCOPE["A"]
    with assuming(Q.symmetric(S)):
        question = equality("relu(A - 300)", "zeros(n, n)")
        n = S.shape[0]
        value = Fraction(2203, 7)
        point = Point({n: 2, S: ((value, value + 1), (value + 1, value))})
        found = small_counterexample(question, point, DIFFERS)
        assert found[S] == tuple(zip(*found[S], strict=True)) and question.at(found) is DIFFERS
        assert found[S] != point[S]


def test_a_large_matrix_is_left_as_it_is():
    X = sp.MatrixSymbol("Z", 11, 11)
    question = Equality(X, X.T, NONE)
    point = failing(question)
    assert small_counterexample(question, point, DIFFERS) is point


def test_a_counterexample_holds_sizes_numbers_and_both_values():
    x, t = SCOPE["x"], SCOPE["t"]
    question = equality("t*x", "x")
    point = Point({x.shape[0]: 2, t: Fraction(3), x: ((Fraction(1, 2),), (Fraction(-1),))})
    found = counterexample(question, point)
    assert found.sizes == {x.shape[0]: 2}
    assert found.matrices == {t: 3, x: sp.ImmutableMatrix([sp.Rational(1, 2), -1])}
    assert found.claimed == sp.ImmutableMatrix([sp.Rational(3, 2), -3])
    assert found.actual == sp.ImmutableMatrix([sp.Rational(1, 2), -1])


def test_a_side_without_a_value_is_none():
    question = equality("log(x)", "x")
    x = SCOPE["x"]
    assert counterexample(question, Point({x.shape[0]: 1, x: ((Fraction(-1),),)})).claimed is None
