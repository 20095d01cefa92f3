"""A fair campaign on small boards whose Ollama keeps every past picture: watched it ends, unwatched it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.doctor.ollama import NO_CACHE
from edgetui.model import Options, Protocol, Reply, known
from edgetui.model.protocol import protocol_of
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

PICTURES = 60
SMALL, LARGE = "pi4-4g", "pi5"
ERA_C = f"{SMALL}=0.32.15,{LARGE}=0.32.15"
KEPT_LOADED = Options(keep_alive="240h")
"""Ten minutes of a world that lives 2000 times faster are soon over on a busy machine."""
PICTURE_BYTES = 24 * 2 * 32 * 64 * 2 * 754
"""Keys and values of moondream's 729 tokens of the picture and 25 of the question."""


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Simulated]:
    with simulated(tmp_path, speed=2000, boards=5, ollama=ERA_C) as running:
        yield running


def switched_off(sim: Simulated) -> None:
    with sim.config.open("a") as file:
        file.write("\n[ollama]\nmemory_watch = false\n")


async def campaign(there: Fleet, *boards: str, repeats: int = PICTURES, mode: Protocol | None = None) -> LiveRun:
    return await there.fire(*boards, repeats=repeats, protocol=mode or Protocol(), options=KEPT_LOADED)


def of(run: LiveRun, board: str) -> list[Reply]:
    cells = sorted((c for c in run.replies if c.request.board == board), key=lambda c: c.request.repeat)
    return [cell.reply for cell in cells if cell.reply is not None]


async def test_sixty_pictures_end_without_a_kill_and_each_unload_is_on_record(sim: Simulated) -> None:
    async with fleet(sim, SMALL, LARGE) as there:
        run = await campaign(there, SMALL, LARGE)
        await there.until_done(run, within=120)
        events = [event for event in there.cluster.events if event.kind == "memory"]
    assert_its_size_is_told_and_marked_once_it_has_grown(of(run, LARGE)[:8])
    for board, at_least in ((SMALL, 4), (LARGE, 1)):
        replies = of(run, board)
        assert [reply.outcome for reply in replies] == ["ok"] * PICTURES
        assert replies[-1].samples[-1].oom_kills == 0
        unloaded = [reply for reply in replies if reply.unloaded]
        assert len(unloaded) >= at_least
        told = [event for event in events if event.board == board]
        for reply, event in zip(unloaded, told, strict=True):
            assert reply.started_at < event.time < reply.finished_at - reply.metrics.e2e_s  # type: ignore[operator]
            assert reply.unloaded in event.text
            assert "unloaded-before" in reply.marks
            assert "cold-load" in reply.marks  # the load is a step of its own
            assert reply.unloaded.startswith("runner ")
            assert ", MemAvailable " in reply.unloaded
        slowest = max(reply.metrics.e2e_s for reply in replies if not reply.unloaded)  # type: ignore[type-var]
        assert all(reply.metrics.e2e_s < 2 * slowest for reply in unloaded)  # type: ignore[operator]
        for reply in replies:
            for sample in reply.samples:
                assert sample.memory_available_bytes > 0.05 * sample.memory_total_bytes  # type: ignore[operator]


def assert_its_size_is_told_and_marked_once_it_has_grown(replies: Sequence[Reply]) -> None:
    """The first eight of 8 GB."""
    sizes = [reply.runner_rss_bytes for reply in replies]
    steps = [later - earlier for earlier, later in pairwise(sizes)]  # type: ignore[operator]
    assert steps == [pytest.approx(PICTURE_BYTES, rel=0.02)] * 7
    assert ["memory-drift" in reply.marks for reply in replies] == [False] * 7 + [True]  # 6 x 148 MB > 844 MB
    assert replies[0].to_json()["runner_rss_bytes"] == sizes[0]


async def test_the_same_campaign_is_killed_without_the_watch(sim: Simulated) -> None:
    switched_off(sim)
    async with fleet(sim, SMALL, LARGE) as there:
        run = await campaign(there, SMALL, LARGE)
        for board in (SMALL, LARGE):
            mine = [cell for cell in run.replies if cell.request.board == board]
            await there.until(lambda mine=mine: any(killed(c) for c in mine), 120, f"{board} is killed")  # type: ignore[misc]
            there.cluster.cancel(mine, "that was it")
    for board in (SMALL, LARGE):
        last = next(reply for reply in of(run, board) if reply.outcome == "oom")
        assert "llama-server" in last.reason
        assert not last.unloaded
        assert last.to_json()["na"]["runner_rss_bytes"].endswith("([ollama] memory_watch)")


def killed(cell: LiveReply) -> bool:
    return cell.reply is not None and cell.reply.outcome == "oom"


async def test_after_an_unload_a_measured_run_warms_up_anew(sim: Simulated) -> None:
    async with fleet(sim, SMALL) as there:
        run = await campaign(there, SMALL, repeats=14, mode=protocol_of("burst", gate=False))
        await there.until_done(run)
    replies = of(run, SMALL)
    (again,) = (reply for reply in replies if reply.unloaded)
    assert "cold-load" not in again.marks  # the warm-up had it
    assert known(again.metrics.cold_load_s)
    assert [known(reply.metrics.cold_load_s) for reply in replies].count(True) == 2
    assert known(again.phases.gate_s)


async def test_a_runner_that_is_full_already_is_unloaded_before_the_first_answer(sim: Simulated) -> None:
    kept = sim.config.read_text()
    switched_off(sim)
    async with fleet(sim, SMALL) as there:
        await there.until_done(await campaign(there, SMALL, repeats=13))
    sim.config.write_text(kept)
    async with fleet(sim, SMALL) as there:
        run = await campaign(there, SMALL, repeats=1)
        await there.until_done(run)
    (reply,) = of(run, SMALL)
    assert (reply.outcome, bool(reply.unloaded), "cold-load" in reply.marks) == ("ok", True, True)


async def test_an_ollama_that_keeps_nothing_is_left_alone(tmp_path: Path) -> None:
    era_b, mended = "pi4-8g", SMALL
    with simulated(tmp_path, speed=2000, boards=5, ollama=f"{era_b}=0.24.0,{mended}=0.32.15") as sim:
        async with fleet(sim, era_b, mended) as there:
            link = there.cluster.keepers[mended].link
            assert link is not None
            await link.run(NO_CACHE, timeout=5)
            run = await campaign(there, era_b, mended, repeats=12)  # the watch would have had to act
            await there.until_done(run)
    for board in (era_b, mended):
        replies = of(run, board)
        assert [reply.outcome for reply in replies] == ["ok"] * 12
        assert not any(reply.unloaded for reply in replies)
        assert len({reply.runner_rss_bytes for reply in replies}) == 1
