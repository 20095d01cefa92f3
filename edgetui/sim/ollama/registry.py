"""Pulls from other registries over real HTTP, as Ollama makes them: ranges, kept parts, sha256 at the end."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from edgetui.sim.ollama.blobs import Blobs, Broken
from edgetui.sim.ollama.catalog import Model, library, stamp

LIKE = "llama3.2:1b"
"""What a model costs that nobody has measured."""
LINE_EVERY = 256 << 10
"""Bytes between two lines of progress."""
TRIES = 3


async def foreign(
    scheme: str, name: str, models: dict[str, Model], blobs: Blobs
) -> AsyncGenerator[dict[str, Any], None]:
    """The lines after the first. ``name``: ``host:port/namespace/model:tag``. Raises Broken."""
    path, _, tag = name.rpartition(":")
    host, _, repository = path.partition("/")
    base = f"{scheme}://{host}/v2/{repository}"
    async with httpx.AsyncClient(trust_env=False, timeout=10.0) as client:
        data = await _manifest(client, f"{base}/manifests/{tag}")
        said = json.loads(data)
        layers = [*said["layers"], said["config"]]
        fresh = [layer for layer in layers if not _blob(blobs, layer).exists()]
        for layer in layers:
            async with aclosing(_layer(client, base, layer, blobs)) as lines:
                async for line in lines:
                    yield line
        yield {"status": "verifying sha256 digest"}
        for layer in fresh:
            await asyncio.to_thread(_verify, blobs, layer)
        yield {"status": "writing manifest"}
    blobs.name(name, data)
    models[name] = _model(name, data, layers, json.loads(_blob(blobs, said["config"]).read_bytes()))
    yield {"status": "success"}


async def _manifest(client: httpx.AsyncClient, url: str) -> bytes:
    try:
        answer = await client.get(url)
    except httpx.RequestError as error:
        address = f"{error.request.url.host}:{error.request.url.port}"
        words = f'pull model manifest: Get "{url}": dial tcp {address}: connect: connection refused'
        raise Broken(words) from error
    if answer.status_code == 404:
        raise Broken("pull model manifest: file does not exist")
    if answer.status_code != 200:
        raise Broken(f"pull model manifest: {answer.status_code}: {answer.text}")
    return answer.content


async def _layer(
    client: httpx.AsyncClient, base: str, layer: dict[str, Any], blobs: Blobs
) -> AsyncGenerator[dict[str, Any], None]:
    """One layer; what an earlier pull left goes on."""
    digest, total = layer["digest"], layer["size"]
    line = {"status": f"pulling {digest[7:19]}", "digest": digest, "total": total}
    path = _blob(blobs, layer)
    if not path.exists():
        part = path.with_name(f"{path.name}-partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        for last in range(TRIES):
            try:
                answer = await client.get(f"{base}/blobs/{digest}", follow_redirects=False)
                if answer.status_code != 307:
                    raise Broken("http: no Location header in response")
                with part.open("ab") as file:
                    head = {"range": f"bytes={file.tell()}-{total - 1}"}
                    told = file.tell()
                    if told:
                        yield line | {"completed": told}
                    async with client.stream("GET", answer.headers["location"], headers=head) as stream:
                        async for data in stream.aiter_raw():
                            blobs.take(digest.removeprefix("sha256:"), len(data))
                            file.write(data)
                            if file.tell() - told >= LINE_EVERY:
                                told = file.tell()
                                yield line | {"completed": told}
                break
            except httpx.RequestError as error:
                if last == TRIES - 1:
                    raise Broken(f"max retries exceeded: {error or 'unexpected EOF'}") from error
        part.rename(path)
    yield line | {"completed": total}


def _blob(blobs: Blobs, layer: dict[str, Any]) -> Path:
    return blobs.path(layer["digest"].removeprefix("sha256:"))


def _verify(blobs: Blobs, layer: dict[str, Any]) -> None:
    got, want = hashlib.sha256(_blob(blobs, layer).read_bytes()).hexdigest(), layer["digest"]
    if want != f"sha256:{got}":
        blobs.drop(want.removeprefix("sha256:"))
        raise Broken(f"digest mismatch, file must be downloaded again: want {want}, got sha256:{got}")


def _model(name: str, manifest: bytes, layers: list[dict[str, Any]], config: dict[str, Any]) -> Model:
    return replace(
        library()[LIKE],
        name=name,
        modified=stamp(),
        digest=hashlib.sha256(manifest).hexdigest(),
        size=sum(layer["size"] for layer in layers),
        family=config.get("model_family", ""),
        families=config.get("model_families") or [],
        parameter_size=config.get("model_type", ""),
        quantization_level=config.get("file_type", ""),
        layers=[(layer["digest"].removeprefix("sha256:"), layer["size"]) for layer in layers],
    )
