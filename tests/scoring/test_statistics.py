"""What few runs can say, held against scipy and against counting by hand."""

import itertools
import math
import random

import pytest
from scipy import stats

from edgetui.model import NA
from edgetui.scoring.statistics import (
    compare,
    mcnemar,
    paired_difference,
    paired_shares,
    rank_sum_p,
    ratio,
    spread,
    wilson,
)


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
    assert spread([]) is None
    assert wilson(0, 0) is None
    assert paired_difference([], []) is None
    assert paired_shares(0, 0, 0) is None
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


@pytest.mark.parametrize(("n", "coverage"), [(3, 0.75), (4, 0.875), (5, 0.9375), (6, 0.96875)])
def test_smallest_to_largest_hold_the_median_as_often_as_published(n, coverage):
    found = spread([float(v) for v in range(n)])
    assert found.coverage == coverage
    assert found.indicative == (n < 5)
    chance = random.Random(n)
    held = sum(min(d) < 0 < max(d) for d in ([chance.gauss(0, 1) for _ in range(n)] for _ in range(4000)))
    assert held / 4000 == pytest.approx(coverage, abs=0.025)


def test_the_median_is_of_the_sorted_values():
    found = spread([9.0, 1.0, 5.0, 7.0])
    assert (found.median, found.low, found.high, found.n) == (6.0, 1.0, 9.0, 4)


def test_a_ratio_has_the_corners_for_its_ends():
    found = ratio(spread([8.0, 10.0, 12.0]), spread([4.0, 5.0, 6.0]))
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 8 / 6, 3.0))
    assert ratio(spread([1.0]), spread([0.0])) is None


@pytest.mark.parametrize("n", [1, 3, 5, 6, 8, 12, 20])
def test_paired_differences_hold_their_median_as_often_as_they_say(n):
    chance = random.Random(n)
    held = 0
    for _ in range(1500):
        before = [chance.gauss(5, 1) for _ in range(n)]
        after = [b - chance.expovariate(1) for b in before]
        found = paired_difference(before, after)
        held += found.low <= math.log(2) <= found.high
    assert held / 1500 >= found.confidence - 0.03
    quantile = stats.binom(n, 0.5)
    ends = [2 * quantile.cdf(k) for k in range((n + 1) // 2)]
    assert any(found.confidence == pytest.approx(max(0.0, 1 - missed)) for missed in ends)
    if n >= 6:
        assert found.confidence >= 0.95


def test_pairs_must_be_pairs():
    with pytest.raises(ValueError):
        paired_difference([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("first", "second", "n"), [(0.3, 0.1, 12), (0.05, 0.05, 20), (0.5, 0.0, 8)])
def test_the_difference_of_two_models_lies_in_its_interval_as_often_as_wished(first, second, n):
    """Every outcome that n items can have, with its probability: no luck in it."""
    held = 0.0
    for a in range(n + 1):
        for b in range(n + 1 - a):
            p = stats.multinomial.pmf([a, b, n - a - b], n, [first, second, 1 - first - second])
            found = paired_shares(a, b, n)
            held += p * (found.low <= first - second <= found.high)
    assert held >= 0.93
    assert paired_shares(6, 2, 20).value == pytest.approx(0.2)
