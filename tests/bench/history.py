"""History, recordings and replay: what they cost the host, and how fast the past is shown.

    python -m tests.bench.history                  everything, as a Markdown table (about 25 minutes)
    python -m tests.bench.history write            only the CPU of writing, in seconds
    python -m tests.bench.history record 60        recordings of 60 s instead of 600

Recordings are made as a person makes them, of simulated boards on loopback, while two runs are fired.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from edgetui.cluster.history import FOLD_S, History
from edgetui.cluster.replay import Replay
from edgetui.config import Board, Config
from edgetui.model import Sample, State, Throttle, na
from edgetui.store import Store
from tests.bench.app import EDGETUI, report, simulated

SEEKS = 60
RUNS = 5


def sample(at: float, chance: random.Random) -> Sample:
    """What a Raspberry Pi says."""
    none = na("no counter on this board")
    return Sample(
        time=at,
        uptime_s=at - 1.7e9,
        temperature_c=chance.uniform(50, 85),
        limit_c=80.0,
        zones=(("cpu-thermal", 61.5),),
        throttle=(Throttle("T", "now", "vcgencmd get_throttled bit 2"),) if chance.random() < 0.02 else (),
        cpu_percent=chance.uniform(0, 100),
        cores_percent=(12.5, 20.0, 9.0, 99.0),
        load_1=chance.uniform(0, 4),
        clock_hz=chance.choice((1.5e9, 1.8e9, 2.4e9)),
        clock_max_hz=2.4e9,
        clock_source="real",
        memory_total_bytes=8.32e9,
        memory_available_bytes=float(chance.randrange(10**9, 8 * 10**9)),
        swap_total_bytes=0.0,
        swap_used_bytes=0.0,
        oom_kills=0.0,
        gpu_percent=none,
        gpu_clock_hz=none,
        npu_percent=none,
        power_w=chance.uniform(3, 9),
        power_scope="PMIC rails",
        fan_rpm=none,
    )


async def seconds_of_500(count: int) -> float:
    """% of a core that History and Store take for 500 boards, folding of old rows with it."""
    chance = random.Random(1)
    boards = tuple(Board(name=f"board-{n:03}") for n in range(500))
    keepers: list[Any] = [
        SimpleNamespace(board=b, state=State(board=b.name), listeners=[], link_listeners=[]) for b in boards
    ]
    with tempfile.TemporaryDirectory() as folder:
        async with await Store.open(Path(folder, "edgetui.db")) as store:
            history = History(store, Config(board=boards))
            for keeper in keepers:
                history.follow(keeper)
            begin, spent = time.time() + FOLD_S, 0.0
            for second in range(count):
                said = [sample(begin + second + n / 501, chance) for n in range(500)]
                before = time.process_time()
                for keeper, each in zip(keepers, said, strict=True):
                    keeper.listeners[0](each)
                await history.write(begin + second + 1)
                spent += time.process_time() - before
            assert not history.error
    return 100 * spent / count


def write() -> None:
    """CPU of the one write a second."""
    report(
        "CPU of the history, 500 boards",
        [asyncio.run(seconds_of_500(180)) for _ in range(RUNS)],
        "%",
        "≤ 2 % of a core",
    )


def recorded(folder: Path, boards: int, duration: float) -> Path:
    """A recording with two runs in it."""
    file = folder / f"{boards}.rec"
    config = ["--config", str(folder / "config.toml")]
    record = [*EDGETUI, *config, "record", str(file), "--duration", str(duration), "--json"]
    with subprocess.Popen(record, stdout=subprocess.PIPE, text=True) as recording:
        for model in ("moondream", "qwen2.5vl:3b"):
            time.sleep(duration / 10)
            subprocess.run(
                [*EDGETUI, *config, "run", "count-potholes", "-m", model, "--quiet", "--json"],
                stdout=subprocess.DEVNULL,
            )
        said, _ = recording.communicate()
    assert len(json.loads(said)["runs"]) == 2
    return file


def record(duration: float = 600.0) -> None:
    """Size of recordings; start and scrubbing of their replay."""
    for boards in (8, 50):
        with simulated(boards) as folder:
            file = recorded(folder, boards, duration)
            size = file.stat().st_size
            report(f"recording of {duration:.0f} s, {boards} boards", [size / 1e6], "MB", "")
            report("of it per board and hour", [size / 1e6 / boards / duration * 3600], "MB", "")
            replay_of(file, boards)


def replay_of(file: Path, boards: int) -> None:
    """From a call to what the screen reads."""
    starts = []
    for _ in range(RUNS):
        began = time.perf_counter()
        replay = Replay(Config(), file)
        replay.pause()
        replay.start()
        while any(state.sample is None and state.link == "connecting" for state in replay.states.values()):
            time.sleep(0.0005)
        starts.append(time.perf_counter() - began)
        if len(starts) < RUNS:
            replay.close()
    report(f"replay: start, {boards} boards", starts, "s", "< 1 s")
    chance, seeks = random.Random(1), []
    for _ in range(SEEKS):
        at = float(chance.randrange(int(replay.since), int(replay.until)))
        began = time.perf_counter()
        replay.seek(at)
        while replay.clock() != at:
            time.sleep(0.0005)
        seeks.append(1000 * (time.perf_counter() - began))
    replay.close()
    report(f"replay: any second, {boards} boards", seeks, "ms", "< 100 ms")
    report(f"replay: any second, {boards} boards, p95", [sorted(seeks)[int(SEEKS * 0.95)]], "ms", "< 100 ms")


PARTS = {"write": write, "record": record}

if __name__ == "__main__":
    print("| what | median | range | goal |\n| --- | --- | --- | --- |")
    names = [word for word in sys.argv[1:] if word in PARTS] or list(PARTS)
    length = [float(word) for word in sys.argv[1:] if word not in PARTS]
    for name in names:
        PARTS[name](*length if name == "record" else ())
