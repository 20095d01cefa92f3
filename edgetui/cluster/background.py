"""A Cluster in a thread and loop of its own: what the screen talks to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, TypeVar

from edgetui.cluster.live import LiveReply, LiveRun, Order, make_run
from edgetui.cluster.plan import BY_USER
from edgetui.cluster.resuming import conduct
from edgetui.config import Config
from edgetui.errors import EdgetuiError, StoreError
from edgetui.model import Event, HistoryPoint, State

if TYPE_CHECKING:
    from edgetui.cluster.actions import Action
    from edgetui.cluster.alerts import Standing
    from edgetui.cluster.core import Cluster
    from edgetui.cluster.performing import Done
    from edgetui.cluster.visit.visit import Visit
    from edgetui.store import Store

T = TypeVar("T")


class Background:
    """All methods may be called from the screen's thread; none of them waits for a board."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._states = {b.name: State(board=b.name) for b in config.board}
        self.runs: list[LiveRun] = []
        """Runs of this session, oldest first."""
        self._store: Store | StoreError = StoreError("it is not open yet")
        self._cluster: Cluster | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._early: list[Callable[[Cluster], object]] | None = []
        """What was asked for before the cluster was there; None from then on."""
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cluster")
        self._life: Future[None] | None = None

    @property
    def readonly(self) -> bool:
        """May nothing be done to boards? Then actions and shells are not offered."""
        return self.config.ui.readonly

    @property
    def states(self) -> Mapping[str, State]:
        """Newest State of every board, in the order of the configuration, from the first moment on."""
        return self._states

    @property
    def store_error(self) -> str:
        """Why nothing can be stored, in words with the remedy; empty while all is well."""
        if self._cluster is None:
            return ""
        return self._cluster.safe.error or self._cluster.history.error

    @property
    def owed(self) -> int:
        """Rows that could not be stored and are kept in memory only."""
        return self._cluster.safe.owed if self._cluster else 0

    @property
    def failure(self) -> BaseException | None:
        """The bug that ended the thread; the screen raises it, so that the program ends with its traceback."""
        return self._life.exception() if self._life is not None and self._life.done() else None

    def start(self) -> None:
        """Begin to connect. Imports asyncssh and friends in the thread: call it after the first paint."""
        self._life = self._thread.submit(lambda: asyncio.run(self._live()))

    def close(self, timeout: float = 8.0) -> None:
        """Cancel what runs (partial replies are stored), close links, end the thread. ``timeout`` in s."""
        if self._life is not None:
            self._do(lambda _: self._stop.set())
            wait([self._life], timeout)
        self._thread.shutdown(wait=False)

    def fire(self, *orders: Order) -> LiveRun:
        """Queue orders, one for each task, as one run; returns at once with all its cells ``queued``."""
        run = make_run(orders, {b.name: b.ollama_port for b in self.config.board})
        self.go_on(run)
        return run

    def go_on(self, run: LiveRun) -> Future[None]:
        """Measure what a run lacks. The future is done when it has begun, and raises StoreError."""
        begun: Future[None] = Future()
        self.runs.append(run)
        self._spawn(lambda cluster: conduct(cluster, run, self.config.store_path, begun))
        return begun

    def pause_run(self, run: LiveRun, on: bool) -> None:
        """Finish what runs of it and start nothing, or go on."""
        self._do(lambda cluster: cluster.pause(run, on))

    def cancel(self, run: LiveRun, board: str | None = None) -> None:
        """Cancel one board's unfinished cells of a run, or all."""
        self.cancel_cells([c for c in run.replies if board in (None, c.request.board)])

    def cancel_cells(self, cells: Sequence[LiveReply]) -> None:
        """Cancel those of them that are unfinished."""
        self._do(lambda cluster: cluster.cancel(cells, BY_USER))

    def running_on(self, board: str) -> LiveReply | None:
        """The cell that this board works on now."""
        worker = self._cluster.workers.get(board) if self._cluster else None
        return worker.current if worker else None

    def waiting_on(self, board: str) -> int:
        """Cells in this board's queue."""
        worker = self._cluster.workers.get(board) if self._cluster else None
        return len(worker.waiting) if worker else 0

    @property
    def events(self) -> tuple[Event, ...]:
        """What guard and alerts said in this session, oldest first."""
        return tuple(self._cluster.events) if self._cluster else ()

    def held(self, board: str) -> str:
        """Why the heat guard lets no new work begin on this board, with the reading; empty while it does."""
        worker = self._cluster.workers.get(board) if self._cluster else None
        return worker.guard.hold if worker else ""

    def past(self, board: str, since: float, until: float, points: int) -> Future[list[HistoryPoint]]:
        """What the Store keeps of a board in [since, until), Unix s, oldest first, in at most so many rows.

        The future raises StoreError; the list is empty where nothing is stored.
        """
        return self.ask(lambda cluster: cluster.history.read(board, since, until, points))

    def happened(self, board: str, since: float, until: float) -> Future[list[Event]]:
        """Stored events of a board and of the fleet in [since, until], Unix s, oldest first.

        The future raises StoreError.
        """
        return self.ask(lambda cluster: cluster.history.happened(board, since, until))

    def visit(self, board: str) -> Visit | None:
        """What is seen on this board, which is visited for as long as this is called; None before the first."""
        self._do(lambda cluster: cluster.rounds.look(board))
        seen = self._cluster.rounds.seen if self._cluster else None
        return seen if seen is not None and seen.board == board else None

    def act(self, board: str, action: Action, password: str = "") -> Future[Done]:
        """Have something done to a board. ``password``: for its sudo, forgotten when it has been sent."""
        answer: Future[Done] = Future()

        async def do(cluster: Cluster) -> None:
            answer.set_running_or_notify_cancel()  # nobody takes it back from now on
            answer.set_result(await cluster.act(board, action, password))

        self._spawn(do)
        return answer

    def search(self, query: str, since: float, until: float, limit: int) -> Future[list[Event]]:
        """Stored events of all sessions in [since, until], Unix s, that have these words, newest first.

        The future raises StoreError.
        """
        return self.ask(lambda cluster: cluster.history.search(query, since, until, limit))

    @property
    def alerts(self) -> tuple[Standing, ...]:
        """Alerts that are not over, oldest first."""
        return self._cluster.alerts.standing if self._cluster else ()

    def acknowledge(self, alert: Standing) -> None:
        """A person has seen this alert."""
        self._do(lambda cluster: cluster.alerts.acknowledge(alert.rule.title, alert.board))

    def silence(self, alert: Standing, until: float) -> None:
        """Keep this alert of this board in the log alone, until then in Unix s."""
        self._do(lambda cluster: cluster.alerts.silence(alert.rule.title, alert.board, until))

    def accept_host_key(self, board: str) -> None:
        """Store the *unknown* key whose fingerprint the State shows, then reconnect. Never for a changed key."""

        async def accept(cluster: Cluster) -> None:
            try:
                await cluster.accept_host_key(board)
            except EdgetuiError as error:
                cluster.keepers[board].heard(reason=error.message, remedy=error.remedy, fingerprint="")

        self._spawn(accept)

    def retry(self, board: str) -> None:
        """Connect now: after a refusal was mended, or to skip the back-off."""
        self._do(lambda cluster: cluster.keepers[board].nudge())

    def _do(self, action: Callable[[Cluster], object]) -> None:
        with self._lock:
            if self._early is not None:
                self._early.append(action)
            elif self._cluster is not None and self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(action, self._cluster)

    def _spawn(self, job: Callable[[Cluster], Coroutine[Any, Any, None]]) -> None:
        self._do(lambda cluster: cluster.spawn(job(cluster)))

    def ask(self, question: Callable[[Cluster], Coroutine[Any, Any, T]]) -> Future[T]:
        """Have something done in the cluster's loop and get what comes of it, e.g. the doctor's visit.

        The future raises StoreError; any other error ends the cluster.
        """
        answer: Future[T] = Future()

        async def ask(cluster: Cluster) -> None:
            if not answer.set_running_or_notify_cancel():
                return  # nobody waits for it any more
            try:
                answer.set_result(await question(cluster))
            except StoreError as error:
                answer.set_exception(error)

        self._spawn(ask)
        return answer

    def consult(self, question: Callable[[Store], Coroutine[Any, Any, T]]) -> Future[T]:
        """Ask the Store, or have it forget or keep something. The future raises StoreError."""

        async def consulted(cluster: Cluster) -> T:
            if isinstance(self._store, StoreError):
                raise self._store
            return await question(self._store)

        return self.ask(consulted)

    async def _live(self) -> None:
        from edgetui.cluster.core import Cluster

        self._store = await self._opened()
        try:
            async with Cluster(self.config, self._store, self._states) as cluster:
                self._begin(cluster)
                cluster.spawn(self._open_again(cluster))
                stop = asyncio.create_task(self._stop.wait())
                ends: set[asyncio.Future[Any]] = {stop, cluster.failed}
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                stop.cancel()
                if cluster.failed.done():
                    cluster.failed.result()
        finally:
            if not isinstance(self._store, StoreError):
                await self._store.close()

    def _begin(self, cluster: Cluster) -> None:
        with self._lock:
            self._loop, self._cluster = asyncio.get_running_loop(), cluster
            early, self._early = self._early or [], None
        for action in early:
            action(cluster)

    async def _opened(self) -> Store | StoreError:
        from edgetui.store import Store

        try:
            return await Store.open(self.config.store_path)
        except StoreError as error:
            return error

    async def _open_again(self, cluster: Cluster) -> None:
        """Until the file can be opened rows wait in memory, as with a full disk."""
        from edgetui.cluster.safe import AGAIN_S

        while isinstance(self._store, StoreError):
            await asyncio.sleep(AGAIN_S)
            self._store = await self._opened()
            if not isinstance(self._store, StoreError):
                await cluster.store_in(self._store)
