"""One HTTP/1.1 connection: over TCP (asyncio) or forwarded through SSH (asyncssh calls the same methods)."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Protocol

_LIMIT = 256 << 20
SPARE = 256 << 10
"""Bytes that Go's server reads of a body that its handler left unread; of a longer one the connection is reset."""


class Transport(Protocol):
    """What asyncio's transports and asyncssh's channels have in common."""

    def write(self, data: bytes) -> None:
        """Send."""

    def close(self) -> None:
        """Send what is there, then end."""

    def abort(self) -> None:
        """End at once: a reset."""


class Left(Exception):
    """The other side is gone."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, at first without its body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


class Wire(asyncio.Protocol):
    """Reads requests, writes answers, and knows at once when the client has left."""

    def __init__(self, serve: Callable[[Wire], Coroutine[Any, Any, None]]) -> None:
        self._serve = serve
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._transport: Transport | None = None
        self._bodiless = False
        self.gone = False
        self.deaf = False
        """Nobody tells it that the client has left, and what it writes is lost: a connection that hangs."""
        self.task: asyncio.Task[None] | None = None

    # called by the transport

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's or asyncssh's
        """Start serving."""
        self._transport = transport
        self.task = asyncio.get_running_loop().create_task(self._serve(self))

    def session_started(self) -> None:
        """Asyncssh's word for a channel that is open."""

    def data_received(self, data: bytes, datatype: object = None) -> None:
        """Keep what came."""
        self._buffer += data
        self._news.set()

    def eof_received(self) -> bool:
        """A client that has said all will not hear more either: Ollama takes it for gone."""
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left."""
        if self.deaf:
            return
        self.gone = True
        self._news.set()
        self._room.set()

    def pause_writing(self) -> None:
        """The socket is full."""
        self._room.clear()

    def resume_writing(self) -> None:
        """There is room again."""
        self._room.set()

    # called by the server

    async def request(self) -> Request:
        """The head of the next request. Raises Left, also where what comes is no HTTP."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            await self._more()
        head = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        method, path, _ = [*head[0].split(" "), "", ""][:3]
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:])}
        self._bodiless = method == "HEAD"
        return Request(method, path.split("?")[0], headers)

    async def body(self, request: Request, most: int = _LIMIT) -> bytes | None:
        """What follows the head; None, and no more is read, where it has more than ``most`` bytes. Raises Left."""
        try:
            if request.headers.get("transfer-encoding", "").lower() == "chunked":
                return await self._chunks(most)
            length = int(request.headers.get("content-length") or 0)
        except ValueError as e:
            raise Left from e
        return None if length > most else await self._take(length)

    async def _chunks(self, most: int) -> bytes | None:
        body = bytearray()
        while size := int((await self._line()).split(b";")[0], 16):
            if len(body) + size > most:
                return None
            body += await self._take(size)
            await self._line()
        await self._line()
        return bytes(body)

    async def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            await self._more()
        return await self._take(end + 2)

    async def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._more()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    async def _more(self) -> None:
        if self.gone or len(self._buffer) > _LIMIT:
            raise Left
        self._news.clear()
        await self._news.wait()

    async def write(self, data: bytes) -> None:
        """Send, waiting while the socket is full. Raises Left."""
        if self.deaf:
            return
        await self._room.wait()
        if self.gone or self._transport is None:
            raise Left
        try:
            self._transport.write(data)
        except BrokenPipeError as error:
            raise Left from error  # a channel that is closing: asyncssh tells its session of that a moment later

    async def head(self, status: int, content_type: str | None, *, length: int | None) -> None:
        """Status line and headers; ``length`` None: the body comes in chunks."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status != 499 else 'status code 499'}"]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        lines.append(f"Date: {formatdate(usegmt=True)}")
        lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
        await self.write("\r\n".join([*lines, "", ""]).encode())

    async def chunk(self, text: str) -> None:
        """A piece of a body whose length nobody knows."""
        data = text.encode()
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def last(self) -> None:
        """The end of such a body."""
        await self.write(b"0\r\n\r\n")

    async def text(self, status: int, body: str, content_type: str | None = "text/plain") -> None:
        """A whole answer."""
        data = body.encode()
        await self.head(status, content_type, length=len(data))
        if not self._bodiless:
            await self.write(data)

    async def json(self, value: object, status: int = 200) -> None:
        """A whole answer in JSON."""
        await self.text(status, go_json(value), "application/json; charset=utf-8")

    def close(self) -> None:
        """End after what is written."""
        if self._transport is not None:
            self._transport.close()

    def refuse(self) -> None:
        """Close with a body unread: a client of this socket gets a reset, as from Go."""
        if isinstance(self._transport, asyncio.Transport):
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self._transport is not None:
            self._transport.abort()

    def reset(self) -> None:
        """Cut, as a killed server does."""
        self.gone = True
        if self._transport is not None:
            self._transport.abort()
        if self.task is not None:
            self.task.cancel()


def go_json(value: object) -> str:
    """JSON as Go writes it: compact, in UTF-8, with &, < and > escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
