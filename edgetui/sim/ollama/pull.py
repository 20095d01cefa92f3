"""``/api/pull`` of the models of the library: one layer after another, every error inside a 200."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from edgetui.sim.ollama.catalog import Model, library, whole_name
from edgetui.sim.ollama.errors import Refusal
from edgetui.sim.world import World

TICK_S = 0.06
BYTES_PER_S = 12_000_000
_NAME = re.compile(r"(https?://)?[A-Za-z0-9][A-Za-z0-9._/:-]*")


async def pull(body: dict[str, Any], models: dict[str, Model], world: World) -> AsyncIterator[dict[str, Any]]:
    """The lines of a pull. Raises Refusal for a name that is none."""
    name = str(body.get("model") or body.get("name") or "")
    if not _NAME.fullmatch(name):
        raise Refusal(400, "invalid model name")
    yield {"status": "pulling manifest"}
    wanted = library().get(whole_name(name))
    if wanted is None:
        yield {"error": "pull model manifest: file does not exist"}
        return
    held = {digest for model in models.values() for digest, _ in model.layers}
    for digest, total in wanted.layers:
        async for line in _layer(digest, total, digest in held, world):
            yield line
    yield {"status": "verifying sha256 digest"}
    yield {"status": "writing manifest"}
    models[wanted.name] = wanted
    yield {"status": "success"}


async def _layer(digest: str, total: int, held: bool, world: World) -> AsyncIterator[dict[str, Any]]:
    line: dict[str, Any] = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": total}
    completed = total if held else 0
    moment = world.now()
    while completed < total:
        yield line | ({"completed": completed} if completed else {})
        moment += TICK_S * world.speed
        await world.until(moment)
        completed += int(BYTES_PER_S * TICK_S * world.speed)
    yield line | {"completed": total}
