"""A simulated cluster: as many boards as wanted, in this process, until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import resource
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from edgetui.errors import UsageError, did_you_mean
from edgetui.sim import control, folder
from edgetui.sim.board import Board
from edgetui.sim.frames import Scanner
from edgetui.sim.kinds import MIXED_OLLAMA, kinds
from edgetui.sim.ollama.answers import Gallery
from edgetui.sim.pictures import known
from edgetui.sim.station import Station
from edgetui.sim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What to simulate."""

    directory: Path
    """Everything of the cluster lies in here; absolute, for its configuration names files in it."""
    speed: float = 1.0
    """World seconds per second."""
    boards: int = 8
    """In all; more than eight are more of the same kinds."""
    dead: int = 0
    """So many of them accept no connection."""
    mixed: bool = False
    """Different eras of Ollama instead of those of the published comparison."""
    ollama: Mapping[str, str] = field(default_factory=dict)
    """By name of a board the version of its Ollama, where it shall be another one."""
    seed: int = 1


def serve(cluster: Cluster, *, until_eof: bool = False) -> int:
    """Run until SIGTERM, SIGINT or, with ``until_eof``, the end of stdin. Exit code 0. Raises UsageError."""
    asyncssh.set_log_level("CRITICAL")
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of every last word to a client that has left
    asyncio.run(_serve(cluster, until_eof))
    return 0


async def _serve(cluster: Cluster, until_eof: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        try:
            loop.add_reader(sys.stdin, _watch_stdin, stop)
        except PermissionError:
            stop.set()  # a file or /dev/null cannot be waited for: it is at its end already
    async with Running(cluster) as stations:
        ready = {"ready": True, "config": str(cluster.directory / "config.toml"), "boards": list(stations)}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        gc.collect()
        gc.freeze()
        await stop.wait()


def _watch_stdin(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        stop.set()
        asyncio.get_running_loop().remove_reader(sys.stdin)


class Running:
    """``async with``: the cluster is up, its stations by name."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._stations: dict[str, Station] = {}
        self._control: asyncio.Server | None = None

    async def __aenter__(self) -> dict[str, Station]:
        cluster = self._cluster
        directory = cluster.directory
        await _not_running(directory)
        directory.mkdir(parents=True, exist_ok=True)
        _allow_files(cluster.boards)
        users = asyncssh.import_authorized_keys(folder.user_key(directory).export_public_key().decode())
        gallery, scanner = await asyncio.to_thread(lambda: Gallery(known())), Scanner()
        for board in _lineup(cluster):
            key = folder.host_key(directory, board.name)
            scratch = directory / "boards" / board.name
            self._stations[board.name] = Station(board, key, scratch, gallery, scanner)
        for station in self._stations.values():
            await station.open(users)
        for index, name in enumerate(_doomed(cluster, list(self._stations))):
            station = self._stations[name]
            station.refuse() if index % 2 else station.swallow()
        folder.write(directory, self._stations.values())
        self._control = await control.listen(directory, self._stations)
        return self._stations

    async def __aexit__(self, *_: object) -> None:
        if self._control is not None:
            self._control.close()
            (self._cluster.directory / control.SOCKET).unlink(missing_ok=True)
        for station in self._stations.values():
            await station.close()


def _lineup(cluster: Cluster) -> list[Board]:
    world, pool = World(cluster.speed), list(kinds().values())
    boards = []
    for index in range(cluster.boards):
        kind, again = pool[index % len(pool)], index // len(pool)
        name = f"{kind.name}-{again + 1}" if again else kind.name
        version = MIXED_OLLAMA.get(kind.name, kind.ollama) if cluster.mixed else kind.ollama
        boards.append(Board(name, kind, world, cluster.seed, cluster.ollama.get(name, version)))
    names = [board.name for board in boards]
    for name in cluster.ollama:
        if name not in names:
            raise UsageError(f"there is no board {name!r}", did_you_mean(name, names))
    return boards


def _doomed(cluster: Cluster, names: list[str]) -> list[str]:
    """Which boards are dead: any but the first, which the others are compared with."""
    return random.Random(cluster.seed).sample(names[1:], cluster.dead)


def _allow_files(boards: int) -> None:
    """Every board needs a listener and some connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 256 + 8 * boards
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


async def _not_running(directory: Path) -> None:
    try:
        _, writer = await asyncio.open_unix_connection(directory / control.SOCKET)
    except (FileNotFoundError, ConnectionRefusedError):
        return
    except OSError as e:
        raise UsageError(
            f"{directory} cannot hold the control socket: {e}", "choose a folder with a shorter path"
        ) from e
    writer.close()
    raise UsageError(f"a simulated cluster runs in {directory} already", "end it, or choose another folder")
