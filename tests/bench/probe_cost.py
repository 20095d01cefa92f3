"""What the probe costs the board, and its frames cost the host. Run: python -m tests.bench.probe_cost"""

from __future__ import annotations

import platform
import resource
import shlex
import statistics
import tempfile
import time
from pathlib import Path

from edgetui.probes import BOOTSTRAP, FrameReader, greet, program
from tests.probes.files import write
from tests.probes.shells import SHELLS, TOKEN, run
from tests.probes.trees import TREES

TICKS = 200
REPEATS = 5


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
        + "   (ms CPU a tick)   decode µs   frame bytes"
    )
    for name in ("orin", "nano", "pi5", "pi4", "vm"):
        with tempfile.TemporaryDirectory() as folder:
            root = write(TREES[name](), Path(folder))
            costs = "".join(f"{shell_cost_ms(shell, root):10.2f}" for shell in SHELLS)
            files = run("dash", root, b"").count(b"\nk")
            decode, size = decode_cost_us(root)
            print(f"{name:<9}{files:>5}  {costs}{'':>21}{decode:>9.0f}{size:>14}")


if __name__ == "__main__":
    main()
