"""Is a board at rest, and how warm is it then? Pure. Time is the board's own where it tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from edgetui.model.reading import Reading, known, na
from edgetui.model.sample import Sample

STILL_K_MIN = 0.5
"""A temperature that changes by less than this, K/min, is steady."""
FEWEST = 5
"""Samples below which no slope is told."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A board that nobody uses."""

    temperature_c: float
    power_w: Reading
    """Median W of the same time."""
    settled: bool
    """Its temperature was steady; else it was still cooling, and the figures are too high."""


def board_time(sample: Sample) -> float:
    """Its own uptime in s, which a simulated board counts faster; the host's clock where it tells none."""
    return sample.uptime_s if known(sample.uptime_s) else sample.time


def slowed_by_heat(sample: Sample) -> bool:
    """Is a throttle in force that waiting can end? With too little voltage it is not heat."""
    kinds = {t.kind for t in sample.throttle if t.when == "now"} if known(sample.throttle) else set()
    return bool(kinds & {"F", "T", "S"}) and "U" not in kinds


def tail(samples: Sequence[Sample], span_s: float) -> Sequence[Sample]:
    """The last samples that span so long and are enough of them; empty where there are not so many yet."""
    for first in range(len(samples) - FEWEST, -1, -1):
        if board_time(samples[-1]) - board_time(samples[first]) >= span_s:
            return samples[first:]
    return ()


def slope_k_min(samples: Sequence[Sample]) -> Reading:
    """K/min of the straight line through the temperatures (least squares)."""
    points = [(board_time(s), s.temperature_c) for s in samples if known(s.temperature_c)]
    if len(points) < FEWEST:
        return na(f"fewer than {FEWEST} temperatures")
    time = sum(at for at, _ in points) / len(points)
    heat = sum(celsius for _, celsius in points) / len(points)
    spread = sum((at - time) ** 2 for at, _ in points)
    if spread == 0:
        return na("no time passed between the temperatures")
    return 60 * sum((at - time) * (celsius - heat) for at, celsius in points) / spread


def idle_of(samples: Sequence[Sample], span_s: float) -> Idle | None:
    """The board at rest, out of samples in which nothing of ours ran; None while they span less than ``span_s``."""
    window = tail(samples, span_s)
    heats = [s.temperature_c for s in window if known(s.temperature_c)]
    if len(heats) < FEWEST:
        return None
    powers = [s.power_w for s in window if known(s.power_w)]
    slope = slope_k_min(window)
    watts: Reading = median(powers) if len(powers) >= FEWEST else na("its power is not told")
    return Idle(median(heats), watts, known(slope) and abs(slope) < STILL_K_MIN)
