"""What a metric is: a name, the truth it needs, and a pure function. Register one under ``edgetui.metrics``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgetui.model.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a metric may look at."""

    text: str
    """Clean, neither empty nor a repetition; thoughts inside it are blanked out, so that places stay true."""
    prompt: str
    model: str
    """As Ollama calls it: ``qwen2.5vl:3b``."""
    era: str = ""
    """Of the Ollama: ``A``, ``B``, ``C``; empty where nobody knows."""
    marks: tuple[str, ...] = ()
    """Found before any metric looks: ``refused``, ``wrong-language``, ``repetitive``, ``truncated``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One way to judge an answer."""

    name: str
    """What ``metric`` in ``task.toml`` says."""
    version: int
    """Counted up whenever a verdict may change."""
    needs: tuple[str, ...]
    """Keys that the truth of an item must have."""
    judge: Callable[[Answer, Mapping[str, Any]], Score]
    """The score; ``metric`` and ``version`` are filled in by whoever calls."""
