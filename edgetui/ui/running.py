"""The app from its start to its end, whatever ends it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from edgetui.cluster.background import Background
from edgetui.config import Config
from edgetui.errors import EdgetuiError
from edgetui.ui.app import EdgeApp
from edgetui.ui.terminal import TerminalDriver

if TYPE_CHECKING:
    from edgetui.tasks import Task


def run_app(
    config: Config,
    background: Background,
    tasks: Callable[[], Sequence[Task]],
    clock: Callable[[], float] = time.time,
) -> int:
    """Run the app until it is quit; close ``background``. Returns the exit code. Raises ConfigError (ui section),
    and what a person can mend of that which ended the cluster. ``tasks``: loads them, asked at each launch, not at
    the start. ``clock``: what is now for ``background``, Unix s.

    The terminal is restored however it ends: by a key, an exception, SIGINT, SIGTERM or SIGHUP, and what
    had come of a running answer is stored. (With SIGHUP ignored, as under nohup, Textual would spin.)
    """
    app = EdgeApp(config, background, tasks, clock)
    app.driver_class = TerminalDriver

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, app.exit, 128 + number)
        await app.run_async()

    try:
        asyncio.run(run())
    finally:
        background.close()
    if isinstance(background.failure, EdgetuiError):
        raise background.failure
    return app.return_code if app.return_code else app.return_value or 0
