"""The app on the simulated cluster, in a pseudo-terminal, driven by keys alone."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simulated import EDGETUI, Simulated, simulated
from tests.terminal import Terminal

TIMES = 10


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment that remembers nothing of other tests."""
    return {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}


def app(sim: Simulated, env: dict[str, str], columns: int = 120, rows: int = 40) -> Terminal:
    return Terminal([*EDGETUI, "--config", str(sim.config)], columns=columns, rows=rows, env=env)


def stored(sim: Simulated) -> dict[str, str]:
    """Board to outcome of the newest run."""
    with sqlite3.connect(sim.folder / "edgetui.db") as db:
        run = db.execute("SELECT id FROM runs ORDER BY fired_at DESC LIMIT 1").fetchone()
        return dict(db.execute("SELECT board, outcome FROM replies WHERE run_id = ?", run))


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 60)])
def test_mark_fire_stream_cancel_help_theme_quit(
    sim: Simulated, home: dict[str, str], columns: int, rows: int
) -> None:
    with app(sim, home, columns, rows) as terminal:
        terminal.wait_for("● 8", "simulated ×20", "Quit")
        terminal.send("    ")  # mark the first four: the cursor moves on
        terminal.send("r")
        terminal.wait_for("Run a task", "count-potholes", "qwen2.5vl:3b")
        terminal.send("\r")
        terminal.wait_for("answers", "rtx3060", "encode")
        terminal.wait_for("✓")
        terminal.send("lll")  # the fourth pane: the slowest board
        terminal.wait_for("┏━ ▶ pi4-8g")
        terminal.send("x")
        terminal.wait_for("cancelled")
        terminal.wait(lambda screen: "4/4 answers" in screen, 30)
        terminal.send("?")
        terminal.wait_for("Keys that work here", "Maximise")
        terminal.send("\x1b")
        terminal.wait(lambda screen: "Keys that work here" not in screen)
        before = len(terminal.output)
        terminal.send("T")
        terminal.wait(lambda _: len(terminal.output) - before > 2000)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        assert b"\x1b[?1049l" in terminal.output, "the screen that was there before"
        assert b"\x1b[?25h" in terminal.output, "the cursor"
    outcomes = stored(sim)
    assert outcomes.pop("pi4-8g") == "cancelled"
    assert outcomes == {"rtx3060": "ok", "orin-nano": "ok", "pi5": "ok"}


def test_quitting_in_mid_run_asks_and_stores_what_had_come(sim: Simulated, home: dict[str, str]) -> None:
    sim.fault("pi5", "flood", "3000")
    with app(sim, home) as terminal:
        terminal.wait_for("● 8")
        terminal.send("r")
        terminal.wait_for("Run a task")
        terminal.send("\r")
        terminal.wait_for("w40 ", timeout=30)
        terminal.send("\x1a")  # no shell is there that could wake it again
        terminal.send("q")
        terminal.wait_for("A run is under way")
        terminal.send("y")
        assert terminal.wait_exit() == 0
    assert stored(sim)["pi5"] == "cancelled"


def finished(screen: str) -> set[str]:
    """Boards whose answer the run view shows as finished."""
    return set(re.findall(r"[✓✕] ([a-z0-9-]+) (?=[a-z])", screen))


def at_least(boards: int) -> Callable[[str], bool]:
    """Does the screen show so many as finished?"""
    return lambda screen: len(finished(screen)) >= boards


def test_killed_app_leaves_a_whole_database(tmp_path: Path) -> None:
    chance, seen = random.Random(5), 0
    home = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    with simulated(tmp_path / "sim", speed=300) as sim:
        for _ in range(TIMES):
            enough = chance.randint(1, 7)
            with app(sim, home) as terminal:
                terminal.wait_for("● 8")
                terminal.send("r")
                terminal.wait_for("Run a task", "qwen2.5vl:3b")
                terminal.send("\r")
                terminal.wait(at_least(enough), 30)
                os.kill(terminal.pid, signal.SIGKILL)
                terminal.wait_exit()
                shown = finished(terminal.text())
            with sqlite3.connect(sim.folder / "edgetui.db") as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert shown <= stored(sim).keys()
            seen += len(shown)
        assert seen >= TIMES


def test_ctrl_z_suspends_and_fg_brings_the_whole_screen_back(sim: Simulated, home: dict[str, str]) -> None:
    with Terminal(["bash", "--norc", "--noprofile", "-i"], env={**home, "PS1": "shell> "}) as terminal:
        terminal.wait_for("shell>")
        terminal.send(f"{' '.join(EDGETUI)} --config {sim.config}\r")
        terminal.wait_for("● 8", "Quit")
        cards = terminal.text().count("╭")
        terminal.send("\x1a")
        terminal.wait_for("Stopped")
        assert b"\x1b[?1049l" in terminal.output, "the screen that was there before"
        terminal.display.reset()  # pyte has no second screen
        terminal.send("fg\r")
        terminal.wait(lambda screen: "Quit" in screen and screen.count("╭") == cards)
        terminal.send("q")
        terminal.wait_for("shell>")


def test_demo_starts_with_one_command_and_leaves_nothing(home: dict[str, str]) -> None:
    with Terminal([*EDGETUI, "demo"], env=home) as terminal:
        terminal.wait_for("● 8", "simulated ×", timeout=30)
        children = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()
        assert children
        terminal.send("q")
        assert terminal.wait_exit() == 0
    left = subprocess.run(["ps", "-o", "pid=", "-p", ",".join(children)], capture_output=True, text=True)
    assert not left.stdout.strip()
