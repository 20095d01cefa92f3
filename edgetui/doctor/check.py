"""The values that checks are made of: what was gathered on a board, and what one check says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from edgetui.cluster.asking import Answer, Clock
from edgetui.config import Board
from edgetui.model import NA, Identity, OllamaInfo, Reading, Sample, na

Grade: TypeAlias = Literal["red", "amber", "grey", "green"]
"""``red``: answers are wrong or lost, or others may use the board. ``amber``: worth mending. ``grey``: unknown."""

WORDS: Mapping[Grade, str] = {"red": "red", "amber": "amber", "grey": "unknown", "green": "green"}
"""As a person is told."""
GRADES: tuple[Grade, ...] = ("red", "amber", "grey", "green")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist."""

    name: str
    grade: Grade
    looked: str
    """What was looked at and what it said; where that was impossible: ``could not look: why``."""
    why: str
    """Why it matters."""
    remedy: str = ""
    """The command, on the board unless it begins with ``edgetui``, that mends it; on green it is advice."""

    @property
    def pending(self) -> bool:
        """Is what it rests on still being looked at?"""
        return PENDING.reason in self.looked

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "check": self.name,
            "grade": self.grade,
            "looked": self.looked,
            "why": self.why,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was gathered on one board; checks read nothing else."""

    board: Board
    identity: Identity
    sample: Sample | None
    ollama: OllamaInfo
    answers: Mapping[str, Answer | NA]
    """By name of the question."""
    clock: Clock | NA
    sessions: Reading
    """Sessions that sshd opened beside the probe's, of the ``wanted_sessions`` that were tried."""
    wanted_sessions: int
    tick_ms: Reading
    """CPU ms that one frame of our probe takes on the board."""

    def answer(self, name: str) -> Answer | NA:
        """What that question was answered; NA where it was not."""
        return self.answers.get(name, na("the board was not asked"))


PENDING = na("it is being looked at")
"""Stands for what was not asked yet, while a board is looked at."""


def unknown(name: str, why: str, reason: NA | str) -> Check:
    """A check that could not be made: grey, never green."""
    words = reason.reason if isinstance(reason, NA) else reason
    return Check(name, "grey", f"could not look: {words}", why)
