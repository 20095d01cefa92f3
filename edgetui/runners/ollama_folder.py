"""Ollama's folder of models: names, manifests and blobs, read only. Every path is made of checked parts."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edgetui.errors import CommandError, UsageError

HOST, NAMESPACE, TAG = "registry.ollama.ai", "library", "latest"
"""What a name means that does not say them."""
LARGEST = 4 << 20
"""Bytes of a manifest; real ones have a thousand."""
_MOST = 1 << 50
"""Bytes of a layer."""
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,300}(:\d{1,5})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Name:
    """``[host/][namespace/]model[:tag]`` with nothing left out."""

    host: str
    namespace: str
    model: str
    tag: str

    def __str__(self) -> str:
        """As short as Ollama prints it."""
        host = "" if self.host == HOST else f"{self.host}/"
        namespace = "" if not host and self.namespace == NAMESPACE else f"{self.namespace}/"
        return f"{host}{namespace}{self.model}:{self.tag}"

    @property
    def manifest(self) -> str:
        """Where its manifest lies in a folder of models."""
        return f"manifests/{self.host}/{self.namespace}/{self.model}/{self.tag}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One blob of a model."""

    digest: str
    """``sha256:…``."""
    size: int
    """Bytes."""

    @property
    def file(self) -> str:
        """Where it lies in a folder of models."""
        return f"blobs/{self.digest.replace(':', '-')}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is made of."""

    data: bytes
    """As it stands in the file: its digest is the model's."""
    layers: tuple[Layer, ...]
    """Those that are pulled, configuration last."""

    @property
    def digest(self) -> str:
        """Hex, as ``/api/tags`` tells it."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all layers, each once."""
        return sum(layer.size for layer in {layer.digest: layer for layer in self.layers}.values())


def parse_name(text: str) -> Name:
    """Raises UsageError for what Ollama would not take either."""
    rest = text.removeprefix("http://").removeprefix("https://")
    path, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        path, tag = rest, TAG
    *front, model = path.split("/")
    host, namespace = {0: (HOST, NAMESPACE), 1: (HOST, *front), 2: (*front,)}.get(len(front), ("", ""))
    if not (_HOST.fullmatch(host) and all(map(_PART.fullmatch, (namespace, model, tag)))):
        raise UsageError(f"{text!r} is no name of a model", "write it as in qwen2.5vl:3b or hf.co/org/repo:Q8_0")
    return Name(host, namespace, model, tag)


def parse_manifest(data: bytes) -> Manifest:
    """Raises CommandError for what is none."""
    try:
        said = json.loads(data)
        rows = [*said["layers"], *([said["config"]] if said.get("config") else [])]
        layers = tuple(Layer(row["digest"], row["size"]) for row in rows)
        sound = all(
            _DIGEST.fullmatch(each.digest) and type(each.size) is int and 0 <= each.size < _MOST for each in layers
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound or not layers:
        raise CommandError("the model's manifest cannot be read", "pull the model anew where it is to come from")
    return Manifest(data, layers)


def host_folders() -> tuple[Path, ...]:
    """Where this machine's Ollama keeps models: its variable, the user's, the service's."""
    named = os.environ.get("OLLAMA_MODELS")
    usual = (Path.home() / ".ollama/models", Path("/usr/share/ollama/.ollama/models"))
    return (*([Path(named)] if named else []), *usual)


def held(name: Name, folders: Iterable[Path]) -> tuple[Path, Manifest] | None:
    """The first of these folders that has the model whole, and its manifest. Raises CommandError (rights)."""
    for folder in folders:
        try:
            with (folder / name.manifest).open("rb") as file:
                manifest = parse_manifest(file.read(LARGEST))
            if all((folder / layer.file).stat().st_size == layer.size for layer in manifest.layers):
                return folder, manifest
        except PermissionError as error:
            raise CommandError(
                f"{error.filename} may not be read by this user",
                f"let this user read it, e.g. with: sudo setfacl -R -m u:$USER:rX {folder}",
            ) from error
        except OSError:
            continue  # it is not there
    return None
