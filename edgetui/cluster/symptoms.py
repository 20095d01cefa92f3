"""What alert rules look at: readings of a board, and what only shows against the last look or the last minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from edgetui.config import AlertMetric, AlertRule
from edgetui.model import NA, WORDS, Disk, Reading, Sample, State, known, na

STALE_S = 10.0
"""An older Sample says nothing of now."""
SWAP_S = 60.0
"""Swap grows or shrinks against so long ago."""

_HOLDS = ("throttled", "under_voltage", "link_down", "ollama_down", "rebooted")
"""Metrics that are 1 or 0."""
_UNITS: Mapping[str, tuple[str, float]] = {
    "_k": ("K", 1.0),
    "_c": ("°C", 1.0),
    "_percent": ("%", 1.0),
    "_bytes": ("MB", 1e6),
    "_hz": ("GHz", 1e9),
    "_w": ("W", 1.0),
    "_rpm": ("rpm", 1.0),
}
"""End of a metric's name to the unit shown, and how many of the metric's own it is."""
_NO_SAMPLE = na("no reading of now")
_UNKNOWN = na("not known yet")


@dataclass(frozen=True, slots=True)
class Seen:
    """What earlier looks saw of one board."""

    boot_id: str = ""
    oom_kills: Reading = _UNKNOWN
    ollama: bool = False
    """Its Ollama has answered in this session."""

    def next(self, state: State) -> Seen:
        """With this look; what it does not tell stays."""
        identity, sample = state.identity, state.sample
        boot_id = identity.boot_id if identity is not None and identity.boot_id else self.boot_id
        kills = sample.oom_kills if sample is not None and known(sample.oom_kills) else self.oom_kills
        answered = self.ollama or (state.ollama is not None and state.ollama.version != "")
        return Seen(boot_id, kills, answered)


def measured(metric: AlertMetric, state: State, seen: Seen, now: float) -> Reading:
    """The metric's value of now, Unix s, in the unit of its name; 1 or 0 where it is a condition."""
    if metric in _CONDITIONS:
        return _CONDITIONS[metric](state, seen)
    sample = _fresh(state, now)
    if sample is None:
        return _NO_SAMPLE
    if metric == "swap_growth_bytes":
        return _swap_growth(state, sample)
    if metric in _OF_SAMPLE:
        return _OF_SAMPLE[metric](sample)
    value: Reading = getattr(sample, metric)
    return value


def figure(metric: AlertMetric, value: float) -> str:
    """The value with its unit, for people: ``81.3 °C``; empty for a condition, which holds or not."""
    if metric in _HOLDS:
        return ""
    unit, scale = next((found for end, found in _UNITS.items() if metric.endswith(end)), ("", 1.0))
    return f"{round(value / scale, 1):g} {unit}".rstrip()


def threshold(rule: AlertRule) -> str:
    """What it is raised at: ``above 80 °C for 30 s``; nothing where that is a condition."""
    if rule.metric in _HOLDS:
        return ""
    of = "limit " if rule.metric == "over_limit_k" else ""
    limits = (("above", rule.above), ("below", rule.below))
    words = [f"{word} {of}{figure(rule.metric, v)}" for word, v in limits if v is not None]
    return " or ".join(words) + (f" for {rule.for_s:g} s" if rule.for_s else "")


def in_words(metric: AlertMetric, value: float, state: State) -> str:
    """The value with what explains it."""
    sample = state.sample
    if metric == "link_down":
        return state.reason
    if metric == "ollama_down":
        return state.ollama.reason if state.ollama is not None else ""
    if metric == "over_limit_k" and sample is not None and known(sample.temperature_c) and known(sample.limit_c):
        return f"{sample.temperature_c:.1f} °C, limit {sample.limit_c:g} °C"
    if metric == "throttled" and sample is not None and known(sample.throttle):
        return ", ".join(WORDS[t.kind] for t in sample.throttle if t.when == "now" and t.kind in "FTS")
    if metric == "swap_growth_bytes":
        return f"{value / 1e6:.0f} MB within {SWAP_S:.0f} s"
    if metric == "new_oom_kills":
        return f"{value:.0f} killed"
    if metric == "disk_free_percent" and (disk := _fullest(state)) is not None:
        room = f"{disk.free_bytes / 1e9:.1f} of {disk.total_bytes / 1e9:.0f} GB free"
        return f"{value:.1f} %, {room} on {disk.mount}"
    return figure(metric, value)


def _fresh(state: State, now: float) -> Sample | None:
    sample = state.sample
    if sample is None or state.link not in ("up", "late") or now - sample.time > STALE_S:
        return None
    return sample


def _link_down(state: State, _seen: Seen) -> Reading:
    if state.link == "connecting":
        return 1.0 if state.attempts > 1 else _UNKNOWN
    return float(state.link in ("down", "refused"))


def _ollama_down(state: State, seen: Seen) -> Reading:
    """Only what has been up can go down: many a board has no Ollama."""
    if state.link != "up" or state.ollama is None:
        return _UNKNOWN
    return float(seen.ollama and not state.ollama.version)


def _rebooted(state: State, seen: Seen) -> Reading:
    boot_id = state.identity.boot_id if state.identity is not None else ""
    return float(boot_id != seen.boot_id) if boot_id and seen.boot_id else _UNKNOWN


def _killed(state: State, seen: Seen) -> Reading:
    """More than at the last look; a count that begins anew is of a board that has rebooted."""
    kills = state.sample.oom_kills if state.sample is not None else _UNKNOWN
    if not known(kills) or not known(seen.oom_kills):
        return _UNKNOWN
    return max(0.0, kills - seen.oom_kills)


def _disk_free(state: State, _seen: Seen) -> Reading:
    """They are asked for once a minute and more seldom, so this is no matter of a fresh Sample."""
    if state.link not in ("up", "late"):
        return _NO_SAMPLE
    disk = _fullest(state)
    if disk is None:
        return state.disks if isinstance(state.disks, NA) else _UNKNOWN
    return 100.0 * disk.free_bytes / disk.total_bytes


def _fullest(state: State) -> Disk | None:
    found = state.disks if known(state.disks) else ()
    return min(found, key=lambda disk: disk.free_bytes / disk.total_bytes, default=None)


def _over_limit(sample: Sample) -> Reading:
    celsius, limit = sample.temperature_c, sample.limit_c
    if not known(celsius):
        return celsius
    return celsius - limit if known(limit) else limit


def _in_force(sample: Sample, kinds: str) -> Reading:
    limits = sample.throttle
    if isinstance(limits, NA):
        return limits
    return float(any(t.when == "now" and t.kind in kinds for t in limits))


def _swap_growth(state: State, sample: Sample) -> Reading:
    if not known(used := sample.swap_used_bytes):
        return used
    # not copied, as elsewhere: this runs in the loop that appends, and reads the first one alone
    earlier = (s.swap_used_bytes for s in state.history if s.time >= sample.time - SWAP_S)
    return used - next((value for value in earlier if known(value)), used)


_Condition: TypeAlias = Callable[[State, Seen], Reading]
_CONDITIONS: Mapping[str, _Condition] = {
    "link_down": _link_down,
    "ollama_down": _ollama_down,
    "rebooted": _rebooted,
    "new_oom_kills": _killed,
    "disk_free_percent": _disk_free,
}
_OF_SAMPLE: Mapping[str, Callable[[Sample], Reading]] = {
    "over_limit_k": _over_limit,
    "throttled": lambda sample: _in_force(sample, "FTS"),
    "under_voltage": lambda sample: _in_force(sample, "U"),
}
