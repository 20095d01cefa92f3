"""Names and TCP, done here so that a dead board or a dead name server never holds up a handshake."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from typing import Any, TypeAlias

SocketAddress: TypeAlias = tuple[Any, ...]
Address: TypeAlias = tuple[socket.AddressFamily, SocketAddress]
"""Family and socket address, scope of IPv6 included."""

CACHE_S = 60.0
LOOKUPS = 128
CONNECTS = 256


class Dialer:
    """Looks names up with a cache and a limit of time, and connects."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], tuple[float, list[Address]]] = {}
        self._lookups = asyncio.Semaphore(LOOKUPS)
        self._connects = asyncio.Semaphore(CONNECTS)

    async def look_up(self, host: str, port: int, family: int, timeout: float) -> list[Address]:
        """Addresses of a name, at most 60 s old. Raises OSError (gaierror), TimeoutError, UnicodeError."""
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return _ask(host, port, family)
        wanted = host, port, family
        until, found = self._known.get(wanted, (0.0, []))
        if time.monotonic() < until:
            return found
        async with asyncio.timeout(timeout), self._lookups:
            found = await _in_thread(host, port, family)
        self._known[wanted] = time.monotonic() + CACHE_S, found
        return found

    async def connect(
        self,
        addresses: list[Address],
        local: tuple[str, int] | None,
        timeout: float,
    ) -> socket.socket:
        """The first address that answers; ``timeout`` s for all of them. Raises OSError."""
        async with self._connects:
            problem: OSError = TimeoutError()
            for family, address in addresses:
                try:
                    return await _connected(family, address, local, timeout / len(addresses))
                except OSError as error:
                    problem = error
            raise problem

    def forget(self, host: str, port: int, family: int) -> None:
        """Look this name up anew next time: the board may have got another address."""
        self._known.pop((host, port, family), None)


async def _connected(
    family: int, address: SocketAddress, local: tuple[str, int] | None, timeout: float
) -> socket.socket:
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(contextlib.closing(socket.socket(family, socket.SOCK_STREAM)))
        sock.setblocking(False)
        if local:
            sock.bind(local)
        async with asyncio.timeout(timeout):
            await asyncio.get_running_loop().sock_connect(sock, address)
        stack.pop_all()
        return sock


def _ask(host: str, port: int, family: int) -> list[Address]:
    return [(f, a) for f, _, _, _, a in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)]


async def _in_thread(host: str, port: int, family: int) -> list[Address]:
    """A thread that nobody waits for: getaddrinfo cannot be cancelled, and the loop's executor has few threads
    that asyncssh needs (48 dead names held up ten healthy boards for 40 s)."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Address]] = loop.create_future()

    def settle(found: list[Address], error: OSError | UnicodeError | None) -> None:
        if answer.done():
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(found)

    def look() -> None:
        found: list[Address] = []
        problem: OSError | UnicodeError | None = None
        try:
            found = _ask(host, port, family)
        except (OSError, UnicodeError) as error:
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, found, problem)

    threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
    return await answer
