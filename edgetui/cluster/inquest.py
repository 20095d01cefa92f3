"""Finds out what broke off an answer, before it is stored: asks the board once, when it is there (again)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from edgetui.cluster import remains
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.live import LiveReply
from edgetui.cluster.post_mortem import Cause, Scene, asks_for_it, cause_of, explained, suffered
from edgetui.errors import LinkError
from edgetui.model import Reply, na

RETURN_S = 45.0
"""Host s that a board which was lost has to be there again: as long as a Pi or a Jetson takes to boot."""
LOOK_S = 1.0


class Inquest:
    """Of one board."""

    def __init__(self, keeper: Keeper, stirred: asyncio.Event, given_up: Callable[[LiveReply], bool]) -> None:
        """``given_up``: does nobody want to wait for this cell any more?"""
        self._keeper = keeper
        self._stirred = stirred
        self._given_up = given_up

    @property
    def boot_id(self) -> str:
        """Of the board as it was last seen."""
        return self._keeper.state.identity.boot_id if self._keeper.state.identity else ""

    async def held(self, cell: LiveReply, reply: Reply, boot_id: str, began: float | None) -> Reply:
        """The reply with what is to be known. ``boot_id``: before; ``began``: monotonic s; None: it did not."""
        reply = suffered(reply)
        if began is None or not asks_for_it(reply) or self._given_up(cell):
            return reply
        cell.held = "what broke it off is asked when the board is there again"
        try:
            cause = await self._cause(cell, reply, boot_id, began)
        finally:
            cell.held = ""
        return explained(reply, cause)

    async def _cause(self, cell: LiveReply, reply: Reply, boot_id: str, began: float) -> Cause:
        deadline = time.monotonic() + RETURN_S
        while True:
            if why := await self._absent(cell, deadline):
                return _unknown(why)
            link = self._keeper.link
            assert link is not None  # it has just returned
            try:
                left = await remains.ask(link)
            except TimeoutError:
                return _unknown(f"the board gave no answer within {remains.ASKED_S:g} s")
            except LinkError as error:
                if time.monotonic() > deadline:
                    return _unknown(f"the board runs no command: {error.message}")
                await asyncio.wait({link.lost}, timeout=LOOK_S)  # refused, or lost and not noticed yet
                continue
            identity = self._keeper.state.identity
            pace = identity.sim_speed if identity and identity.simulated else 1.0
            scene = Scene(boot_id=boot_id, lasted_s=(time.monotonic() - began) * pace)
            return cause_of(reply, left, scene)

    async def _absent(self, cell: LiveReply, deadline: float) -> str:
        """Wait for the board; why it is not there, empty where it is. A lost link may not have been noticed yet."""
        while (link := self._keeper.link) is None or link.lost.done():
            state, left = self._keeper.state, deadline - time.monotonic()
            if state.link == "refused":
                return f"the board is refused: {state.reason}"
            if self._given_up(cell):
                return "nobody waited for the board to be there again"
            if left <= 0:
                return f"the board was not there again within {RETURN_S:g} s: its power or the link failed"
            self._stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK_S, left)):
                    await self._stirred.wait()
        return ""


def _unknown(why: str) -> Cause:
    return Cause(na(why), f"what broke it off is not known: {why}")
