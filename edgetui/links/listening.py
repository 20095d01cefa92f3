"""Ports on a board's loopback that are served here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncssh

from edgetui.errors import LinkError
from edgetui.links import Reader, Serve, Writer

LOOPBACK = "127.0.0.1"


class RemotePort:
    """A remote forward of one SSH connection."""

    def __init__(self, listener: asyncssh.SSHListener, running: set[asyncio.Task[None]]) -> None:
        self._listener = listener
        self._running = running

    @classmethod
    async def opened(cls, connection: asyncssh.SSHClientConnection, serve: Serve) -> RemotePort:
        """Raises LinkError (the board forbids it)."""
        running: set[asyncio.Task[None]] = set()
        handle = _kept(serve, running)
        try:
            listener = await connection.start_server(lambda _host, _port: handle, LOOPBACK, 0, encoding=None)
        except (asyncssh.ChannelListenError, asyncssh.Error, OSError) as error:
            raise LinkError(
                "sshd on the board opens no port for us",
                "allow it in its sshd_config: AllowTcpForwarding yes; then: sudo systemctl reload ssh",
            ) from error
        return cls(listener, running)

    @property
    def port(self) -> int:
        """Chosen by sshd."""
        return self._listener.get_port()

    def close(self) -> None:
        """See ``Listener.close``."""
        self._listener.close()
        for task in tuple(self._running):
            task.cancel()


class LocalPort:
    """A listening socket of this machine."""

    def __init__(self, server: asyncio.Server, running: set[asyncio.Task[None]]) -> None:
        self._server = server
        self._running = running

    @classmethod
    async def opened(cls, serve: Serve) -> LocalPort:
        """Raises LinkError."""
        running: set[asyncio.Task[None]] = set()
        try:
            server = await asyncio.start_server(_kept(serve, running), LOOPBACK, 0)
        except OSError as error:
            raise LinkError(f"this machine opens no port: {error.strerror}", "check: ulimit -n") from error
        return cls(server, running)

    @property
    def port(self) -> int:
        """Chosen by the kernel."""
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    def close(self) -> None:
        """See ``Listener.close``."""
        self._server.close()
        for task in tuple(self._running):
            task.cancel()


def _kept(serve: Serve, running: set[asyncio.Task[None]]) -> Callable[[Reader, Writer], Awaitable[None]]:
    """The same, its task in ``running`` for as long as it works, and never ended with a cancellation's noise."""

    async def handle(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            running.discard(task)

    return handle
