"""What a Store tells, as the States and runs of any moment: the cluster of the past."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, get_args

from edgetui.cluster.legible import checked, checked_point, checked_reply, legible
from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.cluster.rerun import Rerun
from edgetui.config import Board
from edgetui.errors import UsageError
from edgetui.model import (
    Event,
    Finding,
    HistoryPoint,
    Identity,
    InstalledModel,
    LinkState,
    LoadedModel,
    OllamaInfo,
    Sample,
    State,
    na,
)
from edgetui.model.hostile import one_line
from edgetui.model.state import RING
from edgetui.store import Store, StoredReply

T = TypeVar("T")

EVENTS = 1000
"""Of guard and alerts, in memory; the newest."""
RUNS = 100
"""Runs of the time that are shown; the newest."""
FRESH_S = 5
"""A reading that is older by so much than its table's rows are long says nothing of the moment."""
LAST_S = 0.999
"""The last ms of a second: what happened in the one that is shown is shown."""
UNTOLD = "nothing was recorded at this time"
_LINKS = frozenset(get_args(LinkState))


class Reel:
    """Lives in one asyncio loop; ``show`` winds it to a moment."""

    def __init__(self, store: Store, boards: Sequence[Board], since: float, until: float) -> None:
        self.boards = tuple(boards)
        self.since, self.until = since, until
        """Unix s of the first and the last moment."""
        self.states: dict[str, State] = {b.name: State(board=b.name, reason=UNTOLD) for b in boards}
        self.runs: list[LiveRun] = []
        """Those that have been fired at the moment or at one shown before, oldest first."""
        self.generation = 0
        """Counts how often cells of ``runs`` became other objects, because the reel was wound back."""
        self.events: deque[Event] = deque(maxlen=EVENTS)
        """What guard and alerts said up to the moment, oldest first. Read it as ``tuple(events)``."""
        self._store = store
        self._reruns: list[Rerun] = []
        self.at = since
        """The moment shown, Unix s."""
        self._second: int | None = None
        self._span_s = 1
        self._trails: dict[str, deque[Sample]] = {}
        self._links: dict[str, Event] = {}
        self._identities: dict[str, Identity] = {}
        self._ollamas: dict[str, OllamaInfo] = {}

    @classmethod
    async def open(cls, store: Store, since: float | None = None) -> Reel:
        """All of a file, or from ``since`` on, Unix s. Raises StoreError; UsageError where there is nothing."""
        with legible(store.path):
            kept = (await store.kept()).values()
            if not kept or (since is not None and since >= max(k.until_s for k in kept)):
                raise UsageError(
                    f"{store.path} holds no readings of that time", "see: edgetui record, edgetui replay"
                )
            first, last = float(min(k.since_s for k in kept)), float(max(k.until_s for k in kept) - 1)
            reel = cls(store, await store.boards(), first if since is None else max(first, since), last)
            for record in await store.runs_between(reel.since, reel.until, RUNS):
                if stored := await store.stored_replies(record.id):
                    reel._reruns.append(Rerun(record, stored))
            return reel

    async def show(self, at: float, mono: float) -> None:
        """Make ``states`` and ``runs`` what they were at ``at``, Unix s, which is ``mono`` for live replies.

        Raises StoreError.
        """
        second = int(at)
        if second != self._second:
            with legible(self._store.path):
                await self._wind(second)
                self._second = second
                for board in self.states:
                    self._renew(board, at)
        self.at = at
        for rerun in self._reruns:
            if rerun.fired_at <= at and rerun.run not in self.runs:
                self.runs.append(rerun.run)
            self.generation += rerun.show(at, mono)

    def running_on(self, board: str) -> LiveReply | None:
        """The cell that the board works on at the moment."""
        return next((c for c in self._cells(board) if c.started is not None and not c.done), None)

    def waiting_on(self, board: str) -> int:
        """Cells in its queue at the moment."""
        return sum(1 for cell in self._cells(board) if cell.started is None and not cell.done)

    async def neighbour(self, at: float, *, forward: bool) -> float | None:
        """When the next or the last thing happened beside ``at``: an event, a run fired, an answer finished."""
        with legible(self._store.path):
            event = await self._store.next_event(at, forward=forward)
        times = {t for rerun in self._reruns for t in rerun.moments} | ({event} if event is not None else set())
        beside = [t for t in times if self.since <= t <= self.until and (t > at if forward else t < at)]
        return (min if forward else max)(beside, default=None)

    async def past(self, board: str, since: float, until: float, points: int) -> list[HistoryPoint]:
        """What the Store keeps of a board in [since, until), Unix s, oldest first. Raises StoreError."""
        with legible(self._store.path):
            return [checked_point(p) for p in await self._store.history(board, since, until, points)]

    async def happened(self, board: str, since: float, until: float) -> list[Event]:
        """Events of a board and of the fleet in [since, until], Unix s, oldest first. Raises StoreError."""
        with legible(self._store.path):
            return await self._store.events(since, until, (board,))

    async def search(self, query: str, since: float, until: float, limit: int) -> list[Event]:
        """See ``StoredEvents.search_events``. Raises StoreError."""
        return await self._store.search_events(query, since, until, limit)

    async def consult(self, question: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
        """Ask the Store anything. Raises StoreError."""
        with legible(self._store.path):
            answer = await question(self._store)
            for each in answer if isinstance(answer, list) else ():
                if isinstance(each, StoredReply):
                    checked_reply(each.reply)
            return answer

    def _cells(self, board: str) -> list[LiveReply]:
        runs = [rerun.run for rerun in self._reruns if rerun.fired_at <= self.at]
        return [cell for run in runs for cell in run.replies if cell.request.board == board]

    async def _wind(self, second: int) -> None:
        span_s, since = await self._table(second), self._second
        begin = second + 1 - RING * span_s
        if since is not None and span_s == self._span_s and begin <= since < second:
            begin = since + 1
            self._hear(await self._store.events(begin, second + LAST_S))
        else:
            self._span_s = span_s
            await self._forget(second)
        for board, sample in await self._store.trails(span_s, begin, second + 1):
            self._trails.setdefault(board, deque(maxlen=RING)).append(sample)
        fresh = max(begin, second + 1 - span_s - FRESH_S)
        for board, point in (await self._store.newest(span_s, fresh, second + 1)).items():
            self._trails[board][-1] = _reading(checked_point(point))

    async def _forget(self, second: int) -> None:
        """Drop what was shown, and hear anew what held in this second."""
        self._trails = {}
        for told in (self._links, self._identities, self._ollamas):
            told.clear()
        self._hear((await self._store.states_at(second + LAST_S)).values())
        self.events = deque(await self._store.told(self.since, second + LAST_S, EVENTS), maxlen=EVENTS)

    def _hear(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.kind == "link":
                self._links[event.board] = event
            elif event.kind == "identity":
                self._identities[event.board] = _identity(event)
            elif event.kind == "ollama":
                self._ollamas[event.board] = _ollama(event)
            else:
                self.events.append(event)

    async def _table(self, second: int) -> int:
        """Seconds of a row in the finest table that reaches back to this second."""
        kept = await self._store.kept()
        return min((span for span, k in kept.items() if k.since_s <= second), default=max(kept, default=1))

    def _renew(self, board: str, at: float) -> None:
        """Another State where there is something new; what has not changed is the same object."""
        trail = self._trails.get(board, deque(maxlen=RING))
        news: dict[str, Any] = {
            "sample": trail[-1] if trail else None,
            "identity": self._identities.get(board),
            "ollama": self._ollamas.get(board),
            "history": trail,
            **self._link(board, at, trail[-1].time if trail else None),
        }
        before = self.states[board]
        if any(
            getattr(before, name) is not value and getattr(before, name) != value for name, value in news.items()
        ):
            self.states[board] = State(board=board, **news)

    def _link(self, board: str, at: float, heard_at: float | None) -> dict[str, Any]:
        """The link at the moment: what came later is right, its event or a reading (``heard_at``, Unix s)."""
        event = self._links.get(board)
        link = event.detail.get("link") if event else None
        fresh = heard_at is not None and at - heard_at < self._span_s + FRESH_S
        # another program may have closed its link while readings of this one go on
        if fresh and heard_at is not None and (event is None or link in ("up", "off") or event.time <= heard_at):
            return {"link": "up", "reason": "", "since": event.time if event and link == "up" else heard_at}
        if event is None or link == "up" or link not in _LINKS:
            return {"link": "off", "reason": UNTOLD, "since": heard_at or 0.0}
        words = {key: one_line(str(event.detail.get(key, ""))) for key in ("reason", "remedy", "fingerprint")}
        return {"link": link, "since": event.time, **words}


def _reading(point: HistoryPoint) -> Sample:
    """Of a longer stretch the highest temperature: it was measured, and its mean would hide it."""
    if point.span_s == 1:
        return point.sample
    return replace(point.sample, temperature_c=point.temperature_max_c)


def _identity(event: Event) -> Identity:
    said = dict(event.detail)
    findings = tuple(checked(Finding(**_clean(each))) for each in said.pop("findings"))
    return checked(Identity(**_clean(said), findings=findings))


def _ollama(event: Event) -> OllamaInfo:
    said = dict(event.detail)
    installed = tuple(checked(InstalledModel(**_clean(each))) for each in said.pop("installed"))
    loaded = tuple(checked(LoadedModel(**_clean(each))) for each in said.pop("loaded"))
    return checked(OllamaInfo(**_clean(said), installed=installed, loaded=loaded))


def _clean(said: Mapping[str, Any]) -> dict[str, Any]:
    """A file may come from anybody; what was not told stands in it as its reason."""
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, dict) and value.keys() == {"reason"}:
        return na(one_line(value["reason"]))
    return one_line(value) if isinstance(value, str) else value
