"""The whole program in a pseudo-terminal of 120x40, on simulated boards: start, CPU, memory, latency.

    python -m tests.bench.app            everything, as a Markdown table (about ten minutes)
    python -m tests.bench.app start cpu  some of it

CPU is that of edgetui's own process, all threads, in % of one core, from CLOCK_PROCESS_CPUTIME. The simulated
boards run in a process of their own and are not counted. The first line says how fast this machine is: budgets hold
for one on which the loop takes 0.46 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from edgetui.cli.app import YOUNG
from tests.terminal import Terminal

EDGETUI = [sys.executable, "-m", "edgetui"]
RUNS = 5


def machine() -> float:
    """Seconds that 10**7 passes of a loop take here."""

    def loop() -> float:
        began, s = time.perf_counter(), 0
        for i in range(10_000_000):
            s += i * i % 7
        return time.perf_counter() - began

    return statistics.median(loop() for _ in range(3))


@contextlib.contextmanager
def simulated(boards: int, dead: int = 0, speed: float = 20.0) -> Iterator[Path]:
    """A simulated cluster; yields its folder."""
    with tempfile.TemporaryDirectory() as folder:
        argv = [*EDGETUI, "sim", "serve", folder, "--until-eof", "--speed", str(speed), "--boards", str(boards)]
        with subprocess.Popen(
            [*argv, "--dead", str(dead)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as sim:
            assert sim.stdin is not None
            assert sim.stdout is not None
            assert json.loads(sim.stdout.readline())["ready"]
            yield Path(folder)
            sim.stdin.close()


def app(folder: Path) -> Terminal:
    """The app on that cluster."""
    return Terminal([*EDGETUI, "--config", str(folder / "config.toml")])


def report(what: str, values: list[float], unit: str, goal: str) -> None:
    """One row: median, range, goal."""
    middle = statistics.median(values)
    print(f"| {what} | {middle:.3g} {unit} | {min(values):.3g}-{max(values):.3g} | {goal} |", flush=True)


CORNERS = ("╭", "┏")
"""Top left corners of a card, and of the card under the cursor."""


def corners(lines: list[str]) -> int:
    """How many cards stand on the screen."""
    return sum(line.count(c) for line in lines for c in CORNERS)


def cursor(lines: list[str]) -> tuple[int, int] | None:
    """Where the card under the cursor begins."""
    return next(((y, line.index("┏")) for y, line in enumerate(lines) if "┏" in line), None)


def first_paint(folder: Path) -> float:
    """Seconds from exec until every card of the screen, the header and the footer have been drawn."""
    with app(folder) as terminal:
        terminal.drain(2.0)
        screens = [(at, list(lines)) for at, lines in terminal.replay()]
        whole = corners(screens[-1][1])
        return next(
            at for at, lines in screens if corners(lines) == whole and lines[0].strip() and lines[-1].strip()
        )


def start() -> None:
    """Start-up, warm."""
    for argv, goal in ((["--version"], "0.10"), (["--help"], "0.10")):
        times = []
        for _ in range(RUNS + 1):
            began = time.perf_counter()
            subprocess.run([*EDGETUI, *argv], check=True, capture_output=True)
            times.append(time.perf_counter() - began)
        report(f"`{argv[0]}`", times[1:], "s", f"≤ {goal} s")
    for boards in (8, 500):
        with simulated(boards) as folder:
            report(
                f"first full paint, {boards} boards",
                [first_paint(folder) for _ in range(RUNS + 1)][1:],
                "s",
                "≤ 0.40 s",
            )


def cpu() -> None:
    """CPU and memory at 1 Hz."""
    for boards, goal, memory in ((8, 2.5, 90), (50, 4.0, 95), (500, 15.0, 150)):
        shares, sizes = [], []
        with simulated(boards) as folder, app(folder) as terminal:
            terminal.wait_for(f"● {boards}", timeout=60)
            terminal.drain(75 if boards > 100 else 10)  # until every Ollama has been asked once
            for _ in range(RUNS):
                before, began = terminal.cpu_s(), time.perf_counter()
                terminal.drain(6)
                shares.append(100 * (terminal.cpu_s() - before) / (time.perf_counter() - began))
                sizes.append(terminal.rss_mb())
        report(f"CPU at 1 Hz, {boards} boards", shares, "%", f"≤ {goal} %")
        report(f"RSS, {boards} boards", sizes, "MB", f"≤ {memory} MB")


def key_latencies(terminal: Terminal, presses: int) -> list[float]:
    """ms from a key press until the cursor stands on another card, for keys at random times."""
    chance, sent = random.Random(1), []
    for i in range(presses):
        terminal.drain(chance.uniform(0.1, 0.35))
        sent.append(time.perf_counter() - terminal.started)
        terminal.send("l" if i % 2 else "h")
    terminal.drain(1.0)
    moves, before = [], None
    for at, lines in terminal.replay():
        place = cursor(lines)
        if place != before and place is not None:
            moves.append(at)
            before = place
    return [1000 * (next(m for m in moves if m > press) - press) for press in sent]


def keys() -> None:
    """Key to paint while 50 boards update."""
    p50, p95 = [], []
    with simulated(50) as folder:
        for _ in range(RUNS):
            with app(folder) as terminal:
                terminal.wait_for("● 50", timeout=60)
                terminal.drain(5)
                terminal.send("l")
                found = sorted(key_latencies(terminal, 40))
            p50.append(statistics.median(found))
            p95.append(found[int(len(found) * 0.95)])
    report("key to paint, 50 boards at 1 Hz, p50", p50, "ms", "≤ 8 ms")
    report("key to paint, 50 boards at 1 Hz, p95", p95, "ms", "≤ 25 ms")


ANSWERING = tuple(f"{kind}{again}" for kind in ("rtx3060", "orin-nano", "pi5", "pi4-8g") for again in ("", "-2"))
"""Eight boards that qwen2.5vl:3b fits on; the other four of twelve answer at once that it does not."""


def fault(folder: Path, board: str, name: str, value: str) -> None:
    """``edgetui sim fault``."""
    subprocess.run([*EDGETUI, "sim", "fault", str(folder), board, name, value], check=True)


def fire(terminal: Terminal, folder: Path, boards: Sequence[str], flood: str) -> None:
    """Have ``flood`` answered by ``boards`` and wait until it streams."""
    for board in boards:
        fault(folder, board, "flood", flood)
    terminal.send("r")
    terminal.wait_for("Fire")
    terminal.send("\r")
    terminal.wait(lambda screen: screen.count("decode") >= len(boards), 60)


def token_delays(terminal: Terminal, since: float, per_s: float) -> list[float]:
    """ms from a token's time to the screen that shows it, above those of the promptest token.

    The words of a flood are numbered; word n is due n / per_s after an unknown start, which the promptest tells.
    """
    seen: dict[int, float] = {}
    newest = -1
    for at, lines in terminal.replay():
        pane = "\n".join(line[1:39] for line in lines[2:13])
        numbers = [n for n in map(int, re.findall(r"w(\d+)(?= |$)", pane, re.MULTILINE)) if n > newest]
        if at >= since:
            seen |= dict.fromkeys(numbers, at)
        newest = max([newest, *numbers])
    late = [at - number / per_s for number, at in seen.items()]
    return [1000 * (lateness - min(late)) for lateness in late]


def share(terminal: Terminal, seconds: float) -> float:
    """CPU in % of a core meanwhile."""
    before, began = terminal.cpu_s(), time.perf_counter()
    terminal.drain(seconds)
    return 100 * (terminal.cpu_s() - before) / (time.perf_counter() - began)


def streams() -> None:
    """Answers that stream: CPU, key latency, token to screen."""
    cases = (
        ("8 answers at 20 tok/s", ANSWERING, "3000@20", 20, "≤ 15 %"),
        ("8 answers at 20 tok/s, 4000 tokens long", ANSWERING, "4000+3000@20", 20, "a fifth more at most"),
        ("one answer at 500 tok/s", ("rtx3060",), "30000@500", 500, "≤ 18 %"),
    )
    for what, boards, flood, per_s, goal in cases:
        shares, p95, delays = [], [], []
        count = 12 if len(boards) > 1 else 1
        with simulated(count, speed=200) as folder:
            for _ in range(3):
                with app(folder) as terminal:
                    terminal.wait_for(f"● {count}", timeout=30)
                    fire(terminal, folder, boards, flood)
                    terminal.drain(3)
                    since = time.perf_counter() - terminal.started
                    shares.append(share(terminal, 6))
                    delays.append(sorted(token_delays(terminal, since, per_s)))
                    if len(boards) > 1:
                        p95.append(sorted(key_latencies(terminal, 30))[28])
        report(f"{what}: CPU", shares, "%", goal)
        if p95:
            report(f"{what}: key to paint, p95", p95, "ms", "≤ 40 ms")
            report(f"{what}: token to screen, p95", [d[int(len(d) * 0.95)] for d in delays], "ms", "≤ 160 ms")


async def all_up(folder: Path, healthy: int) -> tuple[float, float]:
    """Wall s until so many boards are up, and the CPU ms of this process for each board."""
    from edgetui.cluster.core import Cluster
    from edgetui.config import load
    from edgetui.model import State

    config = load(folder / "config.toml", {})
    states = {b.name: State(board=b.name) for b in config.board}
    began, cpu = time.perf_counter(), time.process_time()
    async with Cluster(config, None, states):
        while sum(s.link == "up" for s in states.values()) < healthy and time.perf_counter() - began < 60:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return time.perf_counter() - began, 1000 * (time.process_time() - cpu) / len(states)


def storm() -> None:
    """A fleet of 500 comes up, in this process, with the app's own setting of the garbage collector."""
    gc.set_threshold(YOUNG)
    for dead, goal in ((0, "≤ 5 s"), (100, "≤ 4 s")):
        walls, costs = [], []
        with simulated(500, dead) as folder:
            for _ in range(RUNS + 1):
                wall, cost = asyncio.run(all_up(folder, 500 - dead))
                walls.append(wall)
                costs.append(cost)
        report(f"500 boards, {dead} of them dead: the others up", walls[1:], "s", goal)
        report(f"500 boards, {dead} of them dead: CPU for each", costs[1:], "ms", "≤ 3 ms")


