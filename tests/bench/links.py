"""Client CPU for bringing boards up, and for a second of frames from each: ``python -m tests.bench.links 100``.

The servers are asyncssh's, in a process of their own; what is counted is this process alone (user and system time).
Medians of 5 rounds. Prints one line of Markdown for each number of boards.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from edgetui.config import Board, Ssh
from edgetui.links import Channel, Link
from edgetui.links.roads import Roads
from tests.servers import make_key

ROUNDS = 5
FRAME = b"x" * 2047 + b"\n"
"""As long as a frame of a large board."""
TICKS = 5

SERVERS = """
import asyncio, sys
from contextlib import suppress
import asyncssh

async def answer(process):
    with suppress(asyncssh.Error, OSError):
        async for _ in process.stdin:
            process.stdout.write(b"x" * 2047 + b"\\n")
    process.exit(0)

async def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    key = asyncssh.generate_private_key("ssh-ed25519")
    servers = [
        await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], encoding=None,
                              authorized_client_keys=folder + "/key.pub", process_factory=answer)
        for _ in range(count)
    ]
    print(key.export_public_key().decode().strip(), flush=True)
    print(*(s.get_port() for s in servers), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


def cpu_s() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Receiver:
    """Counts what came from all boards."""

    def __init__(self, boards: int) -> None:
        self._boards = boards
        self._bytes = 0
        self.complete = asyncio.Event()

    def take(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes >= self._boards * len(FRAME):
            self._bytes -= self._boards * len(FRAME)
            self.complete.set()


async def one_round(ssh: Ssh, boards: Sequence[Board]) -> tuple[float, float, float]:
    """CPU ms per board to come up, wall s until all are, CPU ms per frame."""
    roads = Roads(ssh, boards=len(boards))
    cpu, wall = cpu_s(), time.perf_counter()
    links: list[Link] = await asyncio.gather(*(roads.connect(board) for board in boards))
    up_ms, up_s = (cpu_s() - cpu) * 1000 / len(boards), time.perf_counter() - wall
    receiver = Receiver(len(boards))
    channels: list[Channel] = await asyncio.gather(*(link.open("ticks", receiver.take) for link in links))
    cpu = cpu_s()
    for _ in range(TICKS):
        receiver.complete.clear()
        for channel in channels:
            channel.write(b"\n")
        await receiver.complete.wait()
    frame_ms = (cpu_s() - cpu) * 1000 / (TICKS * len(boards))
    await asyncio.gather(*(link.close() for link in links))
    await roads.close()
    return up_ms, up_s, frame_ms


async def measure(count: int, folder: Path) -> str:
    """A line of the table."""
    make_key(folder / "key")
    servers = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVERS, str(folder), str(count),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    assert servers.stdout
    assert servers.stdin
    host_key = (await servers.stdout.readline()).decode()
    ports = [int(port) for port in (await servers.stdout.readline()).split()]
    known_hosts, config = folder / "known_hosts", folder / "ssh_config"
    known_hosts.write_text("".join(f"[127.0.0.1]:{port} {host_key}" for port in ports))
    config.touch()
    ssh = Ssh(known_hosts=known_hosts, config=config)
    boards = [Board(name=f"b{p}", host="127.0.0.1", port=p, user="me", key=folder / "key") for p in ports]
    await one_round(ssh, boards)
    rounds = [await one_round(ssh, boards) for _ in range(ROUNDS)]
    servers.stdin.close()
    await servers.wait()
    up_ms, up_s, frame_ms = (statistics.median(column) for column in zip(*rounds, strict=True))
    spread = f"{min(r[0] for r in rounds):.2f}…{max(r[0] for r in rounds):.2f}"
    return f"| {count} | {up_ms:.2f} ({spread}) | {up_s:.2f} | {frame_ms * 1000:.0f} |"


def main() -> None:
    """Each argument is a number of boards."""
    print(f"asyncssh {asyncssh.__version__}, CPython {sys.version.split()[0]}, medians of {ROUNDS} (spread)")
    print("| boards | connect: CPU ms per board | all up: s | frame of 2 kB: CPU µs |\n| --- | --- | --- | --- |")
    for count in map(int, sys.argv[1:] or ["10", "100"]):
        with tempfile.TemporaryDirectory() as folder:
            print(asyncio.run(measure(count, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
