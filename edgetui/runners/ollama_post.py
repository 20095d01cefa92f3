"""A request whose upload is watched, and whose connection is closed whatever happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from edgetui.runners.ollama_stream import LONGEST_LINE

SLICE = 1 << 16
"""Bytes handed over at once."""


@asynccontextmanager
async def posted(
    http: httpx.AsyncClient, path: str, body: bytes
) -> AsyncIterator[tuple[asyncio.Future[float], asyncio.Task[httpx.Response]]]:
    """Send JSON: the time.monotonic() at which its last byte was handed over, and the response.

    The response's headers may take minutes to come. Leaving closes the connection at once: that stops the board.
    """
    sent: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def slices() -> AsyncIterator[bytes]:
        for start in range(0, len(body), SLICE):
            yield body[start : start + SLICE]
        sent.set_result(time.monotonic())

    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    answer = asyncio.create_task(
        http.send(http.build_request("POST", path, content=slices(), headers=headers), stream=True)
    )
    try:
        yield sent, answer
    finally:
        answer.cancel()
        await asyncio.wait({answer})
        if not answer.cancelled() and answer.exception() is None:
            await answer.result().aclose()


async def short_body(response: httpx.Response) -> bytes:
    """The body of a short answer; what is longer than a line may be is cut."""
    body = b""
    async for data in response.aiter_raw():
        body += data
        if len(body) > LONGEST_LINE:
            break
    return body
