"""boards check and accept against real SSH servers: the simulated cluster, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import edgetui
from tests.simulated import simulated


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a running cluster of eight boards, one of which never answers."""
    with simulated(tmp_path_factory.mktemp("cluster"), speed=20, dead=1) as running:
        yield running.folder


def checked(*words: str | Path) -> tuple[int, dict[str, dict[str, object]]]:
    done = edgetui("boards", "check", "--json", *words, EDGETUI_SSH__CONNECT_TIMEOUT_S="2")
    return done.returncode, {row["board"]: row for row in json.loads(done.stdout)["boards"]}


def test_check_tells_what_each_board_is_and_lacks(cluster: Path) -> None:
    code, boards = checked("--config", cluster / "config.toml")
    assert code == 1
    assert len(boards) == 8
    dead = [row for row in boards.values() if row["state"] == "down"]
    assert len(dead) == 1
    assert "no answer" in str(dead[0]["reason"])
    orin = boards["orin-nano"]
    assert (orin["ok"], orin["family"], orin["ollama_version"], orin["sim_speed"]) == (True, "jetson", "0.12.3", 20)
    assert "Ubuntu 22.04" in str(orin["os"])


def test_check_says_one_line_a_board(cluster: Path) -> None:
    done = edgetui("boards", "check", "rtx3060", "orin-nano", "--config", cluster / "config.toml")
    first, second = done.stdout.splitlines()
    assert first.startswith("rtx3060 (simulated ×20): up; nvidia; ")
    assert second.endswith("Ollama 0.12.3")
    assert done.returncode == 0


def test_an_unknown_host_key_is_refused_until_it_is_accepted_by_its_fingerprint(cluster: Path) -> None:
    known, file = cluster / "empty_known_hosts", cluster / "strict.toml"
    text = (cluster / "config.toml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("known_hosts"))
    file.write_text(text.replace(line, f'known_hosts = "{known}"'))
    code, boards = checked("orin-nano", "--config", file)
    assert (code, boards["orin-nano"]["state"]) == (3, "refused")
    fingerprint = str(boards["orin-nano"]["fingerprint"])
    assert fingerprint.startswith("SHA256:")
    accept = ("boards", "accept", "orin-nano", "--config", file, "--fingerprint")
    wrong = edgetui(*accept, "SHA256:0000")
    assert wrong.returncode == 3
    assert "nothing was stored" in wrong.stderr
    assert checked("orin-nano", "--config", file)[0] == 3
    right = edgetui(*accept, fingerprint)
    assert (right.returncode, right.stdout) == (0, f"orin-nano: stored {fingerprint}\n")
    assert checked("orin-nano", "--config", file)[0] == 0
    late = edgetui(*accept, "SHA256:0000")
    assert late.returncode == 2
    assert "known already" in late.stderr
