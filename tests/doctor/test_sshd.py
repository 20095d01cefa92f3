"""The doctor against a real sshd on this machine: what is broken is found, and its command mends it."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

from edgetui.config import Board, Config
from edgetui.doctor.check import Check
from edgetui.doctor.report import examine
from tests.servers import Sshd, eventually, free_port, soon
from tests.sim.served import served


async def looked(server: Sshd, port: int) -> dict[str, Check]:
    board: Board = server.board("bench", ollama_port=port)
    (report,) = await examine(Config(board=(board,), ssh=server.ssh()))
    assert report.reached, report.checks
    return {check.name: check for check in report.checks}


async def test_a_real_machine_is_looked_at_without_root_or_tools(tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        checks = await looked(server, free_port())
        assert checks["clock"].grade == "green"
        assert checks["sshd limits"].grade == "green"
        assert "5 of 5" in checks["sshd limits"].looked
        assert checks["models' disk"].grade in ("green", "amber", "red")
        assert checks["probe's cost"].grade == "green", checks["probe's cost"]
        assert 0 < float(checks["probe's cost"].looked.split()[0]) < 10
        assert checks["ollama"].grade == "red"
        eventually(lambda: not server.sessions(), 10, "the end of every session")


async def test_too_few_sessions(tmp_path: Path) -> None:
    """The mending command, run on this server's own configuration."""
    with Sshd(tmp_path, "MaxSessions 4") as server:
        found = (await looked(server, free_port()))["sshd limits"]
        assert (found.grade, found.looked) == ("amber", "3 of 5 sessions opened beside the probe")
        edit = found.remedy.removeprefix("sudo ").partition(" && ")[0]
        config = server.folder / "sshd_config"
        run(edit.replace("/etc/ssh/sshd_config", shlex.quote(str(config))))
        server.options = tuple(line for line in config.read_text().splitlines() if line.startswith("MaxSessions"))
        assert server.options == ("MaxSessions 20",)
        server.stop()
        server.start()
        assert (await looked(server, free_port()))["sshd limits"].grade == "green"


async def test_a_runner_that_outlived_its_server(tmp_path: Path) -> None:
    program = tmp_path / "llama-server"
    shutil.copy(shutil.which("sleep") or pytest.skip("no sleep here: coreutils"), program)
    run(f"{shlex.quote(str(program))} 300 >/dev/null 2>&1 &")
    await soon(lambda: bool(runners_of(program)))
    (orphan,) = runners_of(program)
    try:
        if orphan.ppid() != 1:
            pytest.skip(f"orphans go to process {orphan.ppid()} here, not to 1")
        with Sshd(tmp_path) as server:
            found = (await looked(server, free_port()))["orphaned runners"]
            assert found.grade == "amber"
            assert str(orphan.pid) in shlex.split(found.remedy)
            run(found.remedy.removeprefix("sudo "))
            assert (await looked(server, free_port()))["orphaned runners"].grade == "green"
    finally:
        if orphan.is_running():
            orphan.kill()


async def test_ollama_that_is_away_and_ollama_that_is_open_to_all(tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        async with await asyncio.start_server(lambda _, writer: writer.close(), "0.0.0.0", 0) as door:
            found = (await looked(server, door.sockets[0].getsockname()[1]))["ollama exposed"]
        assert (found.grade, "all addresses" in found.looked) == ("red", True)
        assert "OLLAMA_HOST=127.0.0.1" in found.remedy
        away = (await looked(server, free_port()))["ollama"]
        assert away.grade == "red"
        assert "ollama" in away.remedy
        async with served("pi5", "0.12.11") as ollama:
            checks = await looked(server, ollama.port)
            assert (checks["ollama"].grade, checks["ollama exposed"].grade) == ("green", "green")


async def test_a_board_that_is_not_there(tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        here, away = server.board("here"), server.board("away", port=free_port())
        first, second = await examine(Config(board=(here, away), ssh=server.ssh()))
    assert first.reached, first.state
    assert (second.reached, second.grade) == (False, "red")
    assert [check.name for check in second.checks] == ["link"]
    assert "refuses the connection" in second.checks[0].looked


async def test_a_link_that_is_lost_meanwhile_leaves_grey_checks(tmp_path: Path) -> None:
    """Nothing is made up of what was not answered; what was seen before stays."""
    flag, tools = tmp_path / "asked", tmp_path / "tools"
    tools.mkdir()
    tool = tools / "journalctl"
    tool.write_text(f"#!/bin/sh\n: >{shlex.quote(str(flag))}\nexec sleep 60\n")
    tool.chmod(0o755)
    server = Sshd(tmp_path)
    server.options = (f"SetEnv HOME={server.home} PATH={tools}:/usr/bin:/bin",)
    with server:
        looking = asyncio.create_task(examine(Config(board=(server.board(),), ssh=server.ssh())))
        await soon(flag.exists, 15, "the questions")
        server.stop()
        (report,) = await looking
    checks = {check.name: check for check in report.checks}
    assert checks["clock"].grade == "green"
    assert "/proc/swaps" in checks["swap"].looked
    for name in ("models' disk", "sshd limits", "probe's cost"):
        assert checks[name].grade == "grey", checks[name]
        assert checks[name].looked.startswith("could not look: ")


def runners_of(program: Path) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["exe"]) if p.info["exe"] == str(program)]


def run(command: str) -> None:
    subprocess.run(["sh", "-c", command], check=True)
