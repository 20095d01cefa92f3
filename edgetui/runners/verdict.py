"""What an answer is worth before anybody scores it: empty, cut off, a repetition, or fit to be read."""

from __future__ import annotations

from edgetui.model import Outcome
from edgetui.model.hostile import clean
from edgetui.model.repetition import Repetition, repetition


def verdict(text: str, thinking: str, done: bool, done_reason: str) -> tuple[Outcome, str, tuple[str, ...]]:
    """Outcome, reason in words, marks. ``done``: the stream had its final line."""
    visible = clean(text).strip()
    again = repetition(visible or clean(thinking).strip())
    marks: tuple[str, ...] = (again,) if again else ()
    if not visible and thinking.strip():
        marks = (*marks, "thinking-only")
    if not done:
        return "aborted-by-runtime", _abort(visible or thinking, again), marks
    if not visible:
        return "empty", "it only thought and never answered" if thinking.strip() else "the answer is empty", marks
    if again == "degenerate":
        return "degenerate", "the answer repeats itself over and over", marks
    if done_reason == "length":
        return "truncated", "the answer was cut at num_predict or at the end of the context", marks
    return "ok", "", marks


def _abort(answer: str, again: Repetition) -> str:
    if not answer:
        return "Ollama ended the stream without an answer, as it does when that begins with bytes that are no text"
    if again == "degenerate":
        return "Ollama ended the stream because the same token came over and over"
    return "the stream ended before the answer did"
