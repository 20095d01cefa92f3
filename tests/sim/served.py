"""A simulated Ollama on a TCP port of its own, without SSH, for tests."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from edgetui.sim.board import Board
from edgetui.sim.kinds import Kind, kinds
from edgetui.sim.ollama.answers import Gallery
from edgetui.sim.ollama.catalog import Model, runnable
from edgetui.sim.ollama.server import Ollama
from edgetui.sim.pictures import known
from edgetui.sim.world import World


class Served:
    """The server, and an HTTP client for it."""

    def __init__(self, ollama: Ollama, client: httpx.AsyncClient, port: int) -> None:
        self.ollama = ollama
        self.board = ollama.board
        self.client = client
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


@asynccontextmanager
async def served(
    kind: str | Kind = "rtx3060",
    version: str = "0.24.0",
    *,
    speed: float = 200.0,
    models: Mapping[str, Model] | None = None,
    gallery: Gallery | None = None,
    folder: Path | None = None,
) -> AsyncIterator[Served]:
    """Serve the Ollama of one board."""
    board = Board("it", kinds()[kind] if isinstance(kind, str) else kind, World(speed), 1, version)
    installed = dict(runnable(version) if models is None else models)
    ollama = Ollama(board, version, installed, gallery or Gallery(known()), folder)
    server = await asyncio.get_running_loop().create_server(ollama.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
        try:
            yield Served(ollama, client, port)
        finally:
            ollama.kill(restart_s=None)
            server.close()


def picture(width: int, height: int, form: str = "PNG", shade: int = 90) -> str:
    """Base64 of a plain picture."""
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).point(lambda v: min(255, v + shade)).save(data, form)
    return base64.b64encode(data.getvalue()).decode()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that has no event."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


PICTURES = {one.name: one.data for one in known()}
POTHOLES = PICTURES["count-potholes/five"]


def asking(
    data: bytes | None = POTHOLES, *, model: str = "qwen2.5vl:3b", words: str = "How many?", **more: Any
) -> Any:
    message: dict[str, Any] = {"role": "user", "content": words}
    if data is not None:
        message["images"] = [base64.b64encode(data).decode()]
    return {"model": model, "messages": [message], "options": {"num_predict": 512}, **more}


async def chat(it: Served, request: Any) -> list[dict[str, Any]]:
    answer = await it.client.post("/api/chat", json=request)
    return [json.loads(line) for line in answer.text.split("\n") if line]


async def load(it: Served, model: str = "qwen2.5vl:3b", **more: Any) -> None:
    await it.client.post("/api/chat", json={"model": model, "messages": [], **more})


def text(lines: list[dict[str, Any]]) -> str:
    return "".join(line["message"]["content"] for line in lines)
