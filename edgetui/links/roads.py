"""The roads of a fleet: what its links share, and how a link is made."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh

from edgetui.config import Board, Ssh
from edgetui.errors import LinkDown, LinkError, LinkRefused
from edgetui.links import Link
from edgetui.links.causes import Failure, classify, lost
from edgetui.links.dial import Dialer
from edgetui.links.host_keys import differs, judge, revoked
from edgetui.links.keyring import Keyring, check
from edgetui.links.known_hosts import KnownHosts, Trusted
from edgetui.links.local import LocalLink
from edgetui.links.login import log_in
from edgetui.links.route import KEEPALIVES, Address, Route, hop, resolve
from edgetui.links.sftp import Sftp
from edgetui.links.sockets import Sockets
from edgetui.links.ssh import SshLink
from edgetui.links.visitor import FIRST_SIGHT, Visitor

HANDSHAKES = 64
"""Logins at once; twice as many for a fleet of ``MANY``, where boards need longer than we do."""
MANY = 500
BULK = 4
"""Boards that files go to at once: the host's processor has telemetry to read."""
THROUGH_JUMP = 8
"""Logins at once through one jump host: its sshd drops connections beyond MaxStartups, 10."""
CUT = (ConnectionError, asyncssh.ConnectionLost, asyncssh.KeyExchangeFailed)
"""How a connection ends when the server has no host key of a type that is known here."""


