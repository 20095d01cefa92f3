"""Real SQLite files: what goes in comes out, whatever happens to the disk or to the program."""

import asyncio
import gc
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from edgetui.errors import StoreError
from edgetui.model import NA, Metrics, Options, Phases, Reply, Request, RunRecord, Sample, Throttle, na
from edgetui.model.setup import Setup
from edgetui.store import Store
from edgetui.store.schema import MIGRATIONS

RUN = RunRecord(
    id="20261121-0304-ab",
    fired_at=1795230245.678,
    tasks=("count-potholes",),
    models=("moondream",),
    boards=("pi5", "nano-2g"),
    repeats=2,
    edgetui_version="0.1.0",
    simulated=True,
)
PHASES = Phases(queue_s=0.5, load_s=1.25, upload_s=0.1, encode_s=2.0, prefill_s=NA("why"), decode_s=3.0, net_s=0.01)


def request(**changes) -> Request:
    plain = {"run": RUN.id, "board": "pi5", "task": "count-potholes", "kind": "counting", "item": "a", "model": "m"}
    return Request(**{**plain, "prompt": "How many?", "options": Options(num_ctx=2048), **changes})


def sample(time: float = 1795230245.0) -> Sample:
    return Sample(
        time=time,
        uptime_s=12.5,
        temperature_c=71.5,
        zones=(("cpu-thermal", 71.5), ("gpu [red]", na("permission denied"))),
        throttle=(Throttle("T", "now", "vcgencmd get_throttled bit 2"),),
        cores_percent=(10.0, na("offline")),
        caps=("power mode 7W",),
        memory_total_bytes=8_320_000_000,
        power_w=na("no sensor"),
        power_scope="board input",
        rails=(("VDD_IN", 6.25),),
    )


REPLY = Reply(
    request=request(),
    outcome="truncated",
    reason="num_predict used up",
    text="Drei Schlaglöcher 🙂\u2028\x1b[31m\x00",
    fired_at=1795230245.0,
    started_at=1795230246.0,
    finished_at=1795230250.0,
    phases=PHASES,
    metrics=Metrics(ttft_s=1.5, prompt_tokens=771, output_tokens=12, tok_per_s=NA("fewer than two tokens")),
    samples=(sample(), replace(sample(1795230247.0), throttle=na("no vcgencmd"), zones=())),
    marks=("cold-load", "throttled"),
    ollama_version="0.24.0",
    era="B",
    digest="55fc",
    size_bytes=2_000_000_000,
    sim_speed=20.0,
)


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(tmp_path / "edgetui" / "edgetui.db") as made:
        yield made


async def test_what_goes_in_comes_out(store):
    await store.save_run(RUN)
    await store.save_reply(REPLY)
    assert await store.runs() == [RUN]
    assert await store.replies(RUN.id) == [REPLY.to_json()]


async def test_a_bare_reply_and_a_run_without_replies(store):
    await store.save_run(RUN)
    assert await store.replies(RUN.id) == []
    bare = Reply(request=request(), outcome="lost-link")
    await store.save_reply(bare)
    assert await store.replies(RUN.id) == [bare.to_json()]


async def test_it_is_still_there_the_next_time(tmp_path):
    path = tmp_path / "edgetui.db"
    async with await Store.open(path) as store:
        await store.save_run(RUN)
        await store.save_reply(REPLY)
        await store.finish_run(RUN.id, 1795230300.0)
    async with await Store.open(path) as store:
        assert await store.runs() == [replace(RUN, finished_at=1795230300.0)]
        assert await store.replies(RUN.id) == [REPLY.to_json()]


async def test_saving_twice_is_saving_once(store):
    await store.save_run(RUN)
    for text in ("first", "second"):
        await store.save_reply(replace(REPLY, text=text))
    await store.save_run(replace(RUN, finished_at=1795230300.0))
    (reply,) = await store.replies(RUN.id)
    assert reply["text"] == "second"
    assert len(reply["samples"]) == 2
    assert (await store.runs())[0].finished_at == 1795230300.0


async def test_cells_of_a_run_are_told_apart(store):
    await store.save_run(RUN)
    cells = [request(**{key: "other"}) for key in ("board", "task", "item", "model")] + [
        request(),
        request(repeat=2),
    ]
    for cell in cells:
        await store.save_reply(replace(REPLY, request=cell))
    assert len(await store.replies(RUN.id)) == len(cells)


