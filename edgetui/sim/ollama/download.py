"""Layers that come over a simulated board's line: shared by all who wait for one, kept in part when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from edgetui.sim.board import Board
from edgetui.sim.ollama.blobs import Blobs, Broken

TICK_S = 0.06
"""Between two lines of progress, and between two steps of a download; host s: nobody reads more of them."""
RETRIES_S = 63.0
"""World s of six tries, each after twice the time: 1 + 2 + 4 + … + 32."""
LOOKUP = "dial tcp: lookup registry.ollama.ai on 127.0.0.53:53: server misbehaving"


class Downloads:
    """Of one board. The line is used for one layer at a time by each pull."""

    def __init__(self, board: Board, blobs: Blobs) -> None:
        self._board = board
        self._blobs = blobs
        self.parts: dict[str, int] = {}
        """Bytes by digest, of layers that are not whole."""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, int] = {}

    async def layer(self, digest: str, total: int, *, held: bool) -> AsyncGenerator[dict[str, Any], None]:
        """Its lines. Raises Broken. A layer that the board has is one line."""
        line: dict[str, Any] = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": total}
        if not held:
            task = self._join(digest, total)
            moment = self._board.world.now()
            try:
                while not task.done():
                    moment += TICK_S * self._board.world.speed
                    await self._board.world.until(moment)
                    completed = self.parts.get(digest, 0 if not task.done() else total)
                    yield line | ({"completed": completed} if completed else {})
                task.result()
            finally:
                self._leave(digest)
            self.parts.pop(digest, None)
        yield line | {"completed": total}

    def forget(self) -> None:
        """As a server does at its start: parts are removed."""
        self._board.room.taken -= sum(self.parts.values())
        self.parts.clear()

    def _join(self, digest: str, total: int) -> asyncio.Task[None]:
        if digest not in self._running:
            self._running[digest] = asyncio.get_running_loop().create_task(self._fetch(digest, total))
        self._waiting[digest] = self._waiting.get(digest, 0) + 1
        return self._running[digest]

    def _leave(self, digest: str) -> None:
        """It stops when the last one leaves."""
        self._waiting[digest] -= 1
        if not self._waiting[digest]:
            self._running.pop(digest).cancel()

    async def _fetch(self, digest: str, total: int) -> None:
        board, world = self._board, self._board.world
        before, lost_at = world.now(), -1.0
        while self.parts.get(digest, 0) < total:
            await world.until(before + TICK_S * world.speed)
            now = world.now()
            came = int(board.line.bytes_s * (now - before)) if board.line.state == "up" else 0
            came, before = min(came, total - self.parts.get(digest, 0)), now
            lost_at = -1.0 if board.line.state != "lost" else now if lost_at < 0 else lost_at
            if lost_at >= 0 and now - lost_at > RETRIES_S:
                raise Broken(f"max retries exceeded: {LOOKUP}")
            self._blobs.take(digest, came)
            self.parts[digest] = self.parts.get(digest, 0) + came
