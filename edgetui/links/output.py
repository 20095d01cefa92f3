"""A command's output, cut where it would fill the memory, and how a command is run to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from edgetui.links import Channel, Completed


class Program(Channel, Protocol):
    """A channel that knows how its program ended."""

    @property
    def exit_status(self) -> int | None:
        """None while it runs, and where it will never be known."""


Start: TypeAlias = Callable[[Callable[[bytes], None], Callable[[bytes], None]], Awaitable[Program]]
"""Starts the command with one receiver for stdout and one for stderr."""


class Capped:
    """Bytes up to a limit; what is beyond it is taken and dropped, so that the sender is never blocked."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Keep what still fits."""
        self._data += data[: self._limit - len(self._data)]

    def text(self) -> str:
        """Decoded as UTF-8 with replacement."""
        return self._data.decode("utf-8", "replace")


async def run_to_end(start: Start, limit: int) -> Completed:
    """Wait for the command; closes its channel, and with it the command, when cancelled."""
    stdout, stderr = Capped(limit), Capped(limit)
    program = await start(stdout.feed, stderr.feed)
    try:
        await asyncio.shield(program.closed)
    finally:
        program.close()
    return Completed(program.exit_status, stdout.text(), stderr.text())
