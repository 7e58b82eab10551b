"""What a measured statement has to say besides its number: an interval, and how many runs stand behind it.

Each function answers one question, and all intervals are 95 % unless `CONFIDENCE` is changed.
Sources: Bouthillier et al. (2021) for comparing learning algorithms by the probability that one beats the other;
Newcombe (2006) for its interval; Schuirmann (1987) for equivalence; Wilson (1927); McNemar (1947).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from hwlib import checks

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A measured number with its interval and the number of runs, pairs or trials behind it.

    `f"{estimate:.2f}"` writes the number, the interval and n, and `f"{estimate:.2f %}"` a unit besides:
    `98.42 % (98.31 to 98.53, n = 5)`.
    """

    value: float
    low: float
    high: float
    n: int

    def __format__(self, spec):
        spec, _, unit = spec.partition(" ")
        value, low, high = (format(number, spec) for number in (self.value, self.low, self.high))
        return f"{value}{unit and ' ' + unit} ({low} to {high}, n = {self.n})"

    def __mul__(self, factor):
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.n)


def mean(runs):
    """Estimate the mean over all seeds from those of `runs` (n,), with Student's interval; n is at least 2."""
    runs = _runs("runs", runs)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, len(runs) - 1) * stats.sem(runs)
    return Estimate(float(runs.mean()), float(runs.mean() - half), float(runs.mean() + half), len(runs))


def median(runs):
    """Estimate the median over all seeds from those of `runs` (n,); infinite runs (never arrived) count as largest.

    The interval lies between two order statistics and assumes nothing about the distribution; with fewer than six
    runs it cannot reach 95 % and is the whole range.
    """
    ordered = np.sort(np.asarray(runs, float))
    if ordered.ndim != 1 or len(ordered) < 2 or np.isnan(ordered).any():
        raise ValueError("runs has to be at least two numbers, none of them NaN")
    n = len(ordered)
    out = max(0, int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5)) - 1)  # runs left out at each end
    middle = float(np.quantile(ordered, 0.5, method="averaged_inverted_cdf"))
    return Estimate(middle, float(ordered[out]), float(ordered[n - 1 - out]), n)


def proportion(hits, n):
    """Estimate the share that `hits` of `n` independent trials show, with Wilson's interval.

    It is the noise of a test set: `hits` right answers on `n` images, for one trained network.
    """
    result = stats.binomtest(int(hits), int(n))
    low, high = result.proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(hits / n, float(low), float(high), int(n))


def probability_greater(a, b, paired=False):
    """Estimate the probability that a run of A is greater than a run of B, ties counting half.

    Parameters
    ----------
    a, b : arrays of runs; infinity is allowed and is the greatest
    paired : whether a[i] and b[i] share their seed (split and order of the data). Then the pairs are compared, with
        Wilson's interval for their share (a tie adds half a win); n is the number of pairs. Otherwise every run of A
        meets every run of B, with Newcombe's interval (his method 5); n is the smaller number of runs.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.ndim != 1 or b.ndim != 1 or not len(a) or not len(b) or np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("a and b have to be runs, shape (n,), without NaN")
    if paired:
        if len(a) != len(b):
            raise ValueError(f"a has {len(a)} runs and b {len(b)}; pairs are needed")
        share = float(((a > b) + (a == b) / 2).mean())
        return Estimate(share, *map(float, _wilson(share, len(a))), len(a))
    share = float(((a[:, None] > b) + (a[:, None] == b) / 2).mean())
    low, high = (_newcombe(share, len(a), len(b), side) for side in (-1, 1))
    return Estimate(share, low, high, min(len(a), len(b)))


def _wilson(share, n):
    z2 = stats.norm.ppf((1 + CONFIDENCE) / 2) ** 2
    middle, half = share + z2 / (2 * n), math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    return max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n))


def _newcombe(share, m, n, side):
    """The end of the interval where the distance from `share` is z standard errors, computed at the end itself."""
    z, count = stats.norm.ppf((1 + CONFIDENCE) / 2), (m + n) / 2 - 1

    def excess(end):
        error = end * (1 - end) * (1 + count * (1 - end) / (2 - end) + count * end / (1 + end)) / (m * n)
        return (end - share) * side - z * math.sqrt(error)

    if (share == 1 and side == 1) or (share == 0 and side == -1):
        return share
    inside = share + side * 1e-12  # at a share of 0 or 1 the excess is 0, too, and that is not the end
    return float(optimize.brentq(excess, inside, (1 + side) / 2))


class Equivalence(NamedTuple):
    """The mean difference with its interval, the margin, and whether the difference is shown to be within it."""

    difference: Estimate
    margin: float
    p: float
    shown: bool


def equivalence(a, b, margin, paired=False):
    """Test whether the means of A and B differ by less than `margin`: two one-sided t-tests at 5 % (TOST).

    `shown` False does not mean that they differ. The margin is to be named before the runs are looked at. The
    interval is 90 %: it lies within ±margin exactly when both tests reject.
    """
    a, b = _runs("a", a), _runs("b", b)
    if not margin > 0:
        raise ValueError(f"margin is {margin!r}; a positive number is needed")
    if paired and len(a) != len(b):
        raise ValueError(f"a has {len(a)} runs and b {len(b)}; pairs are needed")
    if paired:
        test = stats.ttest_1samp(a - b, 0)
        above, below = (
            stats.ttest_1samp(a - b, end, alternative=way) for end, way in ((-margin, "greater"), (margin, "less"))
        )
    else:
        test = stats.ttest_ind(a, b, equal_var=False)
        above = stats.ttest_ind(a + margin, b, equal_var=False, alternative="greater")
        below = stats.ttest_ind(a - margin, b, equal_var=False, alternative="less")
    low, high = test.confidence_interval(2 * CONFIDENCE - 1)
    p = float(max(above.pvalue, below.pvalue))
    difference = Estimate(float(a.mean() - b.mean()), float(low), float(high), min(len(a), len(b)))
    return Equivalence(difference, margin, p, p < 1 - CONFIDENCE)


class McNemar(NamedTuple):
    """How many images only A and only B gets wrong, and the exact two-sided p-value."""

    only_a: int
    only_b: int
    p: float


def mcnemar(wrong_a, wrong_b):
    """Compare two classifiers that saw the same images, from the sets of images that each gets wrong.

    Images that both get right or wrong say nothing about the difference; of the others each classifier would get
    half if they were equally good.
    """
    wrong_a, wrong_b = set(wrong_a), set(wrong_b)
    only_a, only_b = len(wrong_a - wrong_b), len(wrong_b - wrong_a)
    p = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return McNemar(only_a, only_b, float(p))


def _runs(name, value):
    runs = checks.real_array(name, value, ndim=1)
    if len(runs) < 2:
        raise ValueError(f"{name} has {len(runs)} run; at least two are needed for a spread")
    return runs
