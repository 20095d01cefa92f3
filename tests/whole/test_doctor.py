"""The doctor in the app, on the simulated cluster: findings stream in, their command is copied, and it mends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from edgetui.cluster.background import Background
from edgetui.ui.app import EdgeApp
from edgetui.ui.drawing.ink import plain
from edgetui.ui.screens.doctor import DoctorView
from tests.sim.cluster import Lab, lab


@pytest.fixture
async def cluster() -> AsyncIterator[Lab]:
    async with lab(boards=3) as running:
        yield running


@asynccontextmanager
async def looking(cluster: Lab, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[int]]:
    """The app, its boards up."""
    background = Background(cluster.config)
    app = EdgeApp(cluster.config, background, list)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: all(s.link == "up" for s in background.states.values()))
        yield pilot
    await asyncio.to_thread(background.close)


async def until(pilot: Pilot[int], ready: Callable[[], bool], seconds: float = 25) -> None:
    async with asyncio.timeout(seconds):
        while not ready():
            await pilot.pause(0.05)


def screen(pilot: Pilot[int]) -> str:
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips(pilot.app.size))


async def test_findings_of_the_marked_boards_their_command_and_the_same_in_green(cluster: Lab) -> None:
    await cluster.do("pi5", "misset", "exposed")
    async with looking(cluster) as pilot:
        await pilot.press("space", "right", "space", "D")
        view = pilot.app.query_one(DoctorView)
        await until(pilot, lambda: not view._looking)
        shown = screen(pilot)
        for words in ("rtx3060  ", "simulated ×", "pi5  Raspberry Pi 5", "✕ 1 red", "✓ clock"):
            assert words in shown
        assert "✕ ollama exposed" in shown
        await pilot.press("n")
        await pilot.pause()
        assert "whoever reaches the port runs, reads and deletes models" in screen(pilot)
        assert "mend, on pi5" in screen(pilot)
        await pilot.press("y")
        command = pilot.app.clipboard
        assert command.endswith("systemctl restart ollama")
        async with cluster.connected("pi5") as connection:
            assert (await connection.run(command)).exit_status == 0
        await pilot.press("R")
        await until(pilot, lambda: not view._looking and "✓ ollama exposed" in screen(pilot))
        assert "red" not in screen(pilot)
        await pilot.press("escape")
        assert pilot.app.view == "wall"  # type: ignore[attr-defined]


async def test_of_the_board_screen_only_that_board(cluster: Lab) -> None:
    async with looking(cluster, (80, 24)) as pilot:
        await pilot.press("right", "enter", "D")
        view = pilot.app.query_one(DoctorView)
        await until(pilot, lambda: not view._looking)
        assert {entry.board for entry in view.list.items} == {"orin-nano"}
        assert "ollama.com/install.sh" in screen(pilot)


async def test_a_board_that_is_away_and_the_cost_of_telemetry(cluster: Lab) -> None:
    async with looking(cluster) as pilot:
        await pilot.press("D")
        view = pilot.app.query_one(DoctorView)
        await until(pilot, lambda: not view._looking)
        await pilot.press("dollar_sign")
        await pilot.pause()
        assert "takes no readings of it" in screen(pilot)
        await pilot.press("y")
        await until(pilot, lambda: not view._looking and "telemetry's cost" in screen(pilot), 60)
        assert "(medians, n = 3 each)" in screen(pilot)
        await cluster.do("rtx3060", "cut")
        await until(pilot, lambda: view.background.states["rtx3060"].link == "down")
        await pilot.press("R")
        await until(pilot, lambda: not view._looking)
        assert "✕ link" in screen(pilot)


def test_the_words_of_a_board_are_shown_and_never_obeyed() -> None:
    from edgetui.doctor.check import Check
    from edgetui.ui.drawing.doctor import check_line, detail

    check = Check("disk\x1b[2J", "red", "df: \x1b]52;c;ZWNobw==\x07[bold]0 free", "why\nnot", "rm \x07x")
    lines = [check_line(check, 80, cursor=False), *detail("pi5", check, 80)]
    assert all(char.isprintable() for line in lines for char in plain(line))
    assert any("[bold]0 free" in plain(line) for line in lines)
