"""The same code against a real Ollama on loopback, where there is one: push, resume, refusal, pull, fit, unload."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from edgetui.cluster.core import Cluster
from edgetui.config import Board, Config, ModelsSection
from edgetui.links.listening import LocalPort
from edgetui.model import State
from edgetui.runners.ollama_folder import held, parse_name
from edgetui.runners.ollama_registry import Registry
from edgetui.sim.ollama import tiny
from tests.servers import free_port


@contextlib.asynccontextmanager
async def ollama(folder: Path) -> AsyncIterator[int]:
    """A server with a folder of models of its own; its port."""
    program = shutil.which("ollama") or pytest.skip("no ollama on PATH: https://ollama.com/download")
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "OLLAMA_MODELS": str(folder / "models"),
    }
    quiet = asyncio.subprocess.DEVNULL
    server = await asyncio.create_subprocess_exec(program, "serve", env=env, stdout=quiet, stderr=quiet)
    try:
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(20):
            while True:
                with contextlib.suppress(httpx.RequestError):
                    await client.get(f"http://127.0.0.1:{port}/api/version")
                    break
                await asyncio.sleep(0.05)
        yield port
    finally:
        server.terminate()
        await server.wait()


@contextlib.asynccontextmanager
async def cluster(port: int, models: Path) -> AsyncIterator[Cluster]:
    """This machine as the one board."""
    board = Board(name="here", local=True, ollama_port=port)
    config = Config(board=(board,), models=ModelsSection(folder=models))
    async with Cluster(config, None, {"here": State(board="here")}) as running:
        await running.settled(["here"], 20)
        yield running


async def test_pushed_and_pulled_are_the_same_and_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    tiny.write(source)
    blob = max((source / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    whole = blob.read_bytes()
    async with ollama(tmp_path) as port, cluster(port, source) as running:
        blob.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        (bad,) = await running.models.share(["here"], "edge-tiny")
        assert (bad.ending, bad.digest) == ("corrupt", "")
        blob.write_bytes(whole)
        (pushed,) = await running.models.share(["here"], "edge-tiny")
        assert (pushed.ending, pushed.fetched_bytes) == ("ok", len(whole))
        found = held(parse_name("edge-tiny"), (source,))
        assert found is not None
        assert pushed.digest == found[1].digest
        registry = await LocalPort.opened(Registry(parse_name("edge-tiny"), found[1], source).serve)
        alias = f"127.0.0.1:{registry.port}/library/edge-tiny:latest"
        pulled = await running.models.pull("here", f"http://{alias}", insecure=True)
        registry.close()
        assert (pulled.ending, pulled.digest, pulled.fetched_bytes) == ("ok", pushed.digest, 0)
        assert (await running.models.pull("here", f"http://{alias}", insecure=True)).ending != "ok"
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client:
            rows = json.loads((await client.get("/api/tags")).text)["models"]
            assert {row["name"] for row in rows} == {"edge-tiny:latest", alias}
        for name in ("edge-tiny:latest", alias):
            await running.models.remove("here", name)
        assert not list((tmp_path / "models" / "blobs").iterdir())
