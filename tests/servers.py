"""Real SSH servers on loopback for tests: OpenSSH's sshd, dropbear, and asyncssh's server in this process.

    with Sshd(tmp_path) as server:                      # or Dropbear(tmp_path): same attributes
        roads = Roads(server.ssh())                     # [ssh] with a known_hosts that trusts the server
        link = await roads.connect(server.board("b1"))  # [[board]] with address, user and key

``need_sshd()`` and ``need_dropbear()`` skip the test, with the package's name, where the program is not installed.
Each server keeps all of its own (host key, user key, log) in a folder of ``folder``, listens on a free port and is
ended with all its sessions by ``with``. ``async with serve(folder, …)`` is the in-process server.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh
import psutil
import pytest

from edgetui.config import Board, Ssh

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/sbin"
START_S = 10.0


def need_sshd() -> str:
    """Absolute path of sshd (it re-executes itself), or skip."""
    return shutil.which("sshd", path=PATH) or pytest.skip("no sshd here: apt install openssh-server")


def need_dropbear() -> str:
    """Path of dropbear, or skip."""
    return shutil.which("dropbear", path=PATH) or pytest.skip("no dropbear here: apt install dropbear-bin")


_held: list[socket.socket] = []


def free_port() -> int:
    """A TCP port on loopback that nobody listens on, and that nobody gets who asks for any port.

    A socket that is bound and does not listen holds it until this process ends. With SO_REUSEADDR on both a server
    of ours may still take the port by its number, as sshd, dropbear and asyncio do.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _held.append(holder)
    return int(holder.getsockname()[1])


def make_key(file: Path) -> asyncssh.SSHKey:
    """A key pair in ``file`` and ``file.pub``."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(file)
    key.write_public_key(f"{file}.pub")
    file.chmod(0o600)
    return key


def eventually(holds: Callable[[], bool], within: float = 5.0, what: str = "it") -> float:
    """Wait until ``holds()``; how many s it took. Fails the test after ``within`` s. Blocks: not for coroutines."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < within, f"{what} did not happen within {within} s"
        time.sleep(0.01)
    return time.monotonic() - start


async def soon(holds: Callable[[], bool], within: float = 5.0, what: str = "it") -> float:
    """``eventually`` for coroutines."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < within, f"{what} did not happen within {within} s"
        await asyncio.sleep(0.01)
    return time.monotonic() - start


def running(words: str) -> list[psutil.Process]:
    """Processes that have ``words`` in their command line; choose words that only your test uses."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if words in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


class Server:
    """What sshd and dropbear have in common."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"{type(self).__name__.lower()}-{time.monotonic_ns()}"
        self.folder.mkdir(mode=0o700)
        self.user = getpass.getuser()
        self.port = free_port()
        self.key = self.folder / "user_key"
        make_key(self.key)
        self.known_hosts = self.folder / "known_hosts"
        self.log = self.folder / "log"
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` of the host key."""
        return self.host_key.get_fingerprint()

    def board(self, name: str = "bench", **changes: Any) -> Board:
        """The ``[[board]]`` entry of this server."""
        fields: dict[str, Any] = {
            "name": name, "host": self.host, "port": self.port, "user": self.user, "key": self.key,
        }  # fmt: skip
        return Board(**(fields | changes))

    def ssh(self, *, known: bool = True, **changes: Any) -> Ssh:
        """The ``[ssh]`` section for it; ``known``: its host key is trusted. The user's own files are not read."""
        if known:
            line = self.host_key.export_public_key().decode()
            self.known_hosts.write_text(f"[{self.host}]:{self.port} {line}")
        config = self.folder / "ssh_config"
        config.touch()
        return Ssh(**({"known_hosts": self.known_hosts, "config": config} | changes))

    def start(self) -> None:
        """Listen; returns when it does."""
        self._process = self._launch()

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex((self.host, self.port)) == 0

        try:
            eventually(listens, START_S, "the server's start")
        except AssertionError:
            self.stop()
            pytest.fail(f"{type(self).__name__} did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End it and all its sessions, at once."""
        processes = self.sessions()
        if self._process:
            processes.append(psutil.Process(self._process.pid))
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self._process:
            self._process.wait()
        self._process = None

    def sessions(self) -> list[psutil.Process]:
        """Everything below the listener: its sessions and what runs in them."""
        if self._process is None:
            return []
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._process.pid).children(recursive=True)
        return []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError


