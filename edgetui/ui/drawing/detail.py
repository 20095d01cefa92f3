"""Everything that is known of one board, as lines."""

from __future__ import annotations

from collections.abc import Sequence

from edgetui.config import Board
from edgetui.model import NA, WORDS, OllamaInfo, Reading, Sample, State, hostile, known
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.bars import bar, heat, heatline
from edgetui.ui.drawing.ink import Ink, Line
from edgetui.ui.drawing.trouble import trouble
from edgetui.ui.drawing.wrap import wrap

LABEL = 14


def detail(board: Board, state: State, now: float, columns: int) -> list[Line]:
    """Sections under headings; ``now``: Unix s."""
    columns = max(40, columns)
    lines = _link(board, state, now, columns)
    if state.identity is not None:
        lines += _identity(state)
    if state.sample is not None:
        age = now - state.sample.time
        lines += _readings(state, state.sample, age, columns) + _parts(state.sample, columns)
    if state.ollama is not None:
        lines += _ollama(state.ollama)
    lines += _findings(state, columns)
    if state.noise:
        lines += [*_heading("Said outside the frames")]
        lines += [[(hostile.one_line(text), "muted")] for text in state.noise]
    return lines


def _heading(text: str) -> list[Line]:
    return [[], [(text, "accent-strong")]]


def _fact(label: str, value: str, ink: Ink = "text") -> Line:
    return [(f"{label:<{LABEL}}", "muted"), (hostile.one_line(value), ink)]


def _reading(label: str, value: Reading, show: str) -> Line:
    """The value, or why there is none."""
    return _fact(label, str(value), "muted") if isinstance(value, NA) else _fact(label, show)


def _link(board: Board, state: State, now: float, columns: int) -> list[Line]:
    glyph, ink = words.LINK[state.link]
    since = f" for {numbers.ago(now - state.since)}" if state.since else ""
    lines: list[Line] = [[(f"{glyph} {state.board}", "strong"), (f"  {state.link}{since}", ink)]]
    if state.link != "up":
        lines += trouble(state, now, columns, 8)
    lines.append(_fact("address", "this machine" if board.local else board.address))
    if board.tags:
        lines.append(_fact("tags", ", ".join(board.tags)))
    if board.cooling:
        lines.append(_fact("cooling", board.cooling))
    if state.rtt_s is not None:
        torn = f" · {state.torn_frames} torn frames" if state.torn_frames else ""
        lines.append(_fact("round trip", f"{state.rtt_s * 1000:.0f} ms{torn}"))
    return lines


def _identity(state: State) -> list[Line]:
    identity = state.identity
    if identity is None:
        return []
    rows = (
        ("model", identity.model),
        ("family", identity.family),
        ("release", identity.release),
        ("system", identity.os),
        ("kernel", f"{identity.kernel} {identity.arch}".strip()),
        ("simulated", f"×{identity.sim_speed:g}" if identity.simulated else ""),
    )
    return [*_heading("Identity"), *(_fact(label, value) for label, value in rows if value)]


def _readings(state: State, s: Sample, age: float, columns: int) -> list[Line]:
    total, free = s.memory_total_bytes, s.memory_available_bytes
    used: Reading = total - free if known(total) and known(free) else (total if isinstance(total, NA) else free)
    memory = f"{numbers.gibibytes(used)} of {numbers.gibibytes(total)} GiB used"
    swap = f"{numbers.gibibytes(s.swap_used_bytes)} of {numbers.gibibytes(s.swap_total_bytes)} GiB used"
    scope = f" {s.power_scope}" if known(s.power_scope) else ""
    lines = _heading(f"Readings ({numbers.ago(age)} old)" if age > 3 else "Readings")
    lines.append(_reading("temperature", s.temperature_c, _degrees(s)))
    history = tuple(state.history)
    lines.append(
        [(f"{'last minutes':<{LABEL}}", "muted"), *heatline(history, s.limit_c, min(120, columns - LABEL))]
    )
    lines += _throttles(s)
    lines += [_fact("held by", cap) for cap in s.caps]
    lines += [
        _reading("cpu", s.cpu_percent, numbers.percent(s.cpu_percent)),
        _reading("cpu clock", s.clock_hz, _clock(s)),
        _reading("load", s.load_1, f"{s.load_1:.2f}" if known(s.load_1) else ""),
        _reading("memory", used, memory),
        _reading("swap", s.swap_used_bytes, swap),
        _reading("gpu", s.gpu_percent, numbers.percent(s.gpu_percent)),
        _reading("gpu clock", s.gpu_clock_hz, f"{numbers.gigahertz(s.gpu_clock_hz)} GHz"),
        _reading("gpu memory", s.gpu_memory_used_bytes, _gpu_memory(s)),
        _reading("power", s.power_w, f"{numbers.watts(s.power_w)}{scope}"),
        _reading("fan", s.fan_rpm, f"{s.fan_rpm:.0f} rpm" if known(s.fan_rpm) else ""),
        _reading("oom kills", s.oom_kills, f"{s.oom_kills:.0f} since boot" if known(s.oom_kills) else ""),
        _reading("up", s.uptime_s, numbers.ago(s.uptime_s) if known(s.uptime_s) else ""),
    ]
    return lines


