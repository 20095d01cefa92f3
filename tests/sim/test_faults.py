"""What ``edgetui sim fault`` does, as a client sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncssh
import httpx
import pytest

from edgetui.errors import UsageError
from edgetui.sim.ollama.odd_answers import HOSTILE
from tests.sim.cluster import Lab, Probe, lab, tunnelled
from tests.sim.served import until

TALK = {"model": "llama3.2:1b", "messages": [{"role": "user", "content": "Tell me something."}]}


def value(frame: Any, key: str) -> str:
    return next(line.partition("=")[2] for line in frame.lines if line.startswith(f"{key}="))


async def says(it: Lab, board: str, command: str) -> str:
    async with it.connected(board) as connection:
        return str((await connection.run(command)).stdout)


async def test_cut_drops_and_refuses_until_heal():
    async with lab(boards=3) as it:
        async with it.connected("pi5") as connection:
            await it.do("pi5", "cut")
            await connection.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await says(it, "pi5", "true")
        assert await says(it, "orin-nano", "hostname") == "orin-nano\n"
        await it.do("pi5", "heal")
        assert await says(it, "pi5", "hostname") == "pi5\n"


async def test_a_hung_board_accepts_and_says_nothing():
    async with lab(boards=3) as it:
        async with it.connected("pi5", keepalive_interval=0.2, keepalive_count_max=2) as connection:
            probe = await Probe.start(connection)
            await it.do("pi5", "hang")
            probe.process.stdin.write(b"\n")
            await connection.wait_closed()
            with pytest.raises(asyncssh.ConnectionLost):
                await probe.process.stdout.read()
        with pytest.raises(TimeoutError):
            async with it.connected("pi5", connect_timeout=0.3):
                pass
        await it.do("pi5", "heal")
        assert await says(it, "pi5", "hostname") == "pi5\n"


async def silence(lines: AsyncIterator[str], seconds: float) -> None:
    """Read until nothing has come for so long. Raises TimeoutError then."""
    while True:
        await asyncio.wait_for(anext(lines), seconds)


async def test_a_hung_boards_answer_stands_still():
    async with lab(boards=3, speed=100) as it, it.connected("pi5") as connection, tunnelled(connection) as client:
        await it.do("pi5", "flood")
        async with client.stream("POST", "/api/chat", json=TALK) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            await it.do("pi5", "hang")
            with pytest.raises(TimeoutError):
                await silence(lines, 0.5)


async def test_a_new_host_key_is_not_the_known_one():
    async with lab(boards=1) as it:
        await it.do("rtx3060", "newkey")
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            await says(it, "rtx3060", "true")


async def test_garbage_tears_one_frame_and_the_next_is_whole():
    async with lab(boards=1) as it, it.connected("rtx3060") as connection:
        probe = await Probe.start(connection)
        await it.do("rtx3060", "garbage")
        probe.process.stdin.write(b"\n")
        assert (await probe.tick()).seq == 2
        assert probe.reader.torn >= 1


async def test_slow_answers_come_late():
    async with lab(boards=1) as it, it.connected("rtx3060") as connection:
        probe = await Probe.start(connection)
        await it.do("rtx3060", "slow", "0.4")
        begin = asyncio.get_running_loop().time()
        await probe.tick()
        assert asyncio.get_running_loop().time() - begin >= 0.4


async def test_a_vanished_file_is_missing_from_the_frames():
    async with lab(boards=3) as it, it.connected("pi5") as connection:
        probe = await Probe.start(connection)
        assert int(value(await probe.tick(), "k0")) > 40_000
        await it.do("pi5", "vanish", "/sys/class/thermal/thermal_zone0/temp")
        assert not any(line.startswith("k0=") for line in (await probe.tick()).lines)
        await it.do("pi5", "heal")
        assert value(await probe.tick(), "k0")
        with pytest.raises(UsageError):
            await it.do("pi5", "vanish")
        with pytest.raises(UsageError, match="pi5 has no file '/sys/class/thermal/thermal_zone9/temp'"):
            await it.do("pi5", "vanish", "/sys/class/thermal/thermal_zone9/temp")


async def test_undervoltage_shows_now_and_ever_after():
    async with lab(boards=3) as it:
        assert await says(it, "pi5", "vcgencmd get_throttled") == "throttled=0x0\n"
        await it.do("pi5", "undervolt")
        assert int((await says(it, "pi5", "vcgencmd get_throttled")).partition("=")[2], 16) & 0x5 == 0x5
        board = it.stations["pi5"].board
        await until(lambda: bool(board.look() or "undervolt" in board.body.ever))
        await it.do("pi5", "heal")
        assert await says(it, "pi5", "vcgencmd get_throttled") == "throttled=0x70000\n"


async def test_hot_air_heats_and_throttles():
    async with lab(boards=3, speed=200) as it:
        before = await says(it, "pi5", "vcgencmd measure_temp")
        await it.do("pi5", "hot", "45")
        after = await says(it, "pi5", "vcgencmd measure_temp")
        assert float(after[5:9]) > float(before[5:9]) + 25
        board = it.stations["pi5"].board
        await until(lambda: bool(board.look() or board.body.step))
        word = int((await says(it, "pi5", "vcgencmd get_throttled")).partition("=")[2], 16)
        assert word & 0x8000A == 0x8000A


async def chatting(client: httpx.AsyncClient, **more: Any) -> list[dict[str, Any]]:
    async with client.stream("POST", "/api/chat", json=TALK | more) as answer:
        return [json.loads(line) async for line in answer.aiter_lines()]


async def test_a_killed_ollama_resets_refuses_and_comes_back():
    async with lab(boards=3, speed=100) as it, it.connected("pi5") as connection, tunnelled(connection) as client:
        await it.do("pi5", "flood")
        async with client.stream("POST", "/api/chat", json=TALK) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            await it.do("pi5", "kill-ollama", "0.5")
            with pytest.raises(httpx.RemoteProtocolError):
                async for _ in lines:
                    pass
        with pytest.raises(asyncssh.ChannelOpenError, match="Connection refused"):
            await connection.open_connection("127.0.0.1", 11434)
        ollama = it.stations["pi5"].ollama
        assert ollama is not None
        await until(lambda: ollama.running)
        assert (await client.get("/api/ps")).json() == {"models": []}
        await it.do("pi5", "stop-ollama")
        assert not ollama.running
        await it.do("pi5", "start-ollama")
        assert (await client.get("/api/version")).json() == {"version": "0.24.0"}


async def test_the_kernel_kills_a_runner_in_the_middle_of_an_answer():
    async with lab(boards=3, speed=100) as it, it.connected("pi5") as connection, tunnelled(connection) as client:
        probe = await Probe.start(connection)
        await it.do("pi5", "flood")
        async with client.stream("POST", "/api/chat", json=TALK) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            await it.do("pi5", "oom")
            *_, last = [line async for line in lines]
        assert json.loads(last) == {"error": "an error was encountered while running the model: unexpected EOF"}
        assert "oom_kill 1" in (await probe.tick("s")).lines
        assert (await chatting(client))[-1]["done"]


async def test_a_flood_has_as_many_tokens_as_asked_at_its_own_pace():
    async with lab(boards=3, speed=100) as it, it.connected("pi5") as connection, tunnelled(connection) as client:
        await it.do("pi5", "flood", "300")
        lines = await chatting(client, options={"num_predict": 5})
        assert lines[-1]["eval_count"] == 300
        assert lines[-1]["eval_duration"] / 1e9 == pytest.approx(0.6, rel=0.05)
        assert len(await chatting(client)) < 100


async def test_a_hostile_answer_comes_over_unharmed():
    async with lab(boards=3, speed=100) as it, it.connected("pi5") as connection, tunnelled(connection) as client:
        await it.do("pi5", "hostile")
        answer = await client.post("/api/chat", json=TALK)
        lines = [json.loads(line) for line in answer.content.split(b"\n") if line]
    assert "".join(line["message"]["content"] for line in lines) == HOSTILE


async def test_answers_that_llama_server_alone_gives():
    """On a Pi 5 of the mixed cluster; the PC's Ollama of the other cluster has none."""
    mixed = lab(boards=3, speed=100, mixed=True)
    async with mixed as it, it.connected("pi5") as connection, tunnelled(connection) as client:
        await it.do("pi5", "trip")
        answer = await client.post("/api/chat", json=TALK)
        assert answer.status_code == 500
        assert "got exception: Chunk not found" in json.loads(answer.json()["error"])["error"]["message"]
        await it.do("pi5", "unreadable")
        answer = await client.post("/api/chat", json=TALK)
        assert (answer.status_code, answer.content) == (200, b"")
        assert (await chatting(client))[-1]["done"]
    async with lab(boards=1) as it:
        with pytest.raises(UsageError, match="no llama-server"):
            await it.do("rtx3060", "trip")


async def test_wrong_orders_are_told():
    async with lab(boards=8) as it:
        for board, fault, what in (("pi6", "cut", "pi6"), ("pi2", "oom", "no Ollama"), ("pi5", "slow", "'x'")):
            with pytest.raises(UsageError, match=what):
                await it.do(board, fault, "x")
        with pytest.raises(UsageError, match="'nan' is not a number"):
            await it.do("pi5", "swap", "nan")
        with pytest.raises(UsageError, match="no simulated cluster"):
            await Lab.do(type("Elsewhere", (), {"folder": it.folder / "hosts"})(), "pi5", "cut")
