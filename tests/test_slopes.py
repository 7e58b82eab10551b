"""Slopes from values of J alone: right where J is smooth, none at a kink or outside of its domain."""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import MatrixSymbol, Q, Trace, assuming

from hwlib.matrix_calculus.arithmetic import Undefined, computing, mp
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.points import Sampler, value_at
from hwlib.matrix_calculus.slopes import Along, difference_quotient, one_entry, places_of, slopes, step
from hwlib.matrix_calculus.suite import CASES

SCOPE = read("A: n x n, x: n, a: n")
A, x, a = (SCOPE[name] for name in "Axa")
n = x.shape[0]
UNIT = ((1,), (0,))


def at(*entries):
    return {x: tuple((Fraction(e),) for e in entries), a: ((Fraction(2),), (Fraction(-3),)), n: len(entries)}


def slope(text, point, direction=UNIT, **options):
    found = slopes(parse(text, SCOPE), x, point, [direction], **options)
    return None if found is None else found[0][0]


@pytest.mark.parametrize("case", CASES[::6], ids=lambda case: case.name)
def test_slopes_in_the_directions_of_the_entries_are_the_textbooks_gradient(case):
    compared = 0
    for point in list(Sampler(case.J, case.gradient).generic_points())[:12]:
        gradient = value_at(point, case.gradient)
        places = places_of(case.X, point)
        found = slopes(case.J, case.X, point, [one_entry(case.X, point, place) for place in places])
        if gradient is None or found is None:
            continue
        compared += 1
        for (i, j), estimate in zip(places, found[0], strict=True):
            right = (
                mp.mpf(gradient[i][j].numerator) / gradient[i][j].denominator
                if not isinstance(gradient[i][j], mp.mpf)
                else gradient[i][j]
            )
            assert abs(estimate.value - right) <= 10**6 * estimate.error + mp.mpf(10) ** -30 * (1 + abs(right))
    assert compared


@settings(max_examples=30)
@given(st.fractions(-50, 50, max_denominator=9), st.fractions(-50, 50, max_denominator=9))
def test_a_slope_is_linear_in_the_direction(p, q):
    point = at(p, q)
    one, other = ((1,), (0,)), ((0,), (1,))
    J = parse("sum(exp(x/10)) + (a'*x)^2", SCOPE)
    ((first, second, both),) = slopes(J, x, point, [one, other, ((1,), (1,))])
    assert abs(first.value + second.value - 2 * both.value) < mp.mpf(10) ** -25  # both counts for one of two


def test_more_digits_give_a_better_slope():
    errors = []
    for digits in (60, 240):
        found = slope("sum(sin(x))", at(1, 2), digits=digits)
        with computing(1000):
            errors.append(abs(found.value - mp.cos(1)))
        assert errors[-1] <= found.error
    assert errors[1] < errors[0] ** 2


@pytest.mark.parametrize("text", ["norm(x, 1)", "sum(relu(x - 1)) + norm(x, 1)", "norm(x)", "norm(x + relu(x))"])
def test_at_a_kink_there_is_none_and_beside_it_there_is(text):
    assert slope(text, at(0, 0)) is None
    assert slope(text, at(Fraction(1, 1000), 3)) is not None


@pytest.mark.parametrize("text", ["sum(abs(x).^3)", "sum(x .* abs(x))", "sum(relu(x).^2)"])
def test_a_bend_is_no_kink(text):
    found = slope(text, at(0, 1))
    assert found is not None and abs(found.value) <= 10**3 * found.error


@pytest.mark.parametrize("text", ["sum(log(x))", "sum(sqrt(x))", "1/(x'*a)"])
def test_outside_of_the_domain_and_at_its_border_there_is_none(text):
    outside = at(-1, 2) if text != "1/(x'*a)" else at(3, 2)
    assert slope(text, outside) is None
    assert slope("sum(sqrt(x))", at(0, 1)) is None


def test_a_slope_of_a_kink_in_another_direction_is_one():
    assert slope("norm(x, 1)", at(5, 0)).value == 1


def test_the_difference_quotient_is_exact_for_squares_and_undefined_without_a_value():
    J = parse("x'*x + 3*a'*x", SCOPE)
    assert difference_quotient(J, x, UNIT, at(4, 7)) == 2 * 4 + 3 * 2
    with pytest.raises(Undefined):
        difference_quotient(parse("sum(log(x))", SCOPE), x, UNIT, at(-1, 2))


def test_along_a_direction_J_has_its_values():
    along = Along(parse("x'*x + a'*a", SCOPE), x, at(1, 2))
    assert along.value == 5 + 13
    assert along(UNIT, Fraction(3)) == 16 + 4 + 13 and along(((1,), (1,)), -1) == 0 + 1 + 13


def test_a_symmetric_matrix_moves_in_two_places_which_count_for_one():
    S = MatrixSymbol("S", 2, 2)
    B = sp.ImmutableMatrix([[1, 2], [5, 7]])
    point = {S: ((Fraction(1), Fraction(2)), (Fraction(2), Fraction(3)))}
    assert one_entry(S, point, (0, 1)) == ((0, 1), (0, 0))
    with assuming(Q.symmetric(S)):
        assert one_entry(S, point, (0, 1)) == ((0, 1), (1, 0)) and one_entry(S, point, (1, 1)) == ((0, 0), (0, 1))
        ((found,),) = slopes(Trace(B * S), S, point, [one_entry(S, point, (0, 1))])
        assert found.value == Fraction(7, 2)
    assert places_of(S, point) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_the_step_is_a_third_of_the_digits():
    assert step(60) == Fraction(1, 10**20) and step(240) == Fraction(1, 10**80)
