"""An app over a fake Background, and the text that is on its screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.model import State
from edgetui.ui.app import EdgeApp
from tests.ui import fake


@dataclass
class Stage:
    app: EdgeApp
    background: fake.FakeBackground
    pilot: Pilot[Any]

    def text(self) -> str:
        """The screen in front as lines of text."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips(self.app.size))

    async def press(self, *keys: str) -> str:
        """Type, wait until all is handled and painted; the screen."""
        await self.pilot.press(*keys)
        return await self.settle()

    async def settle(self) -> str:
        """Let the second pass, so to say: one look at the cluster."""
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()
        self.app.tick()
        await self.pilot.pause()
        return self.text()

    def fire(self, boards: Sequence[str] = fake.EIGHT, **more: Any) -> tuple[LiveRun, dict[str, LiveReply]]:
        """A run of the fake, and its cells by board."""
        run = self.background.fire(fake.order(boards, **more))
        return run, {live.request.board: live for live in run.replies}

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.background.calls if call[0] == name]


@asynccontextmanager
async def staged(
    tmp_path: Path,
    *,
    size: tuple[int, int] = (120, 40),
    states: dict[str, State] | None = None,
    **config: Any,
) -> AsyncIterator[Stage]:
    """The eight boards unless told otherwise."""
    states = fake.eight() if states is None else states
    background = fake.FakeBackground(fake.config(states, **config))
    background.states = states
    tasks = fake.tasks(tmp_path)
    app = EdgeApp(background.config, background, lambda: tasks, clock=lambda: fake.NOW)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Stage(app, background, pilot)
