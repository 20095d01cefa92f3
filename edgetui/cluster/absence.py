"""A board that was there and is gone for a moment: a campaign waits for it, for so long and not longer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from edgetui.cluster.keeper import Keeper
from edgetui.model import Protocol, State

LOOK_S = 1.0
"""Host s after which the wait looks up even where nothing happens."""


class Absence:
    """Of one board."""

    def __init__(self, keeper: Keeper, stirred: asyncio.Event) -> None:
        self._keeper = keeper
        self._stirred = stirred
        self._since: float | None = None
        """time.monotonic() when it was lost; None while it is there."""
        keeper.link_listeners.append(self._changed)

    def _changed(self, state: State) -> None:
        if state.link in ("up", "late"):
            self._since = None
        elif self._since is None:
            self._since = time.monotonic()
        self._stirred.set()

    async def over(self, protocol: Protocol, given_up: Callable[[], bool]) -> bool:
        """Wait for a first connection, and in a measured run for one that was lost. Is the board there?"""
        with suppress(TimeoutError):
            async with asyncio.timeout(protocol.patience_s):
                await self._keeper.settled.wait()
        while self._keeper.link is None and self._worth_waiting(protocol) and not given_up():
            self._stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._stirred.wait()
        return self._keeper.link is not None

    def _worth_waiting(self, protocol: Protocol) -> bool:
        if protocol.mode == "quick" or self._keeper.state.identity is None or self._since is None:
            return False
        return time.monotonic() - self._since < protocol.patience_s
