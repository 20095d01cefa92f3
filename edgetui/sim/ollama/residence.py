"""Which models are loaded: loading, eviction, lifetimes, and what fits."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from edgetui.sim import work
from edgetui.sim.board import Board
from edgetui.sim.ollama.asking import RELOADING, Ask
from edgetui.sim.ollama.catalog import Model
from edgetui.sim.ollama.errors import does_not_load, killed_loading, no_projector, out_of_memory
from edgetui.sim.ollama.prompt_cache import PromptCache
from edgetui.sim.ollama.slot import Slot
from edgetui.sim.ollama.wire import Left
from edgetui.sim.processes import Process, Processes

KEEP_ALIVE_S = 300.0
OOM_AFTER_S = 0.3
"""World s until a server has found out that a model does not fit."""
_VISION_LEAST_CTX = 2048
Work: TypeAlias = Literal["load", "encode", "prefill", "decode"]


@dataclass(slots=True)
class Loaded:
    """A model in memory."""

    model: Model
    num_ctx: int
    fixed: tuple[Any, ...]
    """Values of the options that cannot change without loading anew."""
    gb: float
    cache: PromptCache
    slot: Slot
    runner: Process | None = None
    keep_alive: float = KEEP_ALIVE_S
    ready: bool = False
    users: int = 0
    expires: float = math.inf
    """World s; infinite while a request runs, counted from its end."""
    pictures: deque[str] = field(default_factory=lambda: deque(maxlen=4))
    """Digests of pictures that need not be encoded again."""
    prompt: tuple[tuple[str, ...], str] = ((), "")
    """Pictures and text of the last request: what the KV cache still holds."""
    albums: set[tuple[str, ...]] = field(default_factory=set)
    """Digests of the pictures of earlier prompts that had several."""
    timer: asyncio.TimerHandle | None = None
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def knows(self, pictures: tuple[str, ...], text: str) -> tuple[bool, bool]:
        """Are these pictures cached, and is all of the prompt?"""
        held, words = self.prompt
        same = pictures == held
        return same or all(p in self.pictures for p in pictures), same and text == words

    def begins_an_album(self, pictures: tuple[str, ...]) -> bool:
        """Did an earlier prompt begin with these pictures and have more? llama-server's cache trips over that."""
        return bool(pictures) and any(pictures == album[: len(pictures)] != album for album in self.albums)


def digest(data: bytes) -> str:
    """What the caches know a picture by: one changed bit makes another one."""
    return hashlib.sha256(data).hexdigest()


