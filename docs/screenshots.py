"""Pictures of the real app on the simulated cluster: ``python docs/screenshots.py`` writes ``docs/*.svg``."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()

from edgetui.cluster.background import Background
from edgetui.config import Config, load
from edgetui.tasks import load_tasks
from edgetui.ui.app import EdgeApp

HERE = Path(__file__).parent
SHOTS = (("edge-night", (120, 40)), ("edge-paper", (80, 24)), ("edge-contrast", (200, 60)))


async def until(ready: Callable[[], bool]) -> None:
    """Look ten times a second, for at most a minute."""
    async with asyncio.timeout(60):
        while not ready():  # noqa: ASYNC110 - the cluster notifies nobody, by design
            await asyncio.sleep(0.1)


async def take(config: Config, theme: str, size: tuple[int, int]) -> None:
    """Mark nothing, fire the first task, and look at wall, launcher and answers while it runs."""
    config = config.model_copy(update={"ui": config.ui.model_copy(update={"theme": theme})})
    background = Background(config)
    app = EdgeApp(config, background, lambda: tuple(load_tasks().values()))

    def save(name: str) -> None:
        app.save_screenshot(str(HERE / f"{name}-{theme}-{size[0]}x{size[1]}.svg"))

    async with app.run_test(size=size) as pilot:
        await until(lambda: all(s.link == "up" for s in background.states.values()))
        await until(lambda: all(s.ollama is not None for s in background.states.values()))
        await pilot.press("r")
        await pilot.pause(1.0)
        save("launcher")
        await pilot.press("enter")
        await until(lambda: bool(background.runs))
        run = background.runs[0]
        await until(lambda: any(r.throttled for r in run.replies))
        await pilot.press("1")
        await pilot.pause(1.5)
        save("wall")
        await until(lambda: sum(r.done for r in run.replies) >= 7)
        await pilot.press("2")
        await pilot.pause(1.5)
        save("run")
        background.cancel(run)
        await until(lambda: run.done)
    background.close()


def main() -> None:
    """Start the simulated boards, take the pictures, end them."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "edgetui", "sim", "serve", folder, "--speed", "15"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as boards:
            assert boards.stdout is not None
            config = load(Path(json.loads(boards.stdout.readline())["config"]))
            try:
                for theme, size in SHOTS:
                    asyncio.run(take(config, theme, size))
            finally:
                boards.terminate()


if __name__ == "__main__":
    main()
