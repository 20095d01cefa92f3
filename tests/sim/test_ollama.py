"""How the simulated Ollama behaves: loading, the slot, caches, figures, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from edgetui.sim.ollama import answering
from tests.sim.served import PICTURES, asking, chat, load, served, text, until


async def test_no_byte_comes_before_loading_and_reading_are_over():
    async with served("pi5", speed=300) as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        body = json.dumps(asking()).encode()
        head = f"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        begin = it.board.world.now()
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert it.board.world.now() - begin > 100
        writer.close()
        await writer.wait_closed()


async def test_a_changed_context_loads_anew_other_options_do_not():
    async with served("pi5", speed=300) as it:
        changes = ({"num_ctx": 4096}, {"num_ctx": 4096, "seed": 3}, {"num_ctx": 8192})
        lasts = [(await chat(it, asking(None, options=options)))[-1] for options in changes]
    loads = [last["load_duration"] / 1e9 * 300 for last in lasts]
    assert loads[0] == pytest.approx(40, rel=0.1)
    assert loads[1] < 0.1
    assert loads[2] == pytest.approx(40, rel=0.1)


async def test_lifetimes():
    async with served("pi5", speed=3000) as it:

        async def listed() -> list[dict[str, Any]]:
            return (await it.client.get("/api/ps")).json()["models"]

        await load(it, "moondream", keep_alive=-1)
        assert (await listed())[0]["expires_at"] > "2300"
        await load(it, "moondream")
        assert (await listed())[0]["expires_at"] > "2300"
        assert it.board.resident_gb == pytest.approx(1.45)
        await it.client.post("/api/generate", json={"model": "moondream", "keep_alive": 0})
        assert await listed() == []
        await load(it, "moondream", keep_alive="5m")
        (held,) = it.ollama.residence.loaded.values()
        assert held.timer is not None
        await asyncio.sleep(max(0.0, held.timer.when() - asyncio.get_running_loop().time()) + 0.01)
        assert await listed() == []
        assert it.board.resident_gb == 0


@pytest.mark.parametrize(("version", "shown"), [("0.24.0", 1), ("0.32.15", 0)])
async def test_a_loading_model_is_listed_in_era_b_only(version, shown):
    async with served("pi4-8g", version, speed=100) as it:
        waiting = asyncio.ensure_future(load(it))
        await until(lambda: bool(it.ollama.residence.loaded))
        assert len((await it.client.get("/api/ps")).json()["models"]) == shown
        await waiting
        assert len((await it.client.get("/api/ps")).json()["models"]) == 1


async def test_a_second_model_evicts_an_idle_one_where_both_do_not_fit():
    async with served("nano-2g", speed=1000) as it:
        await load(it, "moondream")
        await load(it, "llama3.2:1b")
        assert [m["name"] for m in (await it.client.get("/api/ps")).json()["models"]] == ["llama3.2:1b"]


async def test_one_slot_in_the_order_of_arrival_and_waiting_is_no_loading(monkeypatch):
    async with served("pi5", speed=100) as it:
        await load(it)
        finished: list[int] = []

        async def one(number: int) -> dict[str, Any]:
            last = (await chat(it, asking(words=f"Question {number}")))[-1]
            finished.append(number)
            return last

        tasks = []
        for number in range(3):
            tasks.append(asyncio.ensure_future(one(number)))
            await until(lambda number=number: it.ollama.answering.active > number)
        monkeypatch.setattr(answering, "MAX_QUEUE", 3)
        full = await it.client.post("/api/chat", json=asking())
        assert (full.status_code, full.json()["error"]) == (
            503, "server busy, please try again.  maximum pending requests exceeded")  # fmt: skip
        lasts = await asyncio.gather(*tasks)
    assert finished == [0, 1, 2]
    assert [last["load_duration"] / 1e9 * 100 < 0.1 for last in lasts] == [True] * 3
    work = ("load_duration", "prompt_eval_duration", "eval_duration")
    waits = [last["total_duration"] - sum(last[part] for part in work) for last in lasts]
    assert min(waits[1:]) > lasts[0]["total_duration"] / 2


async def test_too_little_memory_is_told_in_each_eras_words():
    async with served("pi4-4g", "0.12.11", speed=100) as it:
        answer = await it.client.post("/api/chat", json=asking())
        assert (answer.status_code, answer.json()["error"]) == (
            500, "model requires more system memory (5.0 GiB) than is available (3.5 GiB)")  # fmt: skip
    async with served("pi4-4g", "0.32.15", speed=100) as it:
        answer = await it.client.post("/api/chat", json=asking())
        assert answer.json()["error"].startswith("llama-server reported out-of-memory during startup: ")


@pytest.mark.parametrize(("version", "garbled"), [("0.12.3", True), ("0.12.6", False)])
async def test_moondream_says_gggg_on_an_orin_with_the_broken_versions(version, garbled):
    async with served("orin-nano", version, speed=2000) as it:
        answers = [await chat(it, asking(model="moondream", words=f"{n}")) for n in range(12)]
        healthy = await chat(it, asking(model="moondream", options={"num_gpu": 0}))
    broken = [lines for lines in answers if not lines[-1]["done"]]
    assert bool(broken) is garbled
    assert len(broken) < 12
    assert all(text(lines) == "G" * 31 for lines in broken)
    assert healthy[-1]["done"]


async def test_before_0_12_6_a_late_error_is_a_line_in_a_200():
    junk = asking(b"no picture at all")
    async with served("orin-nano", "0.12.3", speed=2000) as it:
        old = await it.client.post("/api/chat", json=junk)
    async with served("orin-nano", "0.12.6", speed=2000) as it:
        new = await it.client.post("/api/chat", json=junk)
    assert (old.status_code, new.status_code) == (200, 500)
    assert old.json() == new.json()


async def test_a_model_without_eyes_ignores_pictures_in_era_b_and_refuses_them_in_c():
    async with served(version="0.24.0") as it:
        assert (await chat(it, asking(model="llama3.2:1b")))[-1]["done"]
    async with served(version="0.32.15") as it:
        answer = await it.client.post("/api/chat", json=asking(model="llama3.2:1b"))
    assert "image input is not supported" in json.loads(answer.json()["error"])["error"]["message"]


async def test_an_old_server_tells_less():
    async with served(version="0.3.13", speed=1000) as it:
        await load(it, "moondream")
        assert "context_length" not in (await it.client.get("/api/ps")).json()["models"][0]
        assert "capabilities" not in (await it.client.post("/api/show", json={"model": "moondream"})).json()
        assert [m["name"] for m in (await it.client.get("/api/tags")).json()["models"]] == [
            "moondream:latest", "llama3.2:1b"]  # fmt: skip
        first = (await chat(it, asking(model="moondream")))[-1]
        again = (await chat(it, asking(model="moondream")))[-1]
    assert first["prompt_eval_count"] > 729
    assert "prompt_eval_count" not in again


@pytest.mark.parametrize(("version", "hears_it"), [("0.24.0", False), ("0.32.15", True)])
async def test_a_client_that_leaves_while_the_picture_is_encoded(version, hears_it):
    """The picture in work is encoded to its end in both eras; the prompt behind it is read in era B alone."""
    async with served("pi5", version, speed=100) as it:
        await load(it)
        with pytest.raises(httpx.ReadTimeout):
            await it.client.post("/api/chat", json=asking(), timeout=0.3)
        read: list[float] = []
        it.ollama.residence.traps["prefill"] = lambda: read.append(it.board.world.now())
        await until(lambda: not it.ollama.answering.active)
        assert (it.board.world.now() - read[0] < 10) is hears_it


async def test_a_client_that_leaves_while_tokens_come_stops_them():
    async with served("pi4-8g", speed=100) as it:
        async with it.client.stream("POST", "/api/chat", json=asking(PICTURES["read-text/report"])) as answer:
            async for _ in answer.aiter_lines():
                break
        begin = time.monotonic()
        await until(lambda: not it.ollama.answering.active)
        assert time.monotonic() - begin < 1.0  # the whole answer would take 1.5 s more
        assert it.board.body.activity.units == 0


async def test_nonsense_is_answered_not_died_of():
    async with served() as it:
        for body in (b"[]", b'{"messages": 3}', b'{"model": 5}', b'{"model":"moondream","messages":[1]}', b"\xff"):
            assert (await it.client.post("/api/chat", content=body)).status_code == 400
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert (await it.client.get("/api/version")).json() == {"version": "0.24.0"}
