"""``edgetui run`` as a campaign: from a file, told before it runs, gone on with, on more boards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.simulated import Simulated, simulated

FILE = """
tasks = ["count-potholes", "why-fell"]
models = ["moondream"]
boards = ["rtx3060"]
mode = "quick"
repeats = 2
"""


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=400, boards=3) as running:
        yield running


def test_a_file_is_a_campaign_and_more_boards_complete_it(sim: Simulated, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text(FILE)
    before = json.loads(sim.edgetui("run", str(file), "--dry-run", "--json").stdout)["cells"]
    assert [(c["task"], c["cells"], c["eta_s"]) for c in before] == [
        ("count-potholes", 2, None),
        ("why-fell", 2, None),
    ]
    assert "never measured" in before[0]["na"]["eta_s"]

    first = json.loads(sim.edgetui("run", str(file), "--json").stdout)
    assert {(r["task"], r["repeat"]) for r in first["replies"]} == set(
        product(("count-potholes", "why-fell"), (1, 2))
    )
    assert first["run"]["protocol"] == "quick-1"
    after = json.loads(sim.edgetui("run", str(file), "--dry-run", "--json").stdout)["cells"]
    assert all(cell["eta_s"] > 0 for cell in after)

    more = json.loads(sim.edgetui("run", "--resume", first["run"]["id"], "-b", "pi5", "--json").stdout)
    assert more["run"]["id"] == first["run"]["id"]
    assert more["run"]["boards"] == ["rtx3060", "pi5"]
    old = {(r["task"], r["repeat"]): r["finished_at"] for r in more["replies"] if r["board"] == "rtx3060"}
    assert old == {(r["task"], r["repeat"]): r["finished_at"] for r in first["replies"]}
    assert len(more["replies"]) == 8


def test_a_model_that_is_not_there_is_skipped_with_the_reason_and_can_be_made_good(sim: Simulated) -> None:
    done = sim.edgetui(
        "run", "count-potholes", "-m", "nobody/knows:1b", "-m", "moondream", "-b", "rtx3060", "--json"
    )
    replies = {r["model"]: r for r in json.loads(done.stdout)["replies"]}
    assert replies["moondream"]["outcome"] == "ok"
    assert replies["nobody/knows:1b"]["outcome"] == "not-installed"
    again = json.loads(sim.edgetui("run", "--resume", "last", "--jsonl").stdout)
    assert (again["model"], again["outcome"]) == ("nobody/knows:1b", "not-installed")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["count-potholes"], "no model is named"),
        ([], "no task is named"),
        (["--resume", "nothing"], "no stored run"),
        (["--resume", "last", "--mode", "burst"], "from the stored run: --mode"),
    ],
)
def test_what_is_asked_wrongly_ends_in_a_sentence(sim: Simulated, words: list[str], complaint: str) -> None:
    done = sim.edgetui("run", *words)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_a_mistyped_key_names_its_line(sim: Simulated, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text('tasks = ["why-fell"]\nmodels = ["moondream"]\nrepeat = 2\n')
    done = sim.edgetui("run", str(file))
    assert done.returncode == 2
    assert "campaign.toml:3" in done.stderr
    assert "repeats" in done.stderr
