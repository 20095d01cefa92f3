"""One login: asyncssh's own connection, less what costs a fleet much and serves nobody here.

Options that a thread makes anew at every connect, an IGNORE packet before each of ours, words for a log that nobody
writes, a timer and a dozen copies of each packet that comes.
"""

from __future__ import annotations

import asyncio
import copy
import socket
from typing import Any

import asyncssh
from asyncssh.connection import _connect  # asyncssh.connect is this, with its own class of connection
from asyncssh.constants import MSG_IGNORE
from asyncssh.logging import SSHLogger
from asyncssh.packet import SSHPacketLogger

from edgetui.links import short_way
from edgetui.links.known_hosts import Trusted
from edgetui.links.visitor import Visitor

READ = 65_536
"""Bytes to take at once. For asyncio's 256 KB malloc may go to the kernel and back with every packet: 20 µs, not
4."""


class _Log(SSHLogger):
    """asyncssh makes text of every argument before it asks whether anybody wants it."""

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in asyncssh
        if self.isEnabledFor(level):
            super().log(level, msg, *args, **kwargs)


class Connection(asyncssh.SSHClientConnection):
    """One to a board."""

    def __init__(self, loop: asyncio.AbstractEventLoop, options: asyncssh.SSHClientConnectionOptions) -> None:
        super().__init__(loop, options, wait="auth")
        self._logger = _Log(context=f"conn={id(self):x}")
        self._heard_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected; a tunnel's transport has no ``max_size``."""
        if hasattr(transport, "max_size"):
            transport.max_size = READ
        super().connection_made(transport)

    def _recv_pkthdr(self) -> bool:
        """asyncssh's loop over what came asks for the next packet; what that raises is handled there."""
        return short_way.took(self) or super()._recv_pkthdr()

    def _reset_keepalive_timer(self) -> None:
        """asyncssh makes a new timer for each packet that comes; here the one that runs looks when it is up."""
        self._heard_at = self._loop.time()

    def _keepalive_timer_callback(self) -> None:
        rest = self._heard_at + self._keepalive_interval - self._loop.time()
        if rest > 0:
            self._keepalive_timer = self._loop.call_later(rest, self._keepalive_timer_callback)
        else:
            super()._keepalive_timer_callback()

    def send_packet(self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        """Send a packet, an IGNORE only where it is good for something.

        asyncssh puts one before each packet of ours: it hides the chained IV of CBC ciphers (RFC 4251, 9.3.1); with
        any other it only doubles encryptions and sends.
        """
        if pkttype != MSG_IGNORE or self._enc_alg_cs.endswith(b"-cbc"):
            super().send_packet(pkttype, *args, handler=handler)


async def log_in(
    options: asyncssh.SSHClientConnectionOptions,
    visitor: Visitor,
    trusted: Trusted,
    *,
    sock: socket.socket | None = None,
    tunnel: asyncssh.SSHClientConnection | None = None,
) -> Connection:
    """Connect over ``sock`` (which is ours from then on), a jump host, or the ProxyCommand of ``options``.

    ``options`` stay as they are. Raises OSError, asyncssh.Error, ValueError.
    """
    loop = asyncio.get_running_loop()
    own = copy.copy(options)
    own.tunnel = tunnel
    own.canonicalize_hostname = False  # it has been looked up and dialled already
    own.protocol_factory = lambda: visitor
    own.known_hosts = (trusted.keys, trusted.authorities, trusted.revoked, (), (), (), ())
    own.server_host_key_algs = visitor.host_key_algs
    return await _connect(own, None, loop, 0, sock, lambda: Connection(loop, own), "Opening SSH connection to")
