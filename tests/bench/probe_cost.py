"""What the probe costs the board, alone and below sshd, and its frames the host: ``-m tests.bench.probe_cost``"""

from __future__ import annotations

import asyncio
import platform
import random
import re
import resource
import shlex
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path

from edgetui.links.roads import Roads
from edgetui.model.state import RING
from edgetui.probes import BOOTSTRAP, FrameReader, greet, program
from tests.probes.files import write
from tests.probes.shells import SHELLS, TOKEN, run
from tests.probes.trees import TREES
from tests.servers import Sshd

TICKS = 200
REPEATS = 5
BOARDS = 20
SSHD_TICKS = 3000
"""So many that the kernel's 10 ms grain does not matter."""


def shell_cost_ms(shell: str, root: Path) -> float:
    """CPU ms (user + system) of one fast tick: the difference between a run with many ticks and one with none."""

    def cpu(ticks: int) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(shell, root, b"\n" * ticks)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return statistics.median((cpu(TICKS) - cpu(0)) / TICKS for _ in range(REPEATS)) * 1e3


def decode_cost_us(root: Path) -> tuple[float, int]:
    """(host's CPU µs to read and decode one frame that differs from the one before, its bytes)."""
    output = run("dash", root, b"\n" * 2).decode()
    hello, first, second = (f"@{TOKEN}{part}".encode() for part in output.split(f"@{TOKEN}")[1:])
    reader = FrameReader(TOKEN)
    decoder = greet(reader.feed(hello)[0])
    stream = [_moved(second, n) for n in range(2000)]
    decoded = decoder.decode(reader.feed(first)[0], None, {}, 0.0)
    costs = []
    for _ in range(REPEATS):
        start = time.process_time()
        for n, data in enumerate(stream):
            for frame in reader.feed(data):
                decoded = decoder.decode(frame, decoded, {}, float(n))
        costs.append((time.process_time() - start) / len(stream))
    assert reader.torn == 0
    return statistics.median(costs) * 1e6, len(second)


def _moved(frame: bytes, n: int) -> bytes:
    """The same frame ``n`` seconds later: uptime, counters, memory and temperatures differ."""
    text = frame.replace(b" 5400.25 ", b" %d.25 " % (5401 + n)).replace(b" 90000 ", b" %d " % (90000 + 70 * n))
    text = text.replace(b"cpu  4000 ", b"cpu  %d " % (4000 + 30 * n)).replace(b" 500 ", b" %d " % (500 + 30 * n))
    return text.replace(b"MemAvailable:     3", b"MemAvailable:     %d" % (n % 3)).replace(
        b"=48", b"=%d" % (48 + n % 5)
    )


def ring_kb(root: Path) -> float:
    """kB of RAM for the Samples kept of one board whose sensors all move a little from frame to frame."""
    output = run("dash", root, b"\n").decode()
    hello, frame = (f"@{TOKEN}{part}" for part in output.split(f"@{TOKEN}")[1:])
    tracemalloc.start()
    rings = [_ring(hello, frame, seed) for seed in range(BOARDS)]  # fills the caches, which boards share
    before = tracemalloc.get_traced_memory()[0]
    rings += [_ring(hello, frame, seed) for seed in range(BOARDS, 2 * BOARDS)]
    kilobytes = (tracemalloc.get_traced_memory()[0] - before) / 1024
    tracemalloc.stop()
    return kilobytes / (len(rings) - BOARDS)


def _ring(hello: str, frame: str, seed: int) -> list[object]:
    reader, chance = FrameReader(TOKEN), random.Random(seed)
    decoder = greet(reader.feed(hello.encode())[0])
    samples, decoded = [], None
    for n in range(RING):
        (one,) = reader.feed(_moved(_jittered(frame, chance).encode(), n))
        decoded = decoder.decode(one, decoded, {}, float(n))
        samples.append(decoded.sample)
    return samples


def _jittered(frame: str, chance: random.Random) -> str:
    """Every sensor some of its steps up or down: 31 m°C, 8 mV and mA."""

    def step(found: re.Match[str]) -> str:
        value = int(found[2])
        grain = 31 if 30_000 <= value < 60_000 else 8 if 90 < value < 6000 else 0
        return f"{found[1]}={value + grain * chance.randint(-6, 6)}"

    return re.sub(r"^(k\d+)=(\d+)$", step, frame, flags=re.MULTILINE)


async def below_sshd_ms(root: Path, folder: Path) -> tuple[float, float]:
    """CPU ms a tick of (the probe, sshd's processes of the session), over a real connection."""
    with Sshd(folder) as sshd:
        roads = Roads(sshd.ssh(), boards=1)
        link = await roads.connect(sshd.board())
        reader, frames, arrived = FrameReader(TOKEN), 0, asyncio.Event()

        def take(data: bytes) -> None:
            nonlocal frames
            if found := len(reader.feed(data)):
                frames += found
                arrived.set()

        text = program(TOKEN).replace(b"\n", f"\nR='{root}'\n".encode(), 1)
        channel = await link.open(BOOTSTRAP, take, stdin=text)
        await arrived.wait()
        before = _session_cpu_s(sshd)
        for _ in range(SSHD_TICKS):
            arrived.clear()
            channel.write(b"\n")
            await arrived.wait()
        after = _session_cpu_s(sshd)
        await link.close()
        await roads.close()
    probe, server = ((b - a) / SSHD_TICKS * 1e3 for a, b in zip(before, after, strict=True))
    return probe, server


def _session_cpu_s(sshd: Sshd) -> tuple[float, float]:
    probe = server = 0.0
    for process in sshd.sessions():
        used = process.cpu_times()
        if process.name().startswith("sshd"):
            server += used.user + used.system
        else:
            probe += used.user + used.system
    return probe, server


def loop_s() -> float:
    """The machine's yardstick: 10^7 turns of an empty loop."""
    start = time.process_time()
    for _ in range(10**7):
        pass
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    assert shlex.split(BOOTSTRAP)[0] == "exec"
    print(f"{platform.machine()}, Python {platform.python_version()}; medians of {REPEATS}")
    print(f"10^7 loop turns: {statistics.median(loop_s() for _ in range(REPEATS)):.2f} s")
    print(f"program: {len(program(TOKEN))} bytes")
    print(
        "tree     files  "
        + "".join(f"{shell:>10}" for shell in SHELLS)
        + "   (ms CPU a tick)   decode µs   frame bytes   ring kB"
    )
    for name in ("orin", "nano", "pi5", "pi4", "vm"):
        with tempfile.TemporaryDirectory() as folder:
            root = write(TREES[name](), Path(folder))
            costs = "".join(f"{shell_cost_ms(shell, root):10.2f}" for shell in SHELLS)
            files = run("dash", root, b"").count(b"\nk")
            decode, size = decode_cost_us(root)
            print(f"{name:<9}{files:>5}  {costs}{'':>21}{decode:>9.0f}{size:>14}{ring_kb(root):>10.0f}")
    with tempfile.TemporaryDirectory() as folder:
        root = write(TREES["orin"](), Path(folder) / "root")
        probe, server = asyncio.run(below_sshd_ms(root, Path(folder)))
        print(f"orin below sshd: {probe:.2f} ms of the shell and {server:.2f} ms of sshd a tick")


if __name__ == "__main__":
    main()
