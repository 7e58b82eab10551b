"""Do two values differ: never because of rounding, always where they do."""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hwlib.matrix_calculus.arithmetic import OutOfReach, Undefined, computing, mp
from hwlib.matrix_calculus.comparison import (
    AGREE,
    DIGITS,
    HIDDEN,
    SAFETY,
    Estimate,
    agree,
    all_agree,
    differ,
    estimated,
    has_no_value,
)

t, s = sp.Symbol("t", real=True), sp.Symbol("s", real=True)
fractions = st.fractions(min_value=-1000, max_value=1000, max_denominator=1000)


def row(expr, point):
    return lambda digits: estimated(expr, point, digits)


@settings(max_examples=60)
@given(fractions, fractions)
def test_exact_numbers_agree_only_if_they_are_equal(a, b):
    assert agree(a, b) == (a == b)
    assert agree(a, a + Fraction(1, AGREE**3)) is False


@settings(max_examples=60)
@given(fractions.filter(bool))
def test_rounded_numbers_agree_to_one_part_in_so_many(a):
    x = mp.mpf(a.numerator) / a.denominator
    assert agree(x, x * (1 + mp.mpf(1) / (4 * AGREE))) and agree(x, a)
    assert not agree(x, x * (1 + mp.mpf(4) / AGREE)) and not agree(a, x * (1 - mp.mpf(4) / AGREE))
    assert not agree(x, -x) and not agree(x, 0)


def test_an_exact_and_a_rounded_number_are_compared_as_rounded_ones():
    third = mp.mpf(1) / 3
    assert agree(Fraction(1, 3), third) and agree(third, Fraction(1, 3))


def test_matrices_agree_entry_by_entry_and_in_their_shape():
    assert all_agree(((1, 2), (3, 4)), ((1, 2), (3, 4)))
    assert not all_agree(((1, 2), (3, 4)), ((1, 2), (3, 5)))
    assert not all_agree(((1, 2),), ((1,), (2,))) and not all_agree(((1,),), ((1, 1),))


def test_an_estimate_holds_the_value_and_is_exact_for_rational_ones():
    ((found,),) = estimated(t**2 / 3, {t: Fraction(2)}, 60)
    assert found == Estimate(Fraction(4, 3), 0)
    for digits in DIGITS:
        ((found,),) = estimated(sp.exp(t), {t: Fraction(1)}, digits)
        with computing(1000):
            assert 0 < found.error < mp.mpf(10) ** (3 - digits) and abs(found.value - mp.e) <= found.error


def test_no_value_is_none_and_one_out_of_reach_is_said():
    assert estimated(sp.log(t), {t: Fraction(-1)}, 60) is None and has_no_value(sp.log(t), {t: Fraction(-1)})
    assert not has_no_value(sp.log(t), {t: Fraction(1)})
    with pytest.raises(OutOfReach):
        estimated(sp.exp(t), {t: Fraction(10**12)}, 60)
    assert not has_no_value(sp.exp(t), {t: Fraction(10**12)})


def test_a_value_that_only_some_rounding_has_is_not_missing():
    root = sp.sqrt(sp.sqrt(t) ** 2 - t)  # 0 at most, by rounding a little less
    assert not has_no_value(root, {t: Fraction(2)})


@settings(max_examples=40)
@given(st.fractions(min_value=Fraction(1, 50), max_value=20, max_denominator=50))
def test_two_ways_to_compute_the_same_do_not_differ(a):
    point = {t: a}
    for left, right in (
        (sp.sqrt(t) ** 2, t),
        (sp.exp(sp.log(t)), t),
        (sp.sin(t) ** 2 + sp.cos(t) ** 2, sp.S.One),
        (sp.log(t**3), 3 * sp.log(t)),
        (sp.exp(t) * sp.exp(-t) - 1, sp.S.Zero),
        (sp.exp(40 * t) - sp.exp(40 * t) * (1 + sp.exp(-80 * t)), -sp.exp(-40 * t)),
    ):
        assert differ(row(left, point), row(right, point)) is not True


@settings(max_examples=40)
@given(st.fractions(min_value=Fraction(1, 50), max_value=20, max_denominator=50), st.integers(0, 20))
def test_a_difference_of_one_part_in_many_is_seen(a, zeros):
    point, gap = {t: a}, sp.Rational(1, 10**zeros)
    assert differ(row(sp.exp(t), point), row(sp.exp(t) * (1 + gap), point)) is True
    assert differ(row(t, point), row(t + gap, point)) is True


def test_a_difference_beside_a_large_number_is_seen_with_more_digits():
    point = {t: Fraction(300)}
    large = sp.exp(t)
    assert differ(row(large + 1 - large, point), row(large + 2 - large, point)) is True
    assert differ(row(large + 1 - large, point), row(sp.S.One, point)) is False


def test_what_only_rounding_leaves_of_zero_does_not_count():
    noise = mp.mpf(10) ** -70

    def left(digits):
        return ((Estimate(noise, mp.mpf(0)),),)

    assert abs(noise) < HIDDEN and differ(left, lambda digits: ((Estimate(0, 0),),)) is None
    assert differ(lambda digits: ((Estimate(mp.mpf(10) ** -40, mp.mpf(0)),),), lambda digits: ((Estimate(0, 0),),))


@pytest.mark.parametrize("times, expected", [(SAFETY // 10, None), (SAFETY * 10, True)])
def test_a_difference_counts_from_so_many_errors_on(times, expected):
    error = mp.mpf(10) ** -12

    def left(digits):
        return ((Estimate(mp.mpf(1), error),),)

    def right(digits):
        return ((Estimate(1 + times * error, mp.mpf(0)),),)

    assert differ(left, right) is expected and differ(right, left) is expected


def test_a_difference_that_moves_with_the_digits_does_not_count():
    def moving(digits):
        return ((Estimate(mp.mpf(1) + mp.mpf(digits) / 1000, mp.mpf(0)),),)

    assert differ(moving, lambda digits: ((Estimate(mp.mpf(2), mp.mpf(0)),),)) is None


def test_one_entry_decides_and_no_value_says_nothing():
    point = {t: Fraction(2), s: Fraction(3)}
    left, right = sp.ImmutableMatrix([[t, s]]), sp.ImmutableMatrix([[t, s + 1]])
    assert differ(row(left, point), row(right, point)) is True
    assert differ(row(sp.log(-t), point), row(t, point)) is None

    def undefined(digits):
        raise Undefined

    assert differ(undefined, row(t, point)) is None
