"""A board with a scripted Ollama: a real HTTP server on a unix socket, and a Link that leads there."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from edgetui.errors import LinkDown, LinkError
from edgetui.links import Completed, Endpoint
from edgetui.model import Options, Request
from edgetui.runners import Event, Finished
from edgetui.runners.ollama import OllamaRunner

GOLDEN = Path(__file__).parents[1] / "golden" / "ollama"
DIGEST = "55fc3abd386771e5b5d1bbcc732f3c3f4df6e9f9f08f1131f9cc27ba2d1eec5b"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


@cache
def recordings(version: str, kind: str = "*") -> dict[str, dict]:
    """Exchanges of a real server by their name."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob(f"{kind}-{version}.jsonl"))]
    lines = [line for text in texts for line in text.split("\n") if line]
    return {record["name"]: record for record in map(json.loads, lines) if "name" in record}


@dataclass
class Call:
    """One request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client closed its end."""

    @property
    def json(self):
        return json.loads(self.body)


Answer = Callable[[Call, asyncio.StreamWriter], Awaitable[None]]


def head(status: int = 200, kind: str | None = "application/x-ndjson", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X"] + ([f"Content-Type: {kind}"] if kind else [])
    return "\r\n".join([*lines, *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()), "", ""]).encode()


def whole(body: object, status: int = 200, kind: str = "application/json; charset=utf-8") -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(_call: Call, out: asyncio.StreamWriter) -> None:
        out.write(head(status, kind, Content_Length=str(len(data))) + data)

    return answer


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def stream(*lines: object, end: str = "eof", piece: int = 0) -> Answer:
    """Lines (bytes as they are, others as JSON), then ``eof``, ``cut`` (no final chunk), ``reset`` or ``hang``.

    ``piece``: bytes per write, each its own chunk and segment; 0: a line each.
    """

    async def answer(call: Call, out: asyncio.StreamWriter) -> None:
        data = [line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines]
        if piece:
            blob = b"".join(data)
            data = [blob[i : i + piece] for i in range(0, len(blob), piece)]
        out.write(head(Transfer_Encoding="chunked"))
        for part in data:
            out.write(chunk(part))
            await out.drain()
            await asyncio.sleep(0)
        if end == "eof":
            out.write(b"0\r\n\r\n")
        elif end == "hang":
            await call.gone.wait()
        elif end == "reset":
            out.transport.abort()
        else:
            out.close()

    return answer