class Residence:
    """The loaded models of one board."""

    def __init__(self, board: Board, processes: Processes, *, era_c: bool) -> None:
        self.board = board
        self.processes = processes
        self.loaded: dict[str, Loaded] = {}
        """By digest: a model that was made anew is another one, though its name is the same."""
        self._era_c = era_c
        self._door = asyncio.Lock()
        self.slot = asyncio.Lock()
        """Held by who computes: a board does one thing at a time, in the order in which it was asked."""
        self.doomed: Literal["", "kernel", "person"] = ""
        """Who will kill the next runner that works; the kernel does it for memory."""
        self.traps: dict[Work, Callable[[], None]] = {}
        """What is done, once, to whoever comes to this work."""

    def context(self, ask: Ask) -> int:
        """The context that really runs: not below what pictures need, not above what the model knows."""
        wanted = ask.number("num_ctx", 4096)
        least = _VISION_LEAST_CTX if ask.model.sees else 1
        return min(max(wanted, least), ask.model.context_length)

    async def load(self, ask: Ask, start: float, gone: Callable[[], bool]) -> tuple[Loaded, float]:
        """The model in memory and the world time at which it was. Raises Refusal, Left (the client went away)."""
        num_ctx = self.context(ask)
        fixed = (num_ctx, *(ask.options.get(name) for name in RELOADING[1:]))
        waited = self._door.locked()
        async with self._door:
            held = self.loaded.get(ask.model.digest)
            if held is None or held.fixed != fixed:
                waited = waited or self.slot.locked()
                if held is not None:
                    await self._drop_when_idle(held)
                needed = await self._make_room(ask.model, num_ctx)
                async with self.slot:
                    start = self.board.world.now() if waited else start
                    cache = PromptCache(ask.model.cost.kv_bytes, self.processes.cache_mib)
                    held = Loaded(ask.model, num_ctx, fixed, needed, cache, self._slot(num_ctx))
                    start = await self._load(held, start, gone)
            if ask.keep_alive is not None:
                held.keep_alive = ask.keep_alive
            return held, start + 0.002

    def _slot(self, num_ctx: int) -> Slot:
        log = self.board.journal.write if self._era_c else lambda _text: None
        return Slot(self.board.world, num_ctx, log)

    async def _load(self, held: Loaded, moment: float, gone: Callable[[], bool]) -> float:
        def check() -> None:
            if gone() or held.model.digest not in self.loaded:
                raise Left
            if self.strikes("load", held):
                raise killed_loading(era_c=self._era_c)

        self.loaded[held.model.digest] = held
        held.runner = self.processes.run(held.model.digest, held.gb)
        self._tell()
        try:
            for stage in work.loading(self.board.kind, held.model.cost):
                moment = await self.board.work(stage, moment, check)
            held.ready = True
        finally:
            if not held.ready:
                self.drop(held)
        return moment

    def remember(self, held: Loaded, tokens: int, new: int) -> None:
        """Era C: the runner keeps the state of the prompt before this one."""
        if self._era_c:
            held.cache.read(tokens, new)
            self._tell()

    def strikes(self, work: Work, held: Loaded) -> bool:
        """Does the runner's end come now?"""
        if (spring := self.traps.pop(work, None)) is not None:
            spring()
        if not self.doomed:
            return False
        if self.doomed == "kernel" and held.runner is not None:
            self.board.oom_killed(f"{held.runner.pid} ({held.runner.name})")
        self.doomed = ""
        self.drop(held)
        return True

    async def _make_room(self, model: Model, num_ctx: int) -> float:
        """Unload others until the GB are there that are returned. Raises Refusal where that never helps."""
        cost, memory = model.cost, self.board.kind.model_memory_gb
        needed = cost.memory_for(num_ctx)
        while self.loaded and sum(o.gb for o in self.loaded.values()) + needed > memory:
            await self._drop_when_idle(min(self.loaded.values(), key=lambda o: (o.users, o.expires)))
        foreign = self._era_c and model.one_file
        if needed > memory or foreign:
            await asyncio.sleep(OOM_AFTER_S / self.board.world.speed)
            if foreign:
                raise no_projector(model.layers[0][0])
            if cost.memory_gb <= memory:
                raise does_not_load(era_c=self._era_c)
            raise out_of_memory(needed, memory, era_c=self._era_c)
        return needed

    async def _drop_when_idle(self, held: Loaded) -> None:
        if held.users:
            await held.idle.wait()
        self.drop(held)

    def begin(self, held: Loaded) -> None:
        """A request uses the model."""
        held.users += 1
        held.idle.clear()
        held.expires = math.inf
        if held.timer is not None:
            held.timer.cancel()

    def end(self, held: Loaded) -> None:
        """A request is done with it: its lifetime begins."""
        held.users -= 1
        if held.users:
            return
        held.idle.set()
        if held.keep_alive == 0:
            self.drop(held)
        elif math.isfinite(held.keep_alive):
            world = self.board.world
            held.expires = world.now() + held.keep_alive
            loop = asyncio.get_running_loop()
            held.timer = loop.call_later(held.keep_alive / world.speed, self.drop, held)

    def drop(self, held: Loaded) -> None:
        """Unload."""
        if held.timer is not None:
            held.timer.cancel()
        if self.loaded.get(held.model.digest) is held:
            del self.loaded[held.model.digest]
            if held.runner is not None:
                self.processes.end(held.runner)
        self._tell()

    def clear(self) -> None:
        """The server or its runner is dead: nothing is loaded any more."""
        for held in tuple(self.loaded.values()):
            self.drop(held)

    def _tell(self) -> None:
        self.board.look()
        left = sum(runner.resident_bytes for runner in self.processes.orphans) / 1e9
        self.board.resident_gb = sum(held.gb for held in self.loaded.values()) + left
        self.board.cached_bytes = sum(held.cache.bytes for held in self.loaded.values())
        for held in self.loaded.values():
            if held.runner is not None:
                held.runner.resident_bytes = held.gb * 1e9 + held.cache.bytes
        if self.board.memory_is_full:
            self.doomed = "kernel"
