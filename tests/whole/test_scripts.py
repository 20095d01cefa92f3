"""Script tasks as a user runs them, over a real OpenSSH sshd: stored, detached, found again, gone after kill -9."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.servers import Sshd, eventually
from tests.simulated import EDGETUI

TASK = """
title = "测试"
kind = "script"
runner = "script"
[script]
command = ["python3", "go.py", "{seconds}"]
[script.variants]
seconds = [0, 2, 600]
"""
SCRIPT = """
import json, os, sys, time
for n in range(300): print(json.dumps({"event": "iteration", "latency_s": n}), flush=True)
print("街", flush=True)
time.sleep(int(sys.argv[1]))
print(json.dumps({"event": "result", "text": "end", "map_percent": 50}))
"""


class Bench:
    """One board behind sshd, and a task of the user's own."""

    def __init__(self, folder: Path, sshd: Sshd) -> None:
        self.sshd = sshd
        sshd.ssh()
        task = folder / "edgetui" / "tasks" / "slow"
        task.mkdir(parents=True)
        (task / "task.toml").write_text(TASK, encoding="utf-8")
        (task / "go.py").write_text(SCRIPT, encoding="utf-8")
        self.config = folder / "config.toml"
        self.config.write_text(
            f'[ssh]\nconfig = "{sshd.folder / "ssh_config"}"\nknown_hosts = "{sshd.known_hosts}"\n'
            '[store]\npath = "edgetui.db"\n'
            f'[[board]]\nname = "bench"\nhost = "127.0.0.1"\nport = {sshd.port}\n'
            f'user = "{sshd.user}"\nkey = "{sshd.key}"\n'
        )
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(folder)}

    def argv(self, *args: str) -> list[str]:
        return [*EDGETUI, "--config", str(self.config), *args]

    def edgetui(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.argv(*args), capture_output=True, text=True, timeout=60, env=self.env)

    def at_work(self) -> list[psutil.Process]:
        """Processes of the task on the board."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                mine = process.environ().get("HOME") == str(self.sshd.home)
                if mine and "EDGETUI_RUN" in process.environ() and process.status() != "zombie":
                    found.append(process)
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Sshd(tmp_path, "Subsystem sftp internal-sftp") as sshd:
        yield Bench(tmp_path, sshd)


def only(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    (reply,) = json.loads(done.stdout)["replies"]
    return dict(reply)


def test_a_run_is_shown_and_stored(bench: Bench) -> None:
    done = bench.edgetui("run", "slow", "-m", "seconds=0", "--json")
    assert done.returncode == 0, done.stderr
    reply = only(done)
    assert (reply["model"], reply["text"], reply["runner"]) == ("seconds=0", "街\nend\n", "script")
    figures = reply["figures"]
    assert (figures["iterations"], figures["latency_median_s"], figures["map_percent"]) == (300, 149.5, 50)
    assert figures["peak_rss_bytes"] is not None or figures["na"]["peak_rss_bytes"]
    run = json.loads(done.stdout)["run"]["id"]
    stored = json.loads(bench.edgetui("results", "show", run, "--json").stdout)["replies"]
    assert [each["figures"] for each in stored] == [figures]


def test_nothing_is_left_15_s_after_kill_9(bench: Bench) -> None:
    with subprocess.Popen(
        bench.argv("run", "slow", "-m", "seconds=600"), stderr=subprocess.DEVNULL, env=bench.env
    ) as app:
        eventually(lambda: bool(bench.at_work()), 20, "the script's start")
        app.send_signal(signal.SIGKILL)
    eventually(lambda: not bench.at_work(), 15, "the end of the script")


def test_a_detached_script_is_found_again(bench: Bench) -> None:
    left = bench.edgetui("run", "slow", "-m", "seconds=2", "--detach", "--json")
    assert left.returncode == 0, left.stderr
    assert bench.at_work(), "it runs on"
    run = json.loads(left.stdout)["run"]["id"]
    assert f"edgetui run --resume {run}" in left.stderr
    found = bench.edgetui("run", "--resume", run, "--json")
    assert found.returncode == 0, found.stderr
    reply = only(found)
    assert (reply["outcome"], reply["text"], reply["figures"]["iterations"]) == ("ok", "街\nend\n", 300)
    assert not bench.at_work()


def test_clean_ends_what_runs_and_takes_all_away(bench: Bench) -> None:
    assert bench.edgetui("run", "slow", "-m", "seconds=600", "--detach").returncode == 0
    assert bench.at_work()
    done = bench.edgetui("tasks", "clean", "--json")
    (row,) = json.loads(done.stdout)["boards"]
    assert (done.returncode, row["ok"]) == (0, True)
    assert row["ended"] >= 1
    assert row["freed_bytes"] > 0
    assert not bench.at_work()
    assert not [p for p in (bench.sshd.home / ".cache" / "edgetui").rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["slow", "--detach"], "one cell a board can be detached"),
        (["slow", "-m", "seconds=3"], "no variant 'seconds=3'"),
        (["add-up", "-m", "x", "--detach"], "for scripts"),
        (["add-up", "slow"], "one script task at a time"),
        (["add-up", "--runner", "script"], "no [script] part"),
    ],
)
def test_what_cannot_be_asked_for_is_said(bench: Bench, args: list[str], words: str) -> None:
    done = bench.edgetui("run", *args)
    assert done.returncode == 2
    assert words in done.stderr
