"""edgetui as a user runs it, against a real OpenSSH sshd on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Sshd, eventually
from tests.simulated import EDGETUI


class Bench:
    """One board behind sshd, and a configuration of its own."""

    def __init__(self, folder: Path, sshd: Sshd) -> None:
        self.sshd = sshd
        self.known_hosts = folder / "known_hosts"
        (folder / "ssh_config").touch()
        self.config = folder / "config.toml"
        self.config.write_text(
            f'[ssh]\nconfig = "ssh_config"\nknown_hosts = "known_hosts"\n[store]\npath = "edgetui.db"\n'
            f'[[board]]\nname = "bench"\nhost = "127.0.0.1"\nport = {sshd.port}\n'
            f'user = "{sshd.user}"\nkey = "{sshd.key}"\n'
        )

    def edgetui(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*EDGETUI, "--config", str(self.config), *args], capture_output=True, text=True, timeout=60
        )

    def trust(self) -> None:
        done = self.edgetui("boards", "accept", "bench", "--fingerprint", self.sshd.fingerprint)
        assert done.returncode == 0, done.stderr

    def files(self) -> set[Path]:
        """What lies in the board's home and in /tmp of this user's making."""
        return {p for root in (self.sshd.home, Path("/dev/shm")) for p in root.rglob("*")}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Sshd(tmp_path) as sshd:
        yield Bench(tmp_path, sshd)


def test_unknown_key_is_refused_then_accepted_by_one_step(bench: Bench) -> None:
    refused = bench.edgetui("watch", "--once", "--json")
    assert refused.returncode == 3
    (board,) = json.loads(refused.stdout)["boards"]
    assert board["state"] == "refused"
    assert bench.sshd.fingerprint in board["reason"] + board["remedy"]
    assert board["sample"] is None
    bench.trust()
    assert bench.edgetui("watch", "--once", "--json").returncode == 0


def test_changed_key_is_refused_and_not_acceptable(bench: Bench) -> None:
    bench.trust()
    before = bench.known_hosts.read_text()
    bench.sshd.stop()
    bench.sshd.new_host_key()
    bench.sshd.start()
    refused = bench.edgetui("watch", "--once", "--json")
    (board,) = json.loads(refused.stdout)["boards"]
    assert (refused.returncode, board["state"]) == (3, "refused")
    assert "changed" in board["reason"].lower()
    assert bench.edgetui("boards", "accept", "bench", "--fingerprint", bench.sshd.fingerprint).returncode == 3
    assert bench.known_hosts.read_text() == before


def test_readings_agree_with_proc(bench: Bench) -> None:
    bench.trust()
    done = bench.edgetui("watch", "--once", "--json")
    sample = json.loads(done.stdout)["boards"][0]["sample"]
    kb = {k: int(v.split()[0]) for k, v in (x.split(":") for x in Path("/proc/meminfo").read_text().splitlines())}
    assert sample["memory_total_bytes"] == kb["MemTotal"] * 1024
    assert sample["memory_available_bytes"] == pytest.approx(kb["MemAvailable"] * 1024, rel=0.1)
    assert sample["swap_total_bytes"] == kb["SwapTotal"] * 1024
    assert sample["uptime_s"] == pytest.approx(float(Path("/proc/uptime").read_text().split()[0]), abs=10)
    assert 0 <= sample["cpu_percent"] <= 100
    zones = list(Path("/sys/class/thermal").glob("thermal_zone*"))
    assert (sample["temperature_c"] is None) == (not zones)
    assert sample["temperature_c"] is not None or sample["na"]["temperature_c"]


@pytest.mark.parametrize("way", ["exit", "kill -9"])
def test_nothing_stays_on_the_board(bench: Bench, way: str) -> None:
    bench.trust()
    before = bench.files()
    argv = [*EDGETUI, "--config", str(bench.config), "watch", "--jsonl"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        for _ in range(2):
            assert json.loads(watch.stdout.readline())["state"] == "up"
        assert bench.sshd.sessions()
        watch.send_signal(signal.SIGKILL if way == "kill -9" else signal.SIGINT)
    eventually(lambda: not bench.sshd.sessions(), 15, "the end of every process on the board")
    assert bench.files() == before


def test_the_probe_costs_the_board_little(bench: Bench) -> None:
    bench.trust()
    argv = [*EDGETUI, "--config", str(bench.config), "watch", "--jsonl"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        watch.stdout.readline()
        (shell,) = [p for p in bench.sshd.sessions() if p.name() in ("sh", "dash", "bash")]
        first, began = sum(shell.cpu_times()), time.monotonic()
        for _ in range(3):
            watch.stdout.readline()
        share = (sum(shell.cpu_times()) - first) / (time.monotonic() - began)
        watch.send_signal(signal.SIGINT)
    assert share < 0.05, "a fork for every file would cost more"
