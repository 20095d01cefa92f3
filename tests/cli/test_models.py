"""``edgetui models`` as a program: documents, exit codes, words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.simulated import Simulated, simulated


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=300, boards=2) as running:
        yield running


def test_list_pull_fit_and_remove(sim: Simulated) -> None:
    listed = json.loads(sim.edgetui("models", "list", "--json").stdout)["models"]
    row = next(r for r in listed if (r["model"], r["board"]) == ("moondream:latest", "orin-nano"))
    assert (row["present"], row["size_bytes"], row["simulated"]) == (True, 1738451197, True)
    assert row["na"] == {"gpu_share": "not loaded"}
    pulled = sim.edgetui("models", "pull", "edge-tiny", "-b", "orin-nano", "--json", "--quiet")
    assert pulled.returncode == 0
    (moved,) = json.loads(pulled.stdout)["models"]
    assert (moved["outcome"], moved["completed_bytes"]) == ("ok", moved["size_bytes"])
    fits = json.loads(sim.edgetui("models", "fit", "edge-tiny", "--json").stdout)["models"]
    assert {r["board"]: r["verdict"] for r in fits} == {"rtx3060": "fits", "orin-nano": "fits"}
    assert sim.edgetui("models", "rm", "edge-tiny", "-b", "orin-nano").returncode == 0


def test_what_fails_has_its_code_and_its_words(sim: Simulated) -> None:
    missing = sim.edgetui("models", "pull", "no-such-model", "-b", "orin-nano", "--csv")
    assert missing.returncode == 1
    assert "not-found" in missing.stdout
    assert sim.edgetui("models", "rm", "no-such-model", "-b", "orin-nano").returncode == 1
    name = sim.edgetui("models", "pull", "../x")
    assert (name.returncode, name.stdout) == (2, "")
    assert "is no name of a model" in name.stderr
    source = sim.edgetui("models", "push", "no-such-model", "-b", "orin-nano", "--json")
    assert source.returncode == 2
    assert json.loads(source.stderr.splitlines()[-1])["error"]["message"].startswith("there is no source")
