"""What an answer is worth, why, and what a person made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from edgetui.model.reading import NA, Reading, known
from edgetui.model.sample import rfc3339

Detail: TypeAlias = float | str | tuple[float, ...] | tuple[str, ...]
"""A figure (its name ends in its unit), words, or a list of either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruling:
    """A person's verdict, which stands in place of the automatic one; both are kept."""

    value: float
    """0-1."""
    passed: bool | None
    """None where only a value was given."""
    why: str
    at: float
    """Unix s."""

    def to_json(self) -> dict[str, Any]:
        """``overruled`` in the score's document."""
        return {"value": self.value, "passed": self.passed, "why": self.why, "at": rfc3339(self.at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One answer judged by one rule."""

    metric: str = ""
    """Its name under the entry point ``edgetui.metrics``; the registry fills it in, as it does ``version``."""
    version: int = 0
    """Of the metric's rules: scores of different versions are not compared."""
    value: Reading
    """0-1; NA where the rule cannot tell, or where the runtime failed and not the model."""
    passed: bool | None
    """None where the value is NA."""
    rule: str
    """What was done to come to the value, in words."""
    span: tuple[int, int] | None = None
    """Characters of ``hostile.clean(text)`` that were used, the last one exclusive; None: all of it, or nothing."""
    truth: str = ""
    """In words."""
    details: tuple[tuple[str, Detail], ...] = ()
    marks: tuple[str, ...] = ()
    """``refused``, ``wrong-language``, ``degenerate``, ``truncated``, ``over-words``, ``ambiguous``, …"""
    overruled: Overruling | None = None

    @property
    def final(self) -> tuple[Reading, bool | None]:
        """Value and verdict that stand: the person's where there is one."""
        return (
            (self.value, self.passed) if self.overruled is None else (self.overruled.value, self.overruled.passed)
        )

    @property
    def short(self) -> str:
        """``✓``, ``✗ 0.83`` or ``n/a``; with ``(person)`` where one overruled the rule."""
        shown = short(*self.final)
        return f"{shown} (person)" if self.overruled else shown

    def to_json(self) -> dict[str, Any]:
        """``score`` of a reply in the contract of ``run --json``."""
        missing = {"value": self.value.reason} if isinstance(self.value, NA) else {}
        return {
            "metric": self.metric,
            "version": self.version,
            "value": None if missing else self.value,
            "passed": self.passed,
            "rule": self.rule,
            "span": None if self.span is None else list(self.span),
            "truth": self.truth,
            "details": {name: list(v) if isinstance(v, tuple) else v for name, v in self.details},
            "marks": list(self.marks),
            "overruled": None if self.overruled is None else self.overruled.to_json(),
            "na": missing,
        }


def short(value: Reading, passed: bool | None) -> str:
    """A verdict in a few columns."""
    sign = {True: "✓", False: "✗", None: ""}[passed]
    figure = f"{value:.2f}" if known(value) and (not sign or value not in (0, 1)) else ""
    return f"{sign} {figure}".strip() or "n/a"


def details_of(said: Mapping[str, Any]) -> tuple[tuple[str, Detail], ...]:
    """The reverse of what ``Score.to_json`` makes of ``details``."""
    return tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in said.items())
