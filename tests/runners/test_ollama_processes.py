"""Ollama's runners among the processes of a real Linux, asked with the shells that boards have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

from edgetui.model import NA, known
from edgetui.runners.ollama_processes import QUESTION, runners_in

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}


@pytest.mark.parametrize("shell", SHELLS)
def test_children_of_an_ollama_are_its_runners(shell: str, tmp_path: Path) -> None:
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"{shell} is not installed (package {shell})")
    server, runner = tmp_path / "ollama", tmp_path / "llama-server"
    shutil.copy("/bin/sh", server)
    shutil.copy(shutil.which("sleep") or "/bin/sleep", runner)
    with subprocess.Popen(
        [str(server), "-c", f"{runner} 60 & echo $!; read stop; kill $!"], stdin=-1, stdout=-1
    ) as p:
        assert p.stdout is not None
        pid = int(p.stdout.readline())
        said = ""
        while f"{pid} {p.pid} " not in said or "llama-server" not in said:  # it may not have been started yet
            said = subprocess.run([*SHELLS[shell], "-c", QUESTION], capture_output=True, text=True).stdout
        found = runners_in(said)
        expected = psutil.Process(pid).memory_info().rss
        p.communicate(b"\n")
    assert not isinstance(found, NA)
    (mine,) = (each for each in found if each.pid == pid)
    assert mine.rss_bytes == pytest.approx(expected, rel=0.5)
    assert known(mine.file_bytes)


def test_one_left_behind_and_a_client_are_no_runners() -> None:
    said = "12 1 900 - ollama\n31 12 2048 10 llama-server\n40 1 5 5 llama-server\n55 54 8 8 ollama\n"
    found = runners_in(said)
    assert not isinstance(found, NA)
    assert [(each.pid, each.rss_bytes, each.file_bytes) for each in found] == [(31, 2048 * 1024.0, 10 * 1024.0)]
    era_b = runners_in("12 1 900 100 ollama\n31 12 2048 - ollama\n")
    assert not isinstance(era_b, NA)
    assert [known(each.file_bytes) for each in era_b] == [False]


@pytest.mark.parametrize("said", ["", "sh: syntax error\n", "x y z\n", "7 1 - - bash\n"])
def test_a_board_that_tells_nothing_has_no_figure(said: str) -> None:
    assert isinstance(runners_in(said), NA)


def test_a_server_alone_has_no_runner() -> None:
    assert runners_in("12 1 900 100 ollama\n") == ()
