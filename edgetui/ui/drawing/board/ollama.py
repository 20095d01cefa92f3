"""Ollama: what it is, what is loaded, and what is wrong with either: the doctor's checks, not others."""

from __future__ import annotations

from collections.abc import Sequence

from edgetui.cluster.asking import Clock
from edgetui.cluster.visit.visit import Visit
from edgetui.config import Board
from edgetui.doctor import ollama as checks
from edgetui.doctor.check import Check, Evidence
from edgetui.model import NA, InstalledModel, LoadedModel, OllamaInfo, State, known, na
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.board.facts import LABEL, Section, command, fact, facts, gauge, paragraph
from edgetui.ui.drawing.ink import Ink, Line

INSTALLED_SHOWN = 12
FOREVER_S = 366 * 86400.0
"""Lives longer than this are meant for ever: Ollama says 292 years."""


def worries(board: Board, state: State, visit: Visit | None) -> list[Check]:
    """What the doctor finds red or amber in what is known without asking the board more."""
    if state.identity is None or state.ollama is None:
        return []
    evidence = Evidence(
        board=board,
        identity=state.identity,
        sample=state.sample,
        ollama=state.ollama,
        answers=visit.answers if visit else {},
        clock=visit.clock if visit else na("not asked"),
        sessions=na("not asked"),
        wanted_sessions=0,
        tick_ms=na("not asked"),
    )
    found = (checks.on_gpu(evidence), checks.exposed(evidence), checks.version(evidence))
    return [check for check in found if check is not None and check.grade in ("red", "amber")]


def ollama_section(
    info: OllamaInfo | None, found: Sequence[Check], visit: Visit | None, now: float, columns: int
) -> Section:
    """Version, loaded models with their share of the GPU and their time left, installed ones."""
    if info is None:
        return Section("Ollama", [fact("", "n/a (not asked yet)", "muted")])
    lines: list[Line] = []
    for check in found:
        ink: Ink = "bad" if check.grade == "red" else "warn"
        lines += paragraph(f"▲ {check.looked}", columns, ink)
        lines += [*paragraph(check.why, columns, "muted"), *command(check.remedy, columns)]
    frame: Ink = "bad" if any(c.grade == "red" for c in found) else "warn" if found else "grid"
    if not info.version:
        return Section("Ollama", [*lines, *facts("no answer", info.reason or "not asked yet", columns, "warn")])
    lines.append(fact("version", f"{info.version}  era {info.era}" if info.era else info.version))
    board_now = now + _ahead(visit)
    for model in info.loaded:
        lines += _loaded(model, board_now, columns)
    if not info.loaded:
        lines.append(fact("loaded", "nothing", "muted"))
    for index, each in enumerate(info.installed[:INSTALLED_SHOWN]):
        rest = "  ".join(part for part in (each.parameters, each.quantization) if part)
        lines.append(fact("" if index else "installed", f"{each.name}  {_size(each)}  {rest}"))
    if len(info.installed) > INSTALLED_SHOWN:
        lines.append(fact("", f"and {len(info.installed) - INSTALLED_SHOWN} more", "muted"))
    return Section("Ollama", lines, ink=frame)


def _ahead(visit: Visit | None) -> float:
    """s that the board's clock is ahead of ours; 0 where nobody knows."""
    return sum(visit.clock.ahead_s) / 2 if visit is not None and isinstance(visit.clock, Clock) else 0.0


def _loaded(model: LoadedModel, board_now: float, columns: int) -> list[Line]:
    lines = [fact("loaded", f"{model.name}   {_size(model)}{_left(model, board_now)}", "strong")]
    whole, part = model.size_bytes, model.size_vram_bytes
    if known(whole) and known(part) and whole > 0:
        words = f"{part / whole:.0%} GPU, {1 - part / whole:.0%} CPU"
        lines += gauge("", float(part), float(whole), words, columns)
    else:
        lines += facts("", f"share of the GPU {part if isinstance(part, NA) else whole}", columns, "muted")
    if model.context_length:
        lines.append([(" " * LABEL, "muted"), (f"{model.context_length} tokens of context", "muted")])
    return lines


def _size(model: LoadedModel | InstalledModel) -> str:
    size = model.size_bytes
    return f"{numbers.gibibytes(size)} GiB" if known(size) and size > 0 else "size n/a (not told)"


def _left(model: LoadedModel, board_now: float) -> str:
    if model.expires_at is None:
        return ""
    left = model.expires_at - board_now
    if left > FOREVER_S:
        return ", stays for ever"
    return f", stays {numbers.ago(left)} more" if left > 0 else ", leaves now"
