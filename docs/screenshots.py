"""Pictures of the real app on the simulated cluster: ``python docs/screenshots.py`` writes ``docs/*.svg``.

``python docs/screenshots.py inspector`` takes those of the inspector alone, ``… results`` those of stored replies,
``… silence`` those of answers that have not begun, ``… models`` those of a pull; their PNG need Chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()

from edgetui.cluster.background import Background
from edgetui.cluster.core import Cluster
from edgetui.cluster.orders import chosen_items, make_order
from edgetui.config import Config, load
from edgetui.errors import CommandError
from edgetui.tasks import load_tasks
from edgetui.ui.app import EdgeApp

HERE = Path(__file__).parent
INSPECTED = ("orin-nano", "pi4-8g", "pi5")
COMPARED = ("rtx3060", "orin-nano")
SILENT = {"pi5": ("no-journal",), "pi5-2": ("no-slots",), "pi5-3": ("no-slots", "no-journal")}
"""Three of a kind, and what the board does not tell."""
LONG = "How many potholes are in the road? First read this: " + "The frost opened it again in many places. " * 200
PULLED = "qwen2.5vl:3b"
SHOTS = (("edge-night", (120, 40)), ("edge-paper", (80, 24)), ("edge-contrast", (200, 60)))


async def until(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Look ten times a second, for at most so long."""
    async with asyncio.timeout(seconds):
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


async def inspect(config: Config, folder: str) -> None:
    """A bare Pi 5 and a bare Pi 4 get hot over one question, the Orin does not; then the Pi 4's supply sags."""
    background = Background(config)
    tasks = load_tasks()
    task = tasks["describe-pinout"]
    app = EdgeApp(config, background, lambda: tuple(tasks.values()))
    async with app.run_test(size=(200, 60)) as pilot:
        await until(lambda: all(background.states[name].ollama is not None for name in INSPECTED))
        run = background.fire(
            make_order(config, task, chosen_items(task), models=("qwen2.5vl:3b",), boards=INSPECTED)
        )
        bare = [cell for cell in run.replies if cell.request.board != "orin-nano"]
        await until(lambda: all(cell.throttled for cell in bare), 300)
        await fault(folder, "pi4-8g", "undervolt")
        await asyncio.sleep(4)
        await fault(folder, "pi4-8g", "heal")
        await until(lambda: run.done, 300)
        await asyncio.sleep(2)  # what the boards do after it belongs to the picture
        await pilot.press("2", "t")
        await pilot.pause(1.5)
        app.save_screenshot(str(HERE / "inspector-200x60.svg"))
        await pilot.press("escape", "escape")
        await pilot.resize_terminal(80, 24)
        await pilot.pause(1.0)
        await pilot.press("tab", "enter", "t")
        await pilot.pause(1.5)
        app.save_screenshot(str(HERE / "inspector-80x24.svg"))
    background.close()


async def results(config: Config, theme: str, size: tuple[int, int]) -> None:
    """Two boards find a shape and a runtime breaks over it; then the list, one reply, and the comparison."""
    config = config.model_copy(update={"ui": config.ui.model_copy(update={"theme": theme})})
    background = Background(config)
    task = load_tasks()["find-shape"]
    app = EdgeApp(config, background, lambda: (task,))

    def save(name: str) -> None:
        app.save_screenshot(str(HERE / f"{name}-{theme}-{size[0]}x{size[1]}.svg"))

    async with app.run_test(size=size) as pilot:
        await until(lambda: all(background.states[name].ollama is not None for name in COMPARED))
        for model in ("qwen2.5vl:3b", "moondream"):
            items = chosen_items(task, wanted="large" if model == "moondream" else "first")
            run = background.fire(make_order(config, task, items, models=(model,), boards=COMPARED, repeats=5))
            await until(lambda run=run: run.done, 600)  # type: ignore[misc]
        await pilot.press("v")
        await pilot.pause(1.5)
        save("results")
        await pilot.press("slash", *"qwen orin", "enter", "enter")
        await pilot.pause(1.5)
        save("reply")
        await pilot.press("escape", "escape", "a", "c")
        await pilot.pause(1.5)
        save("compare")
        await pilot.press("tab", "tab")
        await pilot.pause(1.5)
        if theme == "edge-night":  # half-blocks are many spans: half a megabyte
            save("boxes")
    background.close()


async def campaign(config: Config, theme: str, size: tuple[int, int]) -> None:
    """Three tasks with two models on all boards; the map when most of it is measured."""
    config = config.model_copy(update={"ui": config.ui.model_copy(update={"theme": theme})})
    background, tasks = Background(config), load_tasks()
    app = EdgeApp(config, background, lambda: tuple(tasks.values()))
    boards, models = tuple(b.name for b in config.board), ("qwen2.5vl:3b", "moondream")
    asked = [tasks[name] for name in ("count-potholes", "why-fell", "name-shape")]
    async with app.run_test(size=size) as pilot:
        await until(lambda: sum(s.ollama is not None for s in background.states.values()) >= len(boards) - 1)
        orders = [
            make_order(config, task, chosen_items(task), models=models, boards=boards, repeats=3) for task in asked
        ]
        run = background.fire(*orders)
        await until(lambda: sum(r.done for r in run.replies) > 0.85 * len(run.replies), 300)
        await pilot.press("C", "right", "right")
        await pilot.pause(1.5)
        app.save_screenshot(str(HERE / f"campaign-{theme}-{size[0]}x{size[1]}.svg"))
        background.cancel(run)
        await until(lambda: run.done)
    background.close()


