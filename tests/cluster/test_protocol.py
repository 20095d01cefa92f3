"""Burst and sustained on a simulated board: when a repeat starts, when repeats end, who waits for whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulated import Simulated, simulated


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=400, boards=4) as running:
        yield running


def run(sim: Simulated, *words: str, model: str = "moondream") -> dict[str, Any]:
    done = sim.edgetui("run", "count-potholes", "-m", model, "--json", *words)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_each_repeat_of_a_burst_starts_as_cool_as_at_rest(sim: Simulated) -> None:
    document = run(sim, "-b", "pi5", "--mode", "burst", "--repeat", "2")
    assert document["run"]["protocol"] == "burst-1"
    first, second = document["replies"]
    for reply in (first, second):
        assert reply["mode"] == "burst"
        assert reply["samples"][0]["temperature_c"] <= reply["idle_c"] + 3
        assert "hot-start" not in reply["marks"]
        assert reply["metrics"]["image_tokens"] == reply["metrics"]["prompt_tokens"] - reply["text_tokens"] == 729
    assert "cold-load" not in first["marks"]
    assert first["metrics"]["cold_load_s"] > 0
    assert second["metrics"]["cold_load_s"] is None

    document = run(sim, "-b", "pi5", "--mode", "burst", "--repeat", "3", "--no-gate")
    assert document["run"]["protocol"] == "burst-1 no-gate"
    last = document["replies"][-1]
    assert last["idle_c"] is None
    assert last["samples"][0]["temperature_c"] > first["idle_c"] + 3


def test_sustained_ends_when_speed_and_heat_are_steady(sim: Simulated) -> None:
    words = ("-b", "pi5", "--mode", "sustained", "--repeat", "30", "--no-gate")
    replies = run(sim, *words, model="qwen2.5vl:3b")["replies"]
    assert 3 <= len(replies) < 30
    assert ["steady" in reply["marks"] for reply in replies] == [False] * (len(replies) - 1) + [True]


def test_boards_of_a_stack_take_turns_unless_told_otherwise(sim: Simulated, tmp_path: Path) -> None:
    text = sim.config.read_text()
    stacked = tmp_path / "config.toml"
    stacked.write_text(text.replace("tags = [", 'tags = ["stack:shelf",'))
    there = Simulated(tmp_path, sim.boards, sim.process)
    words = ("-b", "pi5", "-b", "pi4-8g", "--mode", "burst", "--no-gate", "--repeat", "2")

    alone = run(there, *words)["replies"]
    assert not any("co-run" in reply["marks"] for reply in alone)
    together = run(there, *words, "--parallel")["replies"]
    assert any("co-run" in reply["marks"] for reply in together)
