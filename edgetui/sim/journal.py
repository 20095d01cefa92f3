"""What services on a simulated board have written to its journal, and who follows it."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

KEPT = 1000
"""Lines that can be read afterwards."""
REFUSED = "No journal files were opened due to insufficient permissions.\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    at: float
    """Unix s of the host."""
    monotonic: float
    """Host s since some moment: as much slower than the board's world as all that servers report."""
    text: str

    def to_json(self) -> str:
        """As ``journalctl -o json`` prints it, with the fields that somebody reads."""
        said = {
            "__REALTIME_TIMESTAMP": str(round(self.at * 1e6)),
            "__MONOTONIC_TIMESTAMP": str(round(self.monotonic * 1e6)),
            "_SYSTEMD_UNIT": "ollama.service",
            "SYSLOG_IDENTIFIER": "ollama",
            "PRIORITY": "6",
            "MESSAGE": self.text,
        }
        return json.dumps(said) + "\n"


@dataclass(slots=True)
class Journal:
    """Of Ollama's service alone; the kernel's lines are made up when asked for."""

    readable: bool = True
    """May the login read it?"""
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    followers: set[Callable[[Entry], None]] = field(default_factory=set)

    def write(self, text: str) -> None:
        """A line, now."""
        entry = Entry(time.time(), time.monotonic(), text)
        self.entries.append(entry)
        for follow in tuple(self.followers):
            follow(entry)
