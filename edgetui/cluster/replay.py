"""The past behind the same face as ``Background``: the screen shows it without knowing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from edgetui.cluster.live import LiveReply, LiveRun, Order, make_run
from edgetui.cluster.reel import Reel
from edgetui.config import Board, Config
from edgetui.errors import StoreError, UsageError
from edgetui.model import Event, HistoryPoint, Reply, State
from edgetui.store import Store

if TYPE_CHECKING:
    from edgetui.cluster.actions import Action
    from edgetui.cluster.alerts import Standing
    from edgetui.cluster.core import Cluster
    from edgetui.cluster.performing import Done
    from edgetui.cluster.visit.visit import Visit

FRAME_S = 0.1
"""How often the moment moves on while it plays, and how exact the stopwatches of cells are."""
SLOWEST, FASTEST = 1.0, 60.0
T = TypeVar("T")
PAST = "this is a replay of the past"


class Replay:
    """Winds a Reel in a thread and loop of its own; all methods may be called from the screen's, none waits."""

    def __init__(self, config: Config, path: Path, since: float | None = None) -> None:
        """Of the Store or recording at ``path``, all or from ``since`` on, Unix s.

        ``config.board`` becomes what the file tells. Raises StoreError, and UsageError where it holds nothing.
        """
        boards, self.since, self.until = asyncio.run(_measure(path, since))
        self.config = config.model_copy(update={"board": boards})
        self.at = self.since
        """The moment to show, Unix s."""
        self.playing = True
        self.pace = 1.0
        """Recorded seconds per second."""
        self.store_error, self.owed = "", 0
        self.readonly = True
        """The past is only looked at."""
        self._path = path
        self._blank = {b.name: State(board=b.name, reason="the recording is read") for b in boards}
        self._fired: list[LiveRun] = []
        self._reel: Reel | None = None
        self._leaps: list[bool] = []
        """Events to go to, in this order: forward or back."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._stopped = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replay")
        self._life: Future[None] | None = None

    @property
    def states(self) -> Mapping[str, State]:
        """State of every board at the moment shown."""
        return self._reel.states if self._reel else self._blank

    @property
    def runs(self) -> list[LiveRun]:
        """Runs fired up to the moment shown, oldest first; then those that were asked for in vain."""
        return [*(self._reel.runs if self._reel else ()), *self._fired]

    @property
    def events(self) -> tuple[Event, ...]:
        """What guard and alerts had said up to the moment shown, oldest first."""
        return tuple(self._reel.events) if self._reel else ()

    @property
    def alerts(self) -> tuple[Standing, ...]:
        """None stands: what was raised then is among ``events``."""
        return ()

    def held(self, board: str) -> str:
        """No guard holds the past."""
        return ""

    @property
    def generation(self) -> int:
        """Grows whenever cells of ``runs`` became other objects: a view that holds some takes them anew."""
        return self._reel.generation if self._reel else 0

    @property
    def failure(self) -> BaseException | None:
        """What ended the thread; the screen raises it."""
        return self._life.exception() if self._life is not None and self._life.done() else None

    def start(self) -> None:
        """Begin to play."""
        self._life = self._thread.submit(lambda: asyncio.run(self._live()))

    def close(self, timeout: float = 8.0) -> None:
        """End the thread. ``timeout`` in s."""
        self._stopped = True
        self._rouse()
        if self._life is not None:
            wait([self._life], timeout)
        self._thread.shutdown(wait=False)

    def clock(self) -> float:
        """The moment shown, Unix s: what the screen takes for now."""
        return self._reel.at if self._reel else self.at

    @property
    def over(self) -> bool:
        """Is the end reached?"""
        return self.at >= self.until

    def play(self) -> None:
        """Go on, from the beginning where the end is reached."""
        if self.over:
            self.seek(self.since)
        self.playing = True

    def pause(self) -> None:
        """Hold the moment."""
        self.playing = False

    def speed(self, pace: float) -> None:
        """Recorded seconds per second, 1 to 60."""
        self.pace = min(FASTEST, max(SLOWEST, pace))

    def step(self, seconds: float = 1.0) -> None:
        """Pause, and move on by so many recorded s; back where negative."""
        self.pause()
        self.seek(self.at + seconds)

    def seek(self, at: float) -> None:
        """Show the moment ``at``, Unix s, or the nearest there is."""
        with self._lock:
            self.at = min(self.until, max(self.since, at))
        self._rouse()

    def next_event(self) -> None:
        """Go to when the next thing happened: an event, a run fired, an answer finished."""
        self._leap(True)

    def previous_event(self) -> None:
        """Go to when the last thing happened before this moment."""
        self._leap(False)

    def running_on(self, board: str) -> LiveReply | None:
        """The cell that the board worked on."""
        return self._reel.running_on(board) if self._reel else None

    def waiting_on(self, board: str) -> int:
        """Cells in its queue then."""
        return self._reel.waiting_on(board) if self._reel else 0

    def past(self, board: str, since: float, until: float, points: int) -> Future[list[HistoryPoint]]:
        """What the file keeps of a board in [since, until), Unix s, oldest first, in at most so many rows.

        The future raises StoreError; the list is empty while the recording is read.
        """
        return self._answer(lambda reel: reel.past(board, since, min(until, self.at + 1), points))

    def happened(self, board: str, since: float, until: float) -> Future[list[Event]]:
        """What the file keeps of events of a board and of the fleet in [since, until], Unix s, oldest first.

        The future raises StoreError; the list is empty while the recording is read.
        """
        return self._answer(lambda reel: reel.happened(board, since, min(until, self.at)))

    def search(self, query: str, since: float, until: float, limit: int) -> Future[list[Event]]:
        """What the file keeps of events up to the moment, in [since, until], that have these words, newest first.

        The future raises StoreError; the list is empty while the recording is read.
        """
        return self._answer(lambda reel: reel.search(query, since, min(until, self.at), limit))

    def fire(self, *orders: Order) -> LiveRun:
        """Nothing is fired: every cell is cancelled at once, and says why."""
        run = make_run(orders, {b.name: b.ollama_port for b in self.config.board})
        for cell in run.replies:
            cell.phase = "done"
            cell.reply = Reply(request=cell.request, outcome="cancelled", reason=PAST)
        self._fired.append(run)
        return run

    def visit(self, board: str) -> Visit | None:
        """Nobody visited the board then."""
        return None

    def act(self, board: str, action: Action, password: str = "") -> Future[Done]:
        """Nothing can be done to the past; ``readonly`` keeps it from being offered."""
        raise NotImplementedError(PAST)

    def go_on(self, run: LiveRun) -> Future[None]:
        """Nothing is measured in the past; ``readonly`` keeps it from being offered."""
        raise NotImplementedError(PAST)

    def pause_run(self, run: LiveRun, on: bool) -> None:
        """No effect."""

    def cancel(self, run: LiveRun, board: str | None = None) -> None:
        """What is past cannot be cancelled."""

    def cancel_cells(self, cells: Sequence[LiveReply]) -> None:
        """What is past cannot be cancelled."""

    def acknowledge(self, alert: Standing) -> None:
        """No effect."""

    def silence(self, alert: Standing, until: float) -> None:
        """No effect."""

    def accept_host_key(self, board: str) -> None:
        """No effect."""

    def retry(self, board: str) -> None:
        """No effect."""

    def _answer(self, question: Callable[[Reel], Coroutine[Any, Any, list[T]]]) -> Future[list[T]]:
        reel, loop = self._reel, self._loop
        if reel is None or loop is None:
            empty: Future[list[T]] = Future()
            empty.set_result([])
            return empty
        return asyncio.run_coroutine_threadsafe(question(reel), loop)

    def ask(self, question: Callable[[Cluster], Coroutine[Any, Any, T]]) -> Future[T]:
        """There is no cluster to ask: the future raises UsageError."""
        answer: Future[T] = Future()
        answer.set_exception(UsageError(PAST))
        return answer

    def consult(self, question: Callable[[Store], Coroutine[Any, Any, T]]) -> Future[T]:
        """Ask the file, which is only read. The future raises StoreError."""
        reel, loop = self._reel, self._loop
        if reel is None or loop is None:
            early: Future[T] = Future()
            early.set_exception(StoreError("the recording is still read"))
            return early
        return asyncio.run_coroutine_threadsafe(reel.consult(question), loop)

    def _leap(self, forward: bool) -> None:
        with self._lock:
            self._leaps.append(forward)
        self._rouse()

    def _rouse(self) -> None:
        with self._lock:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._wake.set)

    async def _live(self) -> None:
        async with await Store.read(self._path) as store:
            reel = await Reel.open(store, self.since)
            await reel.show(self.at, time.monotonic())
            with self._lock:
                self._reel, self._loop = reel, asyncio.get_running_loop()
            try:
                await self._turn(reel)
            finally:
                with self._lock:
                    self._loop = None

    async def _turn(self, reel: Reel) -> None:
        before = time.monotonic()
        while not self._stopped:
            now = time.monotonic()
            if self.playing:
                self._play_on((now - before) * self.pace)
            before = now
            while self._leaps:
                if (at := await reel.neighbour(self.at, forward=self._leaps.pop(0))) is not None:
                    self.seek(at)
            await reel.show(self.at, time.monotonic())
            await self._rest()

    def _play_on(self, seconds: float) -> None:
        with self._lock:
            self.at = min(self.until, self.at + seconds)
            self.playing = not self.over

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(FRAME_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()


async def _measure(path: Path, since: float | None) -> tuple[tuple[Board, ...], float, float]:
    async with await Store.read(path) as store:
        reel = await Reel.open(store, since)
        return reel.boards, reel.since, reel.until
