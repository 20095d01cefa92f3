"""States as lines: for programs and for people."""

from __future__ import annotations

from typing import Any

from edgetui.model import NA, Sample, State, known
from edgetui.model.hostile import one_line


def reading(state: State) -> dict[str, Any]:
    """One line of ``watch --jsonl``."""
    return {
        "board": state.board,
        "state": state.link,
        "reason": state.reason,
        "remedy": state.remedy,
        "simulated": state.identity.simulated if state.identity else False,
        "sample": state.sample.to_json() if state.sample and state.link in ("up", "late") else None,
    }


def sentence(state: State) -> str:
    """The same for a person: one line of plain text."""
    sim = f" (simulated ×{state.identity.sim_speed:g})" if state.identity and state.identity.simulated else ""
    head = f"{state.board}{sim}: {state.link}"
    if state.sample is None or state.link not in ("up", "late"):
        return one_line(f"{head}: {state.reason} {state.remedy}")
    return one_line(f"{head}, {_figures(state.sample)}", 300)


def _figures(s: Sample) -> str:
    def say(value: float | NA, form: str, unit: str, scale: float = 1.0) -> str:
        return f"{format(value / scale, form)} {unit}" if known(value) else str(value)

    def part(value: float | NA, whole: float | NA, form: str, unit: str, scale: float = 1.0) -> str:
        both = known(value) and known(whole)
        return f"{say(value, form, '' if both else unit, scale).rstrip()} of {say(whole, form, unit, scale)}"

    throttle = s.throttle
    letters = "".join(t.kind for t in throttle if t.when == "now") if known(throttle) else ""
    held = f"throttled {letters}" if letters else "not throttled" if known(throttle) else f"throttling {throttle}"
    return (
        f"{say(s.temperature_c, '.1f', '°C')} of {say(s.limit_c, '.0f', '').rstrip()}, {held},"
        f" CPU {say(s.cpu_percent, '.0f', '%')} at {part(s.clock_hz, s.clock_max_hz, '.2f', 'GHz', 1e9)},"
        f" {part(s.memory_available_bytes, s.memory_total_bytes, '.2f', 'GB', 1e9)} free,"
        f" GPU {say(s.gpu_percent, '.0f', '%')}, power {say(s.power_w, '.1f', 'W')}"
    )
