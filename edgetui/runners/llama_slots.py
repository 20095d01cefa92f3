"""What llama-server's ``GET /slots`` tells of the request in work (Ollama ≥ 0.30). Pure; it may be anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.model import NA, na
from edgetui.model.progress import Progress, Step

MOST_BYTES = 1 << 18
"""Of an answer; one slot has some 1500."""
MOST_TOKENS = 10**8
PICTURE_TOKENS = 64
"""No picture is fewer tokens in a model that is known. While fewer than that of a prompt with a picture are read it
is still being encoded, or read, and the slot does not tell which (measured: 11 tokens, then all 771)."""
IDLE = na("the runner's slot is idle")


@dataclass(frozen=True, slots=True)
class Slot:
    """The one slot that is at work."""

    task: int
    held: int
    """Tokens that it holds: those of the prompt that are read or in work, and what was written."""
    processed: int
    """Of the prompt, in this task."""
    cached: int
    written: int
    """Tokens of the answer."""

    @property
    def done(self) -> int:
        """Tokens of the prompt that are read."""
        return min(self.processed + self.cached, self.held)

    def progress(self, *, pictured: bool) -> Progress:
        """As a step of the request; ``pictured``: it has a picture."""
        step: Step = (
            "decode" if self.written else "encode" if pictured and self.done < PICTURE_TOKENS else "prefill"
        )
        return Progress(
            step=step,
            source="slots",
            task=self.task,
            done_tokens=self.done,
            total_tokens=self.done if self.written else na("/slots tells no total"),
            cached_tokens=self.cached,
            output_tokens=self.written,
        )


def slot_at_work(body: bytes) -> Slot | NA:
    """The slot that is processing; NA where none is, where several are (whose is ours?), and for nonsense."""
    try:
        said = json.loads(body) if len(body) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, list):
        return na("/slots did not answer as llama-server does")
    busy = [slot for slot in said if isinstance(slot, dict) and slot.get("is_processing") is True]
    if len(busy) != 1:
        return na("the runner works on several requests") if busy else IDLE
    return _slot(busy[0])


def _slot(said: Mapping[str, object]) -> Slot | NA:
    following = said.get("next_token")
    first = following[0] if isinstance(following, list) and following else following
    counts = [
        _count(said.get("id_task")),
        _count(said.get("n_prompt_tokens")),
        _count(said.get("n_prompt_tokens_processed")),
        _count(said.get("n_prompt_tokens_cache")),
        _count(first.get("n_decoded") if isinstance(first, dict) else None),
    ]
    task, held, processed, cached, written = counts
    if task is None or held is None or processed is None or cached is None or written is None or written > held:
        return na("this llama-server counts its slot's tokens in another way")
    return Slot(task, held, processed, cached, written)


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
