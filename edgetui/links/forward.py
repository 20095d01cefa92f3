"""A private unix socket that leads to a port on the board.

asyncssh's own leaves connections open that are cut while they wait for the board (its issue #823).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import asyncssh

from edgetui.links.opening import whole


class Forward:
    """Ours is the socket with every connection through it: closing it closes them."""

    def __init__(self, connection: asyncssh.SSHClientConnection, port: int) -> None:
        self.near: set[_Near] = set()
        self.is_cut = False
        self._connection = connection
        self._port = port
        self._server: asyncio.Server | None = None
        self._path = Path()

    async def listen(self, path: Path) -> None:
        """Take connections on a new socket. Raises OSError."""
        self._path = path
        self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Near(self), path)

    async def reach(self, far: _Far) -> asyncssh.SSHTCPChannel[bytes]:
        """A connection on the board. Raises OSError, asyncssh.Error."""
        channel, _ = await whole(
            self._connection.create_connection(lambda: far, "127.0.0.1", self._port, encoding=None)
        )
        return channel

    def cut(self) -> None:
        """End everything now; what is unsent is lost."""
        self.is_cut = True
        if (server := self._server) is not None:
            self._server = None
            loop = server.get_loop()
            for sock in server.sockets:
                loop.remove_reader(sock.fileno())
            # asyncio leaves a connection open for ever that it has accepted, but not made, as its server closes
            loop.call_soon(server.close)
            self._path.unlink(missing_ok=True)
        for near in tuple(self.near):
            near.cut()

    async def close(self) -> None:
        """``cut``, and wait until every file descriptor is given back."""
        waiting = [near.closed for near in self.near]
        self.cut()
        if waiting:
            await asyncio.wait(waiting)


class _Near(asyncio.Protocol):
    """A client's end. Nothing is read from it before the board's end is there."""

    def __init__(self, forward: Forward) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._forward = forward
        self._transport: asyncio.Transport | None = None
        self._far: _Far | None = None
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._forward.is_cut:  # it was being accepted meanwhile
            transport.abort()
            return
        transport.pause_reading()
        self._forward.near.add(self)
        self._far = _Far(transport)
        self._opening = asyncio.get_running_loop().create_task(self._open(transport, self._far))

    async def _open(self, transport: asyncio.Transport, far: _Far) -> None:
        try:
            far.channel = await self._forward.reach(far)
        except (asyncssh.Error, OSError):
            transport.abort()  # as a server does that is not there; ``Link.reach`` tells why
            return
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if (channel := self._channel()) is not None:
            channel.write(data)

    def eof_received(self) -> bool:
        if (channel := self._channel()) is not None:
            channel.write_eof()
        return True

    def pause_writing(self) -> None:
        if (channel := self._channel()) is not None:
            channel.pause_reading()

    def resume_writing(self) -> None:
        if (channel := self._channel()) is not None:
            channel.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._opening is not None:
            self._opening.cancel()
        if (channel := self._channel()) is not None:
            channel.close()
        self._forward.near.discard(self)
        self.closed.set_result(None)

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _channel(self) -> asyncssh.SSHTCPChannel[bytes] | None:
        channel = self._far.channel if self._far is not None else None
        return None if channel is None or channel.is_closing() else channel


class _Far(asyncssh.SSHTCPSession[bytes]):
    """The board's end."""

    def __init__(self, near: asyncio.Transport) -> None:
        self.channel: asyncssh.SSHTCPChannel[bytes] | None = None
        self._near = near

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self._near.write(data)

    def eof_received(self) -> bool:
        with suppress(OSError):  # the client has left meanwhile
            self._near.write_eof()
        return True

    def pause_writing(self) -> None:
        self._near.pause_reading()

    def resume_writing(self) -> None:
        self._near.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._near.close()
