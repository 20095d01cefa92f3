"""Ollama answers a picture that it has seen from its caches: a naive client believes that, ours does not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
from ollama import AsyncClient

from tests.sim.cluster import Lab
from tests.sim.served import PICTURES
from tests.simulated import Simulated, simulated

BOARD, MODEL = "orin-nano", "qwen2.5vl:3b"
ASK = {"role": "user", "content": "What is its colour?", "images": [PICTURES["name-shape/colour"]]}
"""Of 1024 tokens: that they are not read again outweighs whatever else delays an answer by some 20 ms."""


async def naive(sim: Simulated, tmp_path: Path) -> list[float]:
    """TTFT of the same question three times, in s, on a model that is loaded."""
    times = []
    socket = str(tmp_path / "ollama")
    async with (
        Lab(sim.folder, {}).connected(BOARD) as connection,
        await connection.forward_local_path_to_port(socket, "127.0.0.1", 11434),
    ):
        transport = httpx.AsyncHTTPTransport(uds=socket)
        client = AsyncClient("http://127.0.0.1:11434", transport=transport, trust_env=False)
        await client.generate(MODEL)
        for _ in range(3):
            began = time.monotonic()
            stream = await client.chat(MODEL, [ASK], stream=True)
            seen = [time.monotonic() - began async for part in stream if part.message.content]
            times.append(seen[0])
        await client._client.aclose()
    return times


def ours(sim: Simulated, item: str, *more: str) -> list[dict[str, Any]]:
    words = ["run", "name-shape", "--items", item, "-m", MODEL, "-b", BOARD, "--repeat", "3", "--json", *more]
    replies: list[dict[str, Any]] = json.loads(sim.edgetui(*words).stdout)["replies"]
    return replies


async def test_repeats_of_a_naive_client_are_answered_from_caches_and_ours_are_not(tmp_path: Path) -> None:
    with simulated(tmp_path / "sim", speed=5, boards=2) as sim:
        first, *others = await naive(sim, tmp_path)
        assert max(others) < first / 20

        fresh = ours(sim, "colour")
        times = [reply["metrics"]["ttft_s"] for reply in fresh]
        assert max(times) < 1.1 * min(times)
        assert abs(times[0] - first) < 0.15 * first
        assert not any("cache-suspect" in reply["marks"] for reply in fresh)

        same = ours(sim, "other-colour", "--no-nonce")
        assert ["cache-suspect" in reply["marks"] for reply in same] == [False, True, True]


def test_a_prompt_without_a_picture_is_read_in_every_repeat(tmp_path: Path) -> None:
    def ask(*more: str) -> tuple[list[float], list[bool]]:
        words = [
            "run",
            "add-up",
            "-m",
            MODEL,
            "-b",
            "pi5",
            "--mode",
            "burst",
            "--no-gate",
            "--repeat",
            "3",
            "--json",
        ]
        replies = json.loads(sim.edgetui(*words, *more).stdout)["replies"]
        marked = ["cache-suspect" in reply["marks"] for reply in replies]
        return [reply["phases"]["prefill_s"] for reply in replies], marked

    with simulated(tmp_path / "sim", speed=20, boards=3) as sim:
        fresh, suspect = ask()
        assert max(fresh) < 1.2 * min(fresh)
        assert suspect == [False] * 3

        same, suspect = ask("--no-nonce")
        assert abs(same[0] - fresh[0]) < 0.2 * fresh[0]
        assert max(same[1:]) < fresh[0] / 2
        assert suspect == [False, True, True]
