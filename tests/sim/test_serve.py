"""``edgetui sim serve`` from outside: its ready line, its folder, its end, and many boards."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgetui.config import load
from tests.sim.cluster import Probe, lab

SERVE = [sys.executable, "-m", "edgetui", "sim", "serve"]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sim-") as name:
        yield Path(name)


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*SERVE, str(folder), *options], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_the_ready_line_and_the_folder(folder):
    with serving(folder) as (process, ready):
        assert ready["ready"] is True
        assert ready["boards"] == ["rtx3060", "orin-nano", "pi5", "pi4-8g", "pi4-4g", "nano-4g", "nano-2g", "pi2"]
        config = load(Path(ready["config"]))
        assert [board.name for board in config.board if board.reference] == ["rtx3060"]
        assert config.ssh.config == folder / "ssh_config"
        assert config.store.path == folder / "edgetui.db"
        for private in ("key", "control", "hosts/pi5"):
            assert stat.S_IMODE((folder / private).stat().st_mode) == 0o600
        fault = [*SERVE[:-1], "fault", str(folder), "pi5", "cut"]
        assert subprocess.run(fault, check=False).returncode == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", config.board[2].port), timeout=2)
        again = subprocess.run([*SERVE, str(folder)], capture_output=True, text=True, check=False)
        assert again.returncode == 2
        assert "already" in again.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert process.stderr.read() == ""
    assert not (folder / "control").exists()


def test_end_of_stdin_ends_it_where_asked(folder):
    with serving(folder, "--boards", "1", "--until-eof") as (process, _):
        process.stdin.close()
        assert process.wait(5) == 0


def test_a_cluster_started_anew_has_the_keys_that_are_known(folder):
    keys = []
    for _ in range(2):
        with serving(folder, "--boards", "3"):
            keys.append([line.split()[2] for line in (folder / "known_hosts").read_text().splitlines()])
    assert keys[0] == keys[1]


def test_wrong_numbers_are_usage_errors(folder):
    for options in ("--speed 2e6", "--speed nan", "--boards 0", "--dead 8", "--cluster own"):
        done = subprocess.run([*SERVE, str(folder), *options.split()], capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr


def test_faults_are_listed(folder):
    done = subprocess.run([*SERVE[:-1], "fault", str(folder), "--list"], capture_output=True, text=True, check=True)
    assert "undervolt" in done.stdout


async def test_a_hundred_boards_of_which_ten_are_dead():
    begin = time.monotonic()
    async with lab(boards=100, dead=10) as it:
        assert time.monotonic() - begin < 10
        assert len({board.name for board in it.config.board}) == 100
        assert "pi5-12" in it.stations
        dead = [station for station in it.stations.values() if not station.listening]

        async def greeted(name: str) -> bool:
            async with it.connected(name, connect_timeout=30) as connection:
                return (await (await Probe.start(connection)).tick()).seq == 1

        async def knocked(port: int) -> str:
            try:
                async with asyncio.timeout(0.5):
                    await asyncio.open_connection("127.0.0.1", port)
            except (TimeoutError, ConnectionRefusedError) as error:
                return type(error).__name__
            return "answered"

        assert all(await asyncio.gather(*(greeted(n) for n, s in it.stations.items() if s.listening)))
        causes = await asyncio.gather(*(knocked(station.port) for station in dead))
    assert sorted(causes) == ["ConnectionRefusedError"] * 5 + ["TimeoutError"] * 5
    assert it.stations["rtx3060"] not in dead


async def test_the_published_cluster_is_of_era_b_and_the_mixed_one_as_the_field():
    for mixed, newest in ((False, {}), (True, dict.fromkeys(("rtx3060", "orin-nano", "pi5"), "0.32.15"))):
        async with lab(mixed=mixed) as it:
            versions = {name: station.board.ollama_version for name, station in it.stations.items()}
        assert versions == {
            "rtx3060": "0.24.0",
            "orin-nano": "0.12.3",
            "pi5": "0.24.0",
            "pi4-8g": "0.24.0",
            "pi4-4g": "0.24.0",
            "nano-4g": "0.18.2",
            "nano-2g": "0.18.2",
            "pi2": "",
            **newest,
        }


async def test_files_go_to_the_boards_own_folder():
    async with lab(boards=3) as it, it.connected("pi5") as connection:
        async with connection.start_sftp_client() as sftp, sftp.open("/x.txt", "w") as file:
            await file.write("hello")
        assert (it.folder / "boards/pi5/x.txt").read_text() == "hello"
        assert os.listdir(it.folder / "boards") == ["pi5"]


async def test_commands_that_are_not_there():
    async with lab(boards=3) as it, it.connected("pi5") as connection:
        done = await connection.run("nvidia-smi; true")
        assert done.exit_status == 0
        assert (await connection.run("nvidia-smi")).exit_status == 127
        assert (await connection.run("false || vcgencmd measure_clock arm")).stdout.startswith("frequency(48)=")
        assert (await connection.run("false && echo no")).stdout == ""
