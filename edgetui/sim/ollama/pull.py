"""``/api/pull``: one layer after another, every error inside a 200."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from edgetui.sim.board import Board
from edgetui.sim.ollama import tiny
from edgetui.sim.ollama.blobs import Blobs, Broken
from edgetui.sim.ollama.catalog import Model, library, stamp, whole_name
from edgetui.sim.ollama.download import LOOKUP, Downloads
from edgetui.sim.ollama.errors import Refusal
from edgetui.sim.ollama.registry import foreign

VERIFY_BYTES_S = 400_000_000.0
"""World s: sha256 on a small core."""
NAME = re.compile(r"(https?://)?[A-Za-z0-9][\w.-]*(:\d+)?(/\w[\w.-]*)*(:\w[\w.-]*)?", re.ASCII)
"""Of a model: paths are made of it, so no part of it begins with a point."""


class Puller:
    """Of one board: what it fetches goes into ``models``, the bytes of small models into ``blobs``."""

    def __init__(self, board: Board, models: dict[str, Model], blobs: Blobs) -> None:
        self.downloads = Downloads(board, blobs)
        self._board = board
        self._models = models
        self._blobs = blobs

    async def pull(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The lines. Raises Refusal for a name that is none."""
        name = str(body.get("model") or body.get("name") or "")
        if not NAME.fullmatch(name):
            raise Refusal(400, "invalid model name")
        plain = name.removeprefix("http://").removeprefix("https://")
        host = plain.partition("/")[0] if plain.count("/") > 1 else ""
        if name.startswith("http://") and not body.get("insecure"):
            yield {"error": "insecure protocol http"}
            return
        yield {"status": "pulling manifest"}
        try:
            if host:
                scheme = name.partition("://")[0] if "://" in name else "https"
                lines = foreign(scheme, whole_name(plain), self._models, self._blobs)
            else:
                lines = self._known(whole_name(plain))
            async with aclosing(lines):
                async for line in lines:
                    yield line
        except Broken as error:
            yield {"error": str(error)}

    async def _known(self, name: str) -> AsyncGenerator[dict[str, Any], None]:
        """A model of the library."""
        board = self._board
        if board.line.state == "lost":
            model, _, tag = name.partition(":")
            url = f"https://registry.ollama.ai/v2/library/{model}/manifests/{tag}"
            raise Broken(f'pull model manifest: Get "{url}": {LOOKUP}')
        if (wanted := library().get(name)) is None:
            raise Broken("pull model manifest: file does not exist")
        had = {digest for model in self._models.values() for digest, _ in model.layers}
        for digest, total in wanted.layers:
            async with aclosing(self.downloads.layer(digest, total, held=digest in had)) as lines:
                async for line in lines:
                    yield line
        yield {"status": "verifying sha256 digest"}
        new = sum(total for digest, total in wanted.layers if digest not in had)
        await board.world.until(board.world.now() + new / VERIFY_BYTES_S)
        yield {"status": "writing manifest"}
        if name == tiny.NAME:
            tiny.write(self._blobs.folder)
        self._models[wanted.name] = replace(wanted, modified=stamp())
        yield {"status": "success"}
