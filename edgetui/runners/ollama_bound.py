"""Answers of a server that may be anybody: no longer than they can honestly be, and never packed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

MOST = 16 << 20
"""Bytes of an answer from memory; lists of models have some thousand."""


class Unanswered(Exception):
    """Ollama did not answer as Ollama does; the message says why in words."""


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for data in self._stream:
            length += len(data)
            if length > MOST:
                raise Unanswered("Ollama answered with more than 16 MB")
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound(response: httpx.Response) -> None:
    """Packed answers are refused, for none was asked for: a few KB of them may unpack to gigabytes."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unanswered("something answers on that port with packed data, as Ollama does not")
    assert isinstance(response.stream, httpx.AsyncByteStream)
    response.stream = _Bounded(response.stream)
