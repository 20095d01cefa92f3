"""What was, in rows: readings thinned out with their age, and what happened when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgetui.model.reading import Reading
from edgetui.model.sample import Sample, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """What a board said in one second, or in a longer stretch of which neither spike nor throttle is lost."""

    span_s: int
    """How long the stretch is that begins at ``sample.time``."""
    samples: int
    """How many readings went into it."""
    temperature_min_c: Reading
    temperature_max_c: Reading
    sample: Sample
    """Means of what was known; ``throttle`` is the union, ``limit_c`` the lowest, counters are the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at one moment."""

    time: float
    """Unix s of the host."""
    board: str = ""
    """Empty: the whole fleet."""
    kind: str
    """``link``, ``identity``, ``ollama``, ``alert``, …"""
    text: str
    """In words; hostile until it has passed ``hostile.one_line``."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, by kind."""

    def to_json(self) -> dict[str, Any]:
        """For programs: hooks and exports."""
        return {
            "time": rfc3339(self.time),
            "board": self.board,
            "kind": self.kind,
            "text": self.text,
            "detail": dict(self.detail),
        }
