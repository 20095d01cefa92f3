"""The results view over 5,000 replies: how fast it opens, filters as one types, sorts and compares.

    python -m tests.bench.results           a Markdown table (about three minutes)
    python -m tests.bench.results 20000     with so many replies

The replies are written through the real Store, ten samples each; the app runs in a pseudo-terminal of 120x40 on
eight simulated boards.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from itertools import islice, product
from pathlib import Path

from edgetui.config import load
from edgetui.model import Metrics, Phases, Protocol, Reply, Request, RunRecord
from edgetui.model.score import Score
from edgetui.store import Store
from tests.bench.app import app, machine, report, simulated
from tests.bench.history import sample
from tests.terminal import Terminal

BOARDS = ("rtx3060", "orin-nano", "pi5", "pi4-8g", "pi4-4g", "nano-4g", "nano-2g", "pi2")
MODELS = ("qwen2.5vl:3b", "moondream:1.8b", "llava-phi3:3.8b")
TASKS = ("count-potholes", "describe-pinout", "find-shape", "name-shape", "read-text", "why-fell")
REPEATS = 5
SAMPLES = 10
RUNS = 5
WORDS = ("the", "road", "has", "several", "potholes", "near", "its", "left", "edge", "behind", "a", "parked", "car")


def reply(run: str, board: str, model: str, task: str, repeat: int, chance: random.Random) -> Reply:
    """One of them; every eighth throttled."""
    at = 1_780_000_000.0 + chance.uniform(0, 1e6)
    e2e, right = chance.uniform(2, 300), chance.random() < 0.7
    text = f"There are {chance.randrange(9)} potholes. " + " ".join(chance.choices(WORDS, k=60))
    return Reply(
        request=Request(
            run=run,
            board=board,
            task=task,
            kind="counting",
            item="first",
            model=model,
            repeat=repeat,
            prompt="How many potholes are in the road? Answer with just a number.",
            metric="exact-count",
            truth={"count": 5},
            protocol=Protocol(mode="burst"),
        ),
        outcome="ok",
        text=text,
        fired_at=at,
        started_at=at,
        finished_at=at + e2e,
        phases=Phases(queue_s=1.0, load_s=2.0, prefill_s=e2e / 3, decode_s=e2e / 2, total_s=e2e + 3),
        metrics=Metrics(e2e_s=e2e, ttft_s=e2e / 4, tok_per_s=80 / e2e, t100_s=2 * e2e, output_tokens=61.0),
        samples=tuple(sample(at + n, chance) for n in range(SAMPLES)),
        marks=("throttled",) if chance.random() < 0.125 else (),
        score=Score(
            metric="exact-count", version=1, value=float(right), passed=right, rule="the number", truth="5"
        ),
        sim_speed=20.0,
    )


async def fill(path: Path, count: int) -> float:
    """So many replies in runs of 720; ms that saving one took."""
    chance = random.Random(1)
    cells = list(product(range(1, REPEATS + 1), TASKS, MODELS, BOARDS))
    began = time.perf_counter()
    async with await Store.open(path) as store:
        for first in range(0, count, len(cells)):
            run = f"20260601-{first:06}-bench"
            record = RunRecord(id=run, fired_at=1_780_000_000.0 + first, tasks=TASKS, models=MODELS, boards=BOARDS)
            await store.save_run(record)
            for repeat, task, model, board in islice(cells, count - first):
                await store.save_reply(reply(run, board, model, task, repeat, chance))
    return 1000 * (time.perf_counter() - began) / count


def paint(terminal: Terminal, keys: str, text: str) -> float:
    """ms from a key until these characters have come."""
    before = len(terminal.output)
    began = time.perf_counter()
    terminal.send(keys)
    while text.encode() not in terminal.output[before:]:
        terminal.pump(1.0)
        assert time.perf_counter() - began < 30, f"{text!r} was not seen:\n{terminal.text()}"
    return 1000 * (time.perf_counter() - began)


def main(count: int = 5000) -> None:
    """Print the table."""
    print(f"10⁷ passes of the loop: {machine():.2f} s\n")
    print("| what | median | range | goal |\n| --- | --- | --- | --- |")
    with simulated(8) as folder:
        store = load(folder / "config.toml").store_path
        report(f"saving a reply with {SAMPLES} samples", [asyncio.run(fill(store, count))], "ms", "")
        opens, keys, sorts, again, compares = [], [], [], [], []
        for _ in range(RUNS):
            with app(folder) as terminal:
                terminal.wait_for("● 8", timeout=30)
                opens.append(paint(terminal, "5", f"{count} replies of"))
                paint(terminal, "/", "-excluded")
                typed = ""
                for letter in "score:wrong moondream board:pi4 marks:throttled edge":
                    typed += letter
                    if letter not in " :":
                        keys.append(paint(terminal, letter, f"with {typed}"))
                    else:
                        terminal.send(letter)
                        terminal.drain(0.2)
                terminal.send("\r\x1b")
                terminal.drain(0.5)
                sorts.append(paint(terminal, "s", "board▴"))
                terminal.drain(0.5)
                terminal.send("1")
                terminal.drain(0.5)
                again.append(paint(terminal, "5", "board▴"))
                compares.append(paint(terminal, "c", "replies of 8 boards"))
                terminal.drain(0.3)
        report(f"results open, {count} replies", opens, "ms", "< 300 ms")
        report("… again", again, "ms", "< 300 ms")
        report("a key of the filter", keys, "ms", "< 50 ms")
        report("… p95", [sorted(keys)[int(len(keys) * 0.95)]], "ms", "< 50 ms")
        report("sort by another column", sorts, "ms", "")
        report(f"compare a run of {len(BOARDS) * len(MODELS) * len(TASKS) * REPEATS}", compares, "ms", "")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
