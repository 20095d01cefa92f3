"""What a few runs can say, and what they cannot. No mean ± standard deviation: of three runs it says nothing.

Standard library only. Few runs exactly, by counting; checked against scipy in the tests.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist, median
from typing import Literal, TypeAlias

from edgetui.model.reading import Reading, na

CONFIDENCE = 0.95
COUNTED = 2500
"""Pairs of runs up to which every way to deal out the ranks is counted: 100 against 100 would take seconds."""
Verdict: TypeAlias = Literal["differs", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Several runs of the same: ``median [low–high], n``."""

    median: float
    low: float
    """Smallest."""
    high: float
    """Largest."""
    n: int


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and between what it may lie."""

    value: float
    low: float
    high: float
    confidence: float
    """0-1; what the interval really has, which few values keep below or above what was wished."""


def wilson(right: int, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Share of right answers with Wilson's score interval (1927); None without answers."""
    if not n:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = right / n
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    low, high = max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
    return Interval(share, low if right else 0.0, high if right < n else 1.0, confidence)


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided exact p of McNemar (1947): items that one of two models alone had right, a fair coin each."""
    n = only_first + only_second
    tail = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / (1 << n))


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Median with the sign test's interval from the ordered values: no distribution is assumed.

    The narrowest symmetric one of at least ``confidence``, or the widest there is; None without values.
    """
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return None
    tails = accumulate(math.comb(n, k) for k in range((n + 1) // 2))
    outside = [2 * tail / 2**n for tail in tails]
    cut = max((k for k, missed in enumerate(outside) if 1 - missed >= confidence), default=0)
    return Interval(median(ordered), ordered[cut], ordered[n - 1 - cut], max(0.0, 1 - outside[cut]))


@dataclass(frozen=True, slots=True)
class Ratio:
    """One board's median over another's."""

    value: float
    low: float
    """From the corners: the smallest of one over the largest of the other."""
    high: float


def ratio(one: Spread, reference: Spread) -> Ratio | None:
    """None where the reference is not above 0."""
    if reference.low <= 0:
        return None
    return Ratio(one.median / reference.median, one.low / reference.high, one.high / reference.low)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Do two sets of runs differ?"""

    verdict: Verdict
    p: Reading
    """Two-sided, of the rank sum."""
    why: str


def compare(one: Sequence[float], other: Sequence[float], alpha: float = 1 - CONFIDENCE) -> Comparison:
    """An exact permutation test on ranks (Wilcoxon 1945, Mann and Whitney 1947; ties share their ranks).

    Three runs against three cannot reach p = 0.05 however far they lie apart, and are told so.
    """
    if not one or not other:
        return Comparison("cannot tell", na("no runs"), "one of them has no runs")
    least = 2 / math.comb(len(one) + len(other), len(one))
    p = rank_sum_p(one, other)
    if p <= alpha:
        return Comparison("differs", p, f"p = {p:.2g}")
    if least > alpha:
        runs = f"{len(one)} runs against {len(other)}"
        return Comparison("cannot tell", p, f"{runs} cannot tell: p is {least:.2g} at best")
    return Comparison("cannot tell", p, f"p = {p:.2g}")


def rank_sum_p(one: Sequence[float], other: Sequence[float]) -> float:
    """Part of all ways to deal out the ranks that lie as far from the middle as these, or farther."""
    pooled = sorted((*one, *other))
    first = {value: pooled.index(value) for value in pooled}
    doubled = {
        value: 2 * place + pooled.count(value) + 1 for value, place in first.items()
    }  # twice the middle rank
    middle = len(one) * (len(pooled) + 1)
    far = abs(sum(doubled[value] for value in one) - middle)
    if len(one) * len(other) > COUNTED:
        return _normal_p(far, pooled, len(one) * len(other))
    ways = _subset_sums([doubled[value] for value in pooled], len(one))
    return sum(n for total, n in ways.items() if abs(total - middle) >= far) / math.comb(len(pooled), len(one))


def _normal_p(far: float, pooled: Sequence[float], pairs: int) -> float:
    """The same by the normal distribution, corrected for ties and for whole ranks; ``far`` in half ranks."""
    n = len(pooled)
    ties = sum(t**3 - t for t in Counter(pooled).values()) / (n * (n - 1))
    spread = math.sqrt(pairs / 3 * (n + 1 - ties))
    return min(1.0, 2 * NormalDist().cdf((1 - far) / spread)) if spread else 1.0


def _subset_sums(ranks: Sequence[int], size: int) -> dict[int, int]:
    """How many subsets of ``size`` ranks have each sum."""
    ways: list[dict[int, int]] = [{0: 1}, *({} for _ in range(size))]
    for rank in ranks:
        for taken in range(size, 0, -1):
            here = ways[taken]
            for total, count in ways[taken - 1].items():
                here[total + rank] = here.get(total + rank, 0) + count
    return ways[size]
