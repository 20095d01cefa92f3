"""Memory: what is used, what can be had back, how it swaps."""

from __future__ import annotations

from edgetui.cluster.visit.visit import Visit
from edgetui.model import NA, OllamaInfo, Reading, Sample, known
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import FULL
from edgetui.ui.drawing.board.facts import Section, facts, gauge, gib, rate, reading
from edgetui.ui.drawing.ink import Line


def memory_section(s: Sample, visit: Visit | None, ollama: OllamaInfo | None, columns: int) -> Section:
    """Used first, then what of it could be free."""
    total, free = s.memory_total_bytes, s.memory_available_bytes
    used: Reading = total - free if known(total) and known(free) else (total if isinstance(total, NA) else free)
    words = f"{numbers.gibibytes(used)} of {numbers.gibibytes(total)} GiB"
    lines = gauge("used", used, total, words, columns, warn_from=FULL)
    lines += reading("available", free, gib(free) if known(free) else "", columns)
    lines += _back(visit, ollama, total, columns)
    if known(s.gpu_memory_used_bytes) or known(s.gpu_memory_total_bytes):
        held, room = s.gpu_memory_used_bytes, s.gpu_memory_total_bytes
        whole = f" of {numbers.gibibytes(room)}" if known(room) else ""
        vram = f"{numbers.gibibytes(held)}{whole} GiB"
        lines += gauge("gpu memory", held, room, vram, columns, warn_from=FULL)
    else:
        lines += reading("gpu memory", s.gpu_memory_used_bytes, "", columns)
    lines += _swap(s, visit, columns)
    kills = f"{s.oom_kills:.0f} since boot" if known(s.oom_kills) else ""
    lines += reading("oom kills", s.oom_kills, kills, columns)
    return Section("Memory", lines)


def _back(visit: Visit | None, ollama: OllamaInfo | None, total: Reading, columns: int) -> list[Line]:
    """The kernel's cache goes by itself, a model when it is unloaded."""
    lines: list[Line] = []
    if visit is not None:
        cache = visit.memory.cache
        words = f"{numbers.gibibytes(cache)} GiB, given back by itself"
        lines += gauge("page cache", cache, total, words, columns, "area")
    if ollama is not None and ollama.loaded:
        sizes = [m.size_bytes for m in ollama.loaded]
        size: Reading = next((s for s in sizes if isinstance(s, NA)), 0.0)
        size = size if isinstance(size, NA) else float(sum(s for s in sizes if known(s)))
        words = f"{numbers.gibibytes(size)} GiB, free once unloaded"
        lines += gauge("models", size, total, words, columns)
    return lines


def _swap(s: Sample, visit: Visit | None, columns: int) -> list[Line]:
    used, total = s.swap_used_bytes, s.swap_total_bytes
    if known(total) and total == 0:
        lines = facts("swap", "none", columns)
    else:
        words = f"{numbers.gibibytes(used)} of {numbers.gibibytes(total)} GiB"
        lines = gauge("swap used", used, total, words, columns, warn_from=0.5)
    if visit is not None:
        into, out = visit.memory.swap_in, visit.memory.swap_out
        words = f"{rate(into)} in, {rate(out)} out"
        lines += reading("swap speed", into if isinstance(into, NA) else out, words, columns)
    if known(s.zram_bytes):
        lines += gauge("zram takes", s.zram_bytes, s.memory_total_bytes, f"{gib(s.zram_bytes)} of RAM", columns)
    else:
        lines += reading("zram", s.zram_bytes, "", columns)
    return lines
