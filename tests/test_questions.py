"""What a question answers at one point: it agrees, differs, has no value where it should, or nothing can be said."""

from fractions import Fraction

import pytest
import sympy as sp
from sympy import Q, assuming

from hwlib.matrix_calculus.hypotheses import Hypotheses
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.points import Point
from hwlib.matrix_calculus.questions import AGREES, DIFFERS, NO_VALUE, Equality, Gradient

NONE = Hypotheses()
SCOPE = read("A: n x n, x: n")


def equality(left, right):
    return Equality(parse(left, SCOPE), parse(right, SCOPE), NONE)


def at(*values):
    x = SCOPE["x"]
    return Point({x.shape[0]: len(values), x: tuple((Fraction(v),) for v in values)})


def gradient_question(J, claimed, actual):
    J, claimed = parse(J, SCOPE), parse(claimed, SCOPE)
    return Gradient(J, SCOPE["x"], claimed, None if actual is None else parse(actual, SCOPE), NONE)


@pytest.mark.parametrize("actual", ["2*x", None])
def test_a_gradient_agrees_or_differs_by_the_slopes_of_J(actual):
    assert gradient_question("x'*x", "2*x", actual).at(at(1, -3)) is AGREES
    assert gradient_question("x'*x", "x + abs(x)", actual).at(at(1, -3)) is DIFFERS
    assert gradient_question("x'*x", "x + abs(x)", actual).at(at(1, 3)) is AGREES
    assert gradient_question("x'*x", "2*x + 0*log(x)", actual).at(at(1, 3)) is AGREES


def test_a_claim_without_a_value_where_J_has_a_slope_is_told():
    question = gradient_question("x'*x", "2*sqrt(x) .* sqrt(x)", "2*x")
    assert question.at(at(1, -3)) is NO_VALUE and question.at(at(1, 3)) is AGREES


def test_outside_of_the_domain_nothing_is_said():
    question = gradient_question("sum(log(x))", "1 ./ abs(x)", "1 ./ x")
    assert question.at(at(-2, 3)) is None and question.at(at(2, 3)) is AGREES
    assert gradient_question("norm(x)", "x/norm(x)", "x/norm(x)").at(at(0, 0)) is None


def test_an_engine_that_errs_is_found_out_and_used_no_more():
    question = gradient_question("x'*x", "2*x", "3*x")
    assert question.at(at(1, -3)) is AGREES and question.erred and question.truth is None
    question = gradient_question("x'*x", "3*x", "3*x")
    assert question.at(at(1, -3)) is DIFFERS and question.erred


def test_an_engine_whose_gradient_has_no_value_at_a_point_has_not_erred():
    A = SCOPE["A"]
    question = Gradient(sp.Determinant(A), A, parse("3*A", SCOPE), parse("det(A)*inv(A)'", SCOPE), NONE)
    singular = Point({A.shape[0]: 2, A: ((Fraction(1), Fraction(2)), (Fraction(2), Fraction(4)))})
    assert question.at(singular) is DIFFERS and not question.erred
    assert not gradient_question("x'*x", "2*x", "2*x").erred


def test_the_values_of_both_sides_are_the_slopes_where_no_gradient_is_known():
    claim, truth = gradient_question("x'*x", "x", None).values(at(1, -3))
    assert claim == ((1,), (-3,)) and [round(float(e), 9) for (e,) in truth] == [2, -6]
    assert gradient_question("x'*x", "x", "2*x").values(at(1, -3)) == (((1,), (-3,)), ((2,), (-6,)))


def test_an_equality_has_its_value_on_both_sides_or_on_none():
    assert equality("x", "x").at(at(1, 2)) is AGREES and equality("x", "2*x").at(at(1, 2)) is DIFFERS
    assert equality("log(x)", "x").at(at(-1)) is NO_VALUE and equality("x", "log(x)").at(at(-1)) is NO_VALUE
    assert equality("log(x)", "log(x)").at(at(-1)) is None
    assert equality("exp(exp(exp(x)))", "x").at(at(500)) is None


def test_large_matrices_are_held_against_a_slope_in_a_direction_that_moves_some_entries():
    X = sp.MatrixSymbol("Z", 12, 12)
    J = sp.Trace(X.T * X)
    for claim, answer in ((2 * X, AGREES), (3 * X, DIFFERS), (2 * X.T, DIFFERS)):
        question = Gradient(J, X, claim, 2 * X, NONE)
        point = next(question.sampler.generic_points())
        assert question.at(point) is answer
        direction = [d for row in question._direction(point) for d in row]
        assert 0 < sum(d != 0 for d in direction) < len(direction)


def test_a_direction_is_symmetric_where_X_is_and_has_no_zero_where_X_is_small():
    S = SCOPE["A"]
    with assuming(Q.symmetric(S)):
        question = Gradient(sp.Trace(S * S), S, 2 * S, 2 * S, NONE)
        for point in list(question.sampler.generic_points())[:8]:
            direction = question._direction(point)
            assert direction == tuple(zip(*direction, strict=True)) and all(d for row in direction for d in row)
