"""The shadow test from the first cell to the exit code: on a simulated cluster, and with a real program here."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import edgetui
from tests.simulated import Simulated, simulated

RULES = "confidence = 0.7\nmax_slower_percent = 5\nmin_agreement_percent = 20\n"
FAST, SLOW = "moondream", "qwen2.5vl:3b"


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=1) as running:
        yield running


def fired(sim: Simulated, *words: str) -> dict[str, Any]:
    done = sim.edgetui("run", "count-potholes", "--repeat", "6", "--mode", "quick", "--json", *words)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def judged(sim: Simulated, folder: Path, a: str, b: str, rules: str = RULES) -> tuple[int, dict[str, Any]]:
    file = folder / "rules.toml"
    file.write_text(rules)
    done = sim.edgetui("results", "shadow", a, b, "--rules", str(file), "--json")
    shadow: dict[str, Any] = json.loads(done.stdout)["shadow"]
    return done.returncode, shadow


def test_two_models_by_turns_and_each_against_itself(sim: Simulated, tmp_path: Path) -> None:
    first = fired(sim, "-m", FAST, SLOW, "--by-turns")
    assert first["run"]["protocol"] == "quick-1 by-turns"
    in_time = sorted(first["replies"], key=lambda r: r["started_at"])
    assert [r["model"] for r in in_time] == [FAST, SLOW, SLOW, FAST] * 3

    code, said = judged(sim, tmp_path, FAST, SLOW)
    assert (code, said["verdict"], said["simulated"], said["sim_speed"]) == (1, "reject", True, 20)
    assert said["a"] == {"model": FAST, "run": first["run"]["id"]}
    slower = next(rule for rule in said["rules"] if rule["rule"] == "slower")
    assert slower["low_percent"] > 5
    assert slower["n"] == said["pairs"] == 6 - sum(said["excluded"].values())

    fired(sim, "-m", SLOW)
    itself = f"{SLOW}@{first['run']['id']}"
    code, said = judged(sim, tmp_path, itself, SLOW, RULES.replace("= 5", "= 15"))
    assert (code, said["verdict"]) == (0, "promote")
    code, said = judged(sim, tmp_path, itself, SLOW, "max_slower_percent = 15\nmin_pairs = 7\n")
    assert (code, said["verdict"]) == (1, "cannot tell")

    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    words = ("--rules", str(rules), "--csv")
    wrong = sim.edgetui("results", "shadow", FAST, SLOW, *words)
    assert (wrong.returncode, f"has no '{FAST}'" in wrong.stderr) == (2, True)
    told = sim.edgetui("results", "shadow", f"{FAST}@{first['run']['id']}", SLOW, *words).stdout
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["rule"] for row in rows] == ["pairs", "failures", "slower", "agreement", "all"]
    assert rows[-1]["verdict"] == "reject"
    assert "simulated ×20" in rows[-1]["sum"]


PROGRAM = """import json, time
for n in range(4):
    began = time.perf_counter()
    time.sleep({seconds})
    print(json.dumps({{"event": "iteration", "latency_s": time.perf_counter() - began, "warmup": n == 0}}))
print(json.dumps({{"event": "result", "text": "7 boxes"}}))
"""
TASK = """title = "Three versions of a program"
kind = "script"
runner = "script"
[script]
command = ["python3", "{version}.py"]
[script.variants]
version = ["old", "same", "slower"]
"""


def test_a_script_is_promoted_where_it_is_the_same_and_rejected_where_it_is_ten_percent_slower(
    tmp_path: Path,
) -> None:
    task, repeats = tmp_path / "edgetui" / "tasks" / "timer", 5
    task.mkdir(parents=True)
    (task / "task.toml").write_text(TASK)
    for name, seconds in (("old", 0.05), ("same", 0.05), ("slower", 0.055)):
        (task / f"{name}.py").write_text(PROGRAM.format(seconds=seconds))
    board = f'[store]\npath = "{tmp_path}/edgetui.db"\n[[board]]\nname = "here"\nlocal = true\n'
    (tmp_path / "edgetui" / "config.toml").write_text(board)
    (tmp_path / "rules.toml").write_text(
        'figure = "latency_median_s"\nmax_slower_percent = 5\nconfidence = 0.6\nmin_pairs = 4\n'
    )
    own = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def said(*words: str) -> tuple[int, Any]:
        done = edgetui(*words, "--json", **own)
        return done.returncode, json.loads(done.stdout)

    code, run = said("run", "timer", "--by-turns", "--repeat", str(repeats), "--quiet")
    assert (code, len(run["replies"])) == (0, 3 * repeats)
    with sqlite3.connect(tmp_path / "edgetui.db") as db:
        db.execute("UPDATE replies SET marks = '[]'")  # others use this machine, and that would be told
    for version, verdict in (("same", "promote"), ("slower", "reject")):
        code, told = said(
            "results", "shadow", "version=old", f"version={version}", "--rules", str(tmp_path / "rules.toml")
        )
        assert (code, told["shadow"]["verdict"]) == (int(verdict == "reject"), verdict), told
    with sqlite3.connect(tmp_path / "edgetui.db") as db:
        db.execute("UPDATE replies SET marks = '[\"throttled\"]' WHERE model = 'version=old' AND repeat > 3")
    code, told = said("results", "shadow", "version=old", "version=same", "--rules", str(tmp_path / "rules.toml"))
    assert (code, told["shadow"]["verdict"]) == (1, "cannot tell")
    assert (told["shadow"]["pairs"], told["shadow"]["excluded"]) == (3, {"it was throttled": 2})
