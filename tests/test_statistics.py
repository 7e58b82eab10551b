"""The intervals hold what they promise: coverage by simulation, and textbook values."""

import numpy as np
import pytest

from hwlib import statistics

RNG = np.random.default_rng


def coverage(estimate, truth, draws=600):
    """The share of simulated studies whose interval holds the truth."""
    rng = RNG(0)
    return np.mean([(e := estimate(rng)).low <= truth <= e.high for _ in range(draws)])


@pytest.mark.parametrize(
    "estimate, truth",
    [
        (lambda rng: statistics.mean(rng.normal(3, 2, 5)), 3),
        (lambda rng: statistics.median(rng.exponential(1, 20)), np.log(2)),
        (lambda rng: statistics.proportion(rng.binomial(500, 0.98), 500), 0.98),
        (lambda rng: statistics.probability_greater(rng.normal(1, 1, 12), rng.normal(0, 1, 9)), 0.7602),
        (lambda rng: statistics.probability_greater(rng.normal(0.5, 1, 30), rng.normal(0, 1, 30), True), 0.6382),
    ],
    ids=["mean", "median", "proportion", "greater", "greater of pairs"],
)
def test_an_interval_holds_the_truth_in_about_95_of_100_studies(estimate, truth):
    assert 0.92 <= coverage(estimate, truth) <= 0.99


def test_an_estimate_writes_its_interval_and_its_n():
    assert f"{statistics.Estimate(98.417, 98.3, 98.54, 5):.2f}" == "98.42 (98.30 to 98.54, n = 5)"
    assert f"{statistics.Estimate(98.417, 98.3, 98.54, 5):.1f %}" == "98.4 % (98.3 to 98.5, n = 5)"
    assert f"{statistics.Estimate(0.5, 0.25, 1, 4) * 100:.0f}" == "50 (25 to 100, n = 4)"


def test_the_median_counts_runs_that_never_arrive_as_the_largest():
    estimate = statistics.median([10, 20, 30, np.inf, np.inf])
    assert estimate.value == 30 and estimate.low == 10 and estimate.high == np.inf


def test_complete_separation_leaves_doubt_that_shrinks_with_n():
    few = statistics.probability_greater([2, 3, 4], [0, 1, 1])
    many = statistics.probability_greater(np.arange(10, 30), np.arange(-20, 0))
    assert few.value == many.value == 1 and few.high == 1
    assert few.low < 0.7 < 0.85 < many.low


def test_the_probability_of_the_opposite_is_the_complement():
    a, b = RNG(1).normal(0.5, 1, 8), RNG(2).normal(0, 1, 6)
    one, other = statistics.probability_greater(a, b), statistics.probability_greater(b, a)
    assert one.value + other.value == pytest.approx(1)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))


def test_ties_count_half():
    assert statistics.probability_greater([1, 1], [1, 1]).value == 0.5
    assert statistics.probability_greater([2, np.inf], [1, np.inf], paired=True).value == 0.75


def test_equivalence_is_shown_only_by_enough_runs_within_the_margin():
    rng = RNG(0)
    close = rng.normal(0, 1, 200)
    assert statistics.equivalence(close, rng.normal(0.1, 1, 200), 0.5).shown
    assert not statistics.equivalence(close[:4], rng.normal(0.1, 1, 4), 0.5).shown  # few runs prove nothing
    assert not statistics.equivalence(close, close + 0.6, 0.5).shown


@pytest.mark.parametrize("paired", [False, True])
def test_equivalence_is_shown_exactly_when_the_interval_lies_within_the_margin(paired):
    rng = RNG(3)
    shown = 0
    for _ in range(100):
        found = statistics.equivalence(rng.normal(0.2, 1, 20), rng.normal(0, 1, 20), 0.6, paired)
        assert found.shown == (-0.6 < found.difference.low and found.difference.high < 0.6)
        shown += found.shown
    assert 0 < shown < 100


def test_equivalence_is_claimed_wrongly_in_at_most_5_of_100_studies():
    rng = RNG(0)
    wrong = [statistics.equivalence(rng.normal(0.5, 1, 15), rng.normal(0, 1, 15), 0.5).shown for _ in range(1000)]
    assert np.mean(wrong) < 0.065


def test_mcnemar_looks_only_at_the_images_on_which_the_two_differ():
    assert statistics.mcnemar(range(30), range(20, 25)) == (25, 0, pytest.approx(2 * 0.5**25))
    assert statistics.mcnemar([1, 2], [1, 2]) == (0, 0, 1.0)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: statistics.mean([1.0]), "runs has 1 run"),
        (lambda: statistics.median([1.0, np.nan]), "none of them NaN"),
        (lambda: statistics.equivalence([1, 2], [1, 2], 0), "margin is 0"),
        (lambda: statistics.equivalence([1, 2], [1, 2, 3], 1, paired=True), "pairs are needed"),
        (lambda: statistics.probability_greater([1, 2], [1], paired=True), "pairs are needed"),
        (lambda: statistics.probability_greater([], [1]), "without NaN"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
