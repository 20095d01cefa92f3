"""One board's queue: Ollama answers one request at a time, so do we."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from edgetui.cluster.absence import Absence
from edgetui.cluster.account import Account
from edgetui.cluster.afterwork import Afterwork
from edgetui.cluster.guard import Guard
from edgetui.cluster.inquest import Inquest
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.live import LiveReply
from edgetui.cluster.memory_watch import MemoryWatch
from edgetui.cluster.preparation import Preparation
from edgetui.cluster.race import Race
from edgetui.cluster.series import Series, Start
from edgetui.cluster.stack import Stack
from edgetui.cluster.usual import Silences
from edgetui.model import Event, Outcome, Reply, Request, Sample, known
from edgetui.runners import TRANSIENT, Finished, Runner
from edgetui.tasks.nonce import fresh


class Worker:
    """Takes cells in the order they came, runs them, hands their Replies on."""

    def __init__(
        self,
        keeper: Keeper,
        guard: Guard,
        runners: Mapping[str, Runner],
        keep: Callable[[Reply], Awaitable[None]],
        finished: Callable[[LiveReply], None],
        needless: Callable[[Sequence[LiveReply]], None],
        tell: Callable[[Event], None],
        stack: Stack,
        paused: Callable[[str], bool],
        watched: bool,
        look: Callable[[str, str], Awaitable[None]],
        silences: Silences,
    ) -> None:
        """``paused``: does the run of this id start nothing now? ``watched``: see ``MemoryWatch``.

        ``look``: at the board, before its run begins, and at the runner of a model that has answered.
        """
        self.keeper = keeper
        self.guard = guard
        self.current: LiveReply | None = None
        self.waiting: list[LiveReply] = []
        self._keep = keep
        self._finished = finished
        self._needless = needless
        self._tell = tell
        self._stack = stack
        self._paused = paused
        self._look = look
        self._silences = silences
        self.idle = asyncio.Event()
        """Set while nothing runs and nothing waits."""
        self.idle.set()
        self._wake = asyncio.Event()
        self._doomed: dict[int, Finished] = {}
        self._stirred = asyncio.Event()
        """Set whenever something happened that a held cell may be waiting for."""
        self._absence = Absence(keeper, self._stirred)
        self._inquest = Inquest(keeper, self._stirred, lambda cell: id(cell) in self._doomed)
        watch = MemoryWatch(keeper, tell) if watched else None
        self._afterwork = Afterwork(keeper, self._stirred)
        self._race = Race(runners, self._afterwork, lambda cell: self._doomed.get(id(cell)))
        self._preparation = Preparation(keeper, stack, self._stirred, self._given_up, self._unheard, watch)
        keeper.listeners.append(self._feel)

    def add(self, cell: LiveReply) -> None:
        """Queue a cell."""
        self.waiting.append(cell)
        self.idle.clear()
        self._wake.set()

    def cancel(self, cell: LiveReply, reason: str, outcome: Outcome = "cancelled") -> None:
        """End a cell, waiting or running; its partial Reply is kept."""
        if cell.done:
            return
        self._doomed.setdefault(id(cell), Finished(outcome=outcome, reason=reason))  # the first reason stands
        self._stirred.set()
        if cell is self.current:
            self._race.stop()
        self._wake.set()

    async def work(self) -> None:
        """Work for ever."""
        try:
            await self._work()
        finally:
            self._afterwork.close()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (cell := self._next()) is not None:
                self.waiting.remove(cell)
                self.current = cell
                try:
                    await self._do(cell)
                finally:
                    self.current = None
                    self._doomed.pop(id(cell), None)
            if not self.waiting:
                self.idle.set()

    def stir(self) -> None:
        """A run was paused, or goes on."""
        self._wake.set()

    def _next(self) -> LiveReply | None:
        """The first cell that may begin, or be ended."""
        return next((c for c in self.waiting if id(c) in self._doomed or not self._paused(c.request.run)), None)

    async def _do(self, cell: LiveReply) -> None:
        if doom := self._doomed.get(id(cell)):
            self._preparation.passed_by()
            reply = Account(cell, self.keeper.state, self.keeper.state.sample).close(doom, self.keeper.state)
        else:
            reply = await self._measured(cell)
            if await self._worth_another(cell, reply):
                reply = await self._asked_again(cell, reply.reason)
        if known(reply.size_bytes):
            await self._look(cell.request.run, cell.request.model)
        reply = await asyncio.to_thread(_scored, reply)
        if "steady" in reply.marks:
            self._drop_rest(cell)
        await self._keep(reply)
        cell.reply = reply
        cell.phase = "done"
        self._finished(cell)
        self.keeper.survey_soon()

    async def _worth_another(self, cell: LiveReply, reply: Reply) -> bool:
        """Did an error end it that does not last, or has a measured run lost it to the link alone?"""
        if TRANSIENT in reply.marks:
            return id(cell) not in self._doomed
        if reply.outcome != "lost-link" or cell.request.protocol.mode == "quick":
            return False
        return await self._absence.over(cell.request.protocol, lambda: id(cell) in self._doomed)

    async def _asked_again(self, cell: LiveReply, why: str) -> Reply:
        """Once more from the start, with other bits: the board may have seen the picture."""
        said = f"the answer was lost and is asked again: {why}"
        self._tell(Event(time=time.time(), board=cell.request.board, kind="run", text=said))
        if cell.salt:
            cell.salt += f" {time.time()}"
        cell.restart()
        reply = await self._measured(cell)
        return replace(reply, marks=(*reply.marks, "retried"), retried=why)

    async def _measured(self, cell: LiveReply) -> Reply:
        before = await self._sample_before(cell)
        request = cell.request if self._given_up(cell) else await _unseen(cell)
        account = Account(cell, self.keeper.state, before)
        self.keeper.listeners.append(account.suffer)
        try:
            finished = await self._held(cell, account)
            start = Start() if finished else await self._preparation.before(cell)
            boot_id = self._inquest.boot_id
            with self._stack.working(self.keeper.board.name):
                finished = finished or await self._attempted(cell, request, account)
                start.co_run = self._stack.shared(self.keeper.board.name)
            if self.keeper.link is not None:
                await self.keeper.fresh_sample(timeout=2.0)
        finally:
            self.keeper.listeners.remove(account.suffer)
        reply = await self._inquest.held(cell, account.close(finished, self.keeper.state), boot_id, account.began)
        if not self._given_up(cell):
            await self._preparation.look(cell.request, finished, start)
        following = self._next()
        return self._preparation.after(reply, start, following.request if following else None)

    async def _sample_before(self, cell: LiveReply) -> Sample | None:
        """Wait for a board that is still connecting, and ask it for a Sample."""
        if not await self._absence.over(cell.request.protocol, lambda: id(cell) in self._doomed):
            return None
        await self._look(cell.request.run, "")
        return await self.keeper.fresh_sample(timeout=2.0) or self.keeper.state.sample

    def _given_up(self, cell: LiveReply) -> bool:
        return self.keeper.link is None or id(cell) in self._doomed

    def _drop_rest(self, cell: LiveReply) -> None:
        """The repeats that were planned after it are not needed."""
        key = Series.key_of(cell.request)
        rest = [other for other in self.waiting if Series.key_of(other.request) == key]
        for other in rest:
            self.waiting.remove(other)
        self._needless(rest)

    def _feel(self, sample: Sample) -> None:
        """The board sent a Sample: does the guard have to act?"""
        if event := self.guard.judge(sample, self.keeper.state.identity):
            self._tell(event)
        cell, reason = self.current, self.guard.stop
        if reason and cell is not None and self._race.on and id(cell) not in self._doomed:
            self._tell(self.guard.event(sample, "cancel", f"work is ended: {reason}"))
            self.cancel(cell, f"the heat guard ended it: {reason}", "guarded")
        self._stirred.set()

    async def _held(self, cell: LiveReply, account: Account) -> Finished | None:
        """Wait while the board is too hot or still busy; returns the end of a cell that waited in vain."""
        if self.keeper.link is None or id(cell) in self._doomed:
            return None
        account.leave_queue(time.monotonic())
        try:
            async with asyncio.timeout(cell.request.timeout_s):
                while (held := self._afterwork.why or self.guard.hold) and not self._given_up(cell):
                    cell.held = held
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            if self._afterwork.why:
                reason = (
                    f"{cell.held}, after {cell.request.timeout_s:g} s too: sudo systemctl restart ollama ends it"
                )
                return Finished(outcome="busy", reason=reason)
            reason = f"held for {cell.request.timeout_s:g} s by the heat guard, and still {cell.held}"
            return Finished(outcome="guarded", reason=reason)
        finally:
            if cell.held:
                self._preparation.worked()
            cell.held = ""
        return None

    async def _attempted(self, cell: LiveReply, request: Request, account: Account) -> Finished:
        if doom := self._doomed.get(id(cell)):
            return doom
        link, state = self.keeper.link, self.keeper.state
        if link is None:
            return Finished(outcome="lost-link", reason=f"the board is {state.link}: {state.reason}")
        cell.usual = self._silences.usual(cell.request, state)
        account.start(time.monotonic())
        return await self._race.run(cell, request, link, account)

    async def _unheard(self, cell: LiveReply, request: Request) -> Finished:
        """A request on behalf of the cell whose answer nobody wants."""
        link = self.keeper.link
        if link is None or id(cell) in self._doomed:
            return Finished(outcome="cancelled")
        return await self._race.run(cell, request, link, None)


async def _unseen(cell: LiveReply) -> Request:
    """With the nonce in its picture: not kept by the cell, because a photo's takes 29 MB."""
    if not cell.salt:
        return cell.request
    return replace(cell.request, image=await asyncio.to_thread(fresh, cell.request.image, cell.salt))


def _scored(reply: Reply) -> Reply:
    from edgetui.scoring import score  # 20 ms that an app without runs need not pay

    return replace(reply, score=score(reply))
