"""One clock for the whole fleet: every board is ticked once a second, each at its own moment of it."""

from __future__ import annotations

import asyncio
from typing import Protocol

PERIOD_S = 1.0
SLOTS = 20
"""A second is cut into so many slots, so that 500 frames never arrive in one burst and nothing drifts."""


class Ticked(Protocol):
    """What wants a tick."""

    def tick(self, now: float) -> None:
        """``now``: the loop's clock in s. Must not block."""


class Ticker:
    """Calls every member's ``tick`` at 1 Hz from one timer; a late loop skips ticks, it does not queue them."""

    def __init__(self) -> None:
        self._slots: list[list[Ticked]] = [[] for _ in range(SLOTS)]

    def join(self, member: Ticked) -> None:
        """Tick ``member`` from now on, in the emptiest slot."""
        min(self._slots, key=len).append(member)

    def leave(self, member: Ticked) -> None:
        """Tick ``member`` no more."""
        for slot in self._slots:
            if member in slot:
                slot.remove(member)

    async def run(self) -> None:
        """Tick for ever."""
        loop = asyncio.get_running_loop()
        step = PERIOD_S / SLOTS
        beat = int(loop.time() / step)
        while True:
            beat += 1
            await asyncio.sleep(max(0.0, beat * step - loop.time()))
            now = loop.time()
            beat = max(beat, int(now / step))
            for member in tuple(self._slots[beat % SLOTS]):
                member.tick(now)
