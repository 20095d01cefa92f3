"""``!``: a shell on the board, with a word where it cannot be had."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from edgetui.cluster.shell import shell
from edgetui.config import Config
from edgetui.ui.foreground import foreground

if TYPE_CHECKING:
    from textual.app import App

    from edgetui.ui.order import Tell

NOT_CONNECTED = 255
"""ssh's own exit status, why it has said itself; others are those of the shell on the board."""


async def open_shell(app: App[Any], config: Config, name: str, tell: Tell) -> None:
    """On the board of this name; returns when it has ended."""
    board = next((b for b in config.board if b.name == name), None)
    if board is None:
        return
    if not board.local and shutil.which("ssh") is None:
        tell("There is no ssh on this machine: sudo apt install openssh-client", "error")
        return
    words = f"{name}: exit or ctrl+d comes back to edgetui"
    try:
        status = await foreground(app, shell(board, config.ssh), words)
    except OSError as error:
        tell(f"The shell cannot be started: {error.strerror}", "error")
        return
    if status == NOT_CONNECTED and not board.local:
        tell(f"{name}: ssh ended with status {NOT_CONNECTED}: no shell, or the connection was lost", "warning")
