"""An open road to a board. SSH or local; the rest of edgetui sees only these protocols."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from edgetui.errors import LinkError
from edgetui.links.files import Files


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


class Reader(Protocol):
    """What a program on the board sends to a port that we serve."""

    async def readuntil(self, separator: bytes) -> bytes:
        """Up to and with ``separator``. Raises asyncio.IncompleteReadError, OSError."""


class Writer(Protocol):
    """The way back."""

    def write(self, data: bytes) -> None:
        """Send."""

    async def drain(self) -> None:
        """Wait while the line is full. Raises OSError."""

    def close(self) -> None:
        """Send what is there, then end."""


Serve: TypeAlias = Callable[[Reader, Writer], Awaitable[None]]
"""One connection, from its first byte to its end; it raises nothing."""


class Listener(Protocol):
    """A port on the board's loopback that is served here."""

    @property
    def port(self) -> int:
        """Chosen by the board."""

    def close(self) -> None:
        """Take no more connections, and end those that there are."""


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

    async def leave(self, port: int) -> None:
        """Take down the road that ``http`` made, with its connections; for ports that come and go."""

    async def reach(self, port: int) -> str:
        """Why ``127.0.0.1:port`` on the board cannot be connected to, in words; empty where it can."""

    def files(self) -> AbstractAsyncContextManager[Files]:
        """The board's files, over a connection of their own, which is closed a minute after its last use.

        Raises LinkError, CommandError where the board has no SFTP.
        """

    async def listen(self, serve: Serve) -> Listener:
        """Serve a port of the board's loopback from here; nothing is opened on the host. Raises LinkError.

        It is bulk that comes this way: use a link of its own for it.
        """

    @property
    def lost(self) -> asyncio.Future[LinkError]:
        """Done when the link is gone; the result says why."""

    async def close(self) -> None:
        """Close everything within 2 s, whatever the other side does."""
