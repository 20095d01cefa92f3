"""However the app ends, the terminal is as it was."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
from pathlib import Path

import pytest

from tests.terminal import Terminal

ROOT = Path(__file__).parents[2]
LEAVES = b"\x1b[?1049l"  # the alternate screen
SHOWS = b"\x1b[?25h"  # the cursor
NO_MOUSE = b"\x1b[?1000l"


def start(*words: str, columns: int = 80, rows: int = 24) -> Terminal:
    env = {"PYTHONPATH": str(ROOT)}
    return Terminal([sys.executable, "-m", "tests.ui.stand_alone", *words], columns=columns, rows=rows, env=env)


def restored(terminal: Terminal, before: list[object]) -> bool:
    """Cooked again, with cursor and main screen, without mouse reports."""
    output = bytes(terminal.output)
    last = output.rfind(b"\x1b[?1049h")
    return (
        all(output.rfind(code) > last for code in (LEAVES, SHOWS, NO_MOUSE))
        and termios.tcgetattr(terminal.fd)[:4] == before[:4]
    )


@pytest.mark.parametrize("keys", ["q", "\x11"])
def test_after_quitting(keys: str) -> None:
    with start() as terminal:
        before = termios.tcgetattr(terminal.fd)
        terminal.wait_for("rtx3060", "Help")
        assert termios.tcgetattr(terminal.fd)[:4] != before[:4]
        terminal.send(keys)
        assert terminal.wait_exit() == 0
        assert restored(terminal, before)
        assert b"closed" in terminal.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_after_a_signal(number: signal.Signals) -> None:
    with start() as terminal:
        before = termios.tcgetattr(terminal.fd)
        terminal.wait_for("rtx3060", "Help")
        os.kill(terminal.pid, number)
        assert terminal.wait_exit() == 128 + number
        assert restored(terminal, before)
        assert b"closed" in terminal.output


def test_after_a_bug_with_its_traceback() -> None:
    with start("doomed", columns=120, rows=40) as terminal:
        before = termios.tcgetattr(terminal.fd)
        terminal.wait_for("rtx3060", "Help")
        terminal.send("r")
        terminal.wait_for("Run a task", "on 5 of 8 boards")
        terminal.send("\r")
        assert terminal.wait_exit() == 1
        assert restored(terminal, before)
        assert b"a bug in the background" in terminal.output
        assert b"closed" in terminal.output


@pytest.mark.parametrize("keys", ["", "T" * 20], ids=["quiet", "painting"])
def test_the_app_dies_with_its_terminal(keys: str) -> None:
    terminal = start()
    terminal.wait_for("rtx3060", "Help")
    terminal.send(keys)
    os.close(terminal.fd)
    ended = os.pidfd_open(terminal.pid)
    if not select.select([ended], [], [], 20)[0]:
        os.kill(terminal.pid, signal.SIGKILL)
    os.close(ended)
    _, status = os.waitpid(terminal.pid, 0)  # it stores what it has, then ends: the lost terminal is an error to it
    assert os.waitstatus_to_exitcode(status) in (1, 128 + signal.SIGHUP)
