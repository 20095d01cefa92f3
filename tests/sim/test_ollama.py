"""How the simulated Ollama behaves: loading, the slot, caches, figures, and what goes wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import Any

import httpx
import pytest

from edgetui.sim.ollama import answering
from tests.sim.served import PICTURES, asking, chat, load, served, until


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


async def test_a_full_disk_takes_no_upload_and_another_digest_is_not_believed(tmp_path):
    data = b"GGUF" + bytes(5000)
    true = f"sha256:{hashlib.sha256(data).hexdigest()}"
    async with served(folder=tmp_path) as it:
        it.board.room.fill(1000)
        full = await it.client.post(f"/api/blobs/{true}", content=data)
        assert (full.status_code, full.json()["error"].rpartition(": ")[2]) == (500, "no space left on device")
        it.board.room.filled = 0
        wrong = await it.client.post(f"/api/blobs/sha256:{'0' * 64}", content=data)
        assert (wrong.status_code, wrong.json()["error"][:15]) == (400, "digest mismatch")
        assert (await it.client.head(f"/api/blobs/{true}")).status_code == 200
        assert (await it.client.post(f"/api/blobs/{true}", content=data)).status_code == 200
        for method in ("HEAD", "GET"):
            assert (await it.client.request(method, "/api/version")).text == (
                "" if method == "HEAD" else '{"version":"0.24.0"}'
            )


async def test_nonsense_is_answered_not_died_of():
    async with served() as it:
        for body in (b"[]", b'{"messages": 3}', b'{"model": 5}', b'{"model":"moondream","messages":[1]}', b"\xff"):
            assert (await it.client.post("/api/chat", content=body)).status_code == 400
        for body in (b"[]", b"{}", b'{"model":"m","files":[1]}', b'{"model":"../m","from":"moondream"}'):
            assert (await it.client.post("/api/create", content=body)).status_code == 400
        out = {"source": "moondream", "destination": "x/../../y"}
        assert (await it.client.post("/api/copy", json=out)).status_code == 400
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert (await it.client.get("/api/version")).json() == {"version": "0.24.0"}
