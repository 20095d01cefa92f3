"""Where a model that shall be pushed comes from: a folder of this machine, or a board's files."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import platformdirs

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import CHUNK, Files
from edgetui.runners.ollama_folder import LARGEST, Layer, Manifest, Name, parse_manifest

FOLDERS = (
    "printf '%s\\n' ~/.ollama/models; sed -n 's/.*OLLAMA_MODELS=\\([^\" ]*\\).*/\\1/p'"
    " /etc/systemd/system/ollama.service /etc/systemd/system/ollama.service.d/*.conf 2>/dev/null"
)
SERVICE = "/usr/share/ollama/.ollama/models"
ASK_S = 10.0


def kept() -> Path:
    """Where models lie on this machine that were fetched from a board; laid out as Ollama's own folder."""
    return platformdirs.user_cache_path("edgetui") / "models"


async def on_board(link: Link, name: Name) -> tuple[str, Manifest]:
    """The board's folder that has the model, and its manifest. Raises CommandError, LinkError."""
    asked = await link.run(FOLDERS, timeout=ASK_S)
    folders = dict.fromkeys([*(row for row in asked.stdout.splitlines() if row.startswith("/")), SERVICE])
    refused = ""
    async with link.files() as files:
        for folder in folders:
            try:
                data = await files.read(f"{folder}/{name.manifest}", 0, LARGEST)
            except CommandError as error:
                refused = error.sentence  # another folder may be open
                continue
            if data:
                return folder, parse_manifest(data)
    raise CommandError(
        f"no files of {name} can be read there" + (f": {refused}" if refused else ""),
        "let the login read them: sudo usermod -aG ollama $USER, and chmod -R g+rX on the folder of models",
    )


async def fetch(link: Link, folder: str, manifest: Manifest, told: Callable[[Layer, int], None]) -> Path:
    """Bring the blobs here, each once, checked by sha256; what was cut goes on. ``told``: a layer's bytes so far.

    Raises CommandError, LinkError.
    """
    (kept() / "blobs").mkdir(parents=True, exist_ok=True)
    async with link.files() as files:
        for layer in manifest.layers:
            path = kept() / layer.file
            if not path.exists():
                await _fetch(files, f"{folder}/{layer.file}", layer, path, told)
            told(layer, layer.size)
    return kept()


def discard(manifest: Manifest) -> None:
    """Remove the blobs that were fetched: gigabytes that nobody asked to keep."""
    for layer in manifest.layers:
        (kept() / layer.file).unlink(missing_ok=True)


async def _fetch(files: Files, source: str, layer: Layer, path: Path, told: Callable[[Layer, int], None]) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("ab") as file:
            while (at := file.tell()) < layer.size:
                told(layer, at)
                data = await files.read(source, at, min(CHUNK, layer.size - at))
                if not data:
                    raise CommandError(
                        f"the board's file {source} is shorter than it should be, or may not be read"
                    )
                await asyncio.to_thread(file.write, data)
    except OSError as error:
        raise CommandError(f"{part} cannot be written: {error.strerror}", "make room on this machine") from error
    if await asyncio.to_thread(_sha256, part) != layer.digest.removeprefix("sha256:"):
        part.unlink()
        raise CommandError(
            f"{source} is not what its name says: it is damaged", "pull the model anew on that board"
        )
    part.rename(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
