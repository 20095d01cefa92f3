"""``edgetui results``, as a person runs it."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest

from edgetui.store import Store

from .test_store import REPLY, RUN, request

EVIL = "a|b\n\x1b[31m[red]\u202e\x07"


@pytest.fixture
async def stored(tmp_path):
    """A configuration whose Store has three runs; the last one with hostile answers."""
    path = tmp_path / "data" / "edgetui.db"
    async with await Store.open(path) as store:
        for n, name in enumerate(["20261121-0304-ab", "20261121-0304-cd", "20261122-0000-ef"]):
            await store.save_run(replace(RUN, id=name, fired_at=RUN.fired_at + n))
        await store.finish_run("20261121-0304-ab", RUN.fired_at + 60)
        await store.save_reply(replace(REPLY, request=request(run="20261122-0000-ef"), text=EVIL))
    return config(tmp_path, path)


def config(folder, database):
    made = folder / "config.toml"
    made.write_text(f"[store]\npath = {json.dumps(str(database))}\n")
    return made


def results(config, *words):
    argv = [sys.executable, "-m", "edgetui", "--config", str(config), "results", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30)


def test_list(stored):
    done = results(stored, "list", "--json")
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    assert [run["id"] for run in runs] == ["20261122-0000-ef", "20261121-0304-cd", "20261121-0304-ab"]
    assert runs[0]["finished_at"] is None
    assert runs[0]["na"]["finished_at"]
    assert runs[2]["finished_at"] == "2026-11-21T03:05:05.678Z"
    assert len(results(stored, "list", "--jsonl", "--limit", "2").stdout.splitlines()) == 2
    assert "20261121-0304-cd" in results(stored, "list").stdout


def test_show_is_the_document_of_run(stored):
    done = results(stored, "show", "last", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["run"]["id"] == "20261122-0000-ef"
    assert document["replies"] == [replace(REPLY, text=EVIL).to_json()]
    assert [
        json.loads(line) for line in results(stored, "show", "last", "--jsonl").stdout.splitlines()
    ] == document["replies"]


@pytest.mark.parametrize("name", ["20261122", "20261122-0000-ef", "last"])
def test_a_run_is_found_by_what_its_id_begins_with(stored, name):
    assert json.loads(results(stored, "show", name, "--json").stdout)["run"]["id"] == "20261122-0000-ef"


@pytest.mark.parametrize(
    ("name", "said"),
    [("20261121", "several runs"), ("nope", "no stored run 'nope'"), ("%", "no stored run"), ("", "several")],
)
def test_a_run_that_is_not_told(stored, name, said):
    done = results(stored, "show", name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


@pytest.mark.parametrize("form", [(), ("--markdown",), ("--csv",)])
def test_hostile_answers_reach_no_terminal(stored, form):
    done = results(stored, "show", "last", *form)
    assert done.returncode == 0, done.stderr
    assert not {"\x1b", "\u202e", "\x07"} & set(done.stdout)
    assert "pi5" in done.stdout
    if form == ("--csv",):
        (row,) = csv.DictReader(io.StringIO(done.stdout))
        assert row["simulated"] in ("true", "false")
        assert row["outcome"] == "truncated"
    if form == ("--markdown",):
        assert r"a\|b" in done.stdout


@pytest.mark.parametrize("form", [("list",), ("show", "last"), ("list", "--csv")])
def test_a_terminal_gets_the_same_bytes_but_for_colour(stored, form):
    argv = [sys.executable, "-m", "edgetui", "--config", str(stored), "results", *form]
    ours, theirs = pty.openpty()
    with subprocess.Popen(argv, stdout=theirs, env={**os.environ, "NO_COLOR": "1"}) as program:
        os.close(theirs)
        got = b""
        while part := _read(ours):
            got += part
        assert program.wait(30) == 0
    os.close(ours)
    assert got.decode().replace("\r\n", "\n") == results(stored, *form).stdout


def _read(end):
    try:
        return os.read(end, 65536)
    except OSError:  # the other end is closed
        return b""


def test_looking_makes_no_file(tmp_path):
    database = tmp_path / "data" / "edgetui.db"
    made = config(tmp_path, database)
    assert json.loads(results(made, "list", "--json").stdout) == {"runs": []}
    done = results(made, "show", "last")
    assert done.returncode == 2
    assert "edgetui run" in done.stderr
    assert not database.parent.exists()


def test_a_database_that_is_none(tmp_path):
    database = tmp_path / "edgetui.db"
    database.write_text("notes " * 1000)
    done = results(config(tmp_path, database), "list")
    assert done.returncode == 1
    assert str(database) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_person_overrules_a_score_and_both_are_shown(stored):
    before = json.loads(results(stored, "show", "last", "--json").stdout)["replies"][0]
    assert (before["score"], before["na"]["score"]) == (None, "not scored")
    done = results(stored, "score", "last", "1", "0.5", "--why", f"half of it is there {EVIL}")
    assert done.returncode == 0, done.stderr
    assert "0.50 (person)" in done.stdout
    assert results(stored, "score", "last", "1", "pass", "--why", "all of it is there").returncode == 0
    score = json.loads(results(stored, "show", "last", "--json").stdout)["replies"][0]["score"]
    assert (score["value"], score["na"]["value"]) == (None, "not scored")
    said = score["overruled"]
    assert (said["value"], said["passed"], said["why"]) == (1.0, True, "all of it is there")
    assert "✓ (person)" in results(stored, "show", "last").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("last", "7", "pass", "--why", "x"), "has no reply 7"),
        (("last", "0", "pass", "--why", "x"), "has no reply 0"),
        (("last", "1", "1.5", "--why", "x"), "'1.5' is no verdict"),
        (("last", "1", "nan", "--why", "x"), "'nan' is no verdict"),
        (("last", "1", "pass", "--why", " "), "--why is empty"),
        (("last", "1", "pass"), "--why"),
    ],
)
def test_an_overruling_that_makes_no_sense(stored, words, said):
    done = results(stored, "score", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
