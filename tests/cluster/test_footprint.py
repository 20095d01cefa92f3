"""What a board told of its runners and its memory, put together; and the watch where it tells of no processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.cluster.memory_watch import NO_RUNNER, footprint
from edgetui.model import NA, Options, Sample, na
from edgetui.runners import ollama_processes
from edgetui.runners.ollama_processes import Runner
from tests.cluster.fleet import fleet
from tests.simulated import simulated

SAMPLE = Sample(time=1.0, memory_total_bytes=4e9, memory_available_bytes=1e9)


def test_several_runners_are_one_sum() -> None:
    found = footprint((Runner(7, 1e9, 0.2e9), Runner(9, 0.5e9, na("old kernel"))), SAMPLE)
    assert (found.pids, found.rss_bytes, found.file_bytes, found.taken_bytes) == ((7, 9), 1.5e9, 0.2e9, 1.3e9)


def test_one_without_a_size_leaves_all_that_runs() -> None:
    found = footprint((Runner(7, 1e9, 0.0), Runner(9, na("hidden"), 0.0)), SAMPLE)
    assert found.rss_bytes == na("hidden")
    assert found.taken_bytes == 3e9


def test_no_runner_is_nothing_that_grows() -> None:
    found = footprint((), SAMPLE)
    assert found.rss_bytes is NO_RUNNER
    assert isinstance(found.taken_bytes, NA)


def test_without_a_reading_nothing_is_known() -> None:
    found = footprint(na("hidden"), None)
    assert isinstance(found.taken_bytes, NA)
    assert isinstance(found.available_bytes, NA)


async def test_where_processes_are_hidden_the_boards_memory_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama_processes, "QUESTION", "true")
    with simulated(tmp_path, speed=2000, boards=5, ollama="pi4-4g=0.32.15") as sim:
        async with fleet(sim, "pi4-4g") as there:
            run = await there.fire(
                "pi4-4g", repeats=18, options=Options(keep_alive="240h")
            )  # the last is killed without the watch
            await there.until_done(run)
    replies = [cell.reply for cell in run.replies if cell.reply]
    assert {reply.outcome for reply in replies} == {"ok"}
    assert sum(bool(reply.unloaded) for reply in replies) == 1
    assert {str(reply.runner_rss_bytes) for reply in replies} == {
        "n/a (no process of Ollama's is seen in /proc there)"
    }