async def test_newest_runs_first_and_not_more_than_asked(store):
    for n in range(5):
        await store.save_run(replace(RUN, id=f"r{n}", fired_at=RUN.fired_at + n))
    assert [run.id for run in await store.runs(3)] == ["r4", "r3", "r2"]


async def test_half_characters_are_stored_as_question_marks(store):
    await store.save_run(RUN)
    await store.save_reply(replace(REPLY, text="a\ud83db", figures=(("é\ud83d_ms", 1.0),)))
    (said,) = await store.replies(RUN.id)
    assert said["text"] == "a?b"
    assert said["figures"] == {"é?_ms": 1.0, "na": {}}


async def test_plain_tables_for_whoever_opens_the_file(store):
    await store.save_run(RUN)
    await store.save_reply(REPLY)
    with sqlite3.connect(store.path) as db:
        row = db.execute(
            "SELECT board, decode_s, prefill_s, json_extract(na, '$.prefill_s'), simulated FROM replies"
        )
        assert row.fetchone() == ("pi5", 3.0, None, "why", 1)
        hot = db.execute("SELECT board, max(temperature_c) FROM samples JOIN replies ON replies.id = reply_id")
        assert hot.fetchone() == ("pi5", 71.5)
    db.close()


def test_every_field_has_its_column():
    names = {f.name for kind in (Phases, Metrics, Sample, RunRecord, Options) for f in fields(kind)}
    schema = " ".join(sql for migration in MIGRATIONS for sql in migration)
    assert not {name for name in names if f" {name} " not in schema.replace("\n", " ")}


async def test_a_file_of_the_first_schema_is_brought_up_to_date_and_its_rows_say_what_they_lack(tmp_path):
    path = tmp_path / "edgetui.db"
    async with await Store.open(path) as store:
        await store.save_run(RUN)
        await store.save_reply(REPLY)
    db = sqlite3.connect(path)
    younger = [sql.split()[5] for sql in MIGRATIONS[1]]
    db.execute("DROP VIEW history")
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if name not in ("runs", "replies", "samples"):
            db.execute(f"DROP TABLE {name}")
    added = [sql.split() for step in MIGRATIONS[2:] for sql in step if sql.startswith("ALTER")]
    for _, _, table, _, _, name, *_ in added:
        db.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for name in younger:
        db.execute(f"ALTER TABLE samples DROP COLUMN {name}")
        db.execute("UPDATE samples SET na = json_remove(na, ?)", (f"$.{name}",))
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    async with await Store.open(path) as again:
        (reply,) = await again.replies(RUN.id)
    sample = reply["samples"][0]
    assert sample["temperature_c"] == 71.5
    assert "npu_percent" in younger
    assert {sample[name] for name in younger} == {None}
    assert {sample["na"][name] for name in younger} == {"an older edgetui stored this"}
    assert (reply["truth"], reply["metric"], reply["score"]) == (None, "", None)
    assert reply["na"]["score"]


async def test_nobody_else_may_read_it(store):
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    await store.save_run(RUN)
    for file in store.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_many_tasks_on_one_store(store):
    await store.save_run(RUN)
    await asyncio.gather(*(store.save_reply(replace(REPLY, request=request(repeat=n))) for n in range(1, 41)))
    replies = await store.replies(RUN.id)
    assert sorted(r["repeat"] for r in replies) == list(range(1, 41))
    assert all(len(r["samples"]) == 2 for r in replies)


async def test_a_cancelled_caller_leaves_a_whole_transaction(store):
    await store.save_run(RUN)
    for n in range(1, 21):
        task = asyncio.create_task(store.save_reply(replace(REPLY, request=request(repeat=n))))
        for _ in range(n % 7):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await store.save_reply(replace(REPLY, request=request(repeat=99)))
    replies = await store.replies(RUN.id)
    assert replies[-1]["repeat"] == 99
    assert all(len(r["samples"]) == 2 for r in replies)


async def test_an_error_that_a_cancelled_caller_did_not_await_is_printed_nowhere(store):
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    await store._db.execute("PRAGMA query_only = ON")
    task = asyncio.create_task(store.save_run(RUN))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(StoreError):
        await store.save_run(RUN)
    del task
    gc.collect()
    assert said == []


async def test_closing_waits_for_what_is_being_written(tmp_path):
    path = tmp_path / "edgetui.db"
    store = await Store.open(path)
    await store.save_run(RUN)
    task = asyncio.create_task(store.save_reply(REPLY))
    await asyncio.sleep(0)
    await store.close()
    await task
    async with await Store.open(path) as again:
        assert len(await again.replies(RUN.id)) == 1


