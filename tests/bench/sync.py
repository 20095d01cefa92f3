"""How fast files come to eight boards (real sshd on loopback), and whether telemetry keeps its rhythm meanwhile.

    python -m tests.bench.sync [--gb 1.0] [--boards 8] [--rounds 5] [--folder DIR]

By turns the same files go to the same sshd by ``sync``, which has them verified by SHA-256 on the board, by
``sftp -r`` as it is installed, and by ``sftp -r`` with our cipher; the last two verify nothing. Everything runs on
one machine, sshd and its ciphers included: the boards' own work is part of what delays a frame, and eight at once
are as fast as the work of both sides is little.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias

from edgetui.cluster.core import Cluster
from edgetui.config import Config
from edgetui.links import Link
from edgetui.links.manifest import Manifest, manifest_of
from edgetui.links.ssh import SshLink
from edgetui.links.sync import sync
from edgetui.model import State
from edgetui.runners.script_clean import clean
from tests.bench.rhythm import Beats, Rhythm
from tests.servers import Sshd

SMALL, SMALL_BYTES = 500, 6000
REST_S, PAUSE_S = 6.0, 1.0
Kinds: TypeAlias = dict[str, Callable[[Path], Path]]


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


def login(board: Sshd, *options: str) -> list[str]:
    """Arguments of ``ssh`` and ``sftp``: nothing of the user's own configuration."""
    own = ["-o", f"Port={board.port}", "-i", str(board.key), "-o", "IdentitiesOnly=yes", "-F", "/dev/null"]
    return [*own, "-o", f"UserKnownHostsFile={board.known_hosts}", *options, f"{board.user}@127.0.0.1"]


def by_sftp(folder: Path, options: Sequence[str], board: Sshd) -> None:
    """The same by ``sftp -r``."""
    target = board.home / f"sftp-{time.monotonic_ns()}"
    target.mkdir()
    argv = ["sftp", "-q", "-b", "-", *login(board, *options)]
    subprocess.run(argv, input=f"put -r {folder} {target}\n", text=True, check=True, capture_output=True)


def cipher_of_ours(link: Link) -> str:
    """Which one our link has agreed on with sshd."""
    assert isinstance(link, SshLink)
    return str(link._connection.get_extra_info("send_cipher"))


def cipher_of_ssh(board: Sshd) -> str:
    """Which one the installed ``ssh`` agrees on with this sshd."""
    done = subprocess.run(["ssh", "-v", *login(board), "true"], capture_output=True, text=True, check=True)
    return done.stderr.partition("client->server cipher: ")[2].split()[0]


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


@dataclass(frozen=True, slots=True)
class Took:
    """One way, once."""

    s: float
    """By the clock."""
    cpu_s: float
    """Of the host's side: of this process and what it has started and seen the end of."""


async def timed(work: Awaitable[object]) -> Took:
    """What it takes."""
    began, spent = time.monotonic(), cpu()
    await work
    return Took(time.monotonic() - began, cpu() - spent)


def cpu() -> float:
    """Processor time of the host's side so far, s; the boards' sshd run on and are not in it."""
    ours, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return ours.ru_utime + ours.ru_stime + children.ru_utime + children.ru_stime


async def race(links: Sequence[Link], boards: Sequence[Sshd], source: Path, rounds: int, rhythm: Rhythm) -> None:
    """The same files to the same boards, by turns; nothing of it is there before."""
    began = time.monotonic()
    wanted = await asyncio.to_thread(manifest, source)
    print(f"    (our SHA-256 of the files on the host, once for all boards: {time.monotonic() - began:.2f} s)")

    cipher = cipher_of_ours(links[0])

    def at_once(options: Sequence[str]) -> Awaitable[object]:
        return asyncio.gather(*(asyncio.to_thread(by_sftp, source, options, board) for board in boards))

    kinds: dict[str, Callable[[], Awaitable[object]]] = {
        "sync, verified": lambda: asyncio.gather(*(sync(link, wanted) for link in links)),
        "sftp -r": lambda: at_once(()),
        f"sftp -r -c {cipher}": lambda: at_once(("-c", cipher)),
    }
    ways: dict[str, list[Took]] = {way: [] for way in kinds}
    beats = {way: Beats() for way in kinds}
    for n in range(rounds * len(kinds)):
        # another one begins each round: who comes first finds the disk at its most idle
        way = list(kinds)[(n + n // len(kinds)) % len(kinds)]
        await rhythm.rest(PAUSE_S)
        ways[way].append(await timed(kinds[way]()))
        beats[way].add(rhythm.taken())
        for link in links:
            await clean(link)
        for board in boards:
            for left in board.home.glob("sftp-*"):
                await asyncio.to_thread(shutil.rmtree, left)
    print(f"  {len(boards)} at once, medians of {rounds} by the clock (least-most), and of the host's processor:")
    for way in kinds:
        took = sorted(t.s for t in ways[way])
        print(f"    {way}: {median(took):.2f} s ({took[0]:.2f}-{took[-1]:.2f}), "
              f"{median(t.cpu_s for t in ways[way]):.2f} s; {beats[way].told()}")  # fmt: skip


async def again(links: Sequence[Link], source: Path) -> str:
    """What a second sync of the same moves."""
    wanted = await asyncio.to_thread(manifest, source)
    await asyncio.gather(*(sync(link, wanted) for link in links))
    before, began = read(), time.monotonic()
    done = await asyncio.gather(*(sync(link, wanted) for link in links))
    moved, took = read() - before, time.monotonic() - began
    for link in links:
        await clean(link)
    size = len(links) * sum(entry.size for entry in wanted.entries)
    sent = sum(each.sent_bytes for each in done)
    share = 100 * moved / size
    return f"{sent} bytes of files, {moved / 1e3:.0f} kB over loopback in all ({share:.3f} %), {took:.2f} s"


async def measure(boards: list[Sshd], config: Config, kinds: Kinds, rounds: int) -> None:
    """Print some lines for each."""
    states = {b.name: State(board=b.name) for b in config.board}
    async with Cluster(config, None, states) as cluster:
        await cluster.settled(states, 20)
        links = [keeper.link for keeper in cluster.keepers.values() if keeper.link is not None]
        assert len(links) == len(boards), states
        rhythm = Rhythm(cluster)
        print(
            f"ciphers: sync {cipher_of_ours(links[0])}, sftp -r {await asyncio.to_thread(cipher_of_ssh, boards[0])}"
        )
        print("at rest:", (await rhythm.rest(REST_S)).told())
        for name, made in kinds.items():
            source = await asyncio.to_thread(made, boards[0].home / "all")
            print(f"{name}, {sum(p.stat().st_size for p in source.rglob('*') if p.is_file()) / 1e6:.0f} MB:")
            await race(links[:1], boards[:1], source, rounds, rhythm)
            await race(links, boards, source, rounds, rhythm)
            print(f"  second time: {await again(links, source)}")
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
