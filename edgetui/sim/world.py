"""The boards' own time: it runs S times as fast as ours."""

from __future__ import annotations

import asyncio
import time


class World:
    """One clock for all boards. World seconds count from its making; ``speed``: world seconds per host second."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._born = time.monotonic()

    def now(self) -> float:
        """World s."""
        return (time.monotonic() - self._born) * self.speed

    async def until(self, moment: float) -> None:
        """Sleep till the world's clock shows ``moment``; a moment in the past only lets other tasks have a turn."""
        await asyncio.sleep(max(0.0, (moment - self.now()) / self.speed))

    def nanoseconds(self, duration: float) -> int:
        """What a server reports for ``duration`` world s: host nanoseconds."""
        return round(duration / self.speed * 1e9)
