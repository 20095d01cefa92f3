"""Asks the boards what their Ollamas have and what room is left, so that a fleet's questions never come at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import NA, Disk, na
from edgetui.probes.disks import COMMAND, disks
from edgetui.runners.ollama import survey

if TYPE_CHECKING:
    from edgetui.cluster.keeper import Keeper

EVERY_S = 60.0
"""How often a board is asked anew without a reason; a fleet's boards less often, see ``AGAIN_S``."""
AGAIN_S = 1.0
"""Least time between two questions without a reason, of any board: each costs the host 5 ms."""
ROOM_S = 10.0
"""A network file system that is gone lets df wait for ever."""
GAP_S = 0.05
FLEET_GAP_S = 0.12
"""Rest between two questions, of a fleet that is new: telemetry goes first."""
FLEET = 100
RETRY_S = 2.0
"""An Ollama that did not answer is asked again so soon, then after twice the time, and so on up to ``EVERY_S``."""
EAGER_S = 4.0
"""… where somebody waits for it."""


class Surveyor:
    """One queue for all boards."""

    def __init__(self, eager: Callable[[str], bool] = lambda _board: False) -> None:
        """``eager``: does somebody wait for this board's Ollama?"""
        self._eager = eager
        self._silent: dict[str, float] = {}
        """By board whose Ollama did not answer: how many s it was waited before the last question."""
        self._retries: dict[str, asyncio.TimerHandle] = {}
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
                    await asyncio.sleep(GAP_S if len(self._waiting) < FLEET else FLEET_GAP_S)

    async def _again(self) -> None:
        while True:
            boards = tuple(self._asked.values())
            for keeper in boards:
                if keeper.link is not None:
                    self.soon(keeper)
                await asyncio.sleep(max(AGAIN_S, EVERY_S / len(boards)))
            if not boards:
                await asyncio.sleep(EVERY_S)

    async def _ask(self, keeper: Keeper) -> None:
        if (link := keeper.link) is None:
            return
        try:
            info = await survey(link, keeper.board.ollama_port, time.time())
            keeper.heard(ollama=info.on(keeper.state.identity))
            if info.version:
                self._silent.pop(keeper.board.name, None)
            else:
                self._retry(keeper)
            if not RETRY_S < self._silent.get(keeper.board.name, 0.0) < EVERY_S:  # else it was told just now
                keeper.heard(disks=await room(link))
        except LinkError:
            return  # the keeper sees the loss itself

    def _retry(self, keeper: Keeper) -> None:
        """Ask one that is away sooner than its turn comes; a fleet's only where somebody waits."""
        name = keeper.board.name
        wait = min(EVERY_S, 2 * self._silent.get(name, RETRY_S / 2))
        self._silent[name] = wait
        eager = self._eager(name)
        if name in self._retries:
            self._retries.pop(name).cancel()
        if eager or (wait < EVERY_S and len(self._asked) < FLEET):
            soon = min(wait, EAGER_S) if eager else wait
            self._retries[name] = asyncio.get_running_loop().call_later(soon, self.soon, keeper)


async def room(link: Link) -> tuple[Disk, ...] | NA:
    """What is left on its disks. Raises LinkError."""
    try:
        return disks((await link.run(COMMAND, timeout=ROOM_S)).stdout)
    except TimeoutError:
        return na(f"df gave no answer within {ROOM_S:g} s")
