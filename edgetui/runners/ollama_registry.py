"""A registry that has one model: from it a board's Ollama pulls through our connection what it then owns.

Ollama checks every blob by its sha256, resumes what was cut, fetches none twice, and writes the manifest byte for
byte, so the model has the digest of a pulled one; ``/api/create`` from the same blobs writes another manifest.
"""

from __future__ import annotations

import asyncio
import os
import re
from http import HTTPStatus
from pathlib import Path

from edgetui.links import Reader, Writer
from edgetui.runners.ollama_folder import Layer, Manifest, Name

PIECE = 256 << 10
"""Bytes read and sent at a time."""
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")
_BLOB = re.compile(r"/v2/.+/blobs/(sha256:[0-9a-f]{64})")
_MOST_HEAD = 64 << 10


class Registry:
    """HTTP/1.1 on streams that somebody accepts: ``serve`` is one connection."""

    def __init__(self, name: Name, manifest: Manifest, folder: Path) -> None:
        self._manifest = manifest
        self._path = f"/v2/{name.namespace}/{name.model}/manifests/{name.tag}"
        self._blobs = {layer.digest: layer for layer in manifest.layers}
        self._folder = folder
        self.sent = 0
        """Bytes of blobs that went out."""

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """Answer until the board has enough."""
        try:
            while await self._answer(*await _request(reader), writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
            pass  # the board has left, or what calls is no HTTP client
        finally:
            writer.close()

    async def _answer(self, method: str, path: str, headers: dict[str, str], writer: Writer) -> bool:
        blob = _BLOB.fullmatch(path)
        if method not in ("GET", "HEAD"):
            _head(writer, 405, {"content-length": "0", "connection": "close"})
            return False
        if path == self._path:
            length = str(len(self._manifest.data))
            _head(writer, 200, {"content-type": _MANIFEST, "content-length": length})
            writer.write(self._manifest.data if method == "GET" else b"")
        elif blob is None or blob[1] not in self._blobs:
            _head(writer, 404, {"content-length": "0"})
        elif method == "GET" and (elsewhere := _elsewhere(headers.get("host", ""))):
            _head(writer, 307, {"location": f"http://{elsewhere}{path}", "content-length": "0"})
        else:
            await self._blob(self._blobs[blob[1]], method, headers.get("range", ""), writer)
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    async def _blob(self, layer: Layer, method: str, wanted: str, writer: Writer) -> None:
        found = _RANGE.fullmatch(wanted)
        first, last = int(found[1]) if found else 0, int(found[2]) if found and found[2] else layer.size - 1
        last = min(last, layer.size - 1)
        head = {"content-length": str(max(0, last + 1 - first)), "accept-ranges": "bytes"}
        if found:
            head["content-range"] = f"bytes {first}-{last}/{layer.size}"
        _head(writer, 206 if found else 200, head)
        if method == "HEAD":
            return
        file = await asyncio.to_thread(os.open, self._folder / layer.file, os.O_RDONLY)
        try:
            while first <= last:
                data = await asyncio.to_thread(os.pread, file, min(PIECE, last + 1 - first), first)
                if not data:
                    raise OSError("the file has become shorter")
                writer.write(data)
                await writer.drain()
                first += len(data)
                self.sent += len(data)
        finally:
            os.close(file)


def _elsewhere(host: str) -> str:
    """Ollama fetches blobs only from where another host name redirected it to: loopback has two names."""
    name, colon, port = host.partition(":")
    return f"localhost{colon}{port}" if name == "127.0.0.1" else ""


async def _request(reader: Reader) -> tuple[str, str, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n"))[:_MOST_HEAD].decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    return method, path, {k.strip().lower(): v.strip() for k, _, v in (row.partition(":") for row in head[1:])}


def _head(writer: Writer, status: int, headers: dict[str, str]) -> None:
    rows = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write(("\r\n".join(rows) + "\r\n\r\n").encode("latin-1"))
