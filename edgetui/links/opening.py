"""How a channel is opened without leaking it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

C = TypeVar("C")
S = TypeVar("S")


async def whole(opening: Awaitable[tuple[C, S]]) -> tuple[C, S]:
    """Open a channel; when cancelled midway, close it once it is open.

    asyncssh forgets a channel whose opening is cancelled, the board does not: ten of them fill its MaxSessions.
    """
    task: asyncio.Future[Any] = asyncio.ensure_future(opening)
    try:
        channel, session = await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_close_late)
        raise
    return channel, session


def _close_late(task: asyncio.Future[Any]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result()[0].close()
