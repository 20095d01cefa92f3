"""Readings by the second: lossless while young, thinned out without losing a spike, a letter or a gap."""

import json
import sqlite3
from dataclasses import fields, replace

import pytest

from edgetui.config import Board, HistorySection
from edgetui.errors import StoreError
from edgetui.model import NA, Event, Sample, Throttle, known, na
from edgetui.store import Store
from edgetui.store.folding import Kept, Piece, plan, width
from edgetui.store.history import FACTS, ROW_BYTES

T0 = 1_795_230_000
"""A whole minute."""
LIMITS = HistorySection()
HOT = Throttle("T", "now", "vcgencmd get_throttled bit 2")
LOW = Throttle("U", "boot", "vcgencmd get_throttled bit 16")
BOARDS = [Board(name="pi5", tags=("lab",), cooling="bare", ambient_c=22.5), Board(name="orin", reference=True)]


def sample(time: float, celsius: float = 50.0, **more) -> Sample:
    plain = {
        "uptime_s": time - T0 + 100,
        "temperature_c": celsius,
        "limit_c": 80.0,
        "zones": (("cpu", celsius), ("gpu", na("permission denied"))),
        "throttle": (LOW,),
        "cpu_percent": 12.25,
        "cores_percent": (10.0, na("offline")),
        "clock_hz": 2.4e9,
        "clock_source": "real",
        "caps": ("power mode 7W",),
        "memory_total_bytes": 8_320_000_000.0,
        "memory_available_bytes": 4_000_000_000.0,
        "power_w": na("no sensor"),
        "power_scope": na("no sensor"),
        "rails": (("VDD_IN", 6.25),),
    }
    return Sample(time=time, **(plain | more))


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(tmp_path / "edgetui.db") as made:
        await made.save_boards(BOARDS)
        yield made


async def seconds(store, count, board="pi5", start=T0, **more):
    await store.add_samples([(board, sample(start + n + 0.25, **more)) for n in range(count)])


async def test_with_detail_a_second_is_read_as_it_was_said(store):
    said = [sample(T0 + n + 0.678, 50.0 + n, throttle=(HOT, LOW) if n == 1 else (LOW,)) for n in range(3)]
    await store.add_samples([("pi5", s) for s in said], detail=True)
    for n, each in enumerate(said):
        told = await store.newest(1, T0, T0 + n + 1)
        assert told["pi5"].sample.to_json() == each.to_json()


async def test_without_detail_every_number_and_reason_is_there_and_the_rest_says_why_not(store):
    said = sample(T0 + 0.5)
    await store.add_samples([("pi5", said)])
    (point,) = await store.history("pi5", T0, T0 + 1, 10)
    for field in fields(Sample):
        if field.name not in ("zones", "rails", "cores_percent"):
            assert getattr(point.sample, field.name) == getattr(said, field.name), field.name
    assert point.sample.zones == ()


async def test_readings_of_one_second_are_one_row_with_every_extreme_and_letter(store):
    heats = (70.0, 91.5, na("sensor is off"), 60.0)
    letters = ((), (HOT,), na("no vcgencmd"), (LOW,))
    said = [
        sample(T0 + n / 4, temperature_c=h, throttle=t) for n, (h, t) in enumerate(zip(heats, letters, strict=True))
    ]
    await store.add_samples([("pi5", s) for s in said])
    (point,) = await store.history("pi5", T0, T0 + 1, 10)
    assert (point.samples, point.temperature_min_c, point.temperature_max_c) == (4, 60.0, 91.5)
    assert point.sample.temperature_c == 60.0
    assert {(t.kind, t.when) for t in point.sample.throttle} == {("T", "now"), ("U", "boot")}