def _degrees(s: Sample) -> str:
    limit = f"limit {s.limit_c:.0f} °C" if known(s.limit_c) else f"limit {s.limit_c}"
    return f"{s.temperature_c:.1f} °C, {limit}" if known(s.temperature_c) else ""


def _clock(s: Sample) -> str:
    most = f" of {numbers.gigahertz(s.clock_max_hz)}" if known(s.clock_max_hz) else ""
    return f"{numbers.gigahertz(s.clock_hz)}{most} GHz {s.clock_source}"


def _gpu_memory(s: Sample) -> str:
    return f"{numbers.gibibytes(s.gpu_memory_used_bytes)} of {numbers.gibibytes(s.gpu_memory_total_bytes)} GiB used"


def _throttles(s: Sample) -> list[Line]:
    if isinstance(s.throttle, NA):
        return [_fact("throttling", str(s.throttle), "muted")]
    if not s.throttle:
        return [_fact("throttling", "none, now or since boot")]
    lines: list[Line] = []
    for t in s.throttle:
        when = {"now": "now", "boot": "since boot", "run": "in this run"}[t.when]
        text = f"{t.kind} {WORDS[t.kind]} {when} ({t.source})"
        lines.append(_fact("" if lines else "throttling", text, "bad" if t.when == "now" else "text"))
    return lines


def _parts(s: Sample, columns: int) -> list[Line]:
    lines: list[Line] = []
    if s.cores_percent:
        lines += _heading("Cores")
        lines += [_bar(f"cpu{i}", v, 100.0, numbers.percent(v), columns) for i, v in enumerate(s.cores_percent)]
    if s.zones:
        lines += _heading("Zones")
        for name, value in s.zones:
            text = f"{value:.1f} °C" if known(value) else str(value)
            lines.append(_bar(name, value, 100.0, text, columns, heat(value, s.limit_c)))
    if s.rails:
        lines += _heading("Power rails")
        most = max((v for _, v in s.rails if known(v)), default=1.0) or 1.0
        shown = [(n, v, f"{v:.2f} W" if known(v) else str(v)) for n, v in s.rails]
        lines += [_bar(n, v, most, text, columns) for n, v, text in shown]
    return lines


def _bar(label: str, value: Reading, full: float, text: str, columns: int, ink: Ink = "accent") -> Line:
    name = hostile.one_line(label, LABEL - 1)
    size = min(30, columns - LABEL - 12)
    return [(f"{name:<{LABEL}}", "muted"), *bar(value, full, size, ink), (f"  {text}", "text")]


def _ollama(info: OllamaInfo) -> list[Line]:
    lines = _heading("Ollama")
    if not info.version:
        return [*lines, _fact("no answer", info.reason or "not asked yet", "warn")]
    lines.append(_fact("version", f"{info.version}  era {info.era}" if info.era else info.version))
    lines += [_fact("loaded", f"{m.name}  {_share(m.size_vram_bytes, m.size_bytes)}") for m in info.loaded]
    for model in info.installed:
        rest = "  ".join(part for part in (model.parameters, model.quantization) if part)
        size = f"{numbers.gibibytes(model.size_bytes)} GiB" if model.size_bytes else "size n/a (not told)"
        lines.append(_fact("installed", f"{model.name}  {size}  {rest}"))
    return lines


def _share(vram: int, size: int) -> str:
    return f"{numbers.gibibytes(size)} GiB, {vram / size:.0%} on the GPU" if size else "size n/a"


def _findings(state: State, columns: int) -> list[Line]:
    findings: Sequence[object] = state.identity.findings if state.identity else ()
    lines: list[Line] = _heading("To mend") if findings else []
    for finding in state.identity.findings if state.identity else ():
        lines += [[(row, "text")] for row in wrap(hostile.one_line(f"{finding.what}: {finding.why}", 400), columns)]
        if finding.remedy:
            lines.append([("  $ ", "muted"), (hostile.one_line(finding.remedy, 400), "accent")])
    return lines
