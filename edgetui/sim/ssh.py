"""The SSH server of a simulated board: probe, vendor programs, commands, forwarding to its Ollama, SFTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import asyncssh
from asyncssh.channel import SSHChannel
from asyncssh.constants import MSG_IGNORE
from asyncssh.packet import SSHPacketLogger
from asyncssh.stream import SSHServerStreamSession

from edgetui.cluster.performing import performed_in
from edgetui.links.tether import untethered
from edgetui.probes import BOOTSTRAP
from edgetui.runners.llama_watch import FOLLOW
from edgetui.sim import acting, commands
from edgetui.sim.board import Board
from edgetui.sim.frames import Frames, Scanner
from edgetui.sim.journal import REFUSED, Entry
from edgetui.sim.ollama.server import Ollama

OLLAMA_PORT = 11434
SFTP_VERSION = 3
GARBAGE_BYTES = 1 << 20
_VENDOR = re.compile(r"# edgetui vendor: (.*)")
_VENDOR_TOKEN = re.compile(r"printf '@(\w+) ")


class Sshd:
    """What all connections to one board share."""

    def __init__(self, board: Board, ollama: Ollama | None, scanner: Scanner, scratch: Path) -> None:
        self.board = board
        self.ollama = ollama
        self.scanner = scanner
        self.scratch = scratch
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.hung = False
        """Nothing is answered any more, on old channels and new ones."""
        self.lag_s = 0.0
        """Host s by which every answer is late."""
        self.garbage = False
        """The next frame has a megabyte of garbage inside."""
        self.ordered: Callable[[list[str]], None] = lambda _argv: None
        """Called with the command that root has just run by a person's order."""

    def server(self) -> asyncssh.SSHServer:
        """One connection."""
        return _Server(self)

    def sftp(self, chan: SSHChannel[bytes]) -> asyncssh.SFTPServer:
        """Files in the board's scratch folder."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return asyncssh.SFTPServer(
            cast("asyncssh.SSHServerChannel[bytes]", chan), chroot=str(self.scratch).encode()
        )

    def freeze(self) -> None:
        """Nothing is read or said on any connection any more: keep-alives stay unanswered, streams stand still."""
        self.hung = True
        for wire in self.ollama.wires if self.ollama else ():
            wire.pause_writing()
        for connection in self.connections:
            transport = connection._transport  # asyncssh has no public way to stop reading
            if transport is not None:
                transport.pause_reading()

    def cut(self) -> None:
        """Drop every connection without a word."""
        for connection in tuple(self.connections):
            connection.abort()


class _Server(asyncssh.SSHServer):
    def __init__(self, sshd: Sshd) -> None:
        self._sshd = sshd
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._sshd.connections.add(conn)
        _without_ignores(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._sshd.connections.discard(self._connection)

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        return _Session(self._sshd)

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> asyncssh.SSHTCPSession[bytes]:
        ollama = self._sshd.ollama
        here = dest_host in ("127.0.0.1", "localhost", "::1")
        if here and ollama is not None and (wire := ollama.runner(dest_port)) is not None:
            return cast("asyncssh.SSHTCPSession[bytes]", wire)
        if ollama is None or not ollama.running or not here or dest_port != OLLAMA_PORT:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "Connection refused")
        return cast("asyncssh.SSHTCPSession[bytes]", ollama.handle())  # has the same methods

    def server_requested(self, listen_host: str, listen_port: int) -> bool:
        """A port of the board's loopback: this machine's is as good."""
        return listen_host in ("127.0.0.1", "localhost")


def _without_ignores(connection: asyncssh.SSHServerConnection) -> None:
    """A board's sshd puts no IGNORE packet before each of its own; asyncssh does."""
    send = connection.send_packet

    def send_packet(pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        if pkttype != MSG_IGNORE:
            send(pkttype, *args, handler=handler)

    connection.send_packet = send_packet  # type: ignore[method-assign]


class _Session(SSHServerStreamSession[bytes]):
    """One exec channel: a command, or a program on stdin that answers lines with frames. SFTP is asyncssh's own."""

    def __init__(self, sshd: Sshd) -> None:
        super().__init__(None, sshd.sftp, SFTP_VERSION)
        self._sshd = sshd
        self._program: list[str] | None = None
        self._rest = b""
        self._frames: Frames | None = None
        self._vendor: tuple[str, str] | None = None
        self._vendor_seq = 0
        self._waiting: list[str] = []
        self._following: Callable[[Entry], None] | None = None
        self._ordered: tuple[list[str], str, str] | None = None  # waits for sudo's password: ``performed_in``

    def session_started(self) -> None:
        if self._channel.get_subsystem():
            super().session_started()

    @property
    def _channel(self) -> asyncssh.SSHServerChannel[bytes]:
        return cast("asyncssh.SSHServerChannel[bytes]", self._chan)

    def exec_requested(self, command: str) -> bool:
        if command == BOOTSTRAP:
            self._program = []
        else:
            asyncio.get_running_loop().call_soon(self._run, command)
        return True

    def _run(self, command: str) -> None:
        if (wanted := performed_in(untethered(command))) is not None:
            self._perform(*wanted)
            return
        if untethered(command) == FOLLOW:
            self._follow()
            return
        status, text = commands.run(self._sshd.board, untethered(command))
        if "systemctl restart ollama" in command and self._sshd.ollama is not None:
            self._sshd.ollama.start()
        self._later(lambda: self._channel.write(text.encode()))
        self._later(lambda: self._channel.exit(status))

    def _perform(self, argv: list[str], how: str, token: str) -> None:
        """An action: sudo asks for a password on stdin, or refuses without one."""
        if how == "try" and acting.needs_password(self._sshd.board):
            self._later(lambda: self._channel.write_stderr(acting.REFUSED.encode()))
            self._later(lambda: self._channel.exit(1))
            return
        if how == "password" and not self._waiting:
            self._ordered = (argv, how, token)
            return
        if how == "password" and self._waiting.pop(0) != acting.PASSWORD:
            self._later(lambda: self._channel.write(acting.WRONG.encode()))
            return
        status, text = acting.act(self._sshd.board, argv)
        say = self._channel.write if token else self._channel.write_stderr
        self._later(lambda: say((f"{text}\n={token} {status}\n" if token else text).encode()))
        self._later(lambda: self._channel.exit(0 if token else status))
        if status == 0:
            self._sshd.ordered(argv)

    def _follow(self) -> None:
        """The journal's lines as they come, until stdin ends."""
        journal = self._sshd.board.journal
        if not journal.readable:
            self._later(lambda: self._channel.write_stderr(REFUSED.encode()))
            self._later(lambda: self._channel.exit(1))
            return
        self._following = lambda entry: self._later(lambda: self._channel.write(entry.to_json().encode()))
        journal.followers.add(self._following)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._following is not None:
            self._sshd.board.journal.followers.discard(self._following)
        super().connection_lost(exc)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if self._channel.get_subsystem():
            super().data_received(data, datatype)
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for raw in lines:
            line = raw.decode(errors="replace")
            if self._program is not None:
                self._gather(line)
            elif self._frames is None and self._vendor is None:
                self._waiting.append(line)
                if self._ordered is not None:
                    self._perform(*self._ordered)
            else:
                self._tick(line)

    def eof_received(self) -> bool:
        if self._channel.get_subsystem():
            return super().eof_received()
        if self._frames is not None or self._vendor is not None or self._following is not None:
            self._channel.exit(0)
        return True

    def _gather(self, line: str) -> None:
        assert self._program is not None  # only called while a program is being read
        if line != "#END":
            self._program.append(line)
            return
        text, self._program = "\n".join(self._program) + "\n", None
        vendor, token = _VENDOR.match(text), _VENDOR_TOKEN.search(text)
        if vendor and token:
            self._vendor = (token[1], vendor[1])
        elif text.startswith("K="):
            self._start = asyncio.get_running_loop().create_task(self._greet(text))
        else:
            self._channel.exit(2)

    async def _greet(self, text: str) -> None:
        board = self._sshd.board
        pattern = await self._sshd.scanner.pattern(board, text, commands.installed(board))
        self._frames = Frames(board, pattern, text.partition("\n")[0].removeprefix("K="))
        self._send(self._frames.hello())
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            self._tick(line)

    def _tick(self, line: str) -> None:
        if self._frames is not None:
            self._send(self._frames.tick(line))
        elif self._vendor is not None:
            token, command = self._vendor
            status, printed = commands.run(self._sshd.board, command)
            lines = [*(row for row in printed.split("\n") if row), f"exit={status}"]
            self._vendor_seq += 1
            body = "".join(f"{row}\n" for row in lines)
            n = self._vendor_seq
            self._send(f"@{token} {n} 0 vendor\n{body}.{token} {n} {len(lines)}\n")

    def _send(self, frame: str) -> None:
        data = frame.encode()
        if self._sshd.garbage and self._frames is not None:
            self._sshd.garbage = False
            middle = len(data) // 2
            data = data[:middle] + self._sshd.board.chance.randbytes(GARBAGE_BYTES) + data[middle:]
        self._later(lambda: self._channel.write(data))

    def _later(self, act: Callable[[], None]) -> None:
        """Now, or late on a slow board, or never on a hung one."""

        def alive() -> None:
            if not self._channel.is_closing() and not self._sshd.hung:
                act()

        if self._sshd.lag_s:
            asyncio.get_running_loop().call_later(self._sshd.lag_s, alive)
        else:
            alive()
