"""What a board's Ollama tells of a model's need of memory, before the model is loaded."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from edgetui.links import Link
from edgetui.model import Reading, Sample, known
from edgetui.model.fit import Fit, context_bytes
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_server import Server, full_name, reached


async def fits(link: Link, port: int, models: Sequence[str], num_ctx: int, sample: Sample) -> dict[str, Fit]:
    """By model, those that are installed and not loaded; empty where Ollama does not answer. Raises LinkError."""
    async with reached(link, port) as server:
        try:
            installed = {full_name(row.name): row for row in await server.installed()}
            loaded = await server.loaded()
            here = {held.digest for held in loaded}
            free = room(sample)
            freeable = sum(held.size_bytes for held in loaded if known(held.size_bytes))
            found = {}
            for model in models:
                row = installed.get(full_name(model))
                if row is not None and row.digest not in here:
                    context = context_bytes(await _info(server, model), num_ctx)
                    found[model] = Fit(row.size_bytes, context, free, freeable)
            return found
        except (Unanswered, httpx.RequestError):
            return {}


async def needs(link: Link, port: int, model: str, num_ctx: int) -> tuple[Reading, Reading] | None:
    """Bytes of the model's file and of its context; None where this Ollama does not tell. Raises LinkError."""
    async with reached(link, port) as server:
        try:
            row = next((row for row in await server.installed() if full_name(row.name) == full_name(model)), None)
            return None if row is None else (row.size_bytes, context_bytes(await _info(server, model), num_ctx))
        except (Unanswered, httpx.RequestError):
            return None


def room(sample: Sample) -> Reading:
    """Of a card its own memory, else the board's."""
    total, used = sample.gpu_memory_total_bytes, sample.gpu_memory_used_bytes
    return total - used if known(total) and known(used) else sample.memory_available_bytes


async def _info(server: Server, model: str) -> dict[str, object]:
    from ollama import ResponseError

    try:
        return dict((await server.ollama.show(model)).modelinfo or {})
    except (ResponseError, ValueError, TypeError):
        return {}  # an older server: nothing is claimed then
