"""Every exchange recorded with real servers, asked again of a simulated one of that era: no difference is allowed.

Compared are status, content type, framing and end, order and kinds of lines, keys and JSON types, words of errors.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from edgetui.links import Writer
from edgetui.links.listening import LocalPort
from edgetui.runners.ollama_folder import held, parse_name
from edgetui.runners.ollama_registry import Registry
from edgetui.sim.ollama import tiny
from tests.sim.recorded import recordings, sent
from tests.sim.replay import RECORDER, SPEED, Chatter, Replay, model
from tests.sim.served import load, served, until


def check(replay: Replay, count: int) -> None:
    """All of ``count`` exchanges were made, and none came out differently."""
    assert replay.compared == count
    assert not replay.wrong, "\n".join(replay.wrong)


async def test_requests_of_era_b(tmp_path: Path) -> None:
    records = recordings("requests-0.24.0")
    async with served(RECORDER, "0.24.0", speed=SPEED, models={}, gallery=Chatter(), folder=tmp_path) as it:
        replay = Replay(it)

        async def install() -> None:
            names = ("edge-huge", "edge-mid", "edge-gggg", "edge-tiny")
            it.ollama.models.clear()
            it.ollama.models.update({f"{name}:latest": model(name, era_c=False) for name in names})

        replay.before["tags"] = install
        await replay.run(records)
    check(replay, len(records))


async def test_requests_of_era_c(tmp_path: Path) -> None:
    records = recordings("requests-0.32.15")
    names = ("edge-moonb", "edge-moon", "edge-moong", "edge-tiny")
    models = {f"{name}:latest": model(name, era_c=True) for name in names}
    async with served(RECORDER, "0.32.15", speed=SPEED, models=models, gallery=Chatter(), folder=tmp_path) as it:
        replay = Replay(it)

        async def create_anew() -> None:
            await load(it, "edge-moon")
            made = {"model": "edge-moon", "from": "edge-moon", "template": "{{ .Prompt }}"}
            assert "success" in (await it.client.post("/api/create", json=made)).text

        replay.before["ps-two-digests-one-name"] = create_anew
        await replay.run(records)
    check(replay, len(records))


@pytest.mark.parametrize(
    ("version", "slow", "others"),
    [("0.24.0", "edge-mid", ("edge-gggg", "edge-tiny")), ("0.32.15", "edge-moonb", ())],
)
async def test_work_that_is_waited_for_left_and_broken_off(
    version: str, slow: str, others: tuple[str, ...]
) -> None:
    records = recordings(f"timing-{version}")
    models = {f"{name}:latest": model(name, era_c=version > "0.3") for name in (slow, *others)}
    async with served(RECORDER, version, speed=SPEED, models=models, gallery=Chatter()) as it:
        replay, home = Replay(it), it.ollama.residence

        async def unload() -> None:
            await it.client.post("/api/generate", json={"model": slow, "keep_alive": 0})

        async def doom() -> None:
            home.doomed = "kernel"

        async def doom_in_load() -> None:
            await unload()
            await doom()

        async def only_others() -> None:
            await unload()
            for name in others:
                await load(it, name)

        async def cancel_in_encode() -> None:
            image = sent("<scene.jpg 280x280 rotated 45>")
            asked = {"model": slow, "messages": [{"role": "user", "content": "What?", "images": [image]}]}
            request = asyncio.ensure_future(it.client.post("/api/chat", json=asked))
            await until(lambda: bool(it.ollama.answering.active))
            request.cancel()

        async def kill() -> None:
            it.ollama.kill(restart_s=None)

        replay.before = {
            "after-cancel-in-image-encode": cancel_in_encode,
            "runner-killed-in-prefill": doom,
            "runner-killed-in-load": doom_in_load,
            "ps-while-loading-and-running": only_others,
        }
        replay.after_lines = {"runner-killed-in-decode": (4, doom), "server-killed-in-decode": (4, kill)}
        await replay.run(records)
    check(replay, len(records))


class Slowly:
    """A Writer whose line is slow."""

    def __init__(self, writer: Writer) -> None:
        self.write, self.close, self._writer = writer.write, writer.close, writer

    async def drain(self) -> None:
        await asyncio.sleep(0.01)
        await self._writer.drain()


def registry(folder: Path, *, flipped: bool = False) -> Registry:
    """It has a model ``tiny``."""
    tiny.write(folder)
    found = held(parse_name("edge-tiny"), (folder,))
    assert found is not None
    if flipped:
        blob = folder / found[1].layers[0].file
        blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    return Registry(parse_name("tiny"), found[1], folder)


async def test_pulls(tmp_path: Path) -> None:
    records = recordings("pull-0.24.0")
    sound, damaged = registry(tmp_path / "sound"), registry(tmp_path / "damaged", flipped=True)
    slow = registry(tmp_path / "slow")
    recorded = {
        "127.0.0.1:15000": await LocalPort.opened(sound.serve),
        "127.0.0.1:15001": await LocalPort.opened(damaged.serve),
        "127.0.0.1:15003": await LocalPort.opened(lambda reader, writer: slow.serve(reader, Slowly(writer))),
    }
    async with served(RECORDER, "0.24.0", models={}, folder=tmp_path / "board") as it:
        replay, room = Replay(it), it.board.room

        async def fill() -> None:
            room.fill(700_000)

        async def make_room() -> None:
            room.filled = 0

        replay.before = {"pull-disk-full": fill, "pull-after-disk-full": make_room}
        replay.names = {theirs: f"127.0.0.1:{ours.port}" for theirs, ours in recorded.items()}
        await replay.run(records)
        (row,) = (await it.client.get("/api/tags")).json()["models"]
    for port in recorded.values():
        port.close()
    check(replay, len(records))
    assert row["digest"] == hashlib.sha256(tiny.manifest()).hexdigest()
    assert slow.sent > tiny.WEIGHTS_BYTES, "what came damaged was thrown away"
    assert slow.sent < tiny.WEIGHTS_BYTES + (1 << 20), "what was cancelled went on from its part"
