"""The Cluster: a keeper and a worker for each board, one clock, one Store."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from edgetui.cluster.actions import Action
from edgetui.cluster.alerts import Alerts
from edgetui.cluster.guard import Guard
from edgetui.cluster.history import History
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.live import LiveReply, LiveRun, in_turn
from edgetui.cluster.models_work import Models
from edgetui.cluster.performing import Done, perform
from edgetui.cluster.plan import CLOSED
from edgetui.cluster.safe import Safe
from edgetui.cluster.stack import Stack, stack_of
from edgetui.cluster.survey import Surveyor
from edgetui.cluster.ticker import Ticker
from edgetui.cluster.usual import Silences
from edgetui.cluster.visit.rounds import Rounds
from edgetui.cluster.visit.setup import Looks
from edgetui.cluster.worker import Worker
from edgetui.config import Config
from edgetui.errors import LinkError, StoreError
from edgetui.links.roads import Roads
from edgetui.model import Event, State
from edgetui.probes.registry import family_plug_ins
from edgetui.runners.registry import runners
from edgetui.store import Store
from edgetui.tasks.nonce import lead

EVENTS = 1000
"""Kept in memory; all are in the Store."""
CLOSE_S = 5.0
"""So long the running cells may take to be stored when the program ends."""


class Cluster:
    """Lives in one asyncio loop; ``async with`` owns it. What it knows is read from ``states`` by any thread."""

    def __init__(
        self, config: Config, store: Store | StoreError | None, states: MutableMapping[str, State]
    ) -> None:
        """``store``: None where nothing is to be kept; an error where it shall be, until ``store_in``."""
        self.states = states
        self.safe = Safe(store)
        self.history = History(store, config)
        self._roads = Roads(config.ssh, boards=len(config.board))
        self._ticker = Ticker()
        self._surveyor = Surveyor(self._awaited)
        made = {name: runner() for name, runner in runners().found.items()}
        self.keepers: dict[str, Keeper] = {}
        self.workers: dict[str, Worker] = {}
        stacks: dict[str, Stack] = {}
        self._runs: dict[str, LiveRun] = {}
        self._silences = Silences()
        for board in config.board:
            if not board.enabled:
                states[board.name] = State(board=board.name, link="off", reason="disabled in the configuration")
                continue
            self.keepers[board.name] = keeper = Keeper(board, self._roads, self._surveyor, states)
            guard = Guard(board.name, config.guard)
            stack = stacks.setdefault(stack_of(board) or board.name, Stack())
            self.workers[board.name] = Worker(
                keeper,
                guard,
                made,
                self.safe.keep,
                self._finished,
                self._needless,
                self._happened,
                stack,
                self._paused,
                config.ollama.memory_watch,
                Looks(keeper, self.safe.keep_setup).at,
                self._silences,
            )
            self._ticker.join(keeper)
            self.history.follow(keeper)
        self.rounds = Rounds(self.keepers)
        self.models = Models(self.keepers, self._roads, config.models, self._happened)
        self.events: deque[Event] = deque(maxlen=EVENTS)
        """What guard, alerts and transfers said in this session, oldest first. Read it as ``tuple(events)``."""
        for why, remedy in (*family_plug_ins().broken.values(), *runners().broken.values()):
            text = f"{why}; it is left out: {remedy}"
            self._happened(Event(time=time.time(), kind="plug-in", text=text))
        self.alerts = Alerts(config, states, self._happened)
        self.finished: list[Callable[[LiveReply], None]] = []
        """Called with every cell that has got its Reply, in the cluster's loop."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Cluster:
        """Begin to connect to every board."""
        self._failed = asyncio.get_running_loop().create_future()
        jobs = [self._ticker.run(), self._surveyor.run(), self.safe.run(), self.history.run(), self.alerts.run()]
        jobs += [self.rounds.run(), *(keeper.keep() for keeper in self.keepers.values())]
        jobs += [worker.work() for worker in self.workers.values()]
        for job in jobs:
            self.spawn(job)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel what runs and store its partial Replies, then close every link."""
        self.cancel(self._unfinished(), CLOSED)
        if self.workers:
            await asyncio.wait(
                [asyncio.ensure_future(w.idle.wait()) for w in self.workers.values()], timeout=CLOSE_S
            )
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.history.close()
        await self.safe.again()
        await self._roads.close()

    @property
    def failed(self) -> asyncio.Future[None]:
        """Done, with the exception, when a bug ended one of the cluster's own tasks."""
        assert self._failed is not None
        return self._failed

    @asynccontextmanager
    async def unwatched(self, board: str) -> AsyncIterator[None]:
        """Meanwhile the board is asked for no readings; what vendors' tools stream by themselves goes on."""
        self._ticker.leave(self.keepers[board])
        try:
            yield
        finally:
            self._ticker.join(self.keepers[board])

    def names(self) -> set[str]:
        """Hosts and users that reasons may name."""
        return self._roads.names()

    def spawn(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a job of the cluster's own until it ends or the cluster does; a bug in it ends the cluster."""
        task = asyncio.create_task(job)
        task.add_done_callback(self._ended)
        self._tasks.add(task)

    async def settled(self, boards: Iterable[str], timeout: float) -> None:
        """Wait until each of these boards is up or known not to be, at most ``timeout`` s."""
        waits = [self.keepers[b].settled.wait() for b in boards if b in self.keepers]
        try:
            async with asyncio.timeout(timeout):
                await asyncio.gather(*waits)
        except TimeoutError:
            pass

    async def submit(self, run: LiveRun) -> None:
        """Store the run's row, make its pictures new to every cache, then queue the cells without Reply."""
        states = (self.states[board] for board in run.order.boards if board in self.states)
        record = run.record(simulated=any(s.identity.simulated for s in states if s.identity))
        pictures = {each.image_sha256: each.image for order in run.orders for each in order.items if each.image}
        self._runs[run.id] = run
        missing = [cell for cell in in_turn(run) if not cell.done]
        await self.safe.begin(record, pictures, cells=len(missing))
        self._silences.recall(await self.safe.silences())
        _salt(run, missing)
        for cell in missing:
            self.workers[cell.request.board].add(cell)

    def pause(self, run: LiveRun, on: bool) -> None:
        """Finish what runs of it and start nothing, or go on."""
        run.paused = on
        for worker in self.workers.values():
            worker.stir()

    def _paused(self, run: str) -> bool:
        return run in self._runs and self._runs[run].paused

    def cancel(self, cells: Iterable[LiveReply], reason: str) -> None:
        """End these cells; those that are done already stay as they are."""
        for cell in tuple(cells):
            self.workers[cell.request.board].cancel(cell, reason)

    async def store_in(self, store: Store) -> None:
        """The file could be opened at last: what is owed goes into it."""
        self.history.store_in(store)
        await self.safe.store_in(store)

    async def accept_host_key(self, board: str) -> None:
        """Store the unknown key whose fingerprint the State shows, then connect. Raises LinkRefused, LinkDown."""
        keeper = self.keepers[board]
        await self._roads.accept(keeper.board, keeper.state.fingerprint)
        keeper.nudge()

    async def act(self, board: str, action: Action, password: str) -> Done:
        """Have it done; what came of it is an event. ``password``: see ``perform``."""
        keeper = self.keepers[board]
        if keeper.link is None:
            return Done(False, f"{action.title}: the board is {keeper.state.link}")
        try:
            done = await perform(keeper.link, keeper.board.ollama_port, action, password)
        except LinkError as error:
            done = Done(False, f"{action.title}: {error.message}")
        if not done.wants_password:
            detail = {"action": action.title, "ok": done.ok, "exit_status": done.exit_status}
            self._happened(Event(time=time.time(), board=board, kind="action", text=done.words, detail=detail))
        keeper.survey_soon()
        self.rounds.again()
        return done

    def _happened(self, event: Event) -> None:
        self.events.append(event)
        self.history.note(event)

    def _needless(self, cells: Sequence[LiveReply]) -> None:
        """Repeats that were planned and need not be made."""
        if cells:
            run = self._runs[cells[0].request.run]
            run.replies = tuple(cell for cell in run.replies if cell not in cells)
            self.safe.needless(run.id, len(cells))

    def _awaited(self, board: str) -> bool:
        """Does a person look at this board, or a run wait for it?"""
        return self.rounds.looked_at == board or not self.workers[board].idle.is_set()

    def _finished(self, cell: LiveReply) -> None:
        if (run := self._runs.get(cell.request.run)) is not None and run.done:
            del self._runs[run.id]
        if cell.reply is not None:
            self._silences.add(cell.reply)
        for listener in self.finished:
            listener(cell)

    def _unfinished(self) -> list[LiveReply]:
        return [
            cell
            for worker in self.workers.values()
            for cell in (*worker.waiting, worker.current)
            if cell is not None and not cell.done
        ]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or self._failed is None or self._failed.done():
            return
        if error := task.exception():
            self._failed.set_exception(error)


def _salt(run: LiveRun, cells: Sequence[LiveReply]) -> None:
    """A nonce for every picture, or before a prompt without one: each repeat's own, the same on all boards."""
    for cell in cells:
        request = cell.request
        if request.runner != "ollama" or not request.protocol.nonce:
            continue
        salt = f"{request.run} {run.session} {request.task} {request.item} {request.model}"
        if request.image:
            cell.salt = f"{salt} {request.repeat}"
        else:
            cell.request = replace(request, lead=lead(salt, request.repeat))
