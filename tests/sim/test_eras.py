"""What differs between the eras of the simulated Ollama."""

from __future__ import annotations

import asyncio
import json

import pytest

from edgetui.sim.ollama import catalog
from edgetui.sim.ollama.answers import Answer
from tests.sim.served import PICTURES, asking, chat, load, served, text, until


@pytest.mark.parametrize(("version", "shown"), [("0.24.0", 1), ("0.32.15", 0)])
async def test_a_loading_model_is_listed_in_era_b_only(version, shown):
    async with served("pi4-8g", version, speed=100) as it:
        waiting = asyncio.ensure_future(load(it))
        await until(lambda: bool(it.ollama.residence.loaded))
        assert len((await it.client.get("/api/ps")).json()["models"]) == shown
        await waiting
        assert len((await it.client.get("/api/ps")).json()["models"]) == 1


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
        await load(it, "moondream", keep_alive=-1)
        assert "context_length" not in (await it.client.get("/api/ps")).json()["models"][0]
        assert "capabilities" not in (await it.client.post("/api/show", json={"model": "moondream"})).json()
        assert [m["name"] for m in (await it.client.get("/api/tags")).json()["models"]] == [
            "moondream:latest", "llama3.2:1b"]  # fmt: skip
        first = (await chat(it, asking(model="moondream")))[-1]
        again = (await chat(it, asking(model="moondream")))[-1]
    assert first["prompt_eval_count"] > 729
    assert "prompt_eval_count" not in again


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
async def test_a_line_waits_until_its_character_is_whole(version):
    async with served(version=version) as it:
        it.ollama.answering.next_answers.append(lambda _: Answer("煅煉 🙂", 11))
        lines = await chat(it, asking(None, logprobs=True))
        it.ollama.answering.next_answers.append(
            lambda _: Answer("煅" + "煉".encode()[:2].decode(errors="surrogateescape"), 5)
        )
        cut = await chat(it, asking(None))
    assert [line["message"]["content"] for line in lines] == ["煅", "煉", " ", "🙂", ""]
    assert [len(line.get("logprobs", ())) for line in lines] == [3, 3, 1, 4, 0]
    assert (lines[-1]["eval_count"], text(cut), cut[-1]["done"]) == (11, "煅", True)


async def test_llama_server_counts_in_microseconds_and_gives_one_token_one_of_them():
    async with served(version="0.32.15") as it:
        whole = (await chat(it, asking()))[-1]
        one = (await chat(it, asking(options={"num_predict": 1})))[-1]
    assert {whole["prompt_eval_duration"] % 1000, whole["eval_duration"] % 1000} == {0}
    assert (one["eval_count"], one["eval_duration"]) == (1, 1000)


async def test_of_a_prompt_that_is_too_long_era_b_reads_all_that_fits_and_era_c_half_of_it():
    counts = []
    for version in ("0.24.0", "0.32.15"):
        async with served(version=version, speed=2000) as it:
            request = asking(None, words="cat " * 4000, options={"num_ctx": 2048, "num_predict": 2})
            counts.append((await chat(it, request))[-1]["prompt_eval_count"])
    assert counts == [2048, 1026]  # as recorded


async def test_a_model_made_anew_is_another_one_and_the_old_one_stays_to_its_end(tmp_path):
    async with served(version="0.32.15", folder=tmp_path, speed=2000) as it:
        await load(it, "moondream", keep_alive=-1)
        made = {"model": "moondream", "from": "moondream", "system": "Be brief."}
        assert (await it.client.post("/api/create", json=made | {"stream": False})).json() == {"status": "success"}
        await load(it, "moondream", keep_alive=-1)
        rows = (await it.client.get("/api/ps")).json()["models"]
        await it.client.post("/api/generate", json={"model": "moondream", "keep_alive": 0})
        (left,) = (await it.client.get("/api/ps")).json()["models"]
    assert {row["name"] for row in rows} == {"moondream:latest"}
    assert len({row["digest"] for row in rows}) == 2
    assert left["digest"] == catalog.library()["moondream:latest"].digest


async def test_a_picture_that_began_an_album_trips_llama_server_and_another_one_does_not():
    first, second = PICTURES["count-potholes/five"], PICTURES["read-text/report"]
    async with served(version="0.32.15", speed=2000) as it:
        album = asking(first, model="moondream")
        album["messages"][0]["images"] += asking(second)["messages"][0]["images"]
        assert (await chat(it, album))[-1]["done"]
        (error,) = await chat(it, asking(first, model="moondream", words="And now?"))
        assert "Chunk not found" in error["error"]
        assert (await chat(it, asking(second, model="moondream")))[-1]["done"]
