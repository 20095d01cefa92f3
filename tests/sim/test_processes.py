"""What a simulated board tells of Ollama's processes and service, asked as a real one is."""

from __future__ import annotations

import pytest

from edgetui.sim import commands
from tests.sim.served import Served, served
from tests.sim.test_ollama import load


def said(it: Served, command: str) -> str:
    return commands.run(it.board, command)[1]


def service(it: Served) -> dict[str, str]:
    return dict(row.split("=", 1) for row in said(it, "systemctl show ollama").splitlines())


@pytest.mark.parametrize(("version", "name"), [("0.24.0", "ollama"), ("0.32.15", "llama-server")])
async def test_a_runner_is_a_child_of_the_server_and_goes_with_it(version: str, name: str) -> None:
    async with served(version=version) as it:
        await load(it)
        server = it.ollama.processes.server
        assert server is not None
        (runner,) = it.ollama.processes.runners.values()
        row = said(it, f"cat /proc/{runner.pid}/stat").split()
        assert (row[1], row[3]) == (f"({name})", str(server.pid))
        assert f"--port\0{runner.port}\0" in said(it, f"cat /proc/{runner.pid}/cmdline")
        assert service(it)["MainPID"] == str(server.pid)
        it.ollama.kill(restart_s=0.05)
        assert said(it, f"grep -hs -e '({name})' /proc/[0-9]*/stat") == ""
        told = service(it)
        assert (told["ActiveState"], told["SubState"], told["Result"]) == ("activating", "auto-restart", "signal")
        while not it.ollama.running:
            await it.board.world.until(it.board.world.now() + 1)
        told = service(it)
        assert (told["ActiveState"], told["NRestarts"]) == ("active", "1")
        entered = float(told["ActiveEnterTimestampMonotonic"]) / 1e6
        assert entered == pytest.approx(it.board.uptime_now(), abs=60)
        assert "restart counter is at 1" in said(it, "journalctl -u ollama")


async def test_a_server_started_by_hand_leaves_llama_server_behind() -> None:
    async with served(version="0.32.15") as it:
        await load(it)
        it.ollama.processes.by_hand = True
        resident = it.board.resident_gb
        it.ollama.kill(restart_s=0.05)
        (left,) = it.ollama.processes.orphans
        assert said(it, f"cat /proc/{left.pid}/stat").split()[3] == "1"
        assert it.board.resident_gb == pytest.approx(resident), "it keeps its memory"
        assert "LoadState=not-found" in said(it, "systemctl show ollama")


async def test_a_boot_begins_everything_anew() -> None:
    async with served() as it:
        before = it.board.boot_id
        it.ollama.kill(restart_s=None)
        assert service(it)["SubState"] == "dead"
        it.board.boot()
        it.ollama.start()
        assert service(it)["NRestarts"] == "0"
        assert it.board.boot_id != before
