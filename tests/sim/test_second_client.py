"""Ollama's own Python client talks to the simulated Ollama as to a real one."""

from __future__ import annotations

import base64

import ollama
import pytest

from edgetui.sim.ollama.catalog import runnable
from tests.sim.served import picture, served


async def test_everything_that_the_client_can_ask():
    async with (
        served("orin-nano", "0.12.11", speed=2000) as it,
        ollama.AsyncClient(it.url, trust_env=False) as client,
    ):
        assert [m.model for m in (await client.list()).models] == [*runnable("0.12.11")]
        shown = await client.show("moondream")
        assert shown.capabilities == ["completion", "vision"]
        assert shown.modelinfo is not None
        message = {"role": "user", "content": "What?", "images": [base64.b64decode(picture(280, 280))]}
        parts = [p async for p in await client.chat("qwen2.5vl:3b", [message], stream=True, keep_alive="1h")]
        assert parts[-1].done_reason == "stop"
        assert parts[-1].eval_count == len(parts) - 1
        whole = await client.generate("qwen2.5vl:3b", "Say something", options={"num_predict": 4})
        assert (whole.done_reason, whole.eval_count) == ("length", 4)
        assert [m.model for m in (await client.ps()).models] == ["qwen2.5vl:3b"]
        await client.copy("moondream", "mine")
        await client.delete("mine")
        with pytest.raises(ollama.ResponseError, match="model 'mine' not found"):
            await client.delete("mine")


async def test_pulling_a_model_that_was_deleted():
    async with (
        served("orin-nano", "0.12.11", speed=20000) as it,
        ollama.AsyncClient(it.url, trust_env=False) as client,
    ):
        await client.delete("moondream")
        lines = [p async for p in await client.pull("moondream", stream=True)]
        statuses = list(dict.fromkeys(line.status for line in lines))
        assert statuses[0] == "pulling manifest"
        assert statuses[-3:] == ["verifying sha256 digest", "writing manifest", "success"]
        biggest = [line for line in lines if line.total == 909777984]
        assert biggest[0].completed is None
        assert biggest[-1].completed == biggest[-1].total
        assert "moondream:latest" in [m.model for m in (await client.list()).models]
        with pytest.raises(ollama.ResponseError, match="file does not exist"):
            await client.pull("nosuchmodel")
