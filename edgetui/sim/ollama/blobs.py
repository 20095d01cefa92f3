"""A board's folder of models: blobs by digest and manifests by name, laid out as Ollama's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from edgetui.sim.ollama import tiny
from edgetui.sim.ollama.catalog import Model
from edgetui.sim.supply import PLACE, Room

_DIGEST = re.compile("[0-9a-f]{64}")


class Broken(Exception):
    """What ends in an error line; its words are Ollama's."""


class Blobs:
    """The bytes of models that have some: of most only names, digests and sizes are known."""

    def __init__(self, folder: Path | None, models: Mapping[str, Model], room: Room) -> None:
        """``folder`` None: nothing can be kept."""
        self._folder = folder
        self._models = models
        self._room = room

    @property
    def folder(self) -> Path:
        """Raises Broken where there is none."""
        if self._folder is None:
            raise Broken(f"open {PLACE}: permission denied")
        return self._folder

    def path(self, digest: str) -> Path:
        """Where the bytes of ``digest`` (hex) lie, or would. Raises Broken."""
        if not _DIGEST.fullmatch(digest):
            raise Broken("invalid digest format")
        return self.folder / f"blobs/sha256-{digest}"

    def size(self, digest: str) -> int | None:
        """Bytes; None where it is not there."""
        if self._folder is not None and (path := self.path(digest)).exists():
            return path.stat().st_size
        return next((size for m in self._models.values() for held, size in m.layers if held == digest), None)

    def keep(self, data: bytes) -> str:
        """Bytes under their own digest, which is returned. Raises Broken (no folder, full disk)."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.exists():
            self.take(digest, len(data))
            tiny.keep(path, data)
        return digest

    def take(self, digest: str, count: int) -> None:
        """Room for ``count`` more bytes. Raises Broken."""
        if count > self._room.free:
            raise Broken(f"write {PLACE}/sha256-{digest}-partial: no space left on device")
        self._room.taken += count

    def drop(self, digest: str) -> None:
        """Remove a blob that is not what its name says. Raises Broken."""
        self._room.taken -= self.path(digest).stat().st_size
        self.path(digest).unlink()

    def name(self, name: str, manifest: bytes) -> None:
        """The manifest of a model whose blobs are all here."""
        tiny.keep(self._manifest(name), manifest)

    def copied(self, source: str, target: str) -> None:
        """A model got another name: its manifest lies there too."""
        if self._folder is not None and (path := self._manifest(source)).exists():
            tiny.keep(self._manifest(target), path.read_bytes())

    def removed(self, model: Model) -> None:
        """A name is gone, and the layers that no other model has."""
        kept = {digest for other in self._models.values() for digest, _ in other.layers}
        gone = [(digest, size) for digest, size in model.layers if digest not in kept]
        self._room.taken -= sum(size for _, size in gone)
        if self._folder is not None:
            self._manifest(model.name).unlink(missing_ok=True)
            for digest, _ in gone:
                self.path(digest).unlink(missing_ok=True)

    def _manifest(self, name: str) -> Path:
        path, _, tag = name.rpartition(":")
        place = path if path.count("/") == 2 else f"registry.ollama.ai/library/{path}"
        return self.folder / "manifests" / place / tag
