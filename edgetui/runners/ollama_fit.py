"""What a board's Ollama tells of a model's need of memory, before the model is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx

from edgetui.links import Link
from edgetui.model import InstalledModel, Reading, Sample, known
from edgetui.model.fit import Campaign, Fit, Kept, Need, context_bytes, picture_tokens
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_server import Server, full_name, reached


async def fits(
    link: Link, port: int, models: Sequence[str], num_ctx: int, sample: Sample, campaign: Campaign
) -> dict[str, Fit]:
    """By model, those that are installed and not loaded; empty where Ollama does not answer. Raises LinkError."""
    async with reached(link, port) as server:
        try:
            installed = {full_name(row.name): row for row in await server.installed()}
            loaded = await server.loaded()
            here = {held.digest for held in loaded}
            free = room(sample)
            freeable = sum(held.size_bytes for held in loaded if known(held.size_bytes))
            keeps = await server.era(await server.version()) == "C"
            found = {}
            for model in models:
                row = installed.get(full_name(model))
                if row is not None and row.digest not in here:
                    need = await _need(server, row, num_ctx)
                    kept = Kept(need.picture_bytes, campaign, beside(sample)) if keeps else None
                    found[model] = Fit(need.file_bytes, need.context_bytes, free, freeable, kept)
            return found
        except (Unanswered, httpx.RequestError):
            return {}


async def needs(link: Link, port: int, model: str, num_ctx: int) -> Need | None:
    """What the model needs; None where this Ollama does not tell. Raises LinkError."""
    async with reached(link, port) as server:
        try:
            row = next((row for row in await server.installed() if full_name(row.name) == full_name(model)), None)
            return None if row is None else await _need(server, row, num_ctx)
        except (Unanswered, httpx.RequestError):
            return None


def room(sample: Sample) -> Reading:
    """Of a card its own memory, else the board's."""
    total, used = sample.gpu_memory_total_bytes, sample.gpu_memory_used_bytes
    return total - used if known(total) and known(used) else sample.memory_available_bytes


def beside(sample: Sample) -> Reading | None:
    """The board's own memory, where ``room`` is a card's."""
    card = known(sample.gpu_memory_total_bytes) and known(sample.gpu_memory_used_bytes)
    return sample.memory_available_bytes if card else None


async def _need(server: Server, row: InstalledModel, num_ctx: int) -> Need:
    """The package leaves ``projector_info`` out, so ``show`` is asked without it."""
    try:
        shown = await server.shown(row.name)
    except Unanswered:
        shown = {}
    info, projector = _table(shown, "model_info"), _table(shown, "projector_info")
    tokens = picture_tokens(info, projector)
    picture = context_bytes(info, min(int(tokens), num_ctx)) if known(tokens) else tokens
    return Need(row.size_bytes, context_bytes(info, num_ctx), picture)


def _table(shown: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Of an older server or a strange one: empty, and nothing is claimed then."""
    found = shown.get(name)
    return found if isinstance(found, dict) else {}
