"""What root has done to a simulated board by a person's order, and the password that its sudo wants."""

from __future__ import annotations

import re

from edgetui.cluster.actions import GOVERNOR_SCRIPT
from edgetui.sim import commands, defects
from edgetui.sim.board import Board
from edgetui.sim.files.shapes import GOVERNORS
from edgetui.sim.vendors import Outcome

PASSWORD = "simulated"
REFUSED = "sudo: a password is required\n"
WRONG = "Sorry, try again.\n"


def needs_password(board: Board) -> bool:
    """Does its sudo ask? The first user of a Raspberry Pi OS needs none."""
    return board.kind.shape != "pi"


def act(board: Board, argv: list[str]) -> Outcome:
    """Do it as root; what ends servers is the caller's."""
    board.look()
    match argv:
        case ["systemctl", "restart", "ollama"]:
            if not board.ollama_version:
                return 5, "Failed to restart ollama.service: Unit ollama.service not found.\n"
            defects.mend(board, " ".join(argv))
            return 0, ""
        case ["reboot"] | ["poweroff"]:
            return 0, ""
        case ["sh", "-c", script, "sh", name] if script == GOVERNOR_SCRIPT:
            if name not in GOVERNORS:
                return 1, "sh: 1: echo: echo: I/O error\n"
            board.set_governor(name)
            return 0, ""
        case ["sh", "-c", script] if mode := re.match(r"exec nvpmodel -m (\d+)", script):
            return commands.run(board, f"nvpmodel -m {mode[1]}")
    return 1, f"sudo: {argv[0]}: command not found\n"
