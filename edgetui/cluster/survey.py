"""Asks the boards' Ollamas what they have, one after another, so that a fleet's questions never come at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from edgetui.errors import LinkError
from edgetui.runners.ollama import survey

if TYPE_CHECKING:
    from edgetui.cluster.keeper import Keeper

EVERY_S = 60.0
"""How often a board is asked anew without a reason."""
GAP_S = 0.05
"""Rest between two questions: an HTTP client costs the host some ms, and telemetry goes first."""


class Surveyor:
    """One queue for all boards."""

    def __init__(self) -> None:
        self._waiting: dict[str, Keeper] = {}
        self._asked: dict[str, Keeper] = {}
        self._wake = asyncio.Event()

    def soon(self, keeper: Keeper) -> None:
        """Ask this board as soon as its turn comes; asking twice is asking once."""
        self._waiting[keeper.board.name] = keeper
        self._wake.set()

    async def run(self) -> None:
        """Ask for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again())
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    name = next(iter(self._waiting))
                    keeper = self._waiting.pop(name)
                    self._asked[name] = keeper
                    group.create_task(self._ask(keeper))
                    await asyncio.sleep(GAP_S)

    async def _again(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            for keeper in tuple(self._asked.values()):
                if keeper.link is not None:
                    self.soon(keeper)
                    await asyncio.sleep(EVERY_S / len(self._asked) / 2)

    async def _ask(self, keeper: Keeper) -> None:
        if (link := keeper.link) is None:
            return
        try:
            info = await survey(link, keeper.board.ollama_port, time.time())
        except LinkError:
            return  # the keeper sees the loss itself
        keeper.heard(ollama=info)
