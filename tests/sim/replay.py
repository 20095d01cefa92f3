"""A simulated server that stands in for the recorded one, and the recording asked of it once more."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import groupby
from typing import Any

from edgetui.sim.kinds import kinds as boards
from edgetui.sim.ollama.answers import Answer, Gallery, Seen
from edgetui.sim.ollama.catalog import Model
from edgetui.sim.work import Cost
from tests.sim.recorded import Exchange, exchange, kinds, sent
from tests.sim.served import Served

RECORDER = replace(boards()["rtx3060"], gpu=False, gpu_memory_gb=0.0, amx=True, prefill=2000.0, init_s=0.3)
"""The recordings were made on a PC without a GPU."""
SPEED = 5.0
"""Models stay for 60 host s, so a slow test does not lose them."""
BLOB = random.Random(7).randbytes(1_160_864)
RECORDED_BLOB = "17075cabd44a269dbaae50198ed1bb3cefb18cef5fa19ba38d38f0b4e81ae81c"
RAW = {"error-empty-body": b"", "error-bad-json": b"{nope}", "blob-wrong-digest": b"other bytes"}
"""Bodies that are no JSON; any other is the blob."""
UNREADABLE = ("Describe a street.", "No UTF-8")
COUNTED = ("gggg-stream", "gggg-nonstream")
"""Where the number of lines must be the same too."""
LEFT_OUT = {"role": "user", "content": "No UTF-8"}
"""What two exchanges without a request must have asked."""


class Chatter(Gallery):
    """Answers longer than any num_predict of the recordings: G only, words, or bytes that are no character's."""

    def __init__(self) -> None:
        super().__init__([])

    def answer(self, model: str, seen: tuple[Seen, ...], prompt: str) -> Answer:
        if re.match(r"edge-(gggg|moong)", model):
            return Answer("G" * 64, 64)
        if prompt in UNREADABLE and not model.startswith("edge-moonb"):
            return Answer("\udcff" * 64, 64)
        return Answer("ab cd " * 400, 800)


def model(name: str, era_c: bool, blob: str = hashlib.sha256(BLOB).hexdigest()) -> Model:
    """As large as those of the recordings' slow models, so that there is time to break in."""
    family = "phi2" if era_c else "mistral3"
    return Model(
        name=f"{name}:latest",
        digest=hashlib.sha256(name.encode()).hexdigest(),
        size=1161323,
        family=family,
        families=[family],
        parameter_size="575K",
        quantization_level="F16",
        context_length={"edge-huge": 2**31, "edge-tiny": 8192}.get(name, 2048 if era_c else 8192),
        embedding_length=128,
        capabilities=["completion", "vision"],
        template="[INST]{{ .Prompt }}[/INST]",
        parameters=["num_ctx                        2048"],
        info={"general.architecture": family},
        projector={"clip.has_vision_encoder": True} if era_c else {},
        layers=[(blob, 1161323)],
        one_file=name == "edge-tiny",
        cost=Cost(
            file_gb=0.1, memory_gb=0.1, kv_bytes=2048, text_b=0.1, text_gb=0.5, vision_b=0.5, patches=729,
            picture_tokens=729 if era_c else 80,
        ),
    )  # fmt: skip


Hook = Callable[[], Awaitable[None]]


class Replay:
    """Asks what was recorded, in its order, and remembers what came out differently."""

    def __init__(self, it: Served) -> None:
        self.it = it
        self.era_c = it.ollama.era_c
        self.before: dict[str, Hook] = {}
        """What was done just before an exchange without being one."""
        self.after_lines: dict[str, tuple[int, Hook]] = {}
        self.names: dict[str, str] = {RECORDED_BLOB: hashlib.sha256(BLOB).hexdigest()}
        """What stands for what in requests."""
        self.wrong: list[str] = []
        self.compared = 0

    async def run(self, records: list[dict[str, Any]]) -> None:
        for _, group in groupby(
            records, lambda r: r["name"].partition("-")[0] if "queue" in r["name"] else r["name"]
        ):
            await asyncio.gather(*map(self._one, group))

    async def _one(self, record: dict[str, Any]) -> None:
        name = record["name"]
        if name in self.before:
            await self.before[name]()
        if name.startswith("ps-while"):
            got, want = await self._watch_ps(record)
        else:
            got, want = self._told(await self._ask(record), name), _recorded(record)
        self.compared += 1
        self.wrong += [
            f"{name}: {key}:\n  {got[key]!r} instead of\n  {want[key]!r}" for key in want if got[key] != want[key]
        ]

    async def _ask(self, record: dict[str, Any]) -> Exchange:
        name, request = record["name"], record.get("request")
        if name.startswith("empty-200"):
            request = {"model": "edge-moon", "messages": [LEFT_OUT], "stream": name.endswith("-stream")}
        body = (
            RAW.get(name, BLOB)
            if request == "<raw>"
            else None
            if request is None
            else json.dumps(sent(request)).encode()
        )
        path = record["path"]
        for theirs, ours in self.names.items():
            path, body = path.replace(theirs, ours), body and body.replace(theirs.encode(), ours.encode())
        leave = len(record["lines"]) if record["end"] == "closed by client" else None
        return await exchange(
            self.it.port, record["method"], path, body, record.get("request_headers"),
            after=self.after_lines.get(name), leave_after=leave and min(leave, 6),
        )  # fmt: skip

    def _told(self, got: Exchange, name: str) -> dict[str, Any]:
        return {
            "status": got.status,
            "content type": got.content_type,
            "chunked": got.chunked,
            "end": got.end,
            "whole": got.whole or got.end == "closed by client",
            "lines": kinds(got.lines),
            "count": len(got.lines) if name in COUNTED else None,
        }

    async def _watch_ps(self, record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """``ps`` from the moment of a chat on a model that is not loaded: a row for each change."""
        name = "edge-moonb" if self.era_c else "edge-mid"
        body = json.dumps(
            {"model": name, "messages": [{"role": "user", "content": "Tell a story. " * 560}]}
        ).encode()
        begun = asyncio.Event()

        async def begin() -> None:
            begun.set()

        async def look() -> tuple[str, bool]:
            return (await exchange(self.it.port, "GET", "/api/ps")).lines[0], begun.is_set()

        looks = [await look()]
        chat = asyncio.ensure_future(exchange(self.it.port, "POST", "/api/chat", body, after=(1, begin)))
        while not chat.done():
            looks.append(await look())
        early = any(name in rows for rows, answered in looks if not answered)
        told = {"lines": kinds([rows for rows, _ in looks]), "listed before the first byte": early}
        lines, listed = [text for _, text in record["lines"]], record["lines"][1][0]
        early = listed < record["first_byte_of_chat_ms"]
        return told, {"lines": kinds(lines), "listed before the first byte": early}


def _recorded(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": record["status"],
        "content type": record["content_type"],
        "chunked": record["chunked"],
        "end": record["end"],
        "whole": not record["name"].startswith("server-killed"),  # its note says so
        "lines": kinds([text for _, text in record["lines"]]),
        "count": len(record["lines"]) if record["name"] in COUNTED else None,
    }
