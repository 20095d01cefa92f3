"""What a board's Ollama still works off after a request was given up: no timed run begins before that is over."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from edgetui.cluster.keeper import Keeper
from edgetui.errors import LinkError
from edgetui.model import Outcome, Request
from edgetui.runners.ollama_slot import until_free

GIVEN_UP: frozenset[Outcome] = frozenset({"cancelled", "timeout", "guarded", "lost-link"})
"""Outcomes after which the server may go on: we ended it, or sshd may hold the lost connection open."""
LOOK_S = 0.5


class Afterwork:
    """Of one board. ``State.still_busy`` shows it."""

    def __init__(self, keeper: Keeper, stirred: asyncio.Event) -> None:
        """``stirred``: set when it is over."""
        self._keeper = keeper
        self._stirred = stirred
        self._waiting: asyncio.Task[None] | None = None

    def follow(self, request: Request) -> None:
        """It was given up after it had been sent."""
        if self._waiting is None:
            self._keeper.heard(still_busy=time.monotonic())
            self._waiting = asyncio.create_task(self._wait(request))

    @property
    def why(self) -> str:
        """Why nothing may begin now; empty where it may."""
        since = self._keeper.state.still_busy
        return "" if since is None else f"still busy for {time.monotonic() - since:.0f} s with given-up work"

    def close(self) -> None:
        """Wait no longer."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def _wait(self, request: Request) -> None:
        boot_id = self._boot_id
        try:
            while boot_id == self._boot_id:
                if (link := self._keeper.link) is not None and not link.lost.done():
                    with suppress(LinkError):
                        await until_free(link, request)
                        return
                await asyncio.sleep(LOOK_S)
        finally:
            self._waiting = None
            self._keeper.heard(still_busy=None)
            self._stirred.set()

    @property
    def _boot_id(self) -> str:
        return self._keeper.state.identity.boot_id if self._keeper.state.identity else ""
