"""Era C keeps every past picture in the board's memory, until nothing is left of it."""

from __future__ import annotations

import pytest

from edgetui.sim import commands
from edgetui.sim.ollama.prompt_cache import PromptCache
from edgetui.tasks.nonce import fresh
from tests.sim.served import POTHOLES, Served, asking, chat, served

TOKEN_BYTES = 24 * 2 * 32 * 64 * 2
"""Keys and values of moondream."""


def available_kb(it: Served) -> int:
    said = commands.run(it.board, "cat /proc/meminfo")[1]
    return int(said.partition("MemAvailable:")[2].split()[0])


def resident_kb(it: Served) -> int:
    (runner,) = it.ollama.processes.runners.values()
    said = commands.run(it.board, f"cat /proc/{runner.pid}/status")[1]
    return int(said.partition("VmRSS:")[2].split()[0])


def picture(number: int) -> bytes:
    return fresh(POTHOLES, str(number))


async def ask(it: Served, number: int, words: str = "How many?") -> int:
    lines = await chat(it, asking(picture(number), model="moondream", words=words, keep_alive=-1))
    tokens: int = lines[-1].get("prompt_eval_count", 0)
    return tokens


async def test_each_new_picture_takes_its_keys_and_values() -> None:
    async with served("pi5", "0.32.15", speed=5000) as it:
        tokens = await ask(it, 1)
        before = available_kb(it), resident_kb(it)
        for number in (2, 3, 4):
            await ask(it, number)
        taken_kb = 3 * tokens * TOKEN_BYTES / 1024
        assert before[0] - available_kb(it) == pytest.approx(taken_kb, rel=0.001)
        assert resident_kb(it) - before[1] == pytest.approx(taken_kb, rel=0.001)
        await chat(it, {"model": "moondream", "messages": [], "keep_alive": 0})
        assert available_kb(it) > before[0]


async def test_another_question_about_the_same_picture_takes_nothing() -> None:
    async with served("pi5", "0.32.15", speed=5000) as it:
        await ask(it, 1)
        before = available_kb(it)
        await ask(it, 1, "What else?")
        assert available_kb(it) == before


async def test_era_b_keeps_nothing() -> None:
    async with served("pi5", "0.24.0", speed=5000) as it:
        await ask(it, 1)
        before = available_kb(it), resident_kb(it)
        await ask(it, 2)
        assert (available_kb(it), resident_kb(it)) == before


async def test_a_full_board_swaps_and_then_the_kernel_kills_the_runner() -> None:
    async with served("pi4-4g", "0.32.15", speed=10000) as it:
        swapped, number = 0, 0
        while not it.board.oom_kills:
            number += 1
            assert number < 30
            swapped = max(swapped, it.board.swap_used_kb)
            answer = await it.client.post(
                "/api/chat", json=asking(picture(number), model="moondream", keep_alive=-1)
            )
        assert answer.status_code == 500
        assert answer.json() == {"error": "an error was encountered while running the model: unexpected EOF"}
        assert 0 < swapped <= it.board.kind.swap_kb
        assert not it.ollama.residence.loaded
        assert "(llama-server)" in commands.run(it.board, "journalctl -k -n 1 -o short-unix")[1]
        assert commands.run(it.board, "cat /proc/vmstat")[1].endswith("oom_kill 1\n")
        assert it.board.swap_used_kb == 0
        assert await ask(it, 99) > 700  # another runner is started by itself


def test_the_oldest_go_beyond_the_limit() -> None:
    cache = PromptCache(TOKEN_BYTES)
    for _ in range(200):
        cache.read(754, 743)
    assert 8191 << 20 > cache.bytes > 8000 << 20
    small = PromptCache(TOKEN_BYTES, 512)
    small.read(754, 754)
    small.read(754, 743)
    assert small.bytes == 754 * TOKEN_BYTES
    for _ in range(10):
        small.read(754, 743)
    assert small.bytes <= 512 << 20
    nothing = PromptCache(TOKEN_BYTES, 0)
    nothing.read(754, 754)
    nothing.read(754, 743)
    assert nothing.bytes == 0
