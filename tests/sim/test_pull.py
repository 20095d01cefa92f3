"""The simulated pull against recorded ones: the same lines in the same order, from a registry of the same kind."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from edgetui.links.listening import LocalPort
from edgetui.runners.ollama_folder import held, parse_name
from edgetui.runners.ollama_registry import Registry
from edgetui.sim.ollama import tiny
from tests.sim.served import served

RECORDED = Path(__file__).parents[1] / "golden" / "ollama" / "pull-0.24.0.jsonl"
EXCHANGES = {each["name"]: each for each in map(json.loads, RECORDED.read_text().splitlines())}


def kinds(lines: list[str]) -> list[str]:
    """Keys and words of the lines, repetitions folded, digests and numbers left out."""
    found: list[str] = []
    for text in lines:
        said = json.loads(text)
        words = re.sub(r"[0-9a-f]{12,64}", "D", said.get("status") or said["error"])
        kind = f"{sorted(said)} {words}".replace("'completed', ", "")  # it is missing while it is 0
        if not found or found[-1] != kind:
            found.append(kind)
    return found


def recorded(name: str) -> list[str]:
    return kinds([text for _, text in EXCHANGES[name]["lines"]])


def source(folder: Path, *, flipped: bool = False) -> Registry:
    tiny.write(folder)
    name = parse_name("edge-tiny")
    found = held(name, (folder,))
    assert found is not None
    if flipped:
        blob = folder / found[1].layers[0].file
        blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    return Registry(name, found[1], folder)


async def pulled(registry: Registry, folder: Path, times: int = 1) -> tuple[list[str], list[dict[str, Any]]]:
    """The lines of the last of so many pulls, and what is installed then."""
    port = await LocalPort.opened(registry.serve)
    async with served(version="0.24.0", models={}, folder=folder) as it:
        body = {"model": f"http://127.0.0.1:{port.port}/library/edge-tiny:latest", "insecure": True}
        for _ in range(times):
            answer = await it.client.post("/api/pull", json=body)
        assert answer.headers["content-type"] == EXCHANGES["pull-again"]["content_type"]
        installed = (await it.client.get("/api/tags")).json()["models"]
    port.close()
    return answer.text.splitlines(), installed


@pytest.mark.parametrize(("name", "times"), [("pull-after-disk-full", 1), ("pull-again", 2)])
async def test_lines_of_a_pull(tmp_path: Path, name: str, times: int) -> None:
    lines, installed = await pulled(source(tmp_path / "from"), tmp_path / "to", times)
    assert kinds(lines) == recorded(name)
    (row,) = [row for row in installed if "edge-tiny" in row["name"]]
    assert row["digest"] == hashlib.sha256(tiny.manifest()).hexdigest()


async def test_a_flipped_byte_is_found_and_thrown_away(tmp_path: Path) -> None:
    lines, installed = await pulled(source(tmp_path / "from", flipped=True), tmp_path / "to")
    assert kinds(lines) == recorded("pull-corrupt")
    assert not [row for row in installed if "edge-tiny" in row["name"]]
    assert not [path for path in (tmp_path / "to/blobs").iterdir() if path.stat().st_size > 1_000_000]


async def test_a_full_disk_and_a_name_that_is_none() -> None:
    async with served(version="0.24.0", speed=20_000) as it:
        await it.client.request("DELETE", "/api/delete", json={"model": "moondream"})
        it.board.room.fill(300_000_000)
        full = (await it.client.post("/api/pull", json={"model": "moondream"})).text.splitlines()
        missing = (await it.client.post("/api/pull", json={"model": "missing"})).text.splitlines()
    assert kinds(full) == recorded("pull-disk-full")
    assert kinds(missing) == recorded("pull-missing")
