"""One request of one board at a time: it ends by itself, with its link, or as it is given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any

from edgetui.cluster.account import Account
from edgetui.cluster.afterwork import GIVEN_UP, Afterwork
from edgetui.cluster.live import LiveReply
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import Phase, Request
from edgetui.model.progress import Progress
from edgetui.runners import Entered, Finished, Piece, Runner, Told

SENT: frozenset[Phase] = frozenset({"upload", "encode", "prefill", "decode"})
"""From here on the server has a request that it may go on with, whoever waits for it."""
LOSS_GRACE_S = 1.0
"""So long the runner may take to notice itself that its link is lost."""


class Race:
    """Of one board."""

    def __init__(
        self,
        runners: Mapping[str, Runner],
        afterwork: Afterwork,
        doom: Callable[[LiveReply], Finished | None],
    ) -> None:
        """``doom``: how a cell is to end that was given up; None: it was not."""
        self._runners = runners
        self._afterwork = afterwork
        self._doom = doom
        self._attempt: asyncio.Task[Finished] | None = None
        self._sent = False

    @property
    def on(self) -> bool:
        """Is a request under way?"""
        return self._attempt is not None

    def stop(self) -> None:
        """The request under way was given up."""
        if self._attempt is not None:
            self._attempt.cancel()

    async def run(self, cell: LiveReply, request: Request, link: Link, account: Account | None) -> Finished:
        """The request's end, or that of its link, or the cell's; what is given up is followed.

        ``account``: None for a request whose answer nobody wants.
        """
        self._sent = False
        finished = await self._run(cell, request, link, account)
        if self._sent and finished.outcome in GIVEN_UP and request.runner == "ollama":
            self._afterwork.follow(request)
        return finished

    async def _run(self, cell: LiveReply, request: Request, link: Link, account: Account | None) -> Finished:
        runner = self._runners[request.runner]
        self._attempt = attempt = asyncio.create_task(self._drive(runner, request, link, account))
        try:
            ends: set[asyncio.Future[Any]] = {attempt, link.lost}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not attempt.done():
                await asyncio.wait({attempt}, timeout=LOSS_GRACE_S)
                attempt.cancel()
            return await attempt
        except asyncio.CancelledError:
            attempt.cancel()
            if link.lost.done():
                return Finished(outcome="lost-link", reason=link.lost.result().message)
            if doom := self._doom(cell):
                return doom
            raise
        finally:
            self._attempt = None

    async def _drive(self, runner: Runner, request: Request, link: Link, account: Account | None) -> Finished:
        try:
            async with asyncio.timeout(request.timeout_s), aclosing(runner.run(request, link)) as events:
                async for event in events:
                    self._sent = self._sent or (isinstance(event, Entered) and event.phase in SENT)
                    match event:
                        case Finished():
                            return event
                        case Entered(phase) if account:
                            account.enter(phase, time.monotonic())
                        case Progress() if account:
                            account.advance(event, time.monotonic())
                        case Told(words) if account:
                            account.tell(words)
                        case Piece(text, thinking) if account:
                            account.hear(text, thinking, time.monotonic())
        except TimeoutError:
            return Finished(outcome="timeout", reason=f"no end within {request.timeout_s:g} s")
        except LinkError as error:
            return Finished(outcome="lost-link", reason=error.message)
        raise AssertionError(f"runner {runner.name} ended without Finished")
