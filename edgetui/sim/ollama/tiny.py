"""A model of the simulated library whose bytes exist, so that it can be copied from board to board for real."""

from __future__ import annotations

import hashlib
import json
import random
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
    *layers, config = [{"digest": f"sha256:{digest}", "size": len(data)} for digest, data in blobs().items()]
    said = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", **config},
        "layers": [
            {"mediaType": f"application/vnd.ollama.image.{kind}", **layer}
            for kind, layer in zip(_TYPES, layers, strict=True)
        ],
    }
    return json.dumps(said, separators=(",", ":")).encode()


def write(folder: Path) -> None:
    """Into a folder of models, as Ollama lays them out."""
    for digest, data in blobs().items():
        keep(folder / f"blobs/sha256-{digest}", data)
    keep(folder / "manifests/registry.ollama.ai/library" / NAME.replace(":", "/"), manifest())


def keep(path: Path, data: bytes) -> None:
    """A file in a folder that may not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
