"""One login: asyncssh's own connection, less what costs a fleet much and serves nobody here.

Options that a thread makes anew at every connect, an IGNORE packet before each of ours, words for a log that nobody
writes.
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

from edgetui.links.known_hosts import Trusted
from edgetui.links.visitor import Visitor


class _Log(SSHLogger):
    """asyncssh makes text of every argument before it asks whether anybody wants it."""

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in asyncssh
        if self.isEnabledFor(level):
            super().log(level, msg, *args, **kwargs)


class Connection(asyncssh.SSHClientConnection):
    """asyncssh puts an IGNORE packet before each of ours.

    It hides the chained IV of CBC ciphers (RFC 4251, 9.3.1); with any other it only doubles encryptions and sends.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, options: asyncssh.SSHClientConnectionOptions) -> None:
        super().__init__(loop, options, wait="auth")
        self._logger = _Log(context=f"conn={id(self):x}")

    def send_packet(self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        """Send a packet, an IGNORE only where it is good for something."""
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
