"""One board's queue: Ollama answers one request at a time, so do we."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from edgetui.cluster.account import Account
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.live import LiveReply
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import Reply, Sample
from edgetui.runners import Entered, Finished, Piece, Runner

CONNECT_GRACE_S = 20.0
"""A cell whose board is still connecting waits so long before it is given up as ``lost-link``."""
LOSS_GRACE_S = 1.0
"""So long the runner may take to notice itself that its link is lost."""


class Worker:
    """Takes cells in the order they came, runs them, hands their Replies on."""

    def __init__(
        self,
        keeper: Keeper,
        runners: Mapping[str, Runner],
        keep: Callable[[Reply], Awaitable[None]],
        finished: Callable[[LiveReply], None],
    ) -> None:
        self.keeper = keeper
        self.current: LiveReply | None = None
        self.waiting: deque[LiveReply] = deque()
        self._runners = runners
        self._keep = keep
        self._finished = finished
        self.idle = asyncio.Event()
        """Set while nothing runs and nothing waits."""
        self.idle.set()
        self._wake = asyncio.Event()
        self._attempt: asyncio.Task[Finished] | None = None
        self._doomed: dict[int, str] = {}

    def add(self, cell: LiveReply) -> None:
        """Queue a cell."""
        self.waiting.append(cell)
        self.idle.clear()
        self._wake.set()

    def cancel(self, cell: LiveReply, reason: str) -> None:
        """End a cell, waiting or running; its partial Reply is kept with the outcome ``cancelled``."""
        if cell.done:
            return
        self._doomed[id(cell)] = reason
        if cell is self.current and self._attempt is not None:
            self._attempt.cancel()
        self._wake.set()

    async def work(self) -> None:
        """Work for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.waiting:
                self.current = cell = self.waiting.popleft()
                try:
                    await self._do(cell)
                finally:
                    self.current = None
                    self._doomed.pop(id(cell), None)
            self.idle.set()

    async def _do(self, cell: LiveReply) -> None:
        before = await self._sample_before(cell)
        account = Account(cell, self.keeper.state, before)
        self.keeper.listeners.append(account.suffer)
        try:
            finished = await self._attempted(cell, account)
            if self.keeper.link is not None:
                await self.keeper.fresh_sample(timeout=2.0)
        finally:
            self.keeper.listeners.remove(account.suffer)
        reply = account.close(finished, self.keeper.state)
        await self._keep(reply)
        cell.reply = reply
        cell.phase = "done"
        self._finished(cell)
        self.keeper.survey_soon()

    async def _sample_before(self, cell: LiveReply) -> Sample | None:
        """Wait for a board that is still connecting, and ask it for a Sample."""
        if id(cell) in self._doomed:
            return self.keeper.state.sample
        try:
            async with asyncio.timeout(CONNECT_GRACE_S):
                await self.keeper.settled.wait()
        except TimeoutError:
            return None
        if self.keeper.link is None:
            return None
        return await self.keeper.fresh_sample(timeout=2.0) or self.keeper.state.sample

    async def _attempted(self, cell: LiveReply, account: Account) -> Finished:
        if reason := self._doomed.get(id(cell)):
            return Finished(outcome="cancelled", reason=reason)
        link, state = self.keeper.link, self.keeper.state
        if link is None:
            return Finished(outcome="lost-link", reason=f"the board is {state.link}: {state.reason}")
        runner = self._runners[cell.request.runner]
        account.start(time.monotonic())
        self._attempt = attempt = asyncio.create_task(self._drive(runner, cell, link, account))
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
            if reason := self._doomed.get(id(cell)):
                return Finished(outcome="cancelled", reason=reason)
            raise
        finally:
            self._attempt = None

    async def _drive(self, runner: Runner, cell: LiveReply, link: Link, account: Account) -> Finished:
        request = cell.request
        try:
            async with asyncio.timeout(request.timeout_s), aclosing(runner.run(request, link)) as events:
                async for event in events:
                    match event:
                        case Entered(phase):
                            account.enter(phase, time.monotonic())
                        case Piece(text, thinking):
                            account.hear(text, thinking, time.monotonic())
                        case Finished():
                            return event
        except TimeoutError:
            return Finished(outcome="timeout", reason=f"no end within {request.timeout_s:g} s")
        except LinkError as error:
            return Finished(outcome="lost-link", reason=error.message)
        raise AssertionError(f"runner {runner.name} ended without Finished")
