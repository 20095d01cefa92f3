"""``kill -9`` in mid-run: what was finished on screen is in the database, which is whole."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulated import EDGETUI, Simulated, simulated

TIMES = 10


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=200) as running:
        yield running


def rows(database: Path) -> set[tuple[str, ...]]:
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return set(db.execute("SELECT board, item, outcome, finished_at FROM replies"))


def test_every_finished_reply_is_stored(sim: Simulated) -> None:
    chance, database = random.Random(7), sim.folder / "edgetui.db"
    argv = [*EDGETUI, "--config", str(sim.config), "run", "count-potholes", "-m", "moondream", "--items", "all"]
    for _ in range(TIMES):
        with subprocess.Popen(
            [*argv, "--repeat", "9", "--jsonl"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as run:
            assert run.stdout is not None
            seen = set()
            for _ in range(chance.randint(1, 40)):
                reply = json.loads(run.stdout.readline())
                seen.add(tuple(reply[k] for k in ("board", "item", "outcome", "finished_at")))
            run.send_signal(signal.SIGKILL)
        assert seen <= rows(database)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_stores_what_had_come(sim: Simulated, number: signal.Signals) -> None:
    sim.fault("pi5", "flood", "400000@50")  # longer than any machine needs to send the signal
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
    argv = [
        *EDGETUI,
        "--config",
        str(sim.config),
        "run",
        "read-text",
        "-m",
        "moondream",
        "-b",
        "pi5",
        "-b",
        "rtx3060",
    ]
    with subprocess.Popen([*argv, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stderr.readline()  # the other board is done; this one streams
        run.send_signal(number)
        replies = {r["board"]: r for r in json.loads(run.stdout.read())["replies"]}
        assert run.wait() == (130 if number == signal.SIGINT else 128 + number)
    assert replies["pi5"]["outcome"] == "cancelled"
    with sqlite3.connect(sim.folder / "edgetui.db") as db:
        newest = db.execute("SELECT outcome FROM replies WHERE board = 'pi5' ORDER BY fired_at DESC").fetchone()
    assert newest == ("cancelled",)
