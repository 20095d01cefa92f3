"""A Cluster in the test's own loop, on simulated boards, with what a test waits for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from edgetui.cluster.core import Cluster
from edgetui.cluster.live import LiveReply, LiveRun, Order, Question, make_run
from edgetui.config import load
from edgetui.model import LinkState, Reply, State
from edgetui.store import Store
from edgetui.tasks import find, load_tasks
from tests.simulated import Simulated


class Fleet:
    """Boards, and one run at a time on them."""

    def __init__(self, cluster: Cluster, store: Store) -> None:
        self.cluster = cluster
        self.store = store

    def state(self, board: str) -> State:
        """The newest State."""
        return self.cluster.states[board]

    async def until(self, holds: Callable[[], bool], within: float, what: str) -> float:
        """Wait until ``holds()``; the s it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not holds():
            if self.cluster.failed.done():
                self.cluster.failed.result()
            assert loop.time() - began < within, f"not within {within} s: {what}"
            await asyncio.sleep(0.01)
        return loop.time() - began

    async def until_link(self, board: str, link: LinkState, within: float = 20.0) -> float:
        """Wait until the board's link is that; the s it took."""
        return await self.until(
            lambda: self.state(board).link == link, within, f"{board} {link}: {self.state(board)}"
        )

    async def fire(
        self, *boards: str, task: str = "count-potholes", model: str = "moondream", **order: object
    ) -> LiveRun:
        """Fire the first item of a task."""
        chosen = find(load_tasks(), task)
        item = chosen.items[0]
        ports = {name: k.board.ollama_port for name, k in self.cluster.keepers.items()}
        settings = {"prompt": chosen.prompt, "models": (model,), "boards": boards} | order
        run = make_run(
            [
                Order(
                    task=task,
                    kind=chosen.kind,
                    items=(Question(item.name, item.load().data, item.sha256),),
                    **settings,
                )
            ],  # type: ignore[arg-type]
            ports,
        )
        await self.cluster.submit(run)
        return run

    async def until_streaming(self, cell: LiveReply, pieces: int = 1, within: float = 60.0) -> None:
        """Wait until so many pieces have come."""
        await self.until(lambda: len(cell.pieces) >= pieces or cell.done, within, f"{cell.request.board} streams")
        assert not cell.done, cell.reply

    async def until_done(self, run: LiveRun, within: float = 60.0) -> dict[str, Reply]:
        """Wait until every cell has its Reply; by board."""
        await self.until(lambda: run.done, within, f"done: {[(r.request.board, r.phase) for r in run.replies]}")
        return {r.request.board: r.reply for r in run.replies if r.reply}


@asynccontextmanager
async def fleet(sim: Simulated, *boards: str) -> AsyncIterator[Fleet]:
    """These boards, or all, connected as far as they can be."""
    config = load(sim.config, os.environ)
    if boards:
        config = config.model_copy(update={"board": tuple(b for b in config.board if b.name in boards)})
    store = await Store.open(config.store_path)
    try:
        states = {b.name: State(board=b.name) for b in config.board}
        async with Cluster(config, store, states) as cluster:
            await cluster.settled(states, 20)
            yield Fleet(cluster, store)
    finally:
        await store.close()