# what may befall the file


async def test_a_newer_schema_is_left_alone(tmp_path):
    path = tmp_path / "edgetui.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer edgetui") as caught:
        await Store.open(path)
    assert str(path) in caught.value.message
    assert caught.value.remedy


async def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "edgetui.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE runs (distance_km REAL)")
    with pytest.raises(StoreError, match="another program's"):
        await Store.open(path)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]
    assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    db.close()


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "edgetui.db"
    path.write_text("my only notes\n" * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        await Store.open(path)
    assert path.read_text() == "my only notes\n" * 100


@pytest.mark.parametrize("path", ["/dev/null/edgetui.db", "/proc/edgetui/edgetui.db", "/sys/edgetui.db"])
async def test_folders_where_no_file_can_be(path):
    with pytest.raises(StoreError) as caught:
        await Store.open(Path(path))
    assert path in caught.value.message
    assert caught.value.remedy


async def test_a_folder_in_its_place(tmp_path):
    with pytest.raises(StoreError):
        await Store.open(tmp_path)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        os.geteuid()
        or mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "t", disk]).returncode
    ):
        pytest.skip("mounting a tmpfs needs root (package mount)")
    yield disk
    subprocess.run(["umount", disk], check=True)


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


async def test_a_full_disk_loses_no_reply(small_disk):
    async with await Store.open(small_disk / "edgetui.db") as store:
        await store.save_run(RUN)
        await store.save_reply(replace(REPLY, request=request(repeat=1)))
        filler = small_disk / "filler"
        room = os.statvfs(small_disk)
        filler.write_bytes(b"x" * (room.f_bavail * room.f_frsize))
        big = replace(REPLY, request=request(repeat=2), text="long " * 20_000)
        with pytest.raises(StoreError, match="the disk is full") as caught:
            await store.save_reply(big)
        assert str(store.path) in caught.value.message
        assert [r["repeat"] for r in await store.replies(RUN.id)] == [1]
        filler.unlink()
        await store.save_reply(big)
        assert [r["repeat"] for r in await store.replies(RUN.id)] == [1, 2]


async def test_a_read_only_disk(small_disk):
    path = small_disk / "edgetui.db"
    async with await Store.open(path) as store:
        await store.save_run(RUN)
    make_read_only(small_disk)
    for place in (path, small_disk / "new" / "edgetui.db"):
        with pytest.raises(StoreError, match="Read-only") as caught:
            await Store.open(place)
        assert str(place) in caught.value.message
        assert "[store] path" in caught.value.remedy


async def test_a_disk_that_becomes_read_only_under_an_open_store(store):
    await store.save_run(RUN)
    await store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="read-only"):
        await store.save_reply(REPLY)
    await store._db.execute("PRAGMA query_only = OFF")
    await store.save_reply(REPLY)


async def test_a_database_at_its_page_limit_is_a_full_disk(store):
    await store.save_run(RUN)
    await store._db.execute("PRAGMA max_page_count = 20")
    with pytest.raises(StoreError, match="disk is full") as caught:
        await store.save_reply(replace(REPLY, text="long " * 50_000))
    assert caught.value.remedy == "free some space there", "whether it is tried again is for the caller to say"
    await store._db.execute("PRAGMA max_page_count = 100000")
    await store.save_reply(replace(REPLY, text="long " * 50_000))
    assert len(await store.replies(RUN.id)) == 1


async def test_a_lock_that_is_never_given_back(store):
    await store.save_run(RUN)
    await store._db.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program"):
        await store.save_reply(REPLY)
    assert [run.id for run in await store.runs()] == [RUN.id]  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    await store.save_reply(REPLY)


# other programs

WRITER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from edgetui.store import Store
from tests.store.test_store import REPLY, RUN, request

async def main(path, count, board):
    async with await Store.open(Path(path)) as store:
        await store.save_run(RUN)
        for n in range(int(count)):
            await store.save_reply(replace(REPLY, request=request(board=board, repeat=n), text="x" * 20_000))
            print(n, flush=True)

