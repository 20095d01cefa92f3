"""The past behind the face of the present: any moment as it was, forward and back, by itself or by steps."""

from __future__ import annotations

import inspect
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgetui.cluster.background import Background
from edgetui.cluster.live import Question
from edgetui.cluster.reel import UNTOLD, Reel
from edgetui.cluster.replay import PAST, Replay
from edgetui.config import Board, Config, HistorySection
from edgetui.errors import StoreError, UsageError
from edgetui.model import Event, Phases, Reply, Request, RunRecord, Sample, Throttle, na
from edgetui.store import Store
from tests.terminal import Terminal

T0 = 1_795_230_000.0
BOARDS = (Board(name="orin", reference=True), Board(name="pi5", tags=("lab",)))
RUN = RunRecord(
    id="20261121-030010-ab",
    fired_at=T0 + 10,
    finished_at=T0 + 20,
    tasks=("count",),
    models=("moondream",),
    boards=("orin", "pi5"),
)
IDENTITY = {"family": "raspberry-pi", "model": "Raspberry\x1b[31m Pi 5", "sim_speed": 20.0, "findings": []}
IDENTITY |= {"os": "", "kernel": "", "arch": "", "release": "", "boot_id": ""}


def sample(at: float, celsius: float, **more: Any) -> Sample:
    return Sample(time=at, **{"temperature_c": celsius, "limit_c": 80.0, "throttle": (), **more})


def cell(board: str, started: float, finished: float, text: str, **more: Any) -> Reply:
    request = Request(
        run=RUN.id, board=board, task="count", kind="counting", item="a", model="moondream", prompt="?"
    )
    return Reply(
        request=request,
        outcome="ok",
        text=text,
        fired_at=T0 + 10,
        started_at=T0 + started,
        finished_at=T0 + finished,
        samples=(sample(T0 + started, 71.0, throttle=(Throttle("T", "now", "bit 2"),)),),
        **more,
    )


