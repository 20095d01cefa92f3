"""Heat, throttling, clocks, cores, GPU and NPU."""

from __future__ import annotations

from edgetui.cluster.visit.settings import Setting
from edgetui.cluster.visit.visit import Visit
from edgetui.model import NA, WORDS, Reading, Sample, State, known
from edgetui.model.state import RING
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import BLOCKS, FULL, heat, heatgraph
from edgetui.ui.drawing.board.facts import LABEL, Section, fact, facts, gauge, reading
from edgetui.ui.drawing.ink import Ink, Line
from edgetui.ui.drawing.numbers import ago

GRAPH_ROWS = 3


def heat_section(state: State, s: Sample, columns: int) -> Section:
    """Temperature against its limit, the last minute, what holds the board back."""
    lines = gauge("temperature", s.temperature_c, 110.0, _degrees(s), columns, heat(s.temperature_c, s.limit_c))
    if known(s.temperature_c) and not known(s.limit_c):
        lines += facts("limit", str(s.limit_c), columns, "muted")
    graph = heatgraph(tuple(state.history), s.limit_c, min(RING, columns - LABEL), GRAPH_ROWS)
    labels = ("last minute", *[""] * (GRAPH_ROWS - 1))
    lines += [[(f"{label:<{LABEL}}", "muted"), *row] for label, row in zip(labels, graph, strict=True)]
    lines += _throttles(s, columns)
    for index, cap in enumerate(s.caps):
        lines.append(fact("" if index else "held by", cap, "warn"))
    lines += gauge("fan", s.fan_percent, 100.0, _fan(s), columns) if known(s.fan_percent) else _turning(s, columns)
    now = known(s.throttle) and any(t.when == "now" for t in s.throttle)
    return Section("Heat and limits", lines, ink="bad" if now else "grid")


def _degrees(s: Sample) -> str:
    limit = f" of {s.limit_c:.0f}" if known(s.limit_c) else ""
    return f"{s.temperature_c:.1f}{limit} °C" if known(s.temperature_c) else ""


def _fan(s: Sample) -> str:
    turning = f", {s.fan_rpm:.0f} rpm" if known(s.fan_rpm) else ""
    return f"{numbers.percent(s.fan_percent)}{turning}"


def _turning(s: Sample, columns: int) -> list[Line]:
    return reading("fan", s.fan_rpm, f"{s.fan_rpm:.0f} rpm" if known(s.fan_rpm) else "", columns)


def _throttles(s: Sample, columns: int) -> list[Line]:
    if isinstance(s.throttle, NA):
        return facts("throttling", str(s.throttle), columns, "muted")
    if not s.throttle:
        return [fact("throttling", "none, now or since boot")]
    lines: list[Line] = []
    now = {t.kind for t in s.throttle if t.when == "now"}
    for t in s.throttle:
        if t.when == "boot" and t.kind in now:
            continue  # what is so now has been so since boot
        when = {"now": "now", "boot": "since boot", "run": "in this run"}[t.when]
        text = f"{t.kind} {WORDS[t.kind]} {when} ({t.source})"
        lines += facts("" if lines else "throttling", text, columns, "bad" if t.when == "now" else "text")
    return lines


def compute_section(s: Sample, visit: Visit | None, columns: int) -> Section:
    """CPU with its cores, GPU, NPU, and what their clocks are set to."""
    load = f"   load {s.load_1:.2f}" if known(s.load_1) else ""
    lines = gauge("cpu", s.cpu_percent, 100.0, f"{numbers.percent(s.cpu_percent)}{load}", columns)
    lines += _cores(s, columns)
    lines += gauge("cpu clock", s.clock_hz, s.clock_max_hz, _clock(s), columns)
    lines += _pressure(s, columns)
    lines += gauge("gpu", s.gpu_percent, 100.0, numbers.percent(s.gpu_percent), columns)
    if known(s.gpu_percent) or known(s.gpu_clock_hz):
        lines += reading("gpu clock", s.gpu_clock_hz, f"{numbers.gigahertz(s.gpu_clock_hz)} GHz", columns)
    lines += gauge("npu", s.npu_percent, 100.0, _npu(s), columns)
    if visit is not None:
        lines += _setting("governor", visit.governor, columns)
        if known(visit.power_mode):
            lines += _setting("power mode", visit.power_mode, columns)
    return Section("Processors", lines)


