"""An open road to a board. SSH or local; the rest of edgetui sees only these protocols."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edgetui.errors import LinkError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an HTTP client on the host reaches a port on the board's loopback."""

    url: str
    """``http://127.0.0.1:11434``: always the loopback, or Ollama's Host check answers 403."""
    uds: str | None
    """Path of the private unix socket (mode 0700 folder) that leads there; None: connect to the URL itself."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a command on the board did."""

    exit_status: int | None
    """None: unknown (link lost meanwhile, killed by a signal); never to be taken for success."""
    stdout: str
    """Decoded as UTF-8 with replacement, cut at the limit asked for."""
    stderr: str


class Channel(Protocol):
    """A long-lived program on the board with its stdin and stdout open."""

    def write(self, data: bytes) -> None:
        """Send to its stdin at once; a lost channel swallows it (``closed`` tells)."""

    def close(self) -> None:
        """End it: EOF, then close; returns at once, never hangs."""

    @property
    def closed(self) -> asyncio.Future[str]:
        """Done when the channel is gone; the result says why in words."""


class Link(Protocol):
    """One board, connected. Made by ``connect``; one owner, closed by it."""

    async def open(self, command: str, on_data: Callable[[bytes], None], *, stdin: bytes = b"") -> Channel:
        """Start ``command`` with no pty; ``stdin`` is written first; ``on_data`` gets raw stdout in this loop.

        Raises LinkError (the board refuses the channel, or the link is gone). A cancelled open leaks no channel.
        """

    async def run(self, command: str, *, timeout: float, limit: int = 1 << 20) -> Completed:
        """Run ``command`` to its end with stdin closed. Raises LinkError, TimeoutError (the command was ended)."""

    async def http(self, port: int) -> Endpoint:
        """A road to ``127.0.0.1:port`` on the board; the same one for the life of the link. Raises LinkError."""

    async def reach(self, port: int) -> str:
        """Why ``127.0.0.1:port`` on the board cannot be connected to, in words; empty where it can."""

    @property
    def lost(self) -> asyncio.Future[LinkError]:
        """Done when the link is gone; the result says why."""

    async def close(self) -> None:
        """Close everything within 2 s, whatever the other side does."""
