"""A database that cannot be opened at the start gets everything once it can."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from edgetui.cluster import safe
from edgetui.cluster.background import Background
from edgetui.cluster.live import Order, Question
from edgetui.config import load
from edgetui.tasks import find, load_tasks
from tests.servers import eventually
from tests.simulated import simulated


def test_what_came_before_the_database_is_stored_when_it_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe, "AGAIN_S", 0.2)
    with simulated(tmp_path / "sim", speed=200, boards=1) as sim:
        config = load(sim.config, {})
        config.store_path.mkdir()  # a folder is in its place
        background = Background(config)
        background.start()
        try:
            eventually(lambda: background.states["rtx3060"].link == "up", 20, "the link")
            assert "Is a directory" in background.store_error
            task = find(load_tasks(), "count-potholes")
            item = task.items[0]
            question = Question(item.name, item.load().data, item.sha256)
            run = background.fire(
                Order(
                    task=task.name,
                    kind=task.kind,
                    items=(question,),
                    models=("moondream",),
                    boards=("rtx3060",),
                    prompt=task.prompt,
                )
            )
            eventually(lambda: run.done, 30, "the answer")
            assert background.owed >= 2, "the run and its reply"
            assert "Is a directory" in background.store_error
            config.store_path.rmdir()
            eventually(lambda: background.owed == 0 and not background.store_error, 10, "the storing")
        finally:
            background.close()
        with sqlite3.connect(config.store_path) as database:
            told = [
                database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("runs", "replies")
            ]
            kinds = {kind for (kind,) in database.execute("SELECT kind FROM events")}
        database.close()
        assert told == [1, 1]
        assert "identity" in kinds, "what the board told before is not lost"
