"""A simulated cluster in the test's own loop, and a plain SSH client for it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import httpx

from edgetui.config import Config, load
from edgetui.probes import BOOTSTRAP, Frame, FrameReader, program
from edgetui.sim import control
from edgetui.sim.serve import Cluster, Running
from edgetui.sim.station import Station


class Lab:
    """The running cluster."""

    def __init__(self, folder: Path, stations: dict[str, Station]) -> None:
        self.folder = folder
        self.stations = stations
        self.config: Config = load(folder / "config.toml")

    async def do(self, board: str, fault: str, value: str = "") -> None:
        """What ``edgetui sim fault`` does."""
        await control.ask(self.folder, board, fault, value)

    @asynccontextmanager
    async def connected(self, name: str, **options: Any) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """A connection with the cluster's key and known_hosts."""
        board = next(b for b in self.config.board if b.name == name)
        given = {
            "port": board.port,
            "username": board.user,
            "client_keys": [str(board.key)],
            "known_hosts": str(self.config.ssh.known_hosts),
            "config": None,
            "connect_timeout": 5,
        }
        async with asyncssh.connect(board.host, **given | options) as connection:
            yield connection


@asynccontextmanager
async def lab(**options: Any) -> AsyncIterator[Lab]:
    """A cluster in a short-lived folder (its control socket needs a short path)."""
    with tempfile.TemporaryDirectory(prefix="sim-") as folder:
        cluster = Cluster(directory=Path(folder), **{"speed": 20.0, **options})
        async with Running(cluster) as stations:
            yield Lab(Path(folder), stations)


class Probe:
    """The probe on one board."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self.process = process
        self.reader = FrameReader("tok")
        self._frames: list[Frame] = []

    @classmethod
    async def start(cls, connection: asyncssh.SSHClientConnection) -> Probe:
        """Start it; the hello is read."""
        probe = cls(await connection.create_process(BOOTSTRAP, encoding=None))
        probe.process.stdin.write(program("tok"))
        await probe.frame()
        return probe

    async def frame(self) -> Frame:
        """The next frame."""
        async with asyncio.timeout(10):
            while not self._frames:
                data = await self.process.stdout.read(65536)
                assert data, "the probe has ended"
                self._frames += self.reader.feed(data)
        return self._frames.pop(0)

    async def tick(self, asked: str = "") -> Frame:
        """Ask for a frame."""
        self.process.stdin.write(f"{asked}\n".encode())
        return await self.frame()


@asynccontextmanager
async def tunnelled(connection: asyncssh.SSHClientConnection) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client for the board's Ollama, through the connection."""
    with tempfile.TemporaryDirectory(prefix="sim-") as folder:
        path = f"{folder}/ollama"
        async with await connection.forward_local_path_to_port(path, "127.0.0.1", 11434):
            transport = httpx.AsyncHTTPTransport(uds=path)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:11434", timeout=20
            ) as client:
                yield client
