"""Recorded exchanges with real servers: asked again of a simulated one, and what of the two must be the same."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.sim.served import picture

GOLDEN = Path(__file__).parents[1] / "golden" / "ollama"


def recordings(name: str) -> list[dict[str, Any]]:
    """In the order in which they were made."""
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text().split("\n") if line]


@dataclass
class Exchange:
    """What came over the socket."""

    status: int = 0
    content_type: str | None = None
    chunked: bool = False
    whole: bool = False
    """The body had the end that was promised: a last chunk, or its length."""
    end: str = ""
    lines: list[str] = field(default_factory=list)

    def take(self, raw: bytes, *, bodiless: bool) -> None:
        """All that came so far."""
        head, blank, body = raw.partition(b"\r\n\r\n")
        if not blank:
            return
        first, *rows = head.decode().split("\r\n")
        headers = {k.lower(): v for k, v in (row.split(": ", 1) for row in rows)}
        self.status, self.content_type = int(first.split()[1]), headers.get("content-type")
        self.chunked = headers.get("transfer-encoding") == "chunked"
        if self.chunked:
            body, self.whole = dechunked(body)
        else:
            self.whole = len(body) == (0 if bodiless else int(headers["content-length"]))
        *lines, last = body.decode().split("\n")
        self.lines = lines + ([last] if last and self.whole else [])


def dechunked(raw: bytes) -> tuple[bytes, bool]:
    body = b""
    while found := re.match(rb"([0-9a-f]+)\r\n", raw):
        size, start = int(found[1], 16), found.end()
        if not size:
            return body, raw[start:] == b"\r\n"
        body += raw[start : start + size]
        raw = raw[start + size + 2 :]
    return body, False


async def exchange(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    *,
    after: tuple[int, Callable[[], Awaitable[None]]] | None = None,
    leave_after: int | None = None,
) -> Exchange:
    """Ask. ``after``: so many lines something is done; ``leave_after``: so many lines the client closes."""
    rows = {"Host": f"127.0.0.1:{port}", "Connection": "close"} | (headers or {})
    if body is not None:
        rows["Content-Length"] = str(len(body))
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in rows.items()), "", ""])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got, raw = Exchange(), b""
    try:
        writer.write(head.encode() + (body or b""))
        while data := await reader.read(1 << 16):
            raw += data
            got.take(raw, bodiless=method == "HEAD")
            if after is not None and len(got.lines) >= after[0]:
                await after[1]()
                after = None
            if leave_after is not None and len(got.lines) >= leave_after:
                got.end, got.lines = "closed by client", got.lines[:leave_after]
                return got
        got.end = "eof"
    except ConnectionResetError:
        got.end = "reset"
    finally:
        writer.transport.abort()
    return got


def sent(value: Any) -> Any:
    """The request with pictures and long texts put back in."""
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [sent(item) for item in value]
    if not isinstance(value, str):
        return value
    if found := re.fullmatch(r"(.*)<scene\.(\w+) (\d+)x(\d+)(?: rotated (\d+))?>", value):
        form = {"jpg": "JPEG"}.get(found[2], found[2].upper())
        return found[1] + picture(int(found[3]), int(found[4]), form, shade=int(found[5] or 90))
    return "cat " * 4000 if value == "<'cat ' 4000 times>" else value


def kinds(lines: list[str]) -> list[Any]:
    """What the lines are like, in their order; repeats of a kind count once."""
    return [kind for kind, _ in groupby(map(kind_of, lines))]


def kind_of(line: str) -> Any:
    """What must be the same in a line: an error word for word but for names, anything else by its shape."""
    value = json.loads(line) if line.startswith("{") else line
    return value if isinstance(value, str) else shape(value)


SAID = {"done", "done_reason", "role", "model", "context_length"}
"""Keys whose values must be the same."""
FREE = {"model_info", "projector_info"}
"""Keys of which only the type must be: what is in the files of a model."""


def shape(value: Any, key: str = "") -> Any:
    """Keys in their order, and types; of texts the kind; in lists the like counts once, in ``models`` each."""
    if key in FREE:
        return type(value).__name__
    if isinstance(value, dict):
        return [(name, shape(item, name)) for name, item in value.items()]
    if isinstance(value, list):
        found = [shape(item, "") for item in value]
        return found if key == "models" else [kind for kind, _ in groupby(found)]
    if key in ("status", "error"):
        return re.sub(r"\d{4,}", "N", re.sub(r"[0-9a-f]{64}|(?<=pulling )[0-9a-f]{12}", "D", value))
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{4})-\d\d-\d\dT[\d:.]+Z", value)):
        return {"0001": "no time", "2026": "time"}.get(found[1], "time" if found[1] < "2300" else "for ever")
    if isinstance(value, str) and re.fullmatch("(sha256:)?[0-9a-f]{64}", value):
        return f"digest of {len(value)}"
    if key in SAID:
        return re.sub(r"\d{5}", "N", value) if isinstance(value, str) else value
    if key in ("size_vram", "content", "response"):
        return f"{type(value).__name__}, {'something' if value else 'nothing'}"
    return type(value).__name__
