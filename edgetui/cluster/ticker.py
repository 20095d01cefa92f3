"""One clock for the whole fleet: every board is ticked once a second, a few at a time."""

from __future__ import annotations

import asyncio
from typing import Protocol

PERIOD_S = 1.0
SLOTS = 20
"""A second is cut into so many slots, so that 500 frames never arrive in one burst and nothing drifts."""
CROWD = 250
"""So many share a slot before the next is opened. The more at once, the warmer the CPU's caches: boards ticked each
alone cost half as much again as 50 together, and 50 an eighth more than 250, whose frames take 60 ms to read."""
_APART = tuple(7 * i % SLOTS for i in range(SLOTS))
"""The slots in the order in which they are opened: the first ones lie far from each other."""


class Ticked(Protocol):
    """What wants a tick."""

    def tick(self, now: float) -> None:
        """``now``: the loop's clock in s. Must not block."""


class Ticker:
    """Calls every member's ``tick`` at 1 Hz from one timer; a loop late by a second skips ticks, none queue."""

    def __init__(self) -> None:
        self._slots: list[list[Ticked]] = [[] for _ in range(SLOTS)]

    def join(self, member: Ticked) -> None:
        """Tick ``member`` from now on, in the first slot that has room, else in the emptiest."""
        slots = [self._slots[place] for place in _APART]
        next((slot for slot in slots if len(slot) < CROWD), min(slots, key=len)).append(member)

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
            beat = next((b for b in range(beat + 1, beat + SLOTS) if self._slots[b % SLOTS]), beat + SLOTS)
            await asyncio.sleep(max(0.0, beat * step - loop.time()))
            now = loop.time()
            if now > beat * step + PERIOD_S:
                beat = int(now / step)
            for member in tuple(self._slots[beat % SLOTS]):
                member.tick(now)
