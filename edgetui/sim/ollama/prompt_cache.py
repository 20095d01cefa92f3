"""What llama-server (Ollama ≥ 0.30) keeps of past prompts in the board's RAM, beside the context of the model."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LIMIT_MIB = 8192
"""llama-server's default, whatever the board has (``--cache-ram 8192``); the oldest go first."""


@dataclass(slots=True)
class PromptCache:
    """Of one loaded model."""

    token_bytes: int
    """Keys and values of one token."""
    limit_mib: int | None = None
    """0: nothing is kept; None: the default."""
    _slot: int = 0
    """Tokens of the prompt that the slot holds."""
    _kept: deque[int] = field(default_factory=deque)

    def read(self, tokens: int, new: int) -> None:
        """The slot reads a prompt of which ``new`` tokens were not in it.

        The one before it is kept where less than half of it stays in use, as llama-server does (measured: +18 MB
        for each new picture of 771 tokens on a toy, the KV state of the one before).
        """
        limit = LIMIT_MIB if self.limit_mib is None else self.limit_mib
        if tokens - new < self._slot / 2 and limit:
            self._kept.append(self._slot * self.token_bytes)
            while self.bytes > limit << 20 and len(self._kept) > 1:
                self._kept.popleft()
        self._slot = tokens

    @property
    def bytes(self) -> int:
        """All that is kept."""
        return sum(self._kept)