def replay(record: dict, scale: float = 0.0) -> Answer:
    """What a real server sent, byte by byte as it was; times and durations ``scale`` times as long (0: at once)."""

    async def answer(call: Call, out: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        start = clock()
        if record["first_byte_ms"] is not None:
            await asyncio.sleep(record["first_byte_ms"] / 1000 * scale)
        parts = [
            (ms, _shorter(text, scale).encode() + (b"\n" if record["chunked"] else b""))
            for ms, text in record["lines"]
        ]
        kind = record["content_type"]
        if record["chunked"]:
            out.write(head(record["status"], kind, Transfer_Encoding="chunked"))
        else:
            out.write(head(record["status"], kind, Content_Length=str(sum(len(p) for _, p in parts))))
        for ms, part in parts:
            await asyncio.sleep(max(0.0, start + ms / 1000 * scale - clock()))
            out.write(chunk(part) if record["chunked"] else part)
            await out.drain()
        if record["name"].startswith("server-killed"):
            out.close()  # the recording's note: no final chunk
        elif record["chunked"]:
            out.write(b"0\r\n\r\n")

    return answer


def _shorter(text: str, scale: float) -> str:
    said = json.loads(text)
    if scale in (0.0, 1.0) or "total_duration" not in said:
        return text
    return json.dumps({k: int(v * scale) if k.endswith("_duration") else v for k, v in said.items()})


LOADED = whole({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "load"})
FINAL = {
    "message": {"role": "assistant", "content": ""},
    "done_reason": "stop",
    "done": True,
    "total_duration": 4_000_000,
    "load_duration": 1_000_000,
    "prompt_eval_count": 700,
    "prompt_eval_duration": 1_000_000,
    "eval_count": 3,
    "eval_duration": 1_000_000,
}


def said(content: str = "", thinking: str | None = None) -> dict:
    message = {"role": "assistant", "content": content} | ({} if thinking is None else {"thinking": thinking})
    return {"model": "m", "message": message, "done": False}


def tags(*names: str, **more: object) -> dict:
    row = {
        "size": 1738451197,
        "digest": DIGEST,
        "details": {"family": "phi2", "families": ["phi2", "clip"]},
        **more,
    }
    return {"models": [{"name": name, "model": name, **row} for name in names]}


def ps(context: int = 4096, digest: str = DIGEST, vram: int = 0) -> dict:
    row = {"name": "moondream:latest", "model": "moondream:latest", "digest": digest, "size": 2_000_000_000}
    return {"models": [{**row, "size_vram": vram, "context_length": context}]}


class FakeBoard:
    """The Link of a board whose Ollama answers by script. ``chat`` is a queue of answers: load step, then timed."""

    def __init__(self, uds: str) -> None:
        self.uds = uds
        self.calls: list[Call] = []
        self.chat: list[Answer] = []
        self.heard: asyncio.Queue[Call] = asyncio.Queue()
        """Chats as they arrive."""
        self.routes: dict[str, Answer] = {
            "/api/version": whole({"version": "0.24.0"}),
            "/api/tags": whole(tags("moondream:latest")),
            "/api/show": whole({"details": {}, "model_info": {}, "capabilities": ["completion", "vision"]}),
            "/api/ps": whole(ps()),
        }
        self.lost: asyncio.Future[LinkDown] = asyncio.get_running_loop().create_future()
        self.unreachable = ""
        self.left: list[int] = []
        """Ports whose roads were taken down."""
        self.machine = "aarch64\n64\n"

    async def http(self, port: int) -> Endpoint:
        return Endpoint(f"http://127.0.0.1:{port}", self.uds)

    async def reach(self, _port: int) -> str:
        return self.unreachable

    async def run(self, _command: str, *, timeout: float, limit: int = 1 << 20) -> Completed:
        return Completed(0, self.machine, "")

    async def open(self, _command: str, _on_data: object) -> None:
        raise LinkError("this board has no journal")

    async def leave(self, port: int) -> None:
        self.left.append(port)

    async def serve(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        try:
            while (call := await self._read(reader)) is not None:
                self.calls.append(call)
                if call.path == "/api/chat":
                    self.heard.put_nowait(call)
                answer = self.chat.pop(0) if call.path == "/api/chat" else self.routes[call.path]
                watch = asyncio.create_task(self._watch(reader, call))
                await answer(call, out)
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
                if out.is_closing():
                    return
                await out.drain()
        except ConnectionError:
            pass
        finally:
            out.close()

    async def _watch(self, reader: asyncio.StreamReader, call: Call) -> None:
        try:
            if not await reader.read(1):
                call.gone.set()
        except ConnectionError:
            call.gone.set()

    async def _read(self, reader: asyncio.StreamReader) -> Call | None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        except asyncio.IncompleteReadError:
            return None
        method, path, _ = first.split()
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
        return Call(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))

    def chats(self) -> list[Call]:
        return [call for call in self.calls if call.path == "/api/chat"]


@asynccontextmanager
async def board(folder: Path) -> AsyncIterator[FakeBoard]:
    made = FakeBoard(str(folder / "ollama.sock"))
    connections: set[asyncio.Task] = set()

    def connected(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(made.serve(reader, out))
        connections.add(task)

    server = await asyncio.start_unix_server(connected, made.uds)
    try:
        yield made
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def request(**changes) -> Request:
    plain = {
        "run": "r",
        "board": "pi5",
        "task": "t",
        "kind": "vqa",
        "item": "i",
        "model": "moondream",
        "prompt": "?",
    }
    return Request(**{**plain, "image": PNG, "options": Options(), **changes})


async def events(made: FakeBoard, asked: Request | None = None, runner: OllamaRunner | None = None) -> list[Event]:
    return [event async for event in (runner or OllamaRunner()).run(asked or request(), made)]


async def finished(made: FakeBoard, *answers: Answer, asked: Request | None = None) -> Finished:
    """Outcome of a run whose load step went well and whose timed request is answered so."""
    made.chat = [LOADED, *answers]
    last = (await events(made, asked))[-1]
    assert isinstance(last, Finished)
    return last
