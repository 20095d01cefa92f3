"""A campaign that is killed again and again ends with each cell measured exactly once."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from pathlib import Path

from tests.simulated import EDGETUI, simulated

KILLS = (5, 5)
"""Of the program, before each end of the boards."""
SPEED = 400
BOARDS = ("rtx3060", "orin-nano", "pi5")
TASKS = ("count-potholes", "why-fell")
MODELS = ("moondream", "qwen2.5vl:3b")
REPEATS = 6
CELLS = len(BOARDS) * len(TASKS) * len(MODELS) * REPEATS
SIZE = ["-b", "rtx3060", "-b", "orin-nano", "-b", "pi5", "--repeat", str(REPEATS)]


def key(reply: dict) -> tuple:
    return tuple(reply[name] for name in ("board", "task", "item", "model", "repeat"))


def started(config: Path, *words: str) -> subprocess.Popen[str]:
    argv = [*EDGETUI, "--config", str(config), "run", *words, "--jsonl"]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def measured(line: str, seen: Counter) -> None:
    """Note the reply of a line of stdout; the last one may have been cut off."""
    if line.endswith("\n"):
        reply = json.loads(line)
        seen[key(reply)] += reply["outcome"] != "lost-link"


def test_killed_ten_times_each_cell_is_measured_once(tmp_path_factory) -> None:
    chance, seen, ends = random.Random(11), Counter(), []
    folder = tmp_path_factory.mktemp("sim")
    words = [*TASKS, "-m", MODELS[0], "-m", MODELS[1], "--mode", "quick", *SIZE]
    for kills in KILLS:
        with simulated(folder, speed=SPEED, boards=3) as sim:
            for left in range(kills, -1, -1):
                with started(sim.config, *words) as run:
                    for _ in range(chance.randint(1, 2)):
                        measured(run.stdout.readline(), seen)
                    time.sleep(chance.uniform(0, 0.05))
                    assert run.poll() is None
                    sim.kill() if left == 0 else run.kill()  # the boards' end, or ours
                    for line in run.stdout:
                        measured(line, seen)
                ends.append(run.returncode)
                words = ["--resume", "last"]
    assert ends.count(-signal.SIGKILL) == sum(KILLS)
    with simulated(folder, speed=SPEED, boards=3) as sim:
        done = sim.edgetui("run", "--resume", "last", "--json")
        document = json.loads(done.stdout)
        again = sim.edgetui("run", "--resume", "last", "--json", "--quiet")
        assert json.loads(again.stdout)["replies"] == document["replies"]
        assert "[" not in again.stderr
    replies = document["replies"]
    assert len(replies) == len({key(r) for r in replies}) == CELLS
    assert {r["outcome"] for r in replies} <= {"ok", "aborted-by-runtime"}
    assert sum(seen.values()) >= sum(KILLS)
    assert set(seen.values()) <= {0, 1}
    with sqlite3.connect(folder / "edgetui.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (1,)
        assert db.execute("SELECT count(*), sum(finished_at IS NULL) FROM runs").fetchone() == (1, 0)
