"""The registry that has one model, over HTTP on this machine's loopback."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from edgetui.links.listening import LocalPort
from edgetui.runners.ollama_folder import held, parse_name
from edgetui.runners.ollama_registry import Registry
from edgetui.sim.ollama import tiny

BIGGEST, DATA = max(tiny.blobs().items(), key=lambda each: len(each[1]))
BLOB = f"/v2/library/edge-tiny/blobs/sha256:{BIGGEST}"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Registry, int]]:
    tiny.write(tmp_path)
    name = parse_name("edge-tiny")
    found = held(name, (tmp_path,))
    assert found is not None
    registry = Registry(name, found[1], found[0])
    port = await LocalPort.opened(registry.serve)
    yield registry, port.port
    port.close()


async def test_what_ollama_asks_in_its_order(served: tuple[Registry, int]) -> None:
    registry, port = served
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        manifest = await client.get("/v2/library/edge-tiny/manifests/latest")
        assert manifest.content == tiny.manifest()
        head = await client.head(BLOB)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(DATA)))
        moved = await client.get(BLOB)
        assert moved.status_code == 307
        assert moved.headers["location"] == f"http://localhost:{port}{BLOB}"
        parts = [
            await client.get(moved.headers["location"], headers={"range": f"bytes={first}-{last}"})
            for first, last in ((0, 999_999), (1_000_000, len(DATA) - 1))
        ]
        assert [part.status_code for part in parts] == [206, 206]
        assert hashlib.sha256(b"".join(part.content for part in parts)).hexdigest() == BIGGEST
        assert registry.sent == len(DATA)


async def test_nothing_else_is_there(served: tuple[Registry, int]) -> None:
    async with httpx.AsyncClient(base_url=f"http://localhost:{served[1]}", trust_env=False) as client:
        for path in (
            "/v2/library/other/manifests/latest",
            f"/v2/x/blobs/sha256:{'0' * 64}",
            "/",
            "/v2/../etc/passwd",
        ):
            assert (await client.get(path)).status_code == 404
        assert (await client.post(BLOB)).status_code == 405
