"""One simulated board on the network: its port, its host key, and what can be done to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from pathlib import Path

import asyncssh

from edgetui.sim.board import Board
from edgetui.sim.frames import Scanner
from edgetui.sim.ollama.answers import Gallery
from edgetui.sim.ollama.catalog import runnable
from edgetui.sim.ollama.server import Ollama
from edgetui.sim.ssh import Sshd

ADDRESS = "127.0.0.1"
MODELS = "usr/share/ollama/.ollama/models"
"""Below the root of the board's file system."""
SHUTDOWN_S = 0.3
"""Host s from the order until the connections are lost."""
BOOT_S, BOOT_LEAST_S = 30.0, 1.0
"""World s that a boot takes, and the least of it in host s."""


class Station:
    """A board with its servers."""

    def __init__(
        self, board: Board, host_key: asyncssh.SSHKey, scratch: Path, gallery: Gallery, scanner: Scanner
    ) -> None:
        self.board = board
        self.host_key = host_key
        version = board.ollama_version
        models = scratch / MODELS
        self.ollama = Ollama(board, version, runnable(version), gallery, models) if version else None
        self.sshd = Sshd(board, self.ollama, scanner, scratch)
        self.sshd.ordered = self._ordered
        self._jobs: set[asyncio.Task[None]] = set()
        self.port = 0
        """0 until it was opened for the first time; the same ever after."""
        self._listener: asyncssh.SSHAcceptor | None = None
        self._plug: list[socket.socket] = []

    async def open(self, users: asyncssh.SSHAuthorizedKeys) -> None:
        """Accept connections of ``users``."""
        self._users = users
        await self._listen()

    async def _listen(self) -> None:
        self._close()
        options = asyncssh.SSHServerConnectionOptions(
            server_factory=self.sshd.server,
            server_host_keys=[self.host_key],
            authorized_client_keys=self._users,
            encoding=None,
            line_editor=False,
            gss_host=None,
        )
        self._listener = await asyncssh.listen(sock=self._socket(), options=options, backlog=128)

    def _socket(self) -> socket.socket:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((ADDRESS, self.port))
        self.port = sock.getsockname()[1]
        return sock

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for sock in self._plug:
            sock.close()
        self._plug.clear()

    def soon(self, job: Coroutine[None, None, None]) -> None:
        """Have it done, and wait for nothing."""
        task = asyncio.get_running_loop().create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def back(self, after_s: float = 0.0) -> None:
        """Listen again, on the same port. ``after_s`` in host s."""
        await asyncio.sleep(after_s)
        self.sshd.hung = False
        self.sshd.cut()
        await self._listen()

    @property
    def listening(self) -> bool:
        """Is sshd there?"""
        return self._listener is not None

    def refuse(self) -> None:
        """Close the port: connections are lost, new ones refused."""
        self._close()
        self.sshd.cut()
        self._plug.append(self._socket())

    def swallow(self) -> None:
        """A black hole: connecting neither succeeds nor fails. (A full queue of one is never emptied.)"""
        self._close()
        sock = self._socket()
        sock.listen(0)
        fill = socket.socket()
        fill.setblocking(False)
        fill.connect_ex((ADDRESS, self.port))
        self._plug += [sock, fill]

    def _ordered(self, argv: list[str]) -> None:
        """What root's command does to the servers."""
        if argv[:2] == ["systemctl", "restart"] and self.ollama is not None:
            self.ollama.kill(restart_s=None)
            self.ollama.start()
        elif argv[0] in ("reboot", "poweroff"):
            self.soon(self._switch(again=argv[0] == "reboot"))

    async def _switch(self, *, again: bool) -> None:
        """Off by order, and on again."""
        await asyncio.sleep(SHUTDOWN_S)
        if again:
            await self.boot(max(BOOT_LEAST_S, BOOT_S / self.board.world.speed))
        else:
            self._off()

    def _off(self) -> None:
        self.refuse()
        if self.ollama is not None:
            self.ollama.kill(restart_s=None)

    async def boot(self, after_s: float) -> None:
        """The power is gone at once, and after so many host s everything is there again."""
        self._off()
        await asyncio.sleep(after_s)
        self.board.boot()
        if self.ollama is not None:
            self.ollama.start()
        await self.back()

    def hang(self) -> None:
        """The kernel accepts connections and nobody says a word, as on a machine whose programs are stopped."""
        self._close()
        self.sshd.freeze()
        sock = self._socket()
        sock.listen()
        self._plug.append(sock)

    async def new_key(self) -> None:
        """The board was installed anew: another host key."""
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        await self.back()

    async def close(self) -> None:
        """End everything."""
        for job in tuple(self._jobs):
            job.cancel()
        if self.ollama is not None:
            self.ollama.kill(restart_s=None)
        self._close()
        connections = tuple(self.sshd.connections)
        self.sshd.cut()
        for connection in connections:
            await connection.wait_closed()