asyncio.run(main(*sys.argv[2:]))
"""
ROOT = Path(__file__).parents[2]


def writer(path: Path, count: int, board: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, ROOT, path, str(count), board], stdout=subprocess.PIPE, text=True
    )


async def test_two_programs_write_at_once(tmp_path):
    path = tmp_path / "edgetui.db"
    writers = [writer(path, 25, board) for board in ("pi4", "pi5")]  # both create it
    for program in writers:
        program.communicate(timeout=60)
        assert program.returncode == 0
    async with await Store.open(path) as store:
        replies = await store.replies(RUN.id)
    assert sorted((r["board"], r["repeat"]) for r in replies) == [(b, n) for b in ("pi4", "pi5") for n in range(25)]


async def test_kill_9_in_mid_write_ten_times_loses_nothing_that_was_committed(tmp_path):
    path = tmp_path / "edgetui.db"
    for life in range(10):
        with writer(path, 10_000, f"life{life}") as program:
            told = [program.stdout.readline() for _ in range(1 + life)]
            program.send_signal(signal.SIGKILL)
            told += program.stdout.readlines()
        committed = {int(line) for line in told if line.endswith("\n")}
        db = sqlite3.connect(path)
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.close()
        async with await Store.open(path) as store:
            there = {r["repeat"] for r in await store.replies(RUN.id) if r["board"] == f"life{life}"}
        assert len(committed) > life
        assert committed <= there


def setup(**changes) -> Setup:
    nothing = dict.fromkeys((f.name for f in fields(Setup)), na("not told"))
    known = {"run": RUN.id, "board": "pi5", "told_at": 1795230245.5, "kernel": "6.12.47", "sim_speed": 20.0}
    return Setup(**{**nothing, **known, **changes})


async def test_what_a_board_was_like_is_kept_by_run_and_copied_without_what_is_hidden(store, tmp_path):
    await store.save_run(RUN)
    assert await store.setups(RUN.id) == []
    first, other = setup(ollama_version=na("10.0.0.7 refused")), setup(board="nano-2g", cooling="fan of 10.0.0.7")
    for each in (first, other, first):
        await store.save_setup(each)
    kept = [{k: v for k, v in each.to_json().items() if k != "run"} for each in (other, first)]
    assert await store.setups(RUN.id) == kept
    async with await Store.open(tmp_path / "copy.db") as copy:
        await store.copy_run(RUN.id, copy, {"pi5"}, lambda words: words.replace("10.0.0.7", "(hidden)"))
        (copied,) = await copy.setups(RUN.id)
    assert (copied["kernel"], copied["na"]["ollama_version"]) == ("6.12.47", "(hidden) refused")
    assert copied["na"]["governor"] == "not told"


async def test_a_copy_of_a_reply_hides_what_is_hidden_wherever_it_stands(store, tmp_path):
    said = "10.0.0.7 refused"
    await store.save_run(replace(RUN, plan={"files": said}))
    words = dict.fromkeys(("reason", "evidence", "retried", "unloaded"), said)
    await store.save_reply(replace(REPLY, **words, era=na(said)))
    async with await Store.open(tmp_path / "copy.db") as copy:
        await store.copy_run(RUN.id, copy, {"pi5"}, lambda words: words.replace("10.0.0.7", "(hidden)"))
        assert [reply["na"]["era"] for reply in await copy.replies(RUN.id)] == ["(hidden) refused"]
        await copy.seal()
    assert b"10.0.0.7" not in (tmp_path / "copy.db").read_bytes()


async def test_a_copy_brings_the_pictures_of_its_replies_along(store, tmp_path):
    await store.save_run(RUN)
    await store.save_pictures({"aa": b"asked", "bb": b"of another board"})
    await store.save_reply(replace(REPLY, request=request(image_sha256="aa")))
    await store.save_reply(replace(REPLY, request=request(image_sha256="bb", board="nano-2g")))
    async with await Store.open(tmp_path / "copy.db") as copy:
        await store.copy_run(RUN.id, copy, {"pi5"}, str)
        assert await copy.pictures(["aa", "bb"]) == {"aa": b"asked"}


async def test_how_long_answers_took_is_told_apart_by_the_speed_of_the_boards_world(store):
    await store.save_run(RUN)
    for repeat, speed in enumerate((20.0, 1.0, 0.0), 1):
        took = replace(
            REPLY, request=request(repeat=repeat), sim_speed=speed, started_at=1e9, finished_at=1e9 + repeat
        )
        await store.save_reply(took)
    (found,) = (await store.durations(REPLY.request.protocol.mode)).values()
    assert {speed: [round(s) for s in times] for speed, times in found.items()} == {0.0: [3], 1.0: [2], 20.0: [1]}
