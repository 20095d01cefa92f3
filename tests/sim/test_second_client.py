"""Ollama's own Python client on the simulated Ollama of both eras, as on a real one; its types take every reply."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import ollama
import pytest

from edgetui.sim.ollama.answers import Answer
from edgetui.sim.ollama.catalog import runnable
from tests.sim.served import Served, picture, served

ERAS = pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
SIGHT = {"role": "user", "content": "What?", "images": [base64.b64decode(picture(280, 280))]}


@asynccontextmanager
async def clients(version: str, folder: Path) -> AsyncIterator[tuple[Served, ollama.AsyncClient]]:
    async with served("orin-nano", version, speed=20_000, folder=folder) as it, \
            ollama.AsyncClient(it.url, trust_env=False) as client:  # fmt: skip
        yield it, client


@ERAS
async def test_what_is_there(version: str, tmp_path: Path) -> None:
    async with clients(version, tmp_path) as (_, client):
        listed = (await client.list()).models
        assert [row.model for row in listed] == [*runnable(version)]
        assert all(row.modified_at and row.size and row.details and row.details.family for row in listed)
        shown = await client.show("moondream")
        assert shown.capabilities == ["completion", "vision"]
        assert shown.modelinfo is not None
        assert shown.modelinfo["general.architecture"] == "phi2"
        assert (await client.ps()).models == []
        await client.copy("moondream", "mine")
        assert (await client.list()).models[0].model == "mine:latest"
        await client.delete("mine")
        for asked in (
            client.delete("mine"),
            client.show("mine"),
            client.copy("mine", "yours"),
            client.chat("mine"),
        ):
            with pytest.raises(ollama.ResponseError, match=r"model ['\"]mine.* not found") as caught:
                await asked
            assert caught.value.status_code == 404


@ERAS
async def test_answers(version: str, tmp_path: Path) -> None:
    async with clients(version, tmp_path) as (_, client):
        parts = [p async for p in await client.chat("qwen2.5vl:3b", [SIGHT], stream=True, keep_alive=-1)]
        last = parts[-1]
        assert (last.done_reason, last.eval_count) == ("stop", len(parts) - 1)
        assert None not in (last.total_duration, last.load_duration, last.prompt_eval_duration, last.eval_duration)
        whole = await client.generate("qwen2.5vl:3b", "Say something", options={"num_predict": 4})
        assert (whole.done_reason, whole.eval_count) == ("length", 4)
        assert whole.context
        one = await client.chat("qwen2.5vl:3b", [SIGHT], options={"num_predict": 1}, logprobs=True, top_logprobs=2)
        assert one.eval_duration == (None if version == "0.24.0" else 1000)
        assert one.logprobs is not None
        assert one.logprobs[0].top_logprobs is not None
        (row,) = (await client.ps()).models
        assert (row.model, row.context_length, row.size_vram) == ("qwen2.5vl:3b", 4096, row.size)
        assert (await client.chat("qwen2.5vl:3b", keep_alive=0)).done_reason == "unload"
        assert (await client.ps()).models == []


@ERAS
async def test_a_model_that_was_deleted_is_pulled(version: str, tmp_path: Path) -> None:
    async with clients(version, tmp_path) as (it, client):
        await client.delete("moondream")
        lines = [p async for p in await client.pull("moondream", stream=True)]
        statuses = list(dict.fromkeys(line.status for line in lines))
        assert statuses[0] == "pulling manifest"
        assert statuses[-3:] == ["verifying sha256 digest", "writing manifest", "success"]
        biggest = [line for line in lines if line.total == 909777984]
        assert biggest[0].completed is None
        assert biggest[-1].completed == biggest[-1].total
        assert (await client.list()).models[0].model == "moondream:latest"
        with pytest.raises(ollama.ResponseError, match="file does not exist") as caught:
            await client.pull("nosuchmodel")
        assert caught.value.status_code == 500
        it.board.line.state = "lost"
        with pytest.raises(ollama.ResponseError, match="server misbehaving") as caught:
            _ = [p async for p in await client.pull("nosuchmodel", stream=True)]
        assert caught.value.status_code == -1


@ERAS
async def test_a_model_is_made_of_a_file_and_of_another_model(version: str, tmp_path: Path) -> None:
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"GGUF" + bytes(300_000))
    async with clients(version, tmp_path / "board") as (it, client):
        digest = await client.create_blob(weights)
        lines = [
            p.status
            async for p in await client.create(
                "mine", files={"weights.gguf": digest}, template="{{ .Prompt }}", parameters={"num_ctx": 3000},
                stream=True,
            )
        ]  # fmt: skip
        assert lines == [
            "parsing GGUF",
            f"using existing layer {digest}",
            *lines[2:4],
            "writing manifest",
            "success",
        ]
        assert [str(line)[:19] for line in lines[2:4]] == ["creating new layer "] * 2
        await client.generate("mine", "Hello", keep_alive=-1)
        assert (await client.ps()).models[0].context_length == 3000
        shown = await client.show("mine")
        assert shown.template == "{{ .Prompt }}"
        assert shown.details is not None
        assert shown.details.quantization_level == "unknown"
        assert (await client.create("his", from_="mine", system="Be kind.")).status == "success"
        assert [row.model for row in (await client.list()).models[:2]] == ["his:latest", "mine:latest"]
        await client.delete("mine")
        assert it.ollama.blobs.size(digest[7:]) == 300_004, "the other model still has it"
        await client.delete("his")
        assert it.ollama.blobs.size(digest[7:]) is None
        for asked in ({"files": {"a.gguf": digest}}, {"from_": "nosuchmodel"}, {}):
            with pytest.raises(ollama.ResponseError, match=r"no such file|does not exist|was specified"):
                await client.create("yours", **asked)


@ERAS
async def test_what_goes_wrong_on_the_way(version: str, tmp_path: Path) -> None:
    async with clients(version, tmp_path) as (it, client):
        for refused, status in (({"think": True}, 400), ({"options": {"num_ctx": "big"}}, 500)):
            with pytest.raises(ollama.ResponseError, match=r"does not support thinking|must be of type") as caught:
                await client.chat("moondream", [SIGHT], **refused)  # type: ignore[call-overload]
            assert caught.value.status_code == status
        with pytest.raises(ollama.ResponseError, match=r"unknown format|Failed to load image") as caught:
            await client.chat("moondream", [SIGHT | {"images": [b"no picture"]}])
        assert caught.value.status_code == (500 if version == "0.24.0" else 400)
        stream = aiter(await client.chat("moondream", [SIGHT], stream=True))
        await anext(stream)
        it.ollama.residence.doomed = "kernel"
        with pytest.raises(ollama.ResponseError, match="unexpected EOF") as caught:
            _ = [part async for part in stream]
        assert caught.value.status_code == -1
        it.ollama.answering.next_answers.append(lambda _: Answer("\udcff" * 9, 9))
        whole = await client.chat("moondream", [SIGHT])
        assert (whole.done, whole.message.content) == (version == "0.24.0", "")