def _pressure(s: Sample, columns: int) -> list[Line]:
    """Who waited in the last 10 s; a kernel that does not measure it says so once."""
    told = {"cpu": s.pressure_cpu_percent, "disk": s.pressure_io_percent, "memory": s.pressure_memory_percent}
    reasons = {str(value) for value in told.values() if isinstance(value, NA)}
    if len(reasons) == 1 and not any(known(value) for value in told.values()):
        return facts("pressure", reasons.pop(), columns, "muted")
    words = ", ".join(f"{numbers.percent(value)} for {name}" for name, value in told.items())
    return facts("pressure", f"waits {words} (last 10 s)", columns)


def _npu(s: Sample) -> str:
    clock = f"   {numbers.gigahertz(s.npu_clock_hz)} GHz" if known(s.npu_clock_hz) else ""
    return f"{numbers.percent(s.npu_percent)}{clock}"


def _clock(s: Sample) -> str:
    most = f" of {numbers.gigahertz(s.clock_max_hz)}" if known(s.clock_max_hz) else ""
    return f"{numbers.gigahertz(s.clock_hz)}{most} GHz {s.clock_source}"


def _setting(label: str, value: Setting | NA, columns: int) -> list[Line]:
    if isinstance(value, NA):
        return facts(label, str(value), columns, "muted")
    others = ", ".join(name for number, name in value.options if number != value.now)
    return facts(label, f"{value.name or 'n/a'}   (or {others})" if others else value.name, columns)


CORE = 9
"""Columns of one core."""


def _cores(s: Sample, columns: int) -> list[Line]:
    """A small column for each core with its number, as many in a row as have room."""
    room = max(1, (columns - LABEL) // CORE)
    lines: list[Line] = []
    for start in range(0, len(s.cores_percent), room):
        line: Line = [(f"{'' if start else 'cores':<{LABEL}}", "muted")]
        for index, value in enumerate(s.cores_percent[start : start + room], start):
            block, ink = _block(value)
            text = f"{value:.0f}%" if known(value) else "n/a"
            line += [(f"{index:>2} ", "muted"), (block, ink), (f"{text:>4} ", "text")]
        lines.append(line)
    return lines


def _block(value: Reading) -> tuple[str, Ink]:
    if not known(value):
        return " ", "muted"
    share = min(1.0, max(0.0, value / 100))
    return BLOCKS[min(8, 1 + int(share * 8))], "warn" if share >= FULL else "accent"


def power_section(s: Sample, columns: int) -> Section:
    """Every zone and every rail, with what the whole covers."""
    lines: list[Line] = []
    for name, value in s.zones:
        text = f"{value:.1f} °C" if known(value) else ""
        lines += gauge(name, value, 110.0, text, columns, heat(value, s.limit_c))
    if not s.zones:
        lines.append(fact("zones", "n/a (this board names none)", "muted"))
    scope = f" ({s.power_scope})" if known(s.power_scope) else ""
    lines += facts("power", f"{numbers.watts(s.power_w)}{scope}" if known(s.power_w) else str(s.power_w), columns)
    most = max((v for _, v in s.rails if known(v)), default=1.0) or 1.0
    for name, value in s.rails:
        lines += gauge(name, value, most, f"{value:.2f} W" if known(value) else "", columns)
    return Section("Zones and rails", lines)


def age_words(s: Sample, now: float) -> str:
    """``12 s old`` where that is worth saying."""
    return f"readings are {ago(now - s.time)} old" if now - s.time > 3 else ""
