"""Figures that are worked out of what was measured. Pure; definitions and sources: docs/protocol.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from edgetui.model.heat import STILL_K_MIN, slope_k_min
from edgetui.model.reading import NA, Reading, known, na
from edgetui.model.sample import Sample

GAP_S = 5.0
"""Host s without a reading of power that are left out of an integral …"""
COVERED = 0.9
"""… which is told where the rest is at least so much of the time."""
FEWEST_POWERS = 3
"""Readings of power within an answer below which its energy is anybody's guess."""
STEADY_REPEATS = 3
STEADY_SPREAD = 0.05
"""Sustained speed is reached when so many times in a row differ by less than this part of the shortest."""


def t100_s(ttft_s: Reading, itl_s: Reading) -> Reading:
    """s that an answer of 100 tokens takes: the fair headline between models whose answers differ in length."""
    if not known(ttft_s):
        return ttft_s
    return ttft_s + 99 * itl_s if known(itl_s) else itl_s


def image_tokens(prompt_tokens: Reading, text_tokens: Reading) -> Reading:
    """Tokens that the picture added to the prompt."""
    if not known(prompt_tokens):
        return prompt_tokens
    return prompt_tokens - text_tokens if known(text_tokens) else text_tokens


def gross_j(samples: Sequence[Sample], begin: float, end: float) -> Reading:
    """J that the board took between ``begin`` and ``end``, Unix s: trapezoids over its readings of power.

    What they cover is ``Sample.power_scope``: never rank J between boards whose scopes differ.
    """
    powers = [(s.time, s.power_w) for s in samples if known(s.power_w)]
    if not powers:
        told = [s.power_w for s in samples]
        return told[-1] if told else na("no reading meanwhile")
    if sum(begin <= at <= end for at, _ in powers) < FEWEST_POWERS:
        return na("too short for its readings of power")
    joules = covered = 0.0
    for (t0, w0), (t1, w1) in pairwise(powers):
        low, high = max(t0, begin), min(t1, end)
        if low >= high or t1 - t0 > GAP_S:
            continue
        rise = (w1 - w0) / (t1 - t0)
        joules += (high - low) * (w0 + rise * ((low + high) / 2 - t0))
        covered += high - low
    if covered < COVERED * (end - begin):
        return na(f"its readings of power cover {100 * covered / (end - begin):.0f} % of the time")
    return joules * (end - begin) / covered


def net_j(gross: Reading, idle_w: Reading, seconds: float) -> Reading:
    """J beyond what the board takes at rest."""
    if not known(gross):
        return gross
    return gross - idle_w * seconds if known(idle_w) else idle_w


def throttled_percent(samples: Sequence[Sample], begin: float, end: float) -> Reading:
    """Share of the readings between ``begin`` and ``end``, Unix s, with a throttle in force."""
    told = [s.throttle for s in samples if begin <= s.time <= end]
    limits = [t for t in told if known(t)]
    if not limits:
        return next((t for t in told if isinstance(t, NA)), na("no reading meanwhile"))
    return 100 * sum(any(t.when == "now" for t in held) for held in limits) / len(limits)


def is_steady(e2e_s: Sequence[Reading], samples: Sequence[Sample]) -> bool:
    """Are the last three times alike, and is the board's temperature still? ``samples``: those of these three."""
    last = [s for s in e2e_s[-STEADY_REPEATS:] if known(s)]
    slope = slope_k_min(samples)
    if len(last) < STEADY_REPEATS or not known(slope):
        return False
    return max(last) - min(last) < STEADY_SPREAD * min(last) and abs(slope) < STILL_K_MIN


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and range of a few repeats."""

    n: int
    low: float
    median: Reading
    """NA where the middle one is a time limit that ended the answer."""
    high: float
    censored: int = 0
    """So many ended at a time limit: they are longer than ``high`` can tell (> 600 s)."""


def _below(bound: float) -> float:
    """A lower bound in three digits, never above what is known: 599 for 599.98."""
    step: float = 10.0 ** (math.floor(math.log10(bound)) - 2) if bound > 0 else 1.0
    return round(math.floor(bound / step + 1e-9) * step, 9)


def spread(values: Sequence[float], limits: Sequence[float] = ()) -> Spread | None:
    """Of so many measured values, and of ``limits`` at which others were ended: kept in n, never dropped."""
    if not values and not limits:
        return None
    every = sorted([*values, *limits])
    middle = median(every)
    # a limit stands for anything above it: a median that touches one is only a lower bound
    cut = limits and every[len(every) // 2] >= min(limits)
    return Spread(len(every), every[0], na(f"> {_below(middle):g} s") if cut else middle, every[-1], len(limits))


def throttle_tax(sustained: Sequence[float], burst: Sequence[float]) -> Reading:
    """Sustained over burst median of the same cell's times: 1.28 says that heat costs 28 %."""
    if not sustained or not burst:
        return na("it needs answers that count in sustained and in burst")
    return median(sustained) / median(burst)
