"""Clock, memory, swap and power over time, a low area each on a scale of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from edgetui.model import Reading, Sample, known
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import FULL
from edgetui.ui.drawing.ink import Ink, Line, spread
from edgetui.ui.drawing.timeline import Bin, Cells, area

GUTTER = 21
"""Columns left of the plot: names, values at the cursor, scale."""
AREA: dict[Ink, Ink] = {"accent": "area", "warn": "area-warn", "bad": "area-bad"}
Plotted: TypeAlias = tuple[Line, Cells]
"""One row: what stands left of the plot, and the plot."""
Share: TypeAlias = Callable[[Sample], float | None]
"""0…1 of the scale, None where it is not known."""


def strands(time: Sequence[Bin], sample: Sample | None, rows: int, *, swap: bool) -> list[Plotted]:
    """Strands, ``rows`` each, ``swap`` among them; ``sample``: whose values are told, None in a gap."""
    requested = sample is not None and sample.clock_source == "requested"
    top = max((w for here in time if (w := mean(p.sample.power_w for p in here)) is not None), default=0.0)
    scale = next((s for s in (5, 10, 15, 25, 50, 100, 200, 500) if s >= top), 1000)
    clock = memory = swapped = watts = "–"
    if sample is not None:
        clock, watts = _clock(sample), numbers.watts(sample.power_w)
        memory = pair(memory_used(sample), sample.memory_total_bytes)
        swapped = pair(sample.swap_used_bytes, sample.swap_total_bytes)
    return [
        *_strand("asked" if requested else "clock", clock, time, _clock_share, rows),
        *_strand("mem", memory, time, _memory_share, rows),
        *(_strand("swap", swapped, time, _swap_share, rows) if swap else ()),
        *_strand("power", watts, time, lambda s: share(s.power_w, float(scale)), rows, f"{scale}" if top else ""),
    ]


def mean(values: Iterable[Reading | None]) -> float | None:
    """Of those that are known; None where none is."""
    there = [value for value in values if known(value)]
    return sum(there) / len(there) if there else None


def share(value: Reading, full: Reading) -> float | None:
    """``value`` of ``full``; None where one of them is not known or there is nothing to fill."""
    return min(1.0, value / full) if known(value) and known(full) and full > 0 else None


def memory_used(sample: Sample) -> Reading:
    """Bytes that a new program cannot have without swapping."""
    total, free = sample.memory_total_bytes, sample.memory_available_bytes
    if not known(total):
        return total
    return total - free if known(free) else free


def _clock_share(sample: Sample) -> float | None:
    return share(sample.clock_hz, sample.clock_max_hz)


def _memory_share(sample: Sample) -> float | None:
    return share(memory_used(sample), sample.memory_total_bytes)


def _swap_share(sample: Sample) -> float | None:
    return share(sample.swap_used_bytes, sample.swap_total_bytes)


def _clock(sample: Sample) -> str:
    if not known(sample.clock_hz):
        return numbers.NOT_KNOWN
    most = f"/{numbers.gigahertz(sample.clock_max_hz)}" if known(sample.clock_max_hz) else ""
    return f"{numbers.gigahertz(sample.clock_hz)}{most} GHz"


def pair(part: Reading, whole: Reading) -> str:
    """Bytes of bytes: ``5.1/7.9 GiB``."""
    return f"{numbers.gibibytes(part)}/{numbers.gibibytes(whole)} GiB" if known(part) else numbers.NOT_KNOWN


def _strand(label: str, value: str, time: Sequence[Bin], of: Share, rows: int, scale: str = "") -> list[Plotted]:
    heights = [mean(of(p.sample) for p in here) for here in time]
    warns = label in ("mem", "swap")
    inks: list[Ink] = ["area-warn" if warns and h is not None and h >= FULL else "area" for h in heights]
    head: Line = [(f"{label:<6}", "muted"), (value, "text")]
    gutters = [spread(head, [(scale, "muted")] if scale else [], GUTTER - 1), *[[] for _ in range(rows - 1)]]
    return list(zip(gutters, area(heights, inks, rows), strict=True))
