"""HTTP over a unix socket on asyncio's own streams.

httpx's way there (anyio) watches the bare socket: cancelled in the moment in which an answer comes, it prints an
InvalidStateError on stderr, which tears the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore
import httpx


class UnixTransport(httpx.AsyncHTTPTransport):
    """Connections to one unix socket; none of them has TLS, so no certificate of the host is read."""

    def __init__(self, path: str) -> None:
        self._pool = httpcore.AsyncConnectionPool(uds=path, network_backend=_Unix())


class _Unix(httpcore.AsyncNetworkBackend):
    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_unix_connection(path))


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _named(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _named(httpcore.WriteTimeout, httpcore.WriteError):
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()

    async def aclose(self) -> None:
        self._writer.transport.abort()  # what is unsent belongs to a question that nobody asks any more
        with suppress(OSError):
            await self._writer.wait_closed()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as in httpcore
        """``is_readable`` of an idle connection: the server has hung up."""
        if info == "is_readable":
            return self._reader.at_eof()
        return self._writer.get_extra_info(info)


@contextmanager
def _named(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Errors in httpcore's words."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
