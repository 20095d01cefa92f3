"""A model of the simulated library whose bytes exist, so that it can be copied from board to board for real."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from functools import cache
from pathlib import Path

NAME = "edge-tiny:latest"
WEIGHTS_BYTES = 3_000_017
_TYPES = ("model", "template", "params")


@cache
def blobs() -> dict[str, bytes]:
    """By digest in hex, in the order in which they are pulled; the configuration is the last."""
    config = {"model_format": "gguf", "model_family": "llama", "model_families": ["llama"],
              "model_type": "1M", "file_type": "F16", "architecture": "amd64", "os": "linux"}  # fmt: skip
    parts = (
        random.Random(NAME).randbytes(WEIGHTS_BYTES),
        b"{{ .Prompt }}",
        b'{"num_ctx":2048}',
        json.dumps(config, separators=(",", ":")).encode(),
    )
    return {hashlib.sha256(part).hexdigest(): part for part in parts}


@cache
def manifest() -> bytes:
    """As a registry gives it."""
    *layers, config = [(digest, len(data)) for digest, data in blobs().items()]
    return manifest_of(zip(_TYPES, layers, strict=True), config)


def manifest_of(layers: Iterable[tuple[str, tuple[str, int]]], config: tuple[str, int]) -> bytes:
    """Of layers with their kinds (``model``, ``template``, …) and a configuration: digest in hex, bytes."""
    said = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": _entry("application/vnd.docker.container.image.v1+json", *config),
        "layers": [_entry(f"application/vnd.ollama.image.{kind}", *layer) for kind, layer in layers],
    }
    return json.dumps(said, separators=(",", ":")).encode()


def _entry(kind: str, digest: str, size: int) -> dict[str, str | int]:
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": size}


def write(folder: Path) -> None:
    """Into a folder of models, as Ollama lays them out."""
    for digest, data in blobs().items():
        keep(folder / f"blobs/sha256-{digest}", data)
    keep(folder / "manifests/registry.ollama.ai/library" / NAME.replace(":", "/"), manifest())


def keep(path: Path, data: bytes) -> None:
    """A file in a folder that may not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
