"""Cancelled in mid-picture on a slow board, driven by keys alone: every screen says that it is still busy."""

from __future__ import annotations

import re
from pathlib import Path

from tests.simulated import EDGETUI, simulated
from tests.terminal import Terminal


def shown(screen: str) -> float:
    """For so many s it is busy, by the screen."""
    found = re.search(r"still busy (\d+(?:\.\d)?) s", screen)
    assert found, screen
    return float(found[1])


def test_still_busy_and_for_how_long(tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    with simulated(tmp_path / "sim", speed=20, boards=4) as sim:
        argv = [*EDGETUI, "--config", str(sim.config)]
        with Terminal(argv, columns=80, rows=24, env=home) as terminal:
            terminal.wait_for("● 4", "simulated ×20")
            terminal.send("lll ")  # the fourth: a Pi 4
            terminal.wait_for("✓ 1 marked")
            terminal.send("r")
            terminal.wait_for("Run a task", "qwen2.5vl:3b")
            terminal.send("\r")
            terminal.wait_for("s since it was asked", timeout=30)  # loaded and sent: it encodes
            terminal.send("x")
            terminal.wait_for("cancelled by the user", "still busy")
            terminal.send("1")
            first = shown(terminal.wait_for("1 Wall", "still busy"))
            terminal.wait(lambda screen: "still busy" in screen and shown(screen) > first, 10)
            terminal.send("2")
            terminal.wait_for("2 Run", "cancelled by the user")
            terminal.send("R")
            terminal.wait_for("gate", "held", "still busy for")
            terminal.send("q")
            terminal.wait_for("A run is under way")
            terminal.send("y")
            assert terminal.wait_exit() == 0
