"""One board's queue: Ollama answers one request at a time, so do we."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from edgetui.cluster.account import Account
from edgetui.cluster.guard import Guard
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.live import LiveReply
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import Event, Outcome, Reply, Sample
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
        guard: Guard,
        runners: Mapping[str, Runner],
        keep: Callable[[Reply], Awaitable[None]],
        finished: Callable[[LiveReply], None],
        tell: Callable[[Event], None],
    ) -> None:
        self.keeper = keeper
        self.guard = guard
        self.current: LiveReply | None = None
        self.waiting: deque[LiveReply] = deque()
        self._runners = runners
        self._keep = keep
        self._finished = finished
        self._tell = tell
        self.idle = asyncio.Event()
        """Set while nothing runs and nothing waits."""
        self.idle.set()
        self._wake = asyncio.Event()
        self._attempt: asyncio.Task[Finished] | None = None
        self._doomed: dict[int, Finished] = {}
        self._stirred = asyncio.Event()
        """Set whenever something happened that a held cell may be waiting for."""
        keeper.listeners.append(self._feel)
        keeper.link_listeners.append(lambda _state: self._stirred.set())

    def add(self, cell: LiveReply) -> None:
        """Queue a cell."""
        self.waiting.append(cell)
        self.idle.clear()
        self._wake.set()

    def cancel(self, cell: LiveReply, reason: str, outcome: Outcome = "cancelled") -> None:
        """End a cell, waiting or running; its partial Reply is kept."""
        if cell.done:
            return
        self._doomed[id(cell)] = Finished(outcome=outcome, reason=reason)
        self._stirred.set()
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
            finished = await self._held(cell, account) or await self._attempted(cell, account)
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

    def _feel(self, sample: Sample) -> None:
        """The board sent a Sample: does the guard have to act?"""
        if event := self.guard.judge(sample, self.keeper.state.identity):
            self._tell(event)
        cell, reason = self.current, self.guard.stop
        if reason and cell is not None and self._attempt is not None and id(cell) not in self._doomed:
            self._tell(self.guard.event(sample, "cancel", f"work is ended: {reason}"))
            self.cancel(cell, f"the heat guard ended it: {reason}", "guarded")
        self._stirred.set()

    async def _held(self, cell: LiveReply, account: Account) -> Finished | None:
        """Wait while the board is too hot; returns the end of a cell that waited in vain."""
        if self.keeper.link is None or id(cell) in self._doomed:
            return None
        account.leave_queue(time.monotonic())
        try:
            async with asyncio.timeout(cell.request.timeout_s):
                while self.guard.hold and self.keeper.link is not None and id(cell) not in self._doomed:
                    cell.held = self.guard.hold
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            reason = f"held for {cell.request.timeout_s:g} s by the heat guard, and still {cell.held}"
            return Finished(outcome="guarded", reason=reason)
        finally:
            cell.held = ""
        return None

    async def _attempted(self, cell: LiveReply, account: Account) -> Finished:
        if doom := self._doomed.get(id(cell)):
            return doom
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
            if doom := self._doomed.get(id(cell)):
                return doom
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
