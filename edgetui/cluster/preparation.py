"""What the protocol asks for before a timed request: a rested board, a warm model, a cool start, its turn.

docs/protocol.md says why. A wait ends by the board's own clock, which in a simulated world runs faster than ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from edgetui.cluster.gate import Gate
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.live import LiveReply
from edgetui.cluster.memory_watch import UNWATCHED, MemoryWatch
from edgetui.cluster.series import Series, Start
from edgetui.cluster.stack import Stack
from edgetui.model import Protocol, Reply, Request, known
from edgetui.model.heat import board_time
from edgetui.runners import Finished
from edgetui.tasks.warm_up import OTHER_PROMPT, other_picture

LOOK_S = 2.0
"""Host s after which a wait looks up even where the board says nothing."""


class Preparation:
    """Of one board."""

    def __init__(
        self,
        keeper: Keeper,
        stack: Stack,
        stirred: asyncio.Event,
        given_up: Callable[[LiveReply], bool],
        unheard: Callable[[LiveReply, Request], Awaitable[Finished]],
        watch: MemoryWatch | None,
    ) -> None:
        """``watch``: None where the configuration switches it off."""
        self._keeper = keeper
        self._stack = stack
        self._stirred = stirred
        self._given_up = given_up
        self._unheard = unheard
        self._watch = watch
        self._gate = Gate()
        self._series = Series(())
        self._rested_for = ""

    async def before(self, cell: LiveReply) -> Start:
        """Come to the point where the timed request may begin, or where it is given up."""
        request, protocol, gate = cell.request, cell.request.protocol, self._gate
        if self._series.key != (key := Series.key_of(request)):
            self._series = Series(key)
        if protocol.gate and self._rested_for != request.run:
            await self._wait(cell, lambda: gate.not_rested(self._keeper.state, protocol), protocol.gate_wait_s)
            self._rested_for = "" if self._given_up(cell) else request.run
        unloaded = await self._make_room(cell)
        if protocol.warm_up and request.script is None and not self._series.warm:
            await self._take_turn(cell)
            await self._warm_up(cell, self._series)
            self._leave_turn()
        hot = not await self._start(cell)
        start = Start(hot=hot, shared=gate.busy(self._keeper.state.sample), unloaded=unloaded)
        start.grown = self._watch is not None and request.script is None and self._watch.grown
        if protocol.gate and gate.idle is not None:
            start.idle_c, start.idle_w = gate.idle.temperature_c, gate.idle.power_w
        return start

    def after(self, reply: Reply, start: Start, following: Request | None) -> Reply:
        """The reply with figures and marks. ``following``: what this board does next."""
        reply = self._series.judged(reply, start, self._keeper.state.identity)
        self.worked()
        if reply.outcome == "lost-link":
            self._series = Series(())
        goes_on = following is not None and Series.key_of(following) == self._series.key
        if not (reply.request.protocol.mode == "sustained" and goes_on and "steady" not in reply.marks):
            self._leave_turn()
        return reply

    async def look(self, request: Request, finished: Finished, start: Start) -> None:
        """At the runner, after the request: its size is the reply's, and tells whether the next one fits."""
        if request.script is not None:
            return
        start.runner_rss_bytes = UNWATCHED
        if self._watch is not None:
            if "cold-load" in finished.marks:
                self._watch.loaded()
            start.runner_rss_bytes = await self._watch.look()

    async def _make_room(self, cell: LiveReply) -> str:
        """Before anything is measured; after it the model is loaded and warmed up like any other."""
        if self._watch is None or cell.request.script is not None or self._given_up(cell):
            return ""
        cell.held = "room for the answer is made"
        unloaded = await self._watch.make_room(cell.request)
        if unloaded:
            self._series.warm = False
        cell.held = ""
        return unloaded

    def worked(self) -> None:
        """Until now the board has worked for us, if for nobody any more: no load of it is somebody else's."""
        self._gate.worked = time.time()

    def passed_by(self) -> None:
        """A cell was given up before it began."""
        self._leave_turn()

    async def _start(self, cell: LiveReply) -> bool:
        """A cool board whose turn it is; False where it did not cool down in time."""
        protocol = cell.request.protocol
        if not protocol.gate or (protocol.mode == "sustained" and self._series.repeats):
            await self._take_turn(cell)
            return True
        cool = True
        while True:
            cool = cool and await self._wait(cell, lambda: self._not_cool(protocol), protocol.gate_wait_s)
            await self._take_turn(cell)
            if not cool or not self._not_cool(protocol) or self._given_up(cell):
                return cool
            self._leave_turn()  # a neighbour has heated it meanwhile

    def _not_cool(self, protocol: Protocol) -> str:
        return self._gate.not_cool(self._keeper.state.sample, protocol)

    async def _take_turn(self, cell: LiveReply) -> None:
        """Quick runs and parallel ones do not wait for their neighbours; they are marked ``co-run``."""
        protocol, name = cell.request.protocol, self._keeper.board.name
        if protocol.mode == "quick" or protocol.parallel:
            return
        await self._wait(cell, lambda: f"{self._stack.turn} of its stack computes" if self._others_turn else "")
        if not self._given_up(cell) and not self._others_turn:
            self._stack.turn = name

    @property
    def _others_turn(self) -> bool:
        return self._stack.turn not in ("", self._keeper.board.name)

    def _leave_turn(self) -> None:
        if self._stack.turn == self._keeper.board.name:
            self._stack.turn = ""

    async def _warm_up(self, cell: LiveReply, series: Series) -> None:
        """Load, count the tokens of the text alone, have the picture's path compiled; nothing of it is kept."""
        request = cell.request
        cell.held = "the model is loaded and warmed up"
        short = request.protocol.warm_up_tokens
        first = replace(
            request, image=b"", options=replace(request.options, num_predict=1 if request.image else short)
        )
        if not request.image:
            first = replace(first, prompt=OTHER_PROMPT)
        loaded = await self._unheard(cell, first)
        if "cold-load" in loaded.marks:
            series.cold_load_s = loaded.phases.load_s
            if self._watch is not None:
                self._watch.loaded()
        if request.image:
            if known(loaded.metrics.prompt_tokens):
                series.text_tokens = loaded.metrics.prompt_tokens
            picture = await asyncio.to_thread(other_picture)
            options = replace(request.options, num_predict=short)
            await self._unheard(cell, replace(request, image=picture, options=options))
        series.warm = not self._given_up(cell)
        self._gate.worked = time.time()
        await self._keeper.fresh_sample(timeout=LOOK_S)
        cell.held = ""

    async def _wait(self, cell: LiveReply, why: Callable[[], str], limit_s: float = float("inf")) -> bool:
        """Until ``why()`` is empty or the cell given up; False when ``limit_s`` of the board's time is over."""
        state = self._keeper.state
        began, booted = time.monotonic(), board_time(state.sample) if state.sample else 0.0
        while (held := why()) and not self._given_up(cell):
            sample = self._keeper.state.sample
            passed = board_time(sample) - booted if sample else 0.0
            if max(time.monotonic() - began, passed) >= limit_s:
                cell.held = ""
                return False
            cell.held = held
            self._stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._stirred.wait()
        cell.held = ""
        return True