class Roads:
    """Makes Links. One for a fleet, used in one asyncio loop, closed by its owner after the links."""

    def __init__(self, ssh: Ssh, *, runtime_dir: Path | None = None, boards: int = 0) -> None:
        """``runtime_dir`` holds the private sockets; ``boards`` is how many there will be."""
        self._ssh = ssh
        self._sockets = Sockets(runtime_dir)
        self._dialer = Dialer()
        self._keyring = Keyring()
        self._known: dict[tuple[Path, ...], KnownHosts] = {}
        self._routes: dict[Address, Route] = {}
        self._bulk = asyncio.Semaphore(BULK)
        self._handshakes = asyncio.Semaphore(HANDSHAKES * (2 if boards >= MANY else 1))
        self._through: dict[str, asyncio.Semaphore] = {}
        self._jumps: dict[str, asyncio.Task[tuple[asyncssh.SSHClientConnection, Visitor]]] = {}
        _quiet_asyncssh()
        _raise_file_limit(4 * boards + 256)

    async def connect(self, board: Board, *, tcp_timeout_s: float | None = None) -> Link:
        """A link to this board, with a limit for TCP below the configured one. Raises LinkDown, LinkRefused."""
        if board.local:
            return LocalLink()
        address = _address(board)
        connection, visitor = await self._connected(address, tcp_timeout_s)
        return self._link(connection, visitor, address)

    async def accept(self, board: Board, fingerprint: str | None = None) -> str:
        """Store the unknown host key that this board (or its jump host) shows now; returns its fingerprint.

        Raises LinkRefused where the key is a changed one or not the one with the given fingerprint, LinkDown.
        """
        if board.local:
            raise LinkRefused(f"{board.name} is this machine: it has no host key")
        return await self._accepted(_address(board), fingerprint or "")

    def names(self) -> set[str]:
        """Hosts and users that reasons may name, of all the routes that have been looked up."""
        return {name for route in self._routes.values() for name in (route.at.host, route.at.user, route.alias)}

    async def close(self) -> None:
        """End the connections to jump hosts and remove the private sockets; links are closed by their owners."""
        for task in self._jumps.values():
            task.cancel()
            if task.done() and not task.cancelled() and not task.exception():
                task.result()[0].close()
        await asyncio.gather(*self._jumps.values(), return_exceptions=True)
        self._jumps.clear()
        self._sockets.close()

    def _link(self, connection: asyncssh.SSHClientConnection, visitor: Visitor, address: Address) -> SshLink:
        gone: asyncio.Future[LinkError] = asyncio.get_running_loop().create_future()
        silence_s = self._ssh.keepalive_s * (KEEPALIVES + 1)

        def tell(over: asyncio.Future[Exception | None]) -> None:
            if not gone.done():
                gone.set_result(lost(over.result(), silence_s))

        visitor.over.add_done_callback(tell)

        async def another() -> asyncssh.SSHClientConnection:
            return (await self._connected(address))[0]

        return SshLink(connection, gone, self._sockets, Sftp(another, self._bulk))

    async def _route(self, address: Address) -> Route:
        if address not in self._routes:
            self._routes[address] = await asyncio.to_thread(resolve, address, self._ssh, self._keyring)
        return self._routes[address]

    def _known_hosts(self, route: Route) -> KnownHosts:
        return self._known.setdefault(route.known_hosts, KnownHosts(route.known_hosts))

    async def _connected(
        self, address: Address, tcp_timeout_s: float | None = None
    ) -> tuple[asyncssh.SSHClientConnection, Visitor]:
        route = await self._route(address)
        await check(route.offer, route.at)
        trusted = self._known_hosts(route).look_up(route.at.host, route.at.port, route.alias)
        visitor = Visitor(trusted, route.offer)
        try:
            async with self._way(route, tcp_timeout_s) as way:
                connection = await log_in(route.options, visitor, trusted, **way)
        except Failure as error:
            cause = await self._cause(error, route, visitor, trusted)
            if isinstance(cause, LinkRefused):
                self._routes.pop(address, None)  # a person will mend something: read it anew
            raise cause from error
        finally:
            visitor.done()
        return connection, visitor

    @asynccontextmanager
    async def _way(self, route: Route, tcp_timeout_s: float | None = None) -> AsyncIterator[dict[str, Any]]:
        """What to connect over, while a place in the limiter is held. Raises LinkDown, LinkRefused."""
        if route.jump:
            tunnel = await self._jump(route.jump, route.at.board)
            places = self._through.setdefault(route.jump, asyncio.Semaphore(THROUGH_JUMP))
            async with places, asyncio.timeout(self._ssh.connect_timeout_s + self._ssh.login_timeout_s):
                yield {"tunnel": tunnel}
        elif route.proxied:
            async with self._handshakes:
                yield {}
        else:
            sock = await self._dialled(route, tcp_timeout_s or self._ssh.connect_timeout_s)
            with ExitStack() as stack:
                stack.callback(sock.close)
                async with self._handshakes:
                    yield {"sock": sock}
                stack.pop_all()

    async def _dialled(self, route: Route, timeout: float) -> socket.socket:
        at, family = route.at, route.options.family
        try:
            addresses = await self._dialer.look_up(at.host, at.port, family, timeout)
        except (OSError, UnicodeError) as error:
            raise classify(error, replace(at, phase="name", limit_s=timeout)) from error
        try:
            return await self._dialer.connect(addresses, route.options.local_addr, timeout)
        except OSError as error:
            self._dialer.forget(at.host, at.port, family)
            raise classify(error, replace(at, phase="tcp", limit_s=timeout)) from error

    async def _jump(self, jump: str, board: str) -> asyncssh.SSHClientConnection:
        """The one connection to a jump host; boards that wait for it share its fate."""
        task = self._jumps.get(jump)
        if task is None or (task.done() and (task.cancelled() or task.exception() or task.result()[1].over.done())):
            task = self._jumps[jump] = asyncio.create_task(self._connected(hop(jump, board)))
        connection, _ = await asyncio.shield(task)
        return connection

    async def _cause(
        self, error: Exception, route: Route, visitor: Visitor, trusted: Trusted
    ) -> LinkDown | LinkRefused:
        """Words for a failed login."""
        known = self._known_hosts(route)
        if visitor.shown:
            return judge(visitor.shown, trusted, known, route)
        if isinstance(error, asyncssh.HostKeyNotVerifiable) and "revoked" in str(error):
            return revoked(route, known)
        if isinstance(error, CUT) and trusted.keys and visitor.greeted and not visitor.asked:
            # A server without a key of the types we know hangs up, which looks like the network: look once.
            with suppress(LinkError):
                shown = await self._shown(route)
                if shown not in trusted.keys:
                    return judge(shown, trusted, known, route)
        limit_s = self._ssh.login_timeout_s
        if isinstance(error, TimeoutError):
            limit_s += self._ssh.connect_timeout_s
        return classify(error, replace(route.at, limit_s=limit_s))

    async def _shown(self, route: Route) -> asyncssh.SSHKey:
        """The host key that is shown there now, unverified. Raises LinkDown, LinkRefused."""
        limit_s = self._ssh.login_timeout_s
        try:
            async with self._way(route) as way, asyncio.timeout(limit_s):
                place: dict[str, Any] = {"host": route.at.host, "port": route.at.port, "tunnel": None}
                key = await asyncssh.get_server_host_key(
                    **(place | way), options=route.options, config=None, server_host_key_algs=FIRST_SIGHT
                )
        except Failure as error:
            raise classify(error, replace(route.at, limit_s=limit_s)) from error
        assert key is not None  # only a key exchange by GSS has none, and that is off
        return key

    async def _accepted(self, address: Address, expected: str) -> str:
        route = await self._route(address)
        if route.jump:
            try:
                await self._jump(route.jump, address.board)
            except LinkRefused as refusal:
                if not refusal.fingerprint:
                    raise
                return await self._accepted(hop(route.jump, address.board), expected)
        shown = await self._shown(route)
        known = self._known_hosts(route)
        trusted = known.look_up(route.at.host, route.at.port, route.alias)
        if shown not in trusted.keys:
            verdict = judge(shown, trusted, known, route)
            if not verdict.fingerprint:
                raise verdict
            if expected and verdict.fingerprint != expected:
                raise differs(verdict.fingerprint, expected, route)
            known.add(shown, route.at.host, route.at.port, route.alias)
        return shown.get_fingerprint()


def _address(board: Board) -> Address:
    return Address(
        board=board.name, host=board.address, user=board.user, port=board.port, key=board.key, jump=board.jump
    )


def _quiet_asyncssh() -> None:
    """Warnings only, and never to stderr, where they would tear the screen: Python's last resort is that."""
    log = logging.getLogger("asyncssh")
    log.setLevel(logging.WARNING)
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _raise_file_limit(needed: int) -> None:
    """A link takes one descriptor, its private sockets and their clients some more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