STALL_S = 6.0


def stalled(folder: Path) -> float:
    """The longest s without a reading of a board while the terminal takes nothing for ``STALL_S``."""
    with app(folder) as terminal:
        terminal.wait_for("● 8", timeout=30)
        terminal.drain(5)
        began = time.time()
        terminal.send("TTT")  # whole pictures: more than a pseudo-terminal holds
        time.sleep(STALL_S)
        held = terminal.pump(0.1)
        assert held, "nothing was held back"
        terminal.drain(3)
        terminal.send("q")
        terminal.wait_exit()
    return asyncio.run(largest_gap(folder / "edgetui.db", began - 3, began + STALL_S + 2))


async def largest_gap(database: Path, since: float, until: float) -> float:
    """The longest s between two readings that the Store keeps of a board in this time."""
    from edgetui.store import Store

    gaps = []
    async with await Store.read(database) as store:
        for board in await store.boards():
            points = await store.history(board.name, since, until, 1000)
            times = [since, *(p.sample.time for p in points), until]
            gaps += [after - before for before, after in pairwise(times)]
    return max(gaps)


def stall() -> None:
    """A terminal that takes nothing delays no telemetry."""
    with simulated(8) as folder:
        report("a terminal stalls for 6 s: longest gap", [stalled(folder) for _ in range(RUNS)], "s", "≤ 2 s")


PARTS = {f.__name__: f for f in (start, cpu, keys, streams, storm, stall)}

if __name__ == "__main__":
    print(f"Loop of 10⁷ passes: {machine():.2f} s here (budgets are for 0.46 s). Medians of {RUNS}.\n")
    print("| what | median | range | goal |\n| --- | --- | --- | --- |")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