async def silence(config: Config, folder: str, size: tuple[int, int]) -> None:
    """Three Pis over a picture and a long text, for the second time: once each encodes, once each reads."""
    background, task = Background(config), load_tasks()["count-potholes"]
    app = EdgeApp(config, background, lambda: (task,))
    for board, names in SILENT.items():
        for name in names:
            await fault(folder, board, name)
    asked = make_order(
        config, task, chosen_items(task), models=("qwen2.5vl:3b",), boards=tuple(SILENT), prompt=LONG
    )
    async with app.run_test(size=size) as pilot:
        await until(lambda: all(background.states[name].ollama is not None for name in SILENT))
        first = background.fire(asked)
        await until(lambda: first.done, 300)
        run = background.fire(asked)
        await pilot.press("2")
        for step in ("encode", "prefill"):
            await until(lambda step=step: all(c.phase == step for c in run.replies[:2]), 300)  # type: ignore[misc]
            await asyncio.sleep(6)
            app.save_screenshot(str(HERE / f"silence-{step}-{size[0]}x{size[1]}.svg"))
        background.cancel(run)
        await until(lambda: run.done)
    background.close()


async def models(config: Config, folder: str, theme: str, size: tuple[int, int]) -> None:
    """A pull on all boards: one loses its line, one stalls, one has no room, the others go on."""
    changes = {
        "ui": config.ui.model_copy(update={"theme": theme}),
        "models": config.models.model_copy(update={"parallel": 8}),
    }
    config = config.model_copy(update=changes)
    background = Background(config)
    app = EdgeApp(config, background, lambda: ())
    boards = [board.name for board in config.board if board.name != "pi2"]

    async def pull(cluster: Cluster) -> None:
        for board in boards:
            with contextlib.suppress(CommandError):  # the picture before has taken it away
                await cluster.models.remove(board, PULLED)
        await fault(folder, "nano-4g", "fill-disk", "2000")
        await asyncio.gather(*(cluster.models.pull(board, PULLED) for board in boards))

    async with app.run_test(size=size) as pilot:
        await until(lambda: all(background.states[name].ollama is not None for name in boards))
        for board in boards:
            await fault(folder, board, "line", "20" if board != "rtx3060" else "40")
        pulling = background.ask(pull)
        await pilot.press("m")
        await asyncio.sleep(12)
        await fault(folder, "orin-nano", "offline")
        await fault(folder, "pi5", "stall")
        await asyncio.sleep(13)
        await pilot.press("down", "down", "right", "right")
        await pilot.pause(1.5)
        app.save_screenshot(str(HERE / f"models-{theme}-{size[0]}x{size[1]}.svg"))
        for board in boards:
            await fault(folder, board, "heal")
        pulling.cancel()
    background.close()


def picture(drawing: Path, size: str) -> None:
    """PNG beside an SVG; ``size``: of the window in px."""
    shot = f"--screenshot={drawing.with_suffix('.png')}"
    chromium = ["chromium", "--headless", "--no-sandbox", f"--window-size={size}", shot]
    subprocess.run([*chromium, drawing.as_uri()], check=True, stderr=subprocess.DEVNULL)


async def fault(folder: str, board: str, name: str, *value: str) -> None:
    """``edgetui sim fault``."""
    command = [sys.executable, "-m", "edgetui", "sim", "fault", folder, board, name, *value]
    await (await asyncio.create_subprocess_exec(*command)).wait()


def main() -> None:
    """Start the simulated boards, take the pictures, end them."""
    inspector, stored, mapped, silent, pulled = (
        sys.argv[1:] == [name] for name in ("inspector", "results", "campaign", "silence", "models")
    )
    speed = "20" if inspector else "100" if mapped else "12" if silent else "15"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "edgetui", "sim", "serve", folder, "--speed", speed]
        if silent:
            command += ["--boards", "19", "--ollama", ",".join(f"{name}=0.32.15" for name in SILENT)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as boards:
            assert boards.stdout is not None
            config = load(Path(json.loads(boards.stdout.readline())["config"]))
            try:
                if inspector:
                    asyncio.run(inspect(config, folder))
                    picture(HERE / "inspector-200x60.svg", "2480,1560")
                    return
                if silent:
                    asyncio.run(silence(config, folder, (120, 40)))
                    picture(HERE / "silence-prefill-120x40.svg", "1500,1030")
                    return
                if stored:
                    for theme, size in SHOTS:
                        asyncio.run(results(config, theme, size))
                    for name in ("results", "compare"):
                        picture(HERE / f"{name}-edge-night-120x40.svg", "1500,1030")
                    return
                if mapped:
                    for theme, size in SHOTS:
                        asyncio.run(campaign(config, theme, size))
                    picture(HERE / "campaign-edge-night-120x40.svg", "1500,1030")
                    return
                if pulled:
                    for theme, size in SHOTS:
                        asyncio.run(models(config, folder, theme, size))
                    picture(HERE / "models-edge-night-120x40.svg", "1500,1030")
                    return
                for theme, size in SHOTS:
                    asyncio.run(take(config, theme, size))
            finally:
                boards.terminate()


if __name__ == "__main__":
    main()