def link(at: float, board: str, state: str, reason: str = "") -> Event:
    detail = {"link": state, "reason": reason, "remedy": "", "fingerprint": ""}
    return Event(time=T0 + at, board=board, kind="link", text=f"{state}: {reason}", detail=detail)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Sixty seconds: pi5 is lost from 30 to 40, orin gets hot at 45; one run of 10 s."""
    file = tmp_path / "rec.db"
    async with await Store.open(file) as store:
        await store.save_boards(BOARDS)
        said = []
        for n in range(60):
            hot = (Throttle("T", "now", "bit 2"),) if n == 45 else ()
            said.append(("orin", sample(T0 + n + 0.1, 40.0 + n, throttle=hot, power_w=na("no sensor"))))
            if not 30 <= n < 40:
                said.append(("pi5", sample(T0 + n + 0.6, 50.0 + n / 10)))
        events = [
            link(0.1, "orin", "up"),
            link(0.6, "pi5", "up"),
            Event(time=T0 + 0.6, board="pi5", kind="identity", text="", detail=IDENTITY),
            link(30.2, "pi5", "down", "no answer \x1b[2J from there"),
            link(40.6, "pi5", "up"),
            Event(time=T0 + 45.1, board="orin", kind="alert", text="throttled"),
        ]
        await store.add_samples(said, events, detail=True)
        await store.save_run(RUN)
        phases = Phases(load_s=2.0, upload_s=1.0, prefill_s=2.0, decode_s=4.0)
        arrivals = ((5.0, 4), (6.0, -3), (8.0, 6))
        await store.save_reply(
            cell("pi5", 11, 20, "two potholes", thinking="hmm", phases=phases, arrivals=arrivals)
        )
        await store.save_reply(cell("orin", 10, 12, "two"))
        await store.seal()
    return file


@pytest.fixture
async def reel(path: Path) -> AsyncIterator[Reel]:
    async with await Store.read(path) as store:
        yield await Reel.open(store)


def cells(reel: Reel | Replay) -> dict[str, Any]:
    return {c.request.board: c for run in reel.runs for c in run.replies}


async def test_any_second_in_any_order_is_what_was_said_in_it(reel: Reel) -> None:
    assert [b.name for b in reel.boards] == ["orin", "pi5"]
    assert (reel.since, reel.until) == (T0, T0 + 59)
    for n in (20, 21, 59, 3, 0, 58, 22):
        await reel.show(T0 + n, 0.0)
        now = reel.states["orin"].sample
        assert now is not None
        assert now.to_json() == sample(T0 + n + 0.1, 40.0 + n, power_w=na("no sensor")).to_json() | {
            "time": now.to_json()["time"],
            "na": now.to_json()["na"],
        }
        assert now.power_w == na("no sensor")
        history = [s.temperature_c for s in reel.states["orin"].history]
        assert history == [40.0 + k for k in range(n + 1)], "a graph of the seconds before, none missing or twice"


async def test_winding_on_shows_the_same_as_jumping_there(path: Path) -> None:
    async with await Store.read(path) as store:
        steadily, at_once = await Reel.open(store), await Reel.open(store)
        for n in range(60):
            await steadily.show(T0 + n, 0.0)
            await at_once.show(T0, 0.0)
            await at_once.show(T0 + n, 0.0)
            for board in ("orin", "pi5"):
                a, b = steadily.states[board], at_once.states[board]
                assert (a.link, a.reason, a.since, a.identity) == (b.link, b.reason, b.since, b.identity)
                assert a.sample == b.sample or a.link == "down"
            assert steadily.events == at_once.events


async def test_a_lost_link_is_shown_with_its_reason_and_comes_back(reel: Reel) -> None:
    for n, expected in ((29, "up"), (31, "down"), (39, "down"), (41, "up")):
        await reel.show(T0 + n, 0.0)
        assert reel.states["pi5"].link == expected, n
        assert reel.states["orin"].link == "up"
    await reel.show(T0 + 35, 0.0)
    assert reel.states["pi5"].reason == "no answer [2J from there"
    assert reel.states["pi5"].since == T0 + 30.2
    identity = reel.states["pi5"].identity
    assert identity is not None
    assert identity.model == "Raspberry[31m Pi 5", "a file may come from anybody"
    assert identity.simulated


async def test_a_state_that_has_not_changed_is_the_same_object(reel: Reel) -> None:
    await reel.show(T0 + 33, 0.0)
    before = dict(reel.states)
    await reel.show(T0 + 34, 0.0)
    assert reel.states["pi5"] is before["pi5"]
    assert reel.states["orin"] is not before["orin"]


async def test_where_nothing_was_recorded_nothing_is_shown(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "edgetui.db") as store:
        await store.save_boards(BOARDS)
        for begin in (0, 3600):
            said = [("pi5", sample(T0 + begin + n, 50.0)) for n in range(10)]
            await store.add_samples(said, [link(begin, "pi5", "up")])
        reel = await Reel.open(store)
        await reel.show(T0 + 1800, 0.0)
        assert (reel.states["pi5"].link, reel.states["pi5"].reason) == ("off", UNTOLD)
        assert (reel.states["orin"].link, reel.states["orin"].reason) == ("off", UNTOLD)
        assert not reel.states["pi5"].history
        await reel.show(T0 + 3605, 0.0)
        assert reel.states["pi5"].link == "up"


async def test_a_second_program_that_ends_takes_no_board_away(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "edgetui.db") as store:
        await store.save_boards(BOARDS)
        said = [("pi5", sample(T0 + n + 0.3, 50.0)) for n in range(20)]
        await store.add_samples(said, [link(0, "pi5", "up"), link(9.5, "pi5", "off", "edgetui was closed")])
        reel = await Reel.open(store)
        for n in range(20):
            await reel.show(T0 + n, 0.0)
            assert reel.states["pi5"].link == "up", n


async def test_old_history_is_shown_by_its_highest_temperatures(tmp_path: Path) -> None:
    limits = HistorySection(keep_1s_hours=0.01)
    async with await Store.open(tmp_path / "edgetui.db") as store:
        await store.save_boards(BOARDS)
        await store.add_samples([("pi5", sample(T0 + n, 95.0 if n == 33 else 50.0)) for n in range(600)])
        await store.fold(T0 + 666, limits)
        reel = await Reel.open(store, T0)
        await reel.show(T0 + 100, 0.0)
        state = reel.states["pi5"]
        assert state.link == "up"
        assert [s.temperature_c for s in state.history] == [50.0] * 3 + [95.0] + [50.0] * 7


async def test_streams_run_again_as_they_came(reel: Reel) -> None:
    await reel.show(T0 + 9.9, 100.0)
    assert reel.runs == []
    seen = []
    for tenths in range(100, 201, 5):
        await reel.show(T0 + tenths / 10, 100.0)
        pi5 = cells(reel)["pi5"]
        seen.append((tenths / 10, pi5.phase, "".join(pi5.pieces), "".join(pi5.thinking)))
        if 11 <= tenths / 10 < 20:
            assert reel.running_on("pi5") is pi5
            assert pi5.elapsed_s(100.0) == pytest.approx(tenths / 10 - 11)
    assert [(at, phase) for at, phase, *_ in seen if at in (10.5, 12, 13.5, 14.5, 15.5, 19, 20)] == [
        (10.5, "queued"),
        (12.0, "load"),
        (13.5, "upload"),
        (14.5, "prefill"),
        (15.5, "prefill"),
        (19.0, "decode"),
        (20.0, "done"),
    ]
    assert [(text, thought) for at, _, text, thought in seen if at in (15.5, 16, 17, 18.5, 19, 20)] == [
        ("", ""),
        ("two ", ""),
        ("two ", "hmm"),
        ("two ", "hmm"),
        ("two pothol", "hmm"),
        ("two potholes", "hmm"),
    ]
    done = cells(reel)["pi5"]
    assert done.reply.outcome == "ok"
    assert (done.peak_c, done.throttled) == (71.0, "T")


async def test_text_without_times_comes_with_its_end(reel: Reel) -> None:
    await reel.show(T0 + 11.9, 0.0)
    assert cells(reel)["orin"].pieces == []
    assert reel.running_on("orin") is cells(reel)["orin"]
    await reel.show(T0 + 12.0, 0.0)
    assert cells(reel)["orin"].pieces == ["two"]
    assert reel.running_on("orin") is None


async def test_queues_and_workers(reel: Reel) -> None:
    for at, running, waiting in ((9.5, False, 0), (10.5, False, 1), (11.5, True, 0), (20.5, False, 0)):
        await reel.show(T0 + at, 0.0)
        assert (reel.running_on("pi5") is not None, reel.waiting_on("pi5")) == (running, waiting), at


async def test_winding_back_takes_text_back_and_says_so(reel: Reel) -> None:
    await reel.show(T0 + 20, 0.0)
    run, generation = reel.runs[0], reel.generation
    await reel.show(T0 + 17, 0.0)
    assert reel.runs == [run], "a view that holds the run still finds it"
    assert reel.generation == generation + 1
    assert "".join(cells(reel)["pi5"].pieces) == "two "
    assert not cells(reel)["pi5"].done
    await reel.show(T0 + 5, 0.0)
    assert "".join(cells(reel)["pi5"].pieces) == ""
    assert (reel.running_on("pi5"), reel.waiting_on("pi5")) == (None, 0)


async def test_from_event_to_event(reel: Reel) -> None:
    beside, at = [], reel.since
    while (following := await reel.neighbour(at, forward=True)) is not None:
        at = following
        beside.append(round(at - T0, 3))
    assert beside == [0.1, 0.6, 10.0, 12.0, 20.0, 30.2, 40.6, 45.1]
    back = []
    while (earlier := await reel.neighbour(at, forward=False)) is not None:
        at = earlier
        back.append(round(at - T0, 3))
    assert back == beside[-2::-1]


async def test_alerts_are_told_up_to_the_moment(reel: Reel) -> None:
    await reel.show(T0 + 44, 0.0)
    assert not reel.events
    await reel.show(T0 + 45, 0.0)
    assert [e.text for e in reel.events] == ["throttled"]
    await reel.show(T0 + 50, 0.0)
    assert [e.text for e in reel.events] == ["throttled"]
    await reel.show(T0 + 20, 0.0)
    assert not reel.events


# the thread


def test_what_was_answered_can_be_asked_for(replay: Replay) -> None:
    until(lambda: any(state.link == "up" for state in replay.states.values()))
    results = replay.consult(Store.results).result(10)
    assert {(r.board, r.text) for r in results} == {("pi5", "two potholes"), ("orin", "two")}
    (first, _) = replay.consult(lambda store: store.chosen([r.id for r in results])).result(10)
    assert first.reply.request.board == "pi5"


def test_a_score_that_was_changed_ends_in_a_sentence(path: Path) -> None:
    span = '["a", 2]'
    with sqlite3.connect(path) as other:
        row = (1, "automatic", "m", 1, 1.0, 1, "rule", span, "", "{}", "[]", None, "{}")
        other.execute(f"INSERT INTO scores VALUES ({', '.join('?' * len(row))})", row)
    other.close()
    with pytest.raises(StoreError, match="a score was made of no place"):
        Replay(Config(), path)


@pytest.fixture
def replay(path: Path) -> Iterator[Replay]:
    """Held at its beginning."""
    made = Replay(Config(), path)
    made.pause()
    made.start()
    yield made
    made.close()
    assert made.failure is None


def until(holds: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.002)


def shows(replay: Replay, at: float) -> Callable[[], bool]:
    return lambda: replay.clock() == at and replay.states["orin"].sample is not None


def test_it_has_the_face_of_the_present(replay: Replay) -> None:
    public = {*vars(Background(replay.config)), *vars(Background)}
    assert {name for name in public if not name.startswith("_") and not hasattr(replay, name)} == set()
    for name, member in inspect.getmembers(Background, inspect.isfunction):
        if not name.startswith("_"):
            ours = inspect.signature(getattr(Replay, name))
            assert [*ours.parameters] == [*inspect.signature(member).parameters], name


def test_boards_are_those_of_the_file(replay: Replay) -> None:
    assert [(b.name, b.reference) for b in replay.config.board] == [("orin", True), ("pi5", False)]
    assert list(replay.states) == ["orin", "pi5"]


def test_seek_step_and_leap(replay: Replay) -> None:
    until(shows(replay, T0))
    replay.seek(T0 + 25)
    until(shows(replay, T0 + 25))
    replay.step(2)
    until(shows(replay, T0 + 27))
    replay.step(-1)
    until(shows(replay, T0 + 26))
    replay.next_event()
    until(shows(replay, T0 + 30.2))
    replay.previous_event()
    until(shows(replay, T0 + 20))
    replay.seek(T0 - 1000)
    until(shows(replay, T0))
    replay.seek(T0 + 1000)
    until(shows(replay, T0 + 59))


def test_it_plays_by_itself_at_the_pace_asked_for_and_holds_at_the_end(replay: Replay) -> None:
    until(shows(replay, T0))
    replay.speed(1000)
    assert replay.pace == 60
    replay.play()
    until(lambda: not replay.playing)
    until(shows(replay, T0 + 59))
    assert [s.temperature_c for s in replay.states["orin"].history] == [40.0 + n for n in range(60)]
    replay.play()
    until(lambda: replay.clock() < T0 + 50)
    replay.pause()


def test_nothing_can_be_done_to_the_past(replay: Replay) -> None:
    replay.seek(T0 + 15)
    until(lambda: bool(replay.runs))
    recorded = replay.runs[0]
    replay.cancel(recorded)
    replay.retry("pi5")
    replay.accept_host_key("pi5")
    run = replay.fire(replace(recorded.order, items=(Question("a"),)))
    assert {(c.reply.outcome, c.reply.reason) for c in run.replies if c.reply} == {("cancelled", PAST)}
    assert replay.runs == [recorded, run]
    assert replay.running_on("pi5") is recorded.replies[1]


def test_the_history_of_a_board_beside_the_moment(replay: Replay) -> None:
    replay.seek(T0 + 29)
    until(shows(replay, T0 + 29))
    told = replay.past("orin", T0, T0 + 60, 3).result(timeout=5)
    assert [p.temperature_max_c for p in told] == [49.0, 59.0, 69.0], "what comes later is not known yet"


def test_files_that_hold_nothing(tmp_path: Path, path: Path) -> None:
    with pytest.raises(StoreError):
        Replay(Config(), tmp_path / "absent.db")
    with pytest.raises(UsageError, match="no readings of that time"):
        Replay(Config(), path, since=T0 + 1000)


def test_since_begins_there(path: Path) -> None:
    assert Replay(Config(), path, since=T0 + 30).since == T0 + 30


# the app and the command


def test_the_app_shows_the_past(path: Path) -> None:
    with Terminal([sys.executable, "-m", "edgetui", "replay", str(path)]) as terminal:
        terminal.wait_for("orin up", "pi5 up", "simulated ×20")
        terminal.send("q")
        assert terminal.wait_exit() == 0


def edgetui(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "edgetui", *map(str, words)], capture_output=True, text=True)


def test_one_second_as_data(path: Path) -> None:
    before = path.read_bytes()
    done = edgetui("replay", path, "--at", "+45", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["time"] == "2026-11-21T03:00:45.000Z"
    orin, pi5 = document["boards"]
    assert orin["sample"]["temperature_c"] == 85.0
    assert orin["sample"]["throttle"] == [{"kind": "T", "when": "now", "source": "bit 2"}]
    assert orin["sample"]["power_w"] is None
    assert orin["sample"]["na"]["power_w"] == "no sensor"
    assert (pi5["state"], pi5["simulated"]) == ("up", True)
    assert edgetui("replay", path, "--at", "2026-11-21T03:00:45Z", "--json").stdout == done.stdout
    assert "orin: up, 85.0 °C of 80, throttled T" in edgetui("replay", path, "--at", "+45").stdout
    assert path.read_bytes() == before
    assert not list(path.parent.glob("rec.db-*"))


@pytest.mark.parametrize(
    "words",
    [("--at", "+500"), ("--at", f"+{10**14}"), ("--at", "soon"), ("--json",), ("--since", "1h", "--at", "+1")],
)
def test_what_cannot_be_shown_is_said(path: Path, words: tuple[str, ...]) -> None:
    done = edgetui("replay", path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_recording_that_was_tampered_with_harms_nobody(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE facts SET facts = replace(facts, 'no sensor', 'no \\u001b[2J sensor')")
        db.execute("UPDATE history_1s SET throttle_now = 'XYZ'")
        db.execute("UPDATE events SET detail = replace(detail, 'down', 'gone')")
    db.close()
    done = edgetui("replay", path, "--at", "+35", "--json")
    assert done.returncode == 0, done.stderr
    orin, pi5 = json.loads(done.stdout)["boards"]
    assert orin["sample"]["na"]["power_w"] == "no [2J sensor"
    assert orin["sample"]["throttle"] == []
    assert pi5["state"] == "off"
