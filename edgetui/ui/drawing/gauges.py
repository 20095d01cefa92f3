"""The values of one reading that have no strand of their own, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edgetui.model import Reading, Sample, hostile, known
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.ink import Line, cells
from edgetui.ui.drawing.strands import pair

NAME = 16
"""Columns of a zone's or rail's name at most."""


def gauges(sample: Sample, columns: int) -> Line:
    """As many as have room in so many columns, those that are known; ``…`` where some had none."""
    line: Line = []
    room = columns
    for label, value in _told(sample):
        need = cells(label) + cells(value) + 3
        if need > room - 2:
            return [*line, ("…", "muted")]
        room -= need
        line += [(f"{label} ", "muted"), (f"{value}  ", "text")]
    return line


def _told(s: Sample) -> Iterator[tuple[str, str]]:
    for label, load in (("load", s.load_1), ("npu", s.npu_percent)):
        if known(load):
            yield label, f"{load:.2f}" if label == "load" else numbers.percent(load)
    for label, clock in (("gpu clock", s.gpu_clock_hz), ("npu clock", s.npu_clock_hz)):
        if known(clock):
            yield label, f"{numbers.gigahertz(clock)} GHz"
    for label, part, whole in (
        ("vram", s.gpu_memory_used_bytes, s.gpu_memory_total_bytes),
        ("zram", s.zram_bytes, s.memory_total_bytes),
    ):
        if known(part):
            yield label, pair(part, whole)
    if known(s.power_scope):
        yield "power of", hostile.one_line(s.power_scope, NAME)
    yield from _named("cores", ((str(n), core) for n, core in enumerate(s.cores_percent)), "%", named=False)
    yield from _named("zones", s.zones, "°")
    yield from _named("rails", s.rails, " W", digits=1)
    waits = (("cpu", s.pressure_cpu_percent), ("io", s.pressure_io_percent), ("mem", s.pressure_memory_percent))
    yield from _named("waits", waits, "%")
    if known(s.oom_kills):
        yield "oom kills", f"{s.oom_kills:.0f}"


def _named(
    label: str, values: Iterable[tuple[str, Reading]], unit: str, *, digits: int = 0, named: bool = True
) -> Iterator[tuple[str, str]]:
    """``zones`` before the first, then each by its name."""
    there = [(hostile.one_line(name, NAME), value) for name, value in values if known(value)]
    if there:
        words = [(f"{name} " if named else "") + f"{value:.{digits}f}{unit}" for name, value in there]
        yield label, " ".join(words)
