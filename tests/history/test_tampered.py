"""A recording that was damaged or changed by hand ends in a sentence, whatever is in it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from edgetui.cluster.reel import Reel
from edgetui.errors import StoreError, UsageError
from edgetui.store import Store
from tests.history.test_replay import path as recording  # noqa: F401 - the fixture
from tests.simulated import EDGETUI

CHANGES = [
    "UPDATE events SET detail = '{' WHERE kind = 'identity'",
    "UPDATE events SET detail = '{}' WHERE kind = 'identity'",
    "UPDATE events SET detail = '[1, 2]' WHERE kind = 'identity'",
    "UPDATE events SET detail = json_set(detail, '$.sim_speed', 'fast') WHERE kind = 'identity'",
    "UPDATE events SET detail = json_set(detail, '$.more', 1) WHERE kind = 'identity'",
    "INSERT INTO events (time, board, kind, text, detail) SELECT time, board, 'ollama', '',"
    ' \'{"asked_at": 1, "installed": [{"name": 1}], "loaded": []}\' FROM events WHERE kind = \'identity\'',
    "UPDATE events SET time = 'yesterday'",
    "UPDATE facts SET facts = '[' || facts",
    "UPDATE history_1s SET temperature_c = 'hot'",
    "UPDATE history_1s SET temperature_c = 9e999, temperature_max_c = 9e999",
    "UPDATE history_1s SET power_w = x'00ff'",
    "UPDATE history_1s SET cpu_percent = 'many'",
    "UPDATE replies SET outcome = 'splendid'",
    "UPDATE replies SET decode_s = 'long'",
    "UPDATE replies SET arrivals = '[[\"now\", 3]]'",
    "UPDATE replies SET finished_at = ''",
    "UPDATE runs SET boards = '{\"a\": 1'",
    "UPDATE runs SET tasks = '[]'",
    "UPDATE boards SET tags = 'lab'",
    "DROP TABLE events",
]


async def wound(file: Path) -> None:
    """Every second of it, as the app would."""
    async with await Store.read(file) as store:
        reel = await Reel.open(store)
        at = reel.since
        while at <= reel.until:
            await reel.show(at, 0.0)
            at += 1.0
        for board in reel.states:
            await reel.past(board, reel.since, reel.until, 600)
            await reel.happened(board, reel.since, reel.until)
        await reel.neighbour(reel.since, forward=True)


@pytest.mark.parametrize("change", CHANGES)
async def test_it_ends_in_a_sentence_that_names_the_file(recording: Path, change: str) -> None:  # noqa: F811
    with sqlite3.connect(recording) as db:
        try:
            changed = db.execute(change).rowcount
        except sqlite3.OperationalError as error:
            pytest.fail(f"{change}: {error}")
    db.close()
    assert changed != 0, "the recording of the test has no such row"
    with pytest.raises((StoreError, UsageError)) as caught:
        await wound(recording)
    assert str(recording) in caught.value.message


async def test_as_it_was_made_it_is_read(recording: Path) -> None:  # noqa: F811
    await wound(recording)


def test_the_command_says_it_without_a_traceback(recording: Path) -> None:  # noqa: F811
    with sqlite3.connect(recording) as db:
        db.execute("UPDATE events SET detail = '{'")
    db.close()
    for more in ([], ["--json"]):
        done = subprocess.run(
            [*EDGETUI, "replay", str(recording), "--at", "+45", *more], capture_output=True, text=True, check=False
        )
        assert done.returncode == StoreError.exit_code
        assert "Traceback" not in done.stderr
        assert "damaged or was changed" in (json.loads(done.stderr)["error"]["message"] if more else done.stderr)
