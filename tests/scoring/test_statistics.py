"""What few runs can say, held against scipy and against counting by hand."""

import itertools
import math
import random

import pytest
from scipy import stats

from edgetui.model import NA
from edgetui.scoring.statistics import Spread, compare, mcnemar, median_interval, rank_sum_p, ratio, wilson


@pytest.mark.parametrize(("right", "n"), [(3, 4), (8, 10), (15, 20), (75, 100), (0, 5), (5, 5), (1, 1), (0, 1)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilson_is_scipys(right, n, confidence):
    theirs = stats.binomtest(right, n).proportion_ci(confidence, method="wilson")
    ours = wilson(right, n, confidence)
    assert (ours.value, ours.low, ours.high) == pytest.approx((right / n, theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(3, 4, 30, 95), (8, 10, 49, 94), (15, 20, 53, 89), (75, 100, 66, 82), (4, 4, 51, 100)],
)
def test_wilson_is_as_published(right, n, low, high):
    ours = wilson(right, n)
    assert (round(100 * ours.low), round(100 * ours.high)) == (low, high)


@pytest.mark.parametrize(
    ("first", "second"),
    [*itertools.product((0, 1, 3, 8, 20), repeat=2), (600, 610)],  # 2¹²¹⁰ is no float
)
def test_mcnemar_is_the_binomial_test_of_those_that_differ(first, second):
    theirs = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(theirs)


@pytest.mark.parametrize("sizes", [(3, 3), (4, 4), (5, 5), (3, 7), (1, 4), (8, 6), (25, 25)])
def test_ranks_without_ties_are_scipys_mann_whitney(sizes):
    chance = random.Random(sum(sizes))
    for shift in (0.0, 0.5, 2.0):
        one = [chance.random() for _ in range(sizes[0])]
        other = [chance.random() + shift for _ in range(sizes[1])]
        theirs = stats.mannwhitneyu(one, other, method="exact").pvalue
        assert rank_sum_p(one, other) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("one", "other"), [([1, 1, 2, 3], [1, 2, 2, 5]), ([4, 4, 4], [4, 4, 4]), ([1, 2, 2], [2, 3, 3, 9])]
)
def test_ranks_with_ties_are_scipys_permutations(one, other):
    def rank_sum(a, b):
        return stats.rankdata([*a, *b])[: len(a)].sum()

    # a distance from the middle, so that both tails count as in ours
    middle = len(one) * (len(one) + len(other) + 1) / 2
    theirs = stats.permutation_test(
        (one, other), lambda a, b: abs(rank_sum(a, b) - middle), n_resamples=math.inf, alternative="greater"
    )
    assert rank_sum_p(one, other) == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize(("sizes", "digits"), [((60, 70), 9), ((100, 100), 9), ((60, 70), 1), ((200, 20), 1)])
def test_of_many_runs_p_is_scipys_approximation(sizes, digits):
    chance = random.Random(sum(sizes))
    for shift in (0.0, 0.1, 0.4):
        one = [round(chance.random(), digits) for _ in range(sizes[0])]
        other = [round(chance.random() + shift, digits) for _ in range(sizes[1])]
        theirs = stats.mannwhitneyu(one, other, method="asymptotic").pvalue
        assert rank_sum_p(one, other) == pytest.approx(theirs)
    assert rank_sum_p([1.0] * 60, [1.0] * 60) == 1.0


@pytest.mark.parametrize(("n", "least"), [(3, 0.10), (4, 0.029), (5, 0.008), (6, 0.002)])
def test_the_smallest_p_of_few_runs_is_as_published(n, least):
    assert rank_sum_p(range(n), range(100, 100 + n)) == pytest.approx(least, abs=0.0005)


def test_three_against_three_never_differ_and_are_told_why():
    found = compare([1.0, 1.1, 1.2], [50.0, 51.0, 52.0])
    assert found.verdict == "cannot tell"
    assert found.why == "3 runs against 3 cannot tell: p is 0.1 at best"


def test_five_against_five_differ_where_they_do():
    slow, fast = [9.4, 9.5, 9.6, 9.3, 9.7], [4.0, 4.1, 3.9, 4.2, 4.3]
    assert compare(slow, fast).verdict == "differs"
    assert compare(slow, [9.35, 9.45, 9.55, 9.65, 9.52]).verdict == "cannot tell"


def test_without_runs_nothing_is_made_up():
    assert wilson(0, 0) is None
    assert median_interval([]) is None
    found = compare([], [1.0])
    assert found.verdict == "cannot tell"
    assert isinstance(found.p, NA)


def test_a_difference_by_chance_is_claimed_as_often_as_agreed():
    chance = random.Random(7)
    claims = [
        compare([chance.gauss(0, 1) for _ in range(5)], [chance.gauss(0, 1) for _ in range(5)]).verdict
        for _ in range(2000)
    ]
    assert claims.count("differs") / len(claims) < 0.06


def test_a_ratio_has_the_corners_for_its_ends():
    found = ratio(Spread(10.0, 8.0, 12.0, 3), Spread(5.0, 4.0, 6.0, 3))
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 8 / 6, 3.0))
    assert ratio(Spread(1.0, 1.0, 1.0, 1), Spread(0.0, 0.0, 0.0, 1)) is None


@pytest.mark.parametrize("n", [1, 3, 5, 6, 8, 12, 20])
def test_the_interval_holds_the_median_as_often_as_it_says(n):
    chance = random.Random(n)
    held = 0
    for _ in range(1500):
        found = median_interval([chance.expovariate(1) for _ in range(n)])
        held += found.low <= math.log(2) <= found.high
    assert held / 1500 >= found.confidence - 0.03
    quantile = stats.binom(n, 0.5)
    ends = [2 * quantile.cdf(k) for k in range((n + 1) // 2)]
    assert any(found.confidence == pytest.approx(max(0.0, 1 - missed)) for missed in ends)
    if n >= 6:
        assert found.confidence >= 0.95
