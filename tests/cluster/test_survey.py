"""An Ollama that comes back is noticed soon, and one that stays away is asked ever less often."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgetui.cluster import survey
from edgetui.model import OllamaInfo
from tests.cluster.fleet import fleet
from tests.simulated import simulated


async def test_a_healed_ollama_is_noticed_within_5_s(tmp_path: Path) -> None:
    with simulated(tmp_path, speed=20, boards=1) as sim:
        async with fleet(sim, "rtx3060") as running:

            def version() -> str | None:
                info = running.state("rtx3060").ollama
                return None if info is None else info.version

            await running.until(lambda: bool(version()), 10, "the first answer")
            await asyncio.to_thread(sim.fault, "rtx3060", "stop-ollama")
            running.cluster.keepers["rtx3060"].survey_soon()
            await running.until(lambda: version() == "", 10, "its absence")
            await asyncio.to_thread(sim.fault, "rtx3060", "start-ollama")
            await running.until(lambda: bool(version()), 5, "its return")


@pytest.mark.parametrize(("eager", "waits"), [(False, [2, 4, 8, 16, 32]), (True, [2, 4, 4, 4, 4, 4, 4])])
async def test_how_often_a_silent_one_is_asked(
    monkeypatch: pytest.MonkeyPatch, eager: bool, waits: list[float]
) -> None:
    told: list[float] = []
    loop = asyncio.get_running_loop()

    async def silent(*_: object) -> OllamaInfo:
        return OllamaInfo(asked_at=0.0, reason="nothing answers")

    async def room(_link: object) -> tuple[()]:
        return ()

    def later(delay: float, *_: object) -> asyncio.TimerHandle:
        told.append(delay)
        return loop.call_at(loop.time() + 1000, lambda: None)

    monkeypatch.setattr(survey, "survey", silent)
    monkeypatch.setattr(survey, "room", room)
    monkeypatch.setattr(loop, "call_later", later)
    keeper: Any = SimpleNamespace(
        link=object(),
        board=SimpleNamespace(name="b", ollama_port=1),
        state=SimpleNamespace(identity=None),
        heard=lambda **_: None,
    )
    surveyor = survey.Surveyor(lambda _board: eager)
    for _ in range(7):
        await surveyor._ask(keeper)
    assert told == waits
