"""One life of a program on a board that answers ticks with frames: the probe, or a vendor's tool."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from edgetui.links import Channel, Link
from edgetui.probes import BOOTSTRAP, Frame, FrameReader


class Pulse:
    """Writes ticks, reads frames; at most one tick is outstanding, so back-pressure is the absence of a queue."""

    def __init__(self, on_frame: Callable[[Frame], None]) -> None:
        self.token = secrets.token_hex(6)
        self.reader = FrameReader(self.token)
        self.awaited_since: float | None = None
        """The loop's clock when the tick was sent that has no frame yet; None while nothing is owed."""
        self.rtt_s: float | None = None
        self._on_frame = on_frame
        self._channel: Channel | None = None

    async def open(self, link: Link, program: bytes, *, greets: bool) -> Channel:
        """Start the program on the board. ``greets``: a first frame comes unasked. Raises LinkError."""
        if greets:
            self.awaited_since = asyncio.get_running_loop().time()
        self._channel = await link.open(BOOTSTRAP, self._on_data, stdin=program)
        return self._channel

    def tick(self, now: float, line: bytes) -> bool:
        """Ask for a frame, unless one is owed still. Returns whether it was asked."""
        if self._channel is None or self.awaited_since is not None:
            return False
        self.awaited_since = now
        self._channel.write(line)
        return True

    def overdue_s(self, now: float) -> float:
        """How long a frame has been owed."""
        return 0.0 if self.awaited_since is None else now - self.awaited_since

    def close(self) -> None:
        """End the program on the board; its frames are no longer heard."""
        self._on_frame = _deaf
        if self._channel is not None:
            self._channel.close()

    def _on_data(self, data: bytes) -> None:
        torn = self.reader.torn
        for frame in self.reader.feed(data):
            if self.awaited_since is not None:
                self.rtt_s = asyncio.get_running_loop().time() - self.awaited_since
                self.awaited_since = None
            self._on_frame(frame)
        if self.reader.torn > torn:
            self.awaited_since = None  # it will not come again: the next tick asks anew


def _deaf(_frame: Frame) -> None:
    pass
