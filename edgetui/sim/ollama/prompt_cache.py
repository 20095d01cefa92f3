"""What llama-server (Ollama ≥ 0.30) keeps of past prompts in the board's RAM, beside the context of the model."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LIMIT_BYTES = 8192 << 20
"""llama-server's default, whatever the board has (``--cache-ram 8192``); the oldest go first."""


@dataclass(slots=True)
class PromptCache:
    """Of one loaded model."""

    token_bytes: int
    """Keys and values of one token."""
    limit_bytes: int = LIMIT_BYTES
    """0: nothing is kept."""
    _slot: int = 0
    """Tokens of the prompt that the slot holds."""
    _kept: deque[int] = field(default_factory=deque)

    def read(self, tokens: int, new: int) -> None:
        """The slot reads a prompt of which ``new`` tokens were not in it.

        The one before it is kept where less than half of it stays in use (measured: +18 MB for each new picture of
        771 tokens on a toy, the KV state of the one before; none for another question about the same picture).
        """
        if tokens - new < self._slot / 2 and self.limit_bytes:
            self._kept.append(self._slot * self.token_bytes)
            while self.bytes > self.limit_bytes and len(self._kept) > 1:
                self._kept.popleft()
        self._slot = tokens

    @property
    def bytes(self) -> int:
        """All that is kept."""
        return sum(self._kept)