class Sshd(Server):
    """OpenSSH. ``options`` are lines for sshd_config and come first, so they win.

    The shell gets an empty HOME: below sshd bash reads ~/.bashrc, and a session that a test kills in the middle of
    the user's own rc files may leave their locks behind.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._program = need_sshd()
        super().__init__(folder)
        self.options = options
        self.home = self.folder / "home"
        """What the board's shell takes for its home."""
        self.home.mkdir(mode=0o700)

    def new_host_key(self, kind: str = "ssh-ed25519") -> None:
        """Another host key, from the next start on: a board that was installed anew."""
        self.host_key = (
            asyncssh.generate_private_key(kind, key_size=2048)
            if "rsa" in kind
            else asyncssh.generate_private_key(kind)
        )

    def _launch(self) -> subprocess.Popen[bytes]:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        host_key = self.folder / "host_key"
        host_key.unlink(missing_ok=True)
        self.host_key.write_private_key(host_key)
        host_key.chmod(0o600)
        lines = [
            *self.options,
            f"Port {self.port}",
            f"ListenAddress {self.host}",
            f"HostKey {host_key}",
            f"AuthorizedKeysFile {self.key}.pub",
            f"SetEnv HOME={self.home}",
            "PidFile none",
            "PermitRootLogin yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "StrictModes no",  # pytest's folders may be writable by the group
            "PrintMotd no",
            "MaxStartups 200",
            "LogLevel VERBOSE",
        ]
        config = self.folder / "sshd_config"
        config.write_text("\n".join(lines) + "\n")
        return subprocess.Popen(
            self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _command(self) -> list[str]:
        """``-f`` and ``-E`` take absolute paths only: sshd starts itself anew for every connection."""
        return [self._program, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.log)]


class Dropbear(Server):
    """What small images have in place of OpenSSH.

    It reads the keys below the user's home from passwd and nowhere else, so it gets a mount namespace in which that
    is a folder of ours; that takes root.
    """

    def __init__(self, folder: Path) -> None:
        self._program = need_dropbear()
        if os.geteuid() != 0 or not shutil.which("unshare"):
            pytest.skip("dropbear needs root and unshare (util-linux), to be given a home folder of its own")
        super().__init__(folder)

    def _launch(self) -> subprocess.Popen[bytes]:
        host_key, pem = self.folder / "host_key", self.folder / "host_key.pem"
        self.host_key.write_private_key(pem)
        pem.chmod(0o600)
        convert = shutil.which("dropbearconvert", path=PATH) or pytest.skip("no dropbearconvert: dropbear-bin")
        subprocess.run([convert, "openssh", "dropbear", pem, host_key], check=True, capture_output=True)
        home = self.folder / "home"
        (home / ".ssh").mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(f"{self.key}.pub", home / ".ssh" / "authorized_keys")
        arguments = ["-F", "-E", "-s", "-r", host_key, "-p", f"{self.host}:{self.port}", "-P", self.folder / "pid"]
        mounted = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
        own = Path(pwd.getpwnam(self.user).pw_dir)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ["unshare", "-m", "sh", "-ec", mounted, "sh", home, own, self._program, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class InProcess:
    """An asyncssh server in this loop."""

    port: int
    user: str
    key: Path
    host_key: asyncssh.SSHKey
    folder: Path
    connections: list[asyncssh.SSHServerConnection]
    """Every connection that ever logged in."""

    def board(self, name: str = "bench", **changes: Any) -> Board:
        """The ``[[board]]`` entry of this server."""
        fields: dict[str, Any] = {
            "name": name, "host": "127.0.0.1", "port": self.port, "user": self.user, "key": self.key,
        }  # fmt: skip
        return Board(**(fields | changes))

    def ssh(self, *more: InProcess, **changes: Any) -> Ssh:
        """The ``[ssh]`` section that trusts this server and ``more`` of them."""
        lines = [f"[127.0.0.1]:{s.port} {s.host_key.export_public_key().decode()}" for s in (self, *more)]
        known_hosts, config = self.folder / "known_hosts", self.folder / "ssh_config"
        known_hosts.write_text("".join(lines))
        config.touch()
        return Ssh(**({"known_hosts": known_hosts, "config": config} | changes))


@contextlib.asynccontextmanager
async def serve(
    folder: Path, *, process: Callable[[asyncssh.SSHServerProcess[bytes]], Any] | None = None, **options: Any
) -> AsyncIterator[InProcess]:
    """An asyncssh server on a free port.

    ``process`` answers commands (bytes; default: echoes stdin); forwarding to loopback is allowed.
    ``options`` go to ``asyncssh.listen`` and win.
    """
    user_key, host_key = _user_key(folder), asyncssh.generate_private_key("ssh-ed25519")
    connections: list[asyncssh.SSHServerConnection] = []

    class Host(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
            return True

    defaults: dict[str, Any] = {
        "server_factory": Host,
        "server_host_keys": [host_key],
        "authorized_client_keys": f"{user_key}.pub",
        "process_factory": process or _echo,
        "encoding": None,
    }
    server = await asyncssh.listen("127.0.0.1", 0, **(defaults | options))
    try:
        yield InProcess(server.get_port(), "someone", user_key, host_key, folder, connections)
    finally:
        server.close()
        for connection in connections:
            connection.abort()
        await server.wait_closed()


def _user_key(folder: Path) -> Path:
    """One for all servers of a folder."""
    folder.mkdir(exist_ok=True)
    file = folder / "user_key"
    if not file.exists():
        make_key(file)
    return file


async def _echo(process: asyncssh.SSHServerProcess[bytes]) -> None:
    async for line in process.stdin:
        process.stdout.write(line)
    process.exit(0)
