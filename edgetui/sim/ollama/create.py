"""``/api/create``: a model from blobs that were uploaded, or from another model. Errors are lines in a 200."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from edgetui.sim.ollama import tiny
from edgetui.sim.ollama.blobs import Blobs, Broken
from edgetui.sim.ollama.catalog import Model, library, stamp, whole_name
from edgetui.sim.ollama.errors import Refusal
from edgetui.sim.ollama.pull import NAME, Puller
from edgetui.sim.ollama.registry import LIKE
from edgetui.sim.supply import PLACE


class Creator:
    """Of one board."""

    def __init__(self, models: dict[str, Model], blobs: Blobs, puller: Puller) -> None:
        self._models = models
        self._blobs = blobs
        self._puller = puller

    async def create(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The lines. Raises Refusal for what cannot be begun."""
        name, source = whole_name(str(body.get("model") or body.get("name") or "")), str(body.get("from") or "")
        if not NAME.fullmatch(name):
            raise Refusal(400, "invalid model name")
        if not source and not body.get("files"):
            raise Refusal(400, "neither 'from' or 'files' was specified")
        try:
            async with aclosing(self._made(name, source, body)) as lines:
                async for line in lines:
                    yield line
        except Broken as error:
            yield {"error": str(error)}

    async def _made(self, name: str, source: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        if source and whole_name(source) not in self._models:  # Ollama looks for it in the registry
            async with aclosing(self._puller.pull({"model": source})) as lines:
                async for line in lines:
                    yield line
                    if "error" in line:
                        return
        layers: list[tuple[str, int]] = []
        for digest in () if source else body["files"].values():
            yield {"status": "parsing GGUF"}
            layers.append(self._uploaded(str(digest).removeprefix("sha256:")))
        base = self._models[whole_name(source)] if source else replace(library()[LIKE], template="", parameters=[])
        layers += base.layers[:-1] if source else []
        for digest, _ in layers:
            yield {"status": f"using existing layer sha256:{digest}"}
        kinds = ["model"] * len(layers)
        for kind, data in _own(body):
            layers.append((self._blobs.keep(data), len(data)))
            kinds.append(kind)
            yield {"status": f"creating new layer sha256:{layers[-1][0]}"}
        config = json.dumps({"model_format": "gguf", "model_family": base.family}).encode()
        last = self._blobs.keep(config), len(config)
        manifest = tiny.manifest_of(zip(kinds, layers, strict=True), last)
        yield {"status": "writing manifest"}
        if not source:  # of most other models the bytes are not there
            self._blobs.name(name, manifest)
        self._models[name] = replace(
            base,
            name=name,
            modified=stamp(),
            digest=hashlib.sha256(manifest).hexdigest(),
            size=sum(size for _, size in [*layers, last]),
            template=str(body.get("template") or base.template),
            parameters=[*base.parameters, *(f"{k:<30} {v}" for k, v in (body.get("parameters") or {}).items())],
            layers=[*layers, last],
        )
        yield {"status": "success"}

    def _uploaded(self, digest: str) -> tuple[str, int]:
        size = self._blobs.size(digest)
        if size is None:
            raise Broken(f"open {PLACE}/sha256-{digest}: no such file or directory")
        return digest, size


def _own(body: dict[str, Any]) -> list[tuple[str, bytes]]:
    """What the request adds, by kind of layer."""
    template, system, parameters = (body.get(key) for key in ("template", "system", "parameters"))
    texts = [("template", template), ("system", system), ("params", json.dumps(parameters) if parameters else None)]
    return [(kind, str(text).encode()) for kind, text in texts if text]
