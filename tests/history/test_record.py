"""``edgetui record`` as a person runs it: one file, without addresses, in which everything can be looked up."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgetui.cli.record import HIDDEN, hider
from edgetui.config import Board
from tests.simulated import EDGETUI, Simulated, simulated


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=4, dead=1) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(sim: Simulated, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Some seconds with a run of another program in them; ended by ctrl+c."""
    file = tmp_path_factory.mktemp("rec") / "bug.rec"
    argv = [*EDGETUI, "--config", str(sim.config), "record", str(file), "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as recording:
        assert recording.stderr is not None
        assert "recording 4 boards" in recording.stderr.readline()
        ran = sim.edgetui("run", "count-potholes", "-m", "moondream", "--json")
        document = json.loads(ran.stdout)
        recording.send_signal(signal.SIGINT)
        said, talk = recording.communicate(timeout=30)
    assert recording.returncode == 0, talk
    assert "Traceback" not in talk
    assert json.loads(said)["runs"] == [document["run"]["id"]]
    return file, document


def rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(file)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_it_is_one_file(recorded: tuple[Path, dict[str, Any]]) -> None:
    file, _ = recorded
    assert [f.name for f in file.parent.iterdir()] == [file.name]
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]


def test_boards_readings_events_and_answers_are_in_it(
    sim: Simulated, recorded: tuple[Path, dict[str, Any]]
) -> None:
    file, document = recorded
    assert [name for (name,) in rows(file, "SELECT name FROM boards ORDER BY id")] == list(sim.boards)
    up = {r["board"] for r in document["replies"] if r["outcome"] != "lost-link"}
    seconds = dict(rows(file, "SELECT board, count(DISTINCT time) FROM history GROUP BY board"))
    assert set(seconds) == up
    assert min(seconds.values()) >= 3
    assert {b for (b,) in rows(file, "SELECT board FROM events WHERE kind = 'identity'")} == up
    answers = dict(rows(file, "SELECT board, text FROM replies"))
    assert answers == {r["board"]: r["text"] for r in document["replies"]}
    assert rows(file, "SELECT count(*) FROM samples")[0][0] == sum(len(r["samples"]) for r in document["replies"])


def test_no_address_no_user_no_path_is_in_it(sim: Simulated, recorded: tuple[Path, dict[str, Any]]) -> None:
    file, _ = recorded
    (reason,) = {r for (r,) in rows(file, "SELECT reason FROM replies WHERE outcome = 'lost-link'")}
    assert HIDDEN in reason
    assert rows(file, f"SELECT count(*) FROM events WHERE text LIKE '%{HIDDEN}%'")[0][0] > 0
    content = file.read_bytes()
    for secret in ("127.0.0.1", str(sim.folder), "id_ed25519", "PRIVATE KEY"):
        assert secret.encode() not in content, secret


def test_any_second_of_it_can_be_looked_up(recorded: tuple[Path, dict[str, Any]]) -> None:
    file, _ = recorded
    argv = [*EDGETUI, "replay", str(file), "--at", "+2", "--json"]
    document = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    states = {b["board"]: b["state"] for b in document["boards"]}
    assert sorted(states.values())[:1] != ["up"] or "up" in states.values()
    told = [b["sample"] for b in document["boards"] if b["state"] == "up"]
    assert told
    assert all(s["temperature_c"] > 20 and s["zones"] for s in told)
    assert all(b["simulated"] for b in document["boards"] if b["state"] == "up")


def test_addresses_where_they_are_asked_for_and_only_some_boards(sim: Simulated, tmp_path: Path) -> None:
    file = tmp_path / "some.rec"
    done = sim.edgetui("record", str(file), "--duration", "2", "-b", "pi5", "--with-addresses")
    assert done.returncode == 0, done.stderr
    ((name, address),) = rows(file, "SELECT name, address FROM boards")
    assert name == "pi5"
    assert "127.0.0.1:" in address


def test_a_file_that_is_there_is_left_alone(sim: Simulated, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    file.write_text("mine")
    done = sim.edgetui("record", str(file), "--duration", "1")
    assert done.returncode == 2
    assert file.read_text() == "mine"
    for words in (("--duration", "0"), ("--duration", "soon"), ("-b", "nobody")):
        refused = sim.edgetui("record", str(tmp_path / "new"), *words)
        assert (refused.returncode, refused.stdout) == (2, "")
    assert not (tmp_path / "new").exists()


def test_names_and_addresses_are_taken_out_of_sentences() -> None:
    boards = [
        Board(name="pi5", host="pi5.lab.example", user="pi", jump="me@gate:2222"),
        Board(name="orin"),
    ]
    hide = hider(boards, lambda: {"orin", "10.0.0.9", "secret-host", ""})
    said = {
        "no answer from pi5.lab.example port 22 within 5 s": f"no answer from {HIDDEN} port 22 within 5 s",
        "gate does not let me in with no key": f"{HIDDEN} does not let {HIDDEN} in with no key",
        "ssh-copy-id -p 22 pi@pi5.lab.example": f"ssh-copy-id -p 22 {HIDDEN}@{HIDDEN}",
        "mend `user` of pi5": "mend `user` of pi5",
        "no route to secret-host": f"no route to {HIDDEN}",
        "no machine is known by the name orin": "no machine is known by the name orin",
        "fe80::1:2 port 22 refuses": f"{HIDDEN} port 22 refuses",
        "/home/ada/.ssh/id_ed25519 does not exist": f"{HIDDEN} does not exist",
        "unlock it with: ssh-add ~/.ssh/key": f"unlock it with: ssh-add {HIDDEN}",
        "2.5 GB/s at 12:30": "2.5 GB/s at 12:30",
    }
    assert {text: hide(text) for text in said} == said


def test_no_alert_hook_is_started_for_the_app_that_may_run_beside_does_that(sim: Simulated, tmp_path: Path) -> None:
    file, fired = tmp_path / "bug.rec", tmp_path / "fired"
    config = tmp_path / "hooked.toml"
    config.write_text(f'{sim.config.read_text()}\n[alerts]\nhook = ["touch", "{fired}"]\n')
    sim.fault("pi5", "undervolt")
    argv = [*EDGETUI, "--config", str(config), "record", str(file), "-b", "pi5", "--duration", "4"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    sim.fault("pi5", "heal")
    assert done.returncode == 0, done.stderr
    assert rows(file, "SELECT count(*) FROM events WHERE kind = 'alert'") != [(0,)]
    assert not fired.exists()
