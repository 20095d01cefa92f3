"""``edgetui results compare`` and ``export``, as a person runs them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgetui.cli.named import stored_run
from edgetui.errors import UsageError
from edgetui.store import Store
from tests.ui.stored import NEW, OLD, campaign


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    """A configuration whose Store has a small campaign; the RTX 3060 is its reference."""
    database = tmp_path / "edgetui.db"
    async with await Store.open(database) as store:
        await campaign(store)
    made = tmp_path / "config.toml"
    boards = '[[board]]\nname = "pi5"\nhost = "h"\n[[board]]\nname = "rtx3060"\nhost = "h"\nreference = true\n'
    made.write_text(f"{boards}[store]\npath = {json.dumps(str(database))}\n")
    return made


def results(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "edgetui", "--config", str(config), "results", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30)


def cells(config: Path, *words: str) -> dict[tuple[str, str], dict[str, object]]:
    done = results(config, "compare", *words, "--json")
    assert done.returncode == 0, done.stderr
    return {(cell["model"], cell["board"]): cell for cell in json.loads(done.stdout)["cells"]}


def test_boards_against_the_reference(config: Path) -> None:
    found = cells(config, "last")
    assert len(found) == 8
    pi5, throttled = found["qwen2.5vl:3b", "pi5"], found["qwen2.5vl:3b", "pi4-8g"]
    assert pi5["ratio"] == pytest.approx(48)
    assert (pi5["n"], pi5["simulated"], pi5["sim_speed"]) == (5, True, 20.0)
    assert (throttled["e2e_s"], throttled["left_out"]) == (None, 5)
    assert throttled["na"]["e2e_s"] == "oom ×1, it was throttled ×5"  # type: ignore[index]
    assert cells(config, "last", "--unsound")["qwen2.5vl:3b", "pi4-8g"]["left_out"] == 0
    assert cells(config, "last", "--reference", "pi5")["qwen2.5vl:3b", "pi5"]["ratio"] == 1.0


def test_the_same_for_people(config: Path) -> None:
    assert "it was throttled" in results(config, "compare", "last").stdout
    lines = results(config, "compare", NEW, OLD, "--markdown").stdout.splitlines()
    assert len(lines) == 2 + 8
    rows = list(csv.DictReader(io.StringIO(results(config, "compare", "last", "--csv").stdout)))
    assert {row["simulated"] for row in rows} == {"true"}


def test_replies_as_rows(config: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(results(config, "export", "--csv").stdout)))
    assert len(rows) == 51
    assert len(json.loads(results(config, "export", OLD, "--json").stdout)["replies"]) == 10
    file = tmp_path / "out.csv"
    words = ("export", "--filter", "marks:throttled model:moon", "-o", str(file))
    assert results(config, *words).returncode == 0
    assert {row["board"] for row in csv.DictReader(io.StringIO(file.read_text()))} == {"pi4-8g"}
    again = results(config, *words)
    assert again.returncode == 1
    assert "File exists" in again.stderr


def test_people_are_told_and_filter_by_the_boards_own_time(config: Path) -> None:
    only = ("export", "--filter", "board:pi5 n:1 model:qwen e2e:>2000", NEW)
    (row,) = csv.DictReader(io.StringIO(results(config, *only, "--csv").stdout))
    assert float(row["e2e_s"]) == pytest.approx(122.4)
    assert row["sim_speed"] == "20.0"
    for form in ((), ("--markdown",)):
        assert " 2448 " in results(config, *only, *form).stdout


def test_a_run_that_is_not_there(config: Path) -> None:
    done = results(config, "compare", "nope")
    assert done.returncode == 2
    assert "no stored run 'nope'" in done.stderr


async def test_the_last_run_of_a_file_without_any_is_none_yet(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "empty.db") as store:
        for name in ("last", "last-1"):
            with pytest.raises(UsageError, match="no run is stored yet"):
                await stored_run(store, name)


def test_the_run_before_the_last_has_a_name_and_models_are_held_against_each_other(config: Path) -> None:
    done = results(config, "compare", "last-1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert {
        each["verdict"] for each in json.loads(results(config, "compare", "last", "--json").stdout)["models"]
    } == {"cannot tell"}
    plain = results(config, "compare", "last").stdout
    assert "qwen2.5vl:3b: " in plain
    assert "To learn what heat costs on" in plain
    assert "no stored run 'last-9'" in results(config, "compare", "last-9").stderr
