"""The shadow test on a simulated cluster: a model against itself, and a slower one against a faster one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulated import Simulated, simulated

RULES = "confidence = 0.7\nmax_slower_percent = 5\nmin_agreement_percent = 20\n"
FAST, SLOW = "moondream", "qwen2.5vl:3b"


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=1) as running:
        yield running


def fired(sim: Simulated, *words: str) -> dict[str, Any]:
    done = sim.edgetui("run", "count-potholes", "--repeat", "8", "--mode", "quick", "--json", *words)
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
    assert [r["model"] for r in in_time] == [FAST, SLOW, SLOW, FAST] * 4

    code, said = judged(sim, tmp_path, FAST, SLOW)
    assert (code, said["verdict"], said["simulated"], said["sim_speed"]) == (1, "reject", True, 20)
    assert said["a"] == {"model": FAST, "run": first["run"]["id"]}
    slower = next(rule for rule in said["rules"] if rule["rule"] == "slower")
    assert slower["low_percent"] > 5
    assert slower["n"] == said["pairs"] == 8 - sum(said["excluded"].values())

    fired(sim, "-m", SLOW)
    itself = f"{SLOW}@{first['run']['id']}"
    code, said = judged(sim, tmp_path, itself, SLOW, RULES.replace("= 5", "= 15"))
    assert (code, said["verdict"]) == (0, "promote")
    code, said = judged(sim, tmp_path, itself, SLOW, "max_slower_percent = 15\nmin_pairs = 9\n")
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
