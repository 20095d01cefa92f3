"""What llama-server writes of a request while it works on it (Ollama ≥ 0.30), out of the journal. Pure.

The lines: ``tests/golden/ollama/runner-log-0.32.15.txt``. Whoever can write to the journal can forge them, so
nothing of them is text that is shown, and numbers count only where they fit what Ollama says at the end.
"""

from __future__ import annotations

import json
import re

from edgetui.model import Reading, known, na
from edgetui.model.progress import Progress
from edgetui.runners.llama_slots import PICTURE_TOKENS

LONGEST_LINE = 1 << 16
"""Bytes of one line of ``journalctl -o json``; journald cuts messages at 48 KiB."""
_LONGEST = 400
"""Characters of a message that can be one of these."""
_TASK = re.compile(r"^slot .{0,40}?: id +\d{1,4} \| task (\d{1,9}) \| (.*)$")
_NEW = re.compile(r"^new prompt, .{0,80}task\.n_tokens = (\d{1,8})$")
_CACHED = re.compile(r"^cached n_tokens = (\d{1,8}),")
_ENCODING = re.compile(r"^encoding (mtmd batch|image slice)")
_OVER = re.compile(r"^stop processing: ")
_DECODING = re.compile(r"^decoding image batch (\d{1,4})/\d{1,4}, n_tokens_batch = (\d{1,8})$")
_DECODED = re.compile(r"^image decoded \(batch \d{1,4}/\d{1,4}\) in ")


def message_of(line: bytes) -> tuple[str, float] | None:
    """Text and board's monotonic s of one line of ``journalctl -o json``; None for what is none."""
    try:
        said = json.loads(line)
        text, at = said["MESSAGE"], int(said["__MONOTONIC_TIMESTAMP"]) / 1e6
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return (text, at) if isinstance(text, str) else None  # bytes that are no UTF-8 come as a list of numbers


class RunnerLog:
    """One request, from ``new prompt`` on; lines of others are passed over.

    Where another follows when it is over, the first was somebody else's, and ours had waited for it.
    """

    def __init__(self, *, pictured: bool) -> None:
        self._pictured = pictured
        self._begin("", na("the journal has not told of the request"))

    def _begin(self, task: str, prompt_tokens: Reading) -> None:
        self.prompt_tokens = prompt_tokens
        self.cached_tokens: Reading = na("the journal has not told of the request")
        self._task = task
        self._over = not task
        self._done = self._batch = 0
        self._seen = False
        """A picture has been encoded."""
        self._since: float | None = None
        self._encoded_s = 0.0

    @property
    def encode_s(self) -> Reading:
        """Board's s in the picture's encoder; n/a where the log shows no end of it."""
        if self._seen and self._since is None:
            return self._encoded_s
        if not self._seen and known(self.cached_tokens) and self.cached_tokens >= PICTURE_TOKENS:
            return 0.0
        return na("the journal does not show the picture being encoded")

    def feed(self, text: str, at: float) -> Progress | None:
        """What this line changes; None where it tells nothing of the request. ``at``: monotonic s of the board."""
        if len(text) > _LONGEST:
            return None
        if found := _TASK.match(text):
            told = self._of_task(found[1], found[2], at)
        else:
            told = bool(self._task) and self._of_picture(text, at)
        return self._progress() if told else None

    def _of_task(self, task: str, words: str, at: float) -> bool:
        if self._over and (new := _NEW.match(words)):
            self._begin(task, int(new[1]))
            return True
        if task != self._task:
            return False
        if _OVER.match(words):
            self._over = True
            return False
        if cached := _CACHED.match(words):
            self._done = int(cached[1])
            if not known(self.cached_tokens):  # later ones count what this task has read itself
                self.cached_tokens = self._done
            return True
        if _ENCODING.match(words):
            self._since = at
            return True
        return False

    def _of_picture(self, text: str, at: float) -> bool:
        if found := _DECODING.match(text):
            if self._since is not None:
                self._encoded_s += max(0.0, at - self._since)
                self._since, self._seen = None, True
            self._batch = int(found[2])
            return True
        if _DECODED.match(text):
            self._done += self._batch
            self._batch = 0
            return True
        return False

    def _progress(self) -> Progress:
        reading = self._seen or not self._pictured or self._done >= PICTURE_TOKENS
        done = min(self._done, self.prompt_tokens) if known(self.prompt_tokens) else self._done
        return Progress(
            step="prefill" if reading else "encode",
            source="journal",
            task=int(self._task),
            done_tokens=done,
            total_tokens=self.prompt_tokens,
            cached_tokens=self.cached_tokens,
        )
