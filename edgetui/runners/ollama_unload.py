"""Has a board's Ollama give back the memory of models, and waits until it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import httpx

from edgetui.links import Link
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_server import full_name, reached, why_silent

GONE_S = 30.0
"""So long they may take to go: one that is at work for somebody else goes when that has ended."""
LOOK_S = 0.2


async def given_back(link: Link, port: int, models: Iterable[str]) -> str:
    """Why some of these models are still loaded; empty where none is. Raises LinkError.

    Compared by digest: a version that was replaced stays listed under the same name until its time is up.
    """
    wanted = {full_name(model) for model in models}
    async with reached(link, port) as server:
        try:
            async with asyncio.timeout(GONE_S):
                digests = {row.digest for row in await server.installed() if full_name(row.name) in wanted}
                while here := [row for row in await server.loaded() if row.digest in digests]:
                    for row in here:
                        await server.unload(row.name)
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return f"still loaded after {GONE_S:g} s: somebody else uses it"
        except Unanswered as error:
            return str(error)
        except httpx.RequestError as error:
            return await why_silent(link, port, error)
    return ""
