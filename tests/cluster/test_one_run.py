"""The main job: one task on all boards, every reply with its times and Samples, and in SQLite."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.simulated import simulated

SPEED = 20
PUBLISHED_S = {"orin-nano": 4.0, "pi5": 120.0, "pi4-8g": 300.0}
"""qwen2.5vl:3b counts potholes: times of the published comparison, warm."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int, Path]:
    """Document, exit code and database of one run."""
    with simulated(tmp_path_factory.mktemp("sim"), speed=SPEED) as sim:
        done = sim.edgetui("run", "count-potholes", "-m", "qwen2.5vl:3b", "--json")
        assert done.stderr.count("count-potholes") == 8
        return json.loads(done.stdout), done.returncode, sim.folder / "edgetui.db"


def test_boards_end_as_published(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, code, _ = ran
    outcomes = {r["board"]: r["outcome"] for r in document["replies"]}
    small = {"pi4-4g": "oom", "nano-4g": "oom", "nano-2g": "oom", "pi2": "unsupported"}
    assert outcomes == {"rtx3060": "ok", "orin-nano": "ok", "pi5": "ok", "pi4-8g": "ok"} | small
    assert code == 1


def test_times_are_those_published(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, _ = ran
    times = {r["board"]: r["metrics"]["e2e_s"] for r in document["replies"]}
    for board, published in PUBLISHED_S.items():
        assert times[board] * SPEED == pytest.approx(published, rel=0.15), board


def test_phases_add_up(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, _ = ran
    for reply in document["replies"]:
        phases = {k: v for k, v in reply["phases"].items() if k != "na" and v is not None}
        total = phases.pop("total_s")
        assert sum(phases.values()) == pytest.approx(total, rel=0.02), reply["board"]
        assert all(v >= 0 for v in phases.values())


def test_samples_surround_every_reply(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, _ = ran
    for reply in document["replies"]:
        dates = [s["time"] for s in reply["samples"]]
        assert dates == sorted(dates)
        assert dates[0] <= reply["started_at"], reply["board"]
        assert dates[-1] >= reply["finished_at"] or len(dates) >= 2, reply["board"]


def test_bare_boards_throttle_and_say_so(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, _ = ran
    replies = {r["board"]: r for r in document["replies"]}
    assert "throttled" in replies["pi5"]["marks"]
    assert max(s["temperature_c"] for s in replies["pi5"]["samples"]) > 80
    assert "throttled" not in replies["orin-nano"]["marks"]


def test_everything_says_simulated(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, database = ran
    assert document["run"]["simulated"]
    assert all(r["simulated"] and r["sim_speed"] == SPEED for r in document["replies"])
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT DISTINCT simulated, sim_speed FROM replies").fetchall() == [(1, SPEED)]


def test_rows_are_in_the_database(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, database = ran
    with sqlite3.connect(database) as db:
        rows = dict(db.execute("SELECT board, outcome FROM replies WHERE run_id = ?", (document["run"]["id"],)))
        samples = db.execute("SELECT count(*) FROM samples").fetchone()[0]
    assert rows == {r["board"]: r["outcome"] for r in document["replies"]}
    assert samples == sum(len(r["samples"]) for r in document["replies"])


def test_what_each_board_was_like_is_told(ran: tuple[dict[str, Any], int, Path]) -> None:
    document, _, _ = ran
    boards = {each["board"]: each for each in document["boards"]}
    assert len(boards) == len(document["boards"]) == 8
    orin = boards["orin-nano"]
    assert (orin["power_mode"], orin["release"], orin["kernel"]) == (
        "15W",
        "L4T R36.4.4 (JetPack 6)",
        "5.15.148-tegra",
    )
    assert (boards["pi5"]["cooling"], boards["pi5"]["power_mode"]) == ("bare", None)
    assert boards["pi5"]["na"]["power_mode"] == "the board has no nvpmodel.conf"
    assert all(each["governor"] and each["simulated"] for each in boards.values())
