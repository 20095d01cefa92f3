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
        if not source and not _mapping(body, "files"):
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
        base = self._models[whole_name(source)] if source else _nothing_known()
        layers = [("model", layer) for layer in base.layers[:-1]] if source else []
        for digest in () if source else _mapping(body, "files").values():
            yield {"status": "parsing GGUF"}
            layers.append(("model", self._uploaded(str(digest).removeprefix("sha256:"))))
        for _, (digest, _) in layers:
            yield {"status": f"using existing layer sha256:{digest}"}
        for kind, data in _own(body):
            digest = self._blobs.keep(data)
            layers.append((kind, (digest, len(data))))
            yield {"status": f"creating new layer sha256:{digest}"}
        yield {"status": "writing manifest"}
        manifest = self._install(name, base, layers, body)
        if not source:  # of most other models the bytes are not there
            self._blobs.name(name, manifest)
        yield {"status": "success"}

    def _uploaded(self, digest: str) -> tuple[str, int]:
        size = self._blobs.size(digest)
        if size is None:
            raise Broken(f"open {PLACE}/sha256-{digest}: no such file or directory")
        return digest, size

    def _install(
        self, name: str, base: Model, layers: list[tuple[str, tuple[str, int]]], body: dict[str, Any]
    ) -> bytes:
        """Returns the manifest."""
        told = {"model_format": "gguf", "model_family": base.family, "model_families": base.families}
        told |= {"model_type": base.parameter_size, "file_type": base.quantization_level}
        config = json.dumps(told).encode()
        last = self._blobs.keep(config), len(config)
        manifest = tiny.manifest_of(layers, last)
        own = [f"{key:<30} {value}" for key, value in _mapping(body, "parameters").items()]
        self._models[name] = replace(
            base,
            name=name,
            modified=stamp(),
            digest=hashlib.sha256(manifest).hexdigest(),
            size=last[1] + sum(size for _, (_, size) in layers),
            template=str(body.get("template") or base.template),
            parameters=[*base.parameters, *own],
            layers=[*(layer for _, layer in layers), last],
        )
        return manifest


def _nothing_known() -> Model:
    """A file is not looked into."""
    like = library()[LIKE]
    return replace(like, template="", parameters=[], parameter_size="unknown", quantization_level="unknown")


def _mapping(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _own(body: dict[str, Any]) -> list[tuple[str, bytes]]:
    """What the request adds, by kind of layer."""
    params = json.dumps(_mapping(body, "parameters"))
    texts = [("template", body.get("template")), ("system", body.get("system")), ("params", params)]
    return [(kind, str(text).encode()) for kind, text in texts if text and text != "{}"]
