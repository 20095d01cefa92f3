"""What the boards say and what becomes of their links, handed to the Store once a second for the whole fleet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from edgetui.config import Config
from edgetui.errors import StoreError
from edgetui.model import Event, HistoryPoint, Identity, OllamaInfo, Sample, State
from edgetui.store import Store

if TYPE_CHECKING:
    from edgetui.cluster.keeper import Keeper

FOLD_S = 60.0
"""How often what grows old is thinned out."""
OWED_S = 60
"""So many seconds of readings are kept while the disk is full; older ones are lost: a gap in the history."""
OWED_EVENTS = 10_000
LATENESS_S = 0.02
"""After the full second: the samples of its last moment have been heard."""


class History:
    """Follows keepers; where there is no Store it keeps nothing."""

    def __init__(self, store: Store | StoreError | None, config: Config) -> None:
        """An error: the file cannot be opened yet, as with a full disk."""
        self._keeps = store is not None
        self._store = None if isinstance(store, StoreError) else store
        self._limits = config.history
        self._most = OWED_S * len(config.board)
        self._keepers: list[Keeper] = []
        self._samples: list[tuple[str, Sample]] = []
        self._events: list[Event] = []
        self._links: dict[str, tuple[str, str]] = {}
        self._identities: dict[str, Identity] = {}
        self._ollamas: dict[str, OllamaInfo] = {}
        self._named = False
        self._fold_at = time.time() + FOLD_S
        self._writing = asyncio.Lock()
        self.error = ""
        """Why the last write failed, with the remedy; empty while all is well."""
        self.recording = False
        """Every field of every second is kept, and nothing grows coarser."""
        self.censor: Callable[[str], str] | None = None
        """What the words of events pass through; None: they are kept as they are."""

    def follow(self, keeper: Keeper) -> None:
        """Keep what this board says from now on."""
        if self._keeps:
            self._keepers.append(keeper)
            keeper.listeners.append(lambda sample: self._samples.append((keeper.board.name, sample)))
            keeper.link_listeners.append(self._linked)

    def note(self, event: Event) -> None:
        """Keep an event with the next second."""
        if self.censor is not None:
            detail = _censored(event.detail, self.censor)
            event = replace(event, text=self.censor(event.text), detail=detail)
        if self._keeps:
            self._events.append(event)

    async def read(self, board: str, since: float, until: float, points: int) -> list[HistoryPoint]:
        """What is stored of a board in [since, until), Unix s; nothing without a Store. Raises StoreError."""
        return [] if self._store is None else await self._store.history(board, since, until, points)

    async def happened(self, board: str, since: float, until: float) -> list[Event]:
        """Events of a board and of the fleet in [since, until], Unix s; none without a Store. Raises StoreError."""
        return [] if self._store is None else await self._store.events(since, until, (board,))

    async def search(self, query: str, since: float, until: float, limit: int) -> list[Event]:
        """See ``StoredEvents.search_events``; none without a Store. Raises StoreError."""
        return [] if self._store is None else await self._store.search_events(query, since, until, limit)

    def store_in(self, store: Store) -> None:
        """The file could be opened at last."""
        self._store = store

    async def run(self) -> None:
        """Write for ever, just after each full second."""
        while True:
            await asyncio.sleep(1.0 - time.time() % 1.0 + LATENESS_S)
            await asyncio.shield(self.write(time.time()))

    async def close(self) -> None:
        """Write what is left: nothing is known of the boards from here on."""
        now = time.time()
        for keeper in self._keepers:
            self._linked(State(board=keeper.board.name, link="off", reason="edgetui was closed", since=now))
        await self.write(now + 1.0)

    async def write(self, now: float) -> None:
        """Hand on the seconds that are over at ``now``, Unix s; what the disk does not take is tried again."""
        if not self._keeps:
            return
        async with self._writing:
            self._look(now)
            if self._store is None:
                del self._samples[: -self._most], self._events[:-OWED_EVENTS]
                return
            samples = [pair for pair in self._samples if pair[1].time < int(now)]
            self._samples = [pair for pair in self._samples if pair[1].time >= int(now)]
            events, self._events = self._events, []
            try:
                await self._hand_on(self._store, samples, events)
                samples, events = [], []
                await self._thin_out(self._store, now)
                self.error = ""
            except StoreError as error:
                self._samples = [*samples, *self._samples][-self._most :]
                self._events = [*events, *self._events][-OWED_EVENTS:]
                self.error = error.sentence

    async def _hand_on(self, store: Store, samples: Sequence[tuple[str, Sample]], events: Sequence[Event]) -> None:
        if not self._named:
            await store.save_boards(keeper.board for keeper in self._keepers)
            self._named = True
        await store.add_samples(samples, events, detail=self.recording)

    async def _thin_out(self, store: Store, now: float) -> None:
        if now >= self._fold_at and not self.recording:
            self._fold_at = now + FOLD_S
            await store.fold(now, self._limits)

    def _linked(self, state: State) -> None:
        """A link became something else; tries to connect are no news, and neither is the same failure again."""
        news = state.link, state.reason
        if state.link == "connecting" or self._links.get(state.board) == news:
            return
        self._links[state.board] = news
        detail = {name: getattr(state, name) for name in ("link", "reason", "remedy", "fingerprint")}
        detail["simulated"] = state.identity.simulated if state.identity is not None else None
        text = f"{state.link}: {state.reason}" if state.reason else state.link
        self.note(Event(time=state.since, board=state.board, kind="link", text=text, detail=detail))

    def _look(self, now: float) -> None:
        """What a board told of itself and of its Ollama, where it differs from the last time."""
        for state in (keeper.state for keeper in self._keepers):
            board, identity, ollama = state.board, state.identity, state.ollama
            if identity is not None and identity is not self._identities.get(board):
                if identity != self._identities.get(board):
                    self._tell(now, board, "identity", identity.model, identity)
                self._identities[board] = identity
            if ollama is not None and ollama is not self._ollamas.get(board):
                before, self._ollamas[board] = self._ollamas.get(board), ollama
                if before is None or replace(before, asked_at=ollama.asked_at) != ollama:
                    text = ollama.reason or f"Ollama {ollama.version}"
                    self._tell(ollama.asked_at, board, "ollama", text, ollama)

    def _tell(self, now: float, board: str, kind: str, text: str, said: Identity | OllamaInfo) -> None:
        self.note(Event(time=now, board=board, kind=kind, text=text, detail=asdict(said)))


def _censored(value: Any, censor: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, str):
        return censor(value)
    if isinstance(value, Mapping):
        return {name: _censored(part, censor) for name, part in value.items()}
    return [_censored(part, censor) for part in value] if isinstance(value, list | tuple) else value