async def test_neither_spike_nor_letter_is_averaged_away(store):
    said = [sample(T0 + n, 50.0) for n in range(120)]
    said[7] = replace(said[7], temperature_c=95.0, throttle=(HOT, LOW))
    said[100] = replace(said[100], temperature_c=20.0)
    await store.add_samples([("pi5", s) for s in said])
    await store.fold(T0 + 130, LIMITS)
    for span in (10, 60):
        rows = await store.history("pi5", T0, T0 + 120, 120 // span)
        assert len(rows) == 120 / span
        assert rows[0].temperature_max_c == 95.0
        assert HOT in rows[0].sample.throttle or ("T", "now") in {(t.kind, t.when) for t in rows[0].sample.throttle}
        assert rows[0].sample.temperature_c == pytest.approx(50 + 45 / span)
        assert [(t.kind, t.when) for t in rows[-1].sample.throttle] == [("U", "boot")]
        assert min(r.temperature_min_c for r in rows) == 20.0
        assert sum(r.samples for r in rows) == 120
    for points in (1, 2, 7, 12, 50):
        told = await store.history("pi5", T0, T0 + 120, points)
        assert len(told) <= points
        assert max(p.temperature_max_c for p in told) == 95.0
        assert min(p.temperature_min_c for p in told) == 20.0
        assert any(t.kind == "T" for p in told for t in p.sample.throttle)


async def test_a_clock_that_was_years_ahead_does_not_end_the_folding(store):
    ahead = T0 + 15 * 366 * 86_400
    await store.add_samples([("pi5", sample(ahead, 50.0))])
    await store.fold(ahead + 70, LIMITS)
    await seconds(store, 60)
    await store.fold(T0 + 70, LIMITS)
    await store.fold(T0 + 70, LIMITS)
    assert [p.samples for p in await store.history("pi5", T0, T0 + 60, 6)] == [10] * 6


async def test_what_was_not_there_stays_away_with_its_reason(store):
    gone = {"temperature_c": na("no sensor"), "throttle": na("no vcgencmd"), "cpu_percent": na("first frame")}
    await seconds(store, 60, **gone)
    await store.fold(T0 + 70, LIMITS)
    for points in (60, 6, 1):
        for point in await store.history("pi5", T0, T0 + 60, points):
            assert point.sample.temperature_c == na("no sensor")
            assert point.temperature_max_c == na("no sensor")
            assert point.sample.throttle == na("no vcgencmd")
            assert point.sample.cpu_percent == na("first frame")
            assert point.sample.power_w == na("no sensor")


async def test_a_mean_is_that_of_what_was_known(store):
    said = [sample(T0 + n, temperature_c=60.0 if n < 3 else na("sensor is off")) for n in range(10)]
    await store.add_samples([("pi5", s) for s in said])
    (point,) = await store.history("pi5", T0, T0 + 10, 1)
    assert point.sample.temperature_c == 60.0


async def test_a_gap_stays_a_gap(store):
    await seconds(store, 20)
    await seconds(store, 20, start=T0 + 100)
    for points in (200, 20):
        told = await store.history("pi5", T0, T0 + 120, points)
        assert not [p for p in told if p.sample.time >= T0 + 20 and p.sample.time + p.span_s <= T0 + 100]
        assert sum(p.samples for p in told) == 40
    assert await store.history("pi5", T0 + 30, T0 + 90, 10) == []
    assert await store.history("orin", T0, T0 + 120, 10) == []
    assert await store.history("nobody", T0, T0 + 120, 10) == []


async def test_old_readings_grow_coarser_and_then_go(store):
    limits = HistorySection(keep_1s_hours=0.1, keep_10s_hours=0.5, keep_60s_days=1 / 24)
    for minute in range(75):
        await seconds(store, 60, start=T0 + 60 * minute)
        await store.fold(T0 + 60 * minute + 66, limits)
    now = T0 + 75 * 60
    kept = await store.kept()
    assert {span: now - k.since_s for span, k in kept.items()} == {1: 360, 10: 1800, 60: 3600}
    told = await store.history("pi5", T0, now, 10_000)
    assert [p.span_s for p in told] == [60] * 30 + [10] * 144 + [1] * 360
    ends = [int(p.sample.time) + p.span_s for p in told]
    assert ends[:-1] == [int(p.sample.time) for p in told[1:]], "neither a hole nor an overlap"
    with sqlite3.connect(store.path) as db:
        for span, rows in db.execute("SELECT span_s, rows FROM tiers"):
            assert db.execute(f"SELECT count(*) FROM history_{span}s").fetchone() == (rows,)
    db.close()


async def test_an_earlier_session_that_ended_in_mid_minute_is_folded_in_the_next(tmp_path):
    path = tmp_path / "edgetui.db"
    async with await Store.open(path) as store:
        await store.save_boards(BOARDS)
        await seconds(store, 90)
    async with await Store.open(path) as store:
        await store.fold(T0 + 100_000, LIMITS)
        (first, last) = await store.history("pi5", T0, T0 + 86_400, 2000)
    assert [first.samples, last.samples] == [60, 30]


async def test_room_is_bounded_and_the_oldest_coarse_readings_go_first(store):
    limits = HistorySection(max_mb=10).model_copy(update={"max_mb": 250 * ROW_BYTES / 1e6})
    for minute in range(30):
        await seconds(store, 60, start=T0 + 60 * minute)
        await store.fold(T0 + 60 * minute + 66, limits.model_copy(update={"keep_1s_hours": 0.05}))
    kept = await store.kept()
    now = T0 + 30 * 60
    assert now - kept[1].since_s == 180, "the newest are as fine as ever"
    assert 60 not in kept or now - kept[60].since_s < 1800
    with sqlite3.connect(store.path) as db:
        assert db.execute("SELECT sum(rows) FROM tiers").fetchone()[0] <= 250
    db.close()


async def test_the_room_that_is_counted_is_no_less_than_the_room_that_is_taken(store):
    for minute in range(10):
        said = [
            (
                f"b{n}",
                sample(T0 + 60 * minute + s + n / 100, 50 + n / 7, cpu_percent=s / 7, load_1=n / 3, power_w=s / 9),
            )
            for s in range(60)
            for n in range(20)
        ]
        await store.save_boards(Board(name=f"b{n}") for n in range(20))
        await store.add_samples(said)
    await store.fold(T0 + 700, LIMITS)
    with sqlite3.connect(store.path) as db:
        (rows,) = db.execute("SELECT sum(rows) FROM tiers").fetchone()
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    assert pages * size < rows * ROW_BYTES


async def test_two_programs_that_watch_the_same_board_do_not_count_it_twice(store):
    async with await Store.open(store.path) as other:
        await other.save_boards(BOARDS)
        await seconds(store, 60)
        await seconds(other, 60, celsius=51.0)
        await other.fold(T0 + 70, LIMITS)
        await store.fold(T0 + 70, LIMITS)
    (point,) = await store.history("pi5", T0, T0 + 60, 1)
    assert (point.samples, point.temperature_max_c) == (60, 50.0)


async def test_a_reason_that_counts_seconds_does_not_fill_the_file(store):
    for n in range(50):
        silent = na(f"npu-smi has not answered for {n} s")
        await store.add_samples([("pi5", sample(T0 + n, npu_percent=silent))])
    with sqlite3.connect(store.path) as db:
        assert db.execute("SELECT count(*) FROM facts").fetchone() == (1,)
    db.close()
    point = (await store.history("pi5", T0, T0 + 50, 50))[-1]
    assert point.sample.npu_percent == na("npu-smi has not answered")


async def test_reasons_are_bounded_too_and_a_lost_one_is_no_number(store, monkeypatch):
    monkeypatch.setattr("edgetui.store.history.FACTS", 5)
    assert FACTS > 5
    for n in range(20):
        await store.add_samples([("pi5", sample(T0 + n, gpu_percent=na(f"strange {n}")))])
        await store.fold(T0 + n, LIMITS)
    await store.close()
    async with await Store.read(store.path) as again:
        told = await again.history("pi5", T0, T0 + 20, 20)
    reasons = [p.sample.gpu_percent for p in told]
    assert reasons[-1] == na("strange 19")
    assert reasons[0] == na("not recorded")
    assert not [r for r in reasons if known(r)]


async def test_whoever_opens_the_file_reads_it_without_us(store):
    await store.add_samples([("pi5", sample(T0 + 0.5, throttle=(HOT, LOW))), ("orin", sample(T0 + 0.7))])
    with sqlite3.connect(store.path) as db:
        rows = db.execute(
            "SELECT board, time, temperature_c, throttle_now, throttle_boot, power_w,"
            " json_extract(facts, '$.na.power_w') FROM history ORDER BY board"
        ).fetchall()
    db.close()
    when = "2026-11-21T03:00:00Z"
    assert rows == [
        ("orin", when, 50.0, "", "U", None, "no sensor"),
        ("pi5", when, 50.0, "T", "U", None, "no sensor"),
    ]


async def test_boards_are_kept_without_addresses_unless_asked(store):
    assert await store.boards() == BOARDS
    with sqlite3.connect(store.path) as db:
        assert db.execute("SELECT DISTINCT address FROM boards").fetchall() == [(None,)]
    db.close()
    await store.save_boards(BOARDS, {"pi5": "pi@192.0.2.7:22"})
    assert [b.name for b in await store.boards()] == ["pi5", "orin"]


async def test_trails_show_the_highest_of_a_stretch(store):
    await store.add_samples([("pi5", sample(T0 + n, 90.0 if n == 3 else 50.0)) for n in range(60)])
    await store.fold(T0 + 70, LIMITS)
    trail = [s for _, s in await store.trails(10, T0, T0 + 60)]
    assert [s.temperature_c for s in trail] == [90.0, 50.0, 50.0, 50.0, 50.0, 50.0]
    assert isinstance(trail[0].cpu_percent, NA)


@pytest.mark.parametrize(
    ("since", "until", "points", "expected"),
    [(0, 60, 60, 1), (0, 60, 30, 2), (0, 60, 6, 10), (0, 120, 11, 20), (0, 3600, 100, 40), (0, 86_400, 500, 180)],
)
def test_width(since, until, points, expected):
    assert width(since, until, points) == expected


def test_plan_stitches_tables_where_one_ends():
    kept = {1: Kept(9000, 10_000), 10: Kept(6000, 9960), 60: Kept(600, 9960)}
    assert plan(0, 10_000, 1, kept) == [Piece(60, 600, 6000), Piece(10, 6000, 9000), Piece(1, 9000, 10_000)]
    assert plan(0, 10_000, 10, kept) == [Piece(60, 600, 6000), Piece(10, 6000, 9960), Piece(1, 9960, 10_000)]
    assert plan(7000, 7100, 1, kept) == [Piece(10, 7000, 7100)]
    assert plan(20_000, 20_100, 1, kept) == []
    assert plan(0, 100, 1, {}) == []


# events


def event(time, board="pi5", kind="link", text="up", **detail) -> Event:
    return Event(time=time, board=board, kind=kind, text=text, detail=detail)


async def test_events_are_found_by_time_and_board(store):
    all_ = [event(T0 + n, board) for n, board in enumerate(["pi5", "orin", "", "pi5"])]
    await store.add_events(all_[1:])
    await store.add_events(all_[:1])
    assert await store.events(T0, T0 + 10) == all_
    assert await store.events(T0 + 1, T0 + 2) == all_[1:3]
    assert await store.events(T0, T0 + 10, ["orin"]) == all_[1:3]


async def test_an_event_comes_back_as_it_was(store):
    said = Event(
        time=T0 + 0.678, board="pi5", kind="alert", text="🌡 \x1b[31m 91 °C", detail={"limit_c": 80.5, "x": None}
    )
    await store.add_samples([], [said])
    assert await store.events(T0, T0 + 1) == [said]


async def test_states_at_a_time_are_the_newest_before(store):
    await store.add_events([event(T0, text="up"), event(T0 + 5, text="down"), event(T0 + 5, kind="identity")])
    assert {k: e.text for k, e in (await store.states_at(T0 + 4)).items()} == {("pi5", "link"): "up"}
    assert {k: e.text for k, e in (await store.states_at(T0 + 5)).items()} == {
        ("pi5", "link"): "down",
        ("pi5", "identity"): "up",
    }
    assert await store.states_at(T0 - 1) == {}


async def test_events_are_found_by_words_newest_first(store):
    await store.add_events(
        [
            event(T0, board="orin", kind="guard", text="Heat guard: 96 °C"),
            event(T0 + 1, kind="alert", text="throttling: 100% [b]hot[/b]"),
            event(T0 + 1, board="", kind="alert", text="hook failed"),
            event(T0 + 2, kind="identity", text="throttling board"),
            event(T0 + 3, kind="alert", text="throttling: over"),
        ]
    )

    async def found(query, limit=10, until=T0 + 10):
        return [e.text for e in await store.search_events(query, T0, until, limit)]

    assert await found("") == [
        "throttling: over",
        "hook failed",
        "throttling: 100% [b]hot[/b]",
        "Heat guard: 96 °C",
    ]
    assert await found("", 2) == ["throttling: over", "hook failed"]
    assert await found("THROTTLING alert", until=T0 + 1) == ["throttling: 100% [b]hot[/b]"]
    assert await found("orin heat") == ["Heat guard: 96 °C"]
    assert await found("100%") == ["throttling: 100% [b]hot[/b]"]
    assert await found("1_0") == await found("'; DROP TABLE events; --") == []


async def test_events_go_with_the_history_but_not_the_one_that_still_holds(store):
    await store.add_events([event(T0, text="old"), event(T0 + 60, text="holds"), event(T0 + 90_000, text="new")])
    await store.fold(T0 + 90_000, HistorySection(keep_60s_days=1))
    assert [e.text for e in await store.events(0, T0 + 100_000)] == ["holds", "new"]


# reading only


async def test_reading_changes_nothing(store):
    await seconds(store, 5)
    await store.close()
    before = store.path.read_bytes()
    async with await Store.read(store.path) as reader:
        assert len(await reader.history("pi5", T0, T0 + 5, 5)) == 5
        with pytest.raises(StoreError, match="read-only"):
            await reader.add_events((event(T0),))
    assert store.path.read_bytes() == before


async def test_what_is_no_file_of_ours_is_not_read(tmp_path):
    for name, content in (("absent", None), ("empty", b""), ("text", b"my only notes\n" * 100)):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StoreError) as caught:
            await Store.read(path)
        assert name in caught.value.message
        assert caught.value.remedy
        assert (path.read_bytes() if path.exists() else None) == content


async def test_times_of_pieces_are_kept_beside_the_contract(store):
    from .test_store import REPLY, RUN

    arrivals = ((0.5, 6), (0.75, -3), (1.5, 4))
    await store.save_run(RUN)
    await store.save_reply(replace(REPLY, arrivals=arrivals))
    assert await store.replies(RUN.id) == [REPLY.to_json()]
    with sqlite3.connect(store.path) as db:
        (text,) = db.execute("SELECT arrivals FROM replies").fetchone()
    db.close()
    assert json.loads(text) == [list(a) for a in arrivals]
