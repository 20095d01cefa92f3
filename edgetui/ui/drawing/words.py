"""Glyph and word of every state, phase and outcome: no meaning by colour alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from edgetui.model import WORDS, LinkState, Outcome, Phase, Throttle, known
from edgetui.model.own_time import own_time
from edgetui.model.score import Score
from edgetui.ui.drawing.ink import Ink, Line, cells, spread, width

LINK: dict[LinkState, tuple[str, Ink]] = {
    "up": ("●", "good"),
    "late": ("◐", "warn"),
    "connecting": ("◌", "muted"),
    "down": ("✕", "bad"),
    "refused": ("⊘", "bad"),
    "off": ("○", "muted"),
}

PHASE: dict[Phase, str] = {
    "queued": "waits for its turn",
    "gate": "waits for its start condition",
    "load": "loads the model",
    "upload": "uploads",
    "encode": "reads the picture or waits",
    "prefill": "reads the prompt",
    "decode": "answers",
    "done": "storing",
}
"""What the board does, for people, while there is no text to show."""
UNTOLD = {True: "encodes, reads or waits", False: "reads the prompt or waits"}
"""The same of a request that was sent, with or without a picture, where the board does not tell which."""

RUNNING, WAITING = "▶", "…"


def unfinished_answers(count: int, of: str = "") -> str:
    """What is asked before they are cancelled: ``1 answer is unfinished. …``."""
    if count == 1:
        return f"1 answer{of} is unfinished. What it has said so far is stored."
    return f"{count} answers{of} are unfinished. What they have said so far is stored."


def counted(count: int, one: str, more: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{count} {one if count == 1 else more}"


def letters(throttles: Iterable[Throttle]) -> str:
    """Their kinds, each once, in the order of the vocabulary: ``UFT``."""
    kinds = {throttle.kind for throttle in throttles}
    return "".join(kind for kind in WORDS if kind in kinds)


def with_own_time(left: Line, speeds: Iterable[float], columns: int) -> Line:
    """The line, and at its right end whose time is shown, in fewer words where there is no room for all.

    ``speeds``: of the boards; nothing is added where all are real (0).
    """
    whole = own_time(speeds)
    for said in (whole, whole.partition(", ")[2]):
        if said and width(left) + cells(said) + 2 <= columns:
            return spread(left, [(f"{said} ", "accent")], columns)
    return left


def outcome(value: Outcome) -> tuple[str, Ink]:
    """Glyph and ink of an outcome; its own name is the word."""
    if value == "ok":
        return "✓", "good"
    if value in ("empty", "truncated", "degenerate", "cancelled", "busy"):
        return "!", "warn"
    return "✕", "bad"


def verdict(score: Score) -> tuple[str, Ink]:
    """``right``, ``wrong 0.50``."""
    value, passed = score.final
    figure = f" {value:.2f}" if known(value) and value not in (0, 1) else ""
    return f"{'right' if passed else 'wrong'}{figure}{' (person)' if score.overruled else ''}", (
        "good" if passed else "bad"
    )


def short_model(model: str) -> str:
    """A board's own name for itself without what every one of its kind says."""
    short = re.sub(r"^NVIDIA (Jetson )?| Engineering Reference| Developer Kit| Rev \d[\d.]*$", "", model)
    return short.replace(" Model ", " ")


def tick(marked: bool) -> str:
    """Before each row of a list in which several may be marked."""
    return "✓ " if marked else "  "
