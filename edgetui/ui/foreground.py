"""A program in the user's terminal while the app waits behind it, its collectors going on."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Any

from textual.app import App


async def foreground(app: App[Any], argv: Sequence[str], before: str) -> int:
    """Run it to its end; returns its exit status. ``before``: a line to print first. Raises OSError.

    Nothing is painted meanwhile: with a painting app behind it, Textual's writer would block for ever.
    """
    loop = asyncio.get_running_loop()
    with app.batch_update(), app.suspend():
        # ctrl+c before ssh has the terminal goes to all programs in it, and shall end ssh alone
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        try:
            sys.stdout.write(f"{before}\n")
            sys.stdout.flush()
            process = await asyncio.create_subprocess_exec(*argv)
            return await process.wait()
        finally:
            loop.add_signal_handler(signal.SIGINT, app.exit, 128 + signal.SIGINT)
