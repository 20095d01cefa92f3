"""How fast files come to eight boards (real sshd on loopback), and whether telemetry keeps its rhythm meanwhile.

    python -m tests.bench.sync [--gb 1.0] [--boards 8] [--rounds 5] [--folder DIR]

Everything runs on one machine, sshd and its ciphers included: the boards' own work is part of what delays a frame.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias

from edgetui.cluster.core import Cluster
from edgetui.config import Config
from edgetui.links import Link
from edgetui.links.manifest import Manifest, manifest_of
from edgetui.links.sync import sync
from edgetui.model import Sample, State
from edgetui.runners.script_clean import clean
from tests.servers import Sshd

SMALL, SMALL_BYTES = 500, 6000
QUIET_S = 6.0
Kinds: TypeAlias = dict[str, Callable[[Path], Path]]


class Rhythm:
    """Times between the frames of each board, and how late a thread beside is woken."""

    def __init__(self, cluster: Cluster) -> None:
        self._last: dict[str, float] = {}
        self.gaps: list[float] = []
        self.lags: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        self.loop_lags: list[float] = []
        self._pulse = asyncio.create_task(self._pulsing())
        for name, keeper in cluster.keepers.items():
            keeper.listeners.append(partial(self._beat, name))

    def _beat(self, name: str, _sample: Sample) -> None:
        now = time.monotonic()
        if name in self._last:
            self.gaps.append(now - self._last[name])
        self._last[name] = now

    def _watch(self) -> None:
        while not self._stop.wait(0):
            began = time.monotonic()
            time.sleep(0.01)
            self.lags.append(time.monotonic() - began - 0.01)

    async def _pulsing(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            self.loop_lags.append(time.monotonic() - began - 0.01)

    def told(self) -> str:
        """p95 of both since the last time."""
        gaps, lags, loop = sorted(self.gaps), sorted(self.lags), sorted(self.loop_lags)
        self.gaps, self.lags, self.loop_lags = [], [], []
        if len(gaps) < 8:
            return (
                f"{len(gaps)} frames: too short to tell; another thread is late p95 {at(lags, 0.95) * 1e3:.1f} ms"
            )
        return (
            f"frames p50 {at(gaps, 0.5):.2f} s, p95 {at(gaps, 0.95):.2f} s, max {gaps[-1]:.2f} s (n {len(gaps)}); "
            f"another thread is late p95 {at(lags, 0.95) * 1e3:.1f} ms, the loop {at(loop, 0.95) * 1e3:.0f} ms"
        )

    async def quiet(self) -> str:
        """What it tells of some s in which nothing is done."""
        await asyncio.sleep(QUIET_S)
        self.told()
        await asyncio.sleep(QUIET_S)
        return self.told()

    def close(self) -> None:
        """End the thread."""
        self._pulse.cancel()
        self._stop.set()
        self._thread.join()


def at(values: list[float], part: float) -> float:
    """The value at that part of sorted ones."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


def small(folder: Path) -> Path:
    """Many small files."""
    for n in range(SMALL):
        path = folder / f"目录{n % 10}" / f"{n}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SMALL_BYTES))
    return folder


def big(folder: Path, size: int) -> Path:
    """One large file."""
    folder.mkdir()
    with (folder / "model.bin").open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    return folder


def manifest(folder: Path) -> Manifest:
    """Of all files below."""
    return manifest_of((p.relative_to(folder).as_posix(), str(p)) for p in folder.rglob("*") if p.is_file())


