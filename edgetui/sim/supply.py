"""What a simulated board's downloads depend on: its line to the internet, and the room on its disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DISK_BYTES = 62_000_000 * 1024
FREE_BYTES = 41_000_000 * 1024
PLACE = "/usr/share/ollama/.ollama/models/blobs"
"""Where an error says that models lie."""


@dataclass(slots=True)
class Line:
    """The way from the board to the internet."""

    bytes_s: float = 12_000_000.0
    """World s."""
    state: Literal["up", "stalled", "lost"] = "up"
    """``stalled``: connections stay, and no byte comes."""


@dataclass(slots=True)
class Room:
    """The one file system."""

    taken: int = 0
    """Bytes by what Ollama fetched since the start; below 0 where models were removed."""
    filled: int = 0
    """Bytes by something else, until heal."""

    @property
    def free(self) -> int:
        """Bytes that are left."""
        return max(0, FREE_BYTES - self.taken - self.filled)

    def fill(self, left: int) -> None:
        """Something else takes all but ``left`` bytes."""
        self.filled = max(0, FREE_BYTES - self.taken - left)
