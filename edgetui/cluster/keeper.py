"""Keeps one board's Link open and folds what the probe says into its State."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from edgetui.cluster.orphan import Orphan, end, in_danger
from edgetui.cluster.pulse import Pulse
from edgetui.cluster.rescan import Rescan
from edgetui.cluster.survey import Surveyor
from edgetui.cluster.vendor import Tool
from edgetui.config import Board
from edgetui.errors import LinkDown, LinkError, LinkRefused
from edgetui.links import Link
from edgetui.links.backoff import Backoff
from edgetui.links.roads import Roads
from edgetui.model import LinkState, Sample, State
from edgetui.probes import Decoded, Decoder, Frame, Output, greet, program

LATE_S = 3.0
"""A frame that is owed for longer makes the board ``late``."""
DEAF_S = 15.0
"""A frame that is owed for longer makes us start the probe anew on the same connection; where even that is not
answered for so long, the link counts as lost, whatever its keepalives say."""
SLOW_EVERY = 10
"""Each tenth tick asks for the slow tier (vmstat, pressure): one fork on the board."""

MUTE = LinkDown(
    f"the board is connected, but started no program for {DEAF_S:.0f} s",
    "it may be out of memory or hang: look at it, or power it off and on",
)


class Keeper:
    """The one owner of a board's link. Every change of state has a reason and a time."""

    def __init__(self, board: Board, roads: Roads, surveyor: Surveyor, states: MutableMapping[str, State]) -> None:
        self.board = board
        self.link: Link | None = None
        """Open and in use, or None."""
        self.listeners: list[Callable[[Sample], None]] = []
        """Called with every new Sample, in the cluster's loop."""
        self.link_listeners: list[Callable[[State], None]] = []
        """Called with the State whenever the link became something else."""
        self.settled = asyncio.Event()
        """Set when the board is up or known not to be; cleared while a first or asked-for try is under way."""
        self._roads = roads
        self._surveyor = surveyor
        self._states = states
        self._nudge = asyncio.Event()
        self._pulse: Pulse | None = None
        self._decoder: Decoder | None = None
        self._decoded: Decoded | None = None
        self._outputs: dict[str, Output] = {}
        self._orphan: Orphan | None = None
        """The probe that a cut cable would leave, or has left, on the board."""
        self._rescan = Rescan(self._end_probe)
        self._ticks = 0
        self._tools: dict[Tool, asyncio.Task[None]] = {}

    @property
    def state(self) -> State:
        """The newest State."""
        return self._states[self.board.name]

    async def keep(self) -> None:
        """Connect, stay connected, come back: for ever."""
        backoff = Backoff()
        while True:
            self._set("connecting", f"connecting to {self.board.address}", attempts=self.state.attempts + 1)
            try:
                self.link = link = await self._roads.connect(self.board, tcp_timeout_s=backoff.tcp_timeout_s)
            except LinkRefused as error:
                self._set("refused", error.message, remedy=error.remedy, fingerprint=error.fingerprint)
                await self._wait(None)
                backoff = Backoff()
                continue
            except LinkDown as error:
                await self._rest(error, backoff)
                continue
            up_since = time.monotonic()
            try:
                loss = await self._session(link)
            finally:
                self.link = None
                await link.close()
            backoff.was_up(time.monotonic() - up_since)
            await self._rest(loss, backoff)

    def nudge(self) -> None:
        """Try now instead of when the back-off or a person's errand ends; no effect on a link that is up."""
        if self.state.link in ("down", "refused"):
            self.settled.clear()
        self._nudge.set()

    def tick(self, now: float) -> None:
        """Ask for a frame and for tools that are due; notice what is overdue. The Ticker calls it once a second."""
        for tool in self._tools:
            tool.tick(now)
        pulse = self._pulse
        if pulse is None:
            return
        overdue = pulse.overdue_s(now)
        if overdue > DEAF_S:
            pulse.give_up()
            return
        if overdue > LATE_S and self.state.link in ("up", "connecting"):
            torn = pulse.reader.torn > self.state.torn_frames
            why = "its frames come torn" if torn else "the board is busy or the line is slow"
            self._set("late", f"no good frame for {overdue:.0f} s: {why}", noise=pulse.reader.noise)
        self._ask(now)

    def _ask(self, now: float, *, slow: bool = False) -> None:
        if self._pulse is None or self._decoder is None:
            return
        slow = slow or self._ticks % SLOW_EVERY == 0
        if self._pulse.tick(now, b"s\n" if slow else b"\n"):
            self._ticks += 1

    async def fresh_sample(self, timeout: float) -> Sample | None:
        """A frame asked for now, the slow tier with it; None where none comes in time. ``timeout`` in s."""
        self._ask(asyncio.get_running_loop().time(), slow=True)
        return await self.next_sample(timeout)

    async def next_sample(self, timeout: float) -> Sample | None:
        """The next frame, whoever asked for it; None where none comes in time. ``timeout`` in s."""
        arrived: asyncio.Future[Sample] = asyncio.get_running_loop().create_future()

        def hear(sample: Sample) -> None:
            if not arrived.done():
                arrived.set_result(sample)

        self.listeners.append(hear)
        try:
            async with asyncio.timeout(timeout):
                return await arrived
        except TimeoutError:
            return None
        finally:
            self.listeners.remove(hear)

    def survey_soon(self) -> None:
        """Ask the board's Ollama again: a model may have been loaded or removed."""
        if self.link is not None:
            self._surveyor.soon(self)

    def heard(self, **changes: Any) -> None:  # noqa: ANN401 - fields of State
        """Replace fields of the State."""
        self._states[self.board.name] = replace(self.state, **changes)

    def _set(self, link: LinkState, reason: str, **changes: Any) -> None:  # noqa: ANN401 - fields of State
        changes = {"remedy": "", "fingerprint": "", "retry_at": None, **changes}
        since = self.state.since if {link, self.state.link} <= {"connecting", "down"} else 0.0
        self.heard(link=link, reason=reason, since=since or time.time(), **changes)
        for listener in self.link_listeners:
            listener(self.state)
        if link != "connecting":
            self.settled.set()

    async def _rest(self, error: LinkError, backoff: Backoff) -> None:
        delay = backoff.next()
        self._set("down", error.message, remedy=error.remedy, retry_at=time.time() + delay)
        await self._wait(delay)

    async def _wait(self, delay: float | None) -> None:
        self._nudge.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._nudge.wait()

    async def _session(self, link: Link) -> LinkError:
        """Everything that lives as long as this link; returns why it was lost."""
        self._outputs.clear()
        self._tools = {}
        async with asyncio.TaskGroup() as group:
            probe = group.create_task(self._probe(link, group))
            again = group.create_task(self._rescan.watch(link))
            ends: set[asyncio.Future[Any]] = {probe, link.lost}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in (probe, again, *self._tools.values()):
                task.cancel()
        return link.lost.result() if link.lost.done() else MUTE

    async def _probe(self, link: Link, group: asyncio.TaskGroup) -> None:
        """Start the probe, and start it anew whenever it ends; returns where the board no longer runs anything."""
        delay = 1.0
        while not link.lost.done():
            pulse = Pulse(lambda frame: self._on_frame(frame, link, group))
            began = time.monotonic()
            try:
                async with asyncio.timeout(DEAF_S):
                    channel = await pulse.open(link, program(pulse.token), greets=True)
                self._pulse = pulse
                why = await pulse.ended(channel) or f"no frame for {DEAF_S:.0f} s"
            except LinkError as error:
                why = error.message
            except TimeoutError:
                return
            finally:
                pulse.close()
                answered = self._decoded is not None
                self._pulse = self._decoder = self._decoded = None
            if self._rescan.renewing:
                self._orphan = None  # it was told to end
                continue
            if pulse.given_up and not answered:
                return
            if answered and time.monotonic() - began > 60:
                delay = 1.0
            if not link.lost.done():
                self._orphan = None  # it was told to end
                noise = pulse.reader.noise
                told = f": {noise[-1]}" if noise else ""
                self._set("late", f"the probe ended ({why}){told}; it is started anew", noise=noise)
            await asyncio.sleep(delay)
            delay = min(30.0, delay * 2)

    def _end_probe(self) -> None:
        if self._pulse is not None:
            self._pulse.give_up()

    def _on_frame(self, frame: Frame, link: Link, group: asyncio.TaskGroup) -> None:
        if frame.seq == 0:
            self._decoder = decoder = greet(frame)
            self._rescan.begun(frame)
            left, self._orphan = self._orphan, in_danger(frame)
            if left and self._orphan and left.boot_id == self._orphan.boot_id:
                group.create_task(end(left, link))
            self.heard(identity=decoder.identity)
            if not self._tools:
                tools = (Tool(command, self._outputs) for command in decoder.commands)
                self._tools = {tool: group.create_task(tool.run(link)) for tool in tools}
            self._ask(asyncio.get_running_loop().time())
        elif self._decoder is not None:
            self._fold(frame, self._decoder)

    def _fold(self, frame: Frame, decoder: Decoder) -> None:
        self._decoded = decoded = decoder.decode(frame, self._decoded, self._outputs, time.time())
        pulse, state, sample = self._pulse, self.state, decoded.sample
        assert pulse is not None
        state.history.append(sample)
        news: dict[str, Any] = {"sample": sample, "rtt_s": pulse.rtt_s}
        if pulse.reader.torn != state.torn_frames:
            news |= {"torn_frames": pulse.reader.torn, "noise": pulse.reader.noise}
        if state.link != "up":
            self._set("up", "", attempts=0, **news)
            self._surveyor.soon(self)
        else:
            self.heard(**news)
        for listener in tuple(self.listeners):
            listener(sample)