def read() -> int:
    """Bytes that have come over loopback since boot: of both ways and all programs, so an upper bound."""
    row = next(line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
    return int(row.split()[1])


def by_sftp(board: Sshd, folder: Path) -> float:
    """s that ``sftp -r`` takes for the same."""
    target = board.home / f"sftp-{time.monotonic_ns()}"
    target.mkdir()
    argv = ["sftp", "-q", "-b", "-", "-P", str(board.port), "-i", str(board.key), "-o", "IdentitiesOnly=yes"]
    argv += ["-o", f"UserKnownHostsFile={board.known_hosts}", "-F", "/dev/null", f"{board.user}@127.0.0.1"]
    began = time.monotonic()
    subprocess.run(argv, input=f"put -r {folder} {target}\n", text=True, check=True, capture_output=True)
    took = time.monotonic() - began
    shutil.rmtree(target)
    return took


@contextmanager
def fleet(folder: Path, count: int) -> Iterator[tuple[list[Sshd], Config]]:
    """So many boards, and the configuration that knows them."""
    with ExitStack() as stack:
        boards = [stack.enter_context(Sshd(folder, "Subsystem sftp internal-sftp")) for _ in range(count)]
        lines = []
        for board in boards:
            board.ssh()
            lines.append(board.known_hosts.read_text())
        known, empty = folder / "known_hosts", folder / "ssh_config"
        known.write_text("".join(lines))
        empty.touch()
        configured = [board.board(f"b{n}").model_dump(mode="json") for n, board in enumerate(boards)]
        ssh = {"known_hosts": str(known), "config": str(empty)}
        yield boards, Config.model_validate({"ssh": ssh, "board": configured})


async def race(link: Link, board: Sshd, made: Callable[[Path], Path], rounds: int) -> str:
    """The same to one board, by turns: by us, verified, and by ``sftp -r``, which verifies nothing."""
    ours, theirs = [], []
    for n in range(rounds):
        source = await asyncio.to_thread(made, board.home / f"race{n}")
        wanted = await asyncio.to_thread(manifest, source)
        began = time.monotonic()
        await sync(link, wanted)
        ours.append(time.monotonic() - began)
        theirs.append(await asyncio.to_thread(by_sftp, board, source))
        await asyncio.to_thread(shutil.rmtree, source)
        await clean(link)
    return f"one board, medians of {rounds}: {median(ours):.2f} s, sftp -r {median(theirs):.2f} s"


async def measure(boards: list[Sshd], config: Config, kinds: Kinds, rounds: int) -> None:
    """Print some lines for each."""
    states = {b.name: State(board=b.name) for b in config.board}
    async with Cluster(config, None, states) as cluster:
        await cluster.settled(states, 20)
        links = [keeper.link for keeper in cluster.keepers.values() if keeper.link is not None]
        assert len(links) == len(boards), states
        rhythm = Rhythm(cluster)
        print("at rest:", await rhythm.quiet())
        for name, made in kinds.items():
            print(f"{name}: {await race(links[0], boards[0], made, rounds)}")
            source = await asyncio.to_thread(made, boards[0].home / "all")
            wanted = await asyncio.to_thread(manifest, source)
            size = sum(entry.size for entry in wanted.entries)
            await rhythm.quiet()
            began = time.monotonic()
            await asyncio.gather(*(sync(link, wanted) for link in links))
            took = time.monotonic() - began
            print(f"  {len(links)} boards, {size / 1e6:.0f} MB each: {took:.1f} s; {rhythm.told()}")
            before, began = read(), time.monotonic()
            again = await asyncio.gather(*(sync(link, wanted) for link in links))
            moved, took = read() - before, time.monotonic() - began
            sent = sum(each.sent_bytes for each in again)
            print(f"  second time: {sent} bytes of files, {moved / 1e3:.0f} kB over loopback in all "
                  f"({100 * moved / size / len(links):.3f} %), {took:.2f} s")  # fmt: skip
            for link in links:
                await clean(link)
            await rhythm.quiet()
            began = time.monotonic()
            await asyncio.gather(*(asyncio.to_thread(by_sftp, board, source) for board in boards))
            print(f"  sftp -r to as many at once: {time.monotonic() - began:.1f} s; {rhythm.told()}")
            await asyncio.to_thread(shutil.rmtree, source)
        rhythm.close()


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--boards", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None)
    args = parser.parse_args()
    kinds: Kinds = {f"{SMALL} small files": small, "one big file": partial(big, size=int(args.gb * (1 << 30)))}
    with (
        tempfile.TemporaryDirectory(dir=args.folder) as name,
        fleet(Path(name), args.boards) as (boards, config),
    ):
        asyncio.run(measure(boards, config, kinds, args.rounds))


if __name__ == "__main__":
    main()
