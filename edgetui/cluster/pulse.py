"""One life of a program on a board that answers ticks with frames: the probe, or a vendor's tool."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from edgetui.links import Channel, Link
from edgetui.probes import BOOTSTRAP, Frame, FrameReader


class Pulse:
    """Writes ticks, reads frames; at most one tick is outstanding, so back-pressure is the absence of a queue."""

    def __init__(self, on_frame: Callable[[Frame], None], *, talks_unasked: bool = False) -> None:
        """``talks_unasked``: frames may come without a tick; else those nobody asked for are dropped."""
        self.token = secrets.token_hex(6)
        self.reader = FrameReader(self.token)
        self._asked_at: float | None = None
        """The loop's clock when the tick was sent that has no frame yet; None while none is outstanding."""
        self._owed_since: float | None = None
        """When the first tick was sent since the last good frame; a torn frame does not pay for it."""
        self._talks_unasked = talks_unasked
        self.rtt_s: float | None = None
        self._on_frame = on_frame
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        self._given_up: asyncio.Future[None] = loop.create_future()
        self._channel: Channel | None = None

    async def open(self, link: Link, program: bytes, *, greets: bool) -> Channel:
        """Start the program on the board. ``greets``: a first frame comes unasked. Raises LinkError."""
        if greets:
            self._asked_at = self._owed_since = self._clock()
        self._channel = await link.open(BOOTSTRAP, self._on_data, stdin=program)
        return self._channel

    def tick(self, now: float, line: bytes) -> bool:
        """Ask for a frame, unless one is outstanding still. Returns whether it was asked."""
        if self._channel is None or self._asked_at is not None:
            return False
        self._asked_at = now
        if self._owed_since is None:
            self._owed_since = now
        self._channel.write(line)
        return True

    def overdue_s(self, now: float) -> float:
        """How long a good frame has been owed."""
        return 0.0 if self._owed_since is None else now - self._owed_since

    def give_up(self) -> None:
        """Wait for it no longer: ``ended`` returns."""
        if not self._given_up.done():
            self._given_up.set_result(None)

    @property
    def given_up(self) -> bool:
        """Was it given up?"""
        return self._given_up.done()

    async def ended(self, channel: Channel) -> str:
        """Wait until the program has ended, or was given up; returns why it ended, nothing where it has not."""
        ends: set[asyncio.Future[Any]] = {self._given_up, channel.closed}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return channel.closed.result() if channel.closed.done() else ""

    def close(self) -> None:
        """End the program on the board; its frames are no longer heard."""
        self._on_frame = _deaf
        if self._channel is not None:
            self._channel.close()

    def _on_data(self, data: bytes) -> None:
        torn = self.reader.torn
        for frame in self.reader.feed(data):
            if self._asked_at is not None:
                self.rtt_s = self._clock() - self._asked_at
            elif not self._talks_unasked:
                continue
            self._asked_at = self._owed_since = None
            self._on_frame(frame)
        if self.reader.torn > torn:
            self._asked_at = None  # it will not come again: the next tick asks anew


def _deaf(_frame: Frame) -> None:
    pass
