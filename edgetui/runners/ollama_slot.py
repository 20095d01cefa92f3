"""When does a board's Ollama take a request again, after one was given up in mid-work?

There is no cancelling: a picture in work is encoded to its end, and in era B the prompt behind it is read, for
nobody. ``ps`` does not tell, and a load step gets through meanwhile. So a request of one token is queued behind it,
with the same options, for others would load the model anew. When it is answered, the slot is free (measured on 0.24
and 0.32: 14.7 s and 5.6 s after a cancel in encode). What it leaves in the cache of prompts is a text that no run
asks.
"""

from __future__ import annotations

import asyncio

import httpx

from edgetui.links import Link
from edgetui.model import Request
from edgetui.runners.ollama_asked import least_chat
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_post import short_body
from edgetui.runners.ollama_server import Server, full_name, reached

BUSY = 503
BUSY_S = 1.0
"""Between two tries where so many wait that Ollama turns others away: that is no free slot."""


async def until_free(link: Link, request: Request) -> None:
    """Wait until the model of ``request`` takes another one, or nothing of it is left. Raises LinkError."""
    async with reached(link, request.port) as server:
        try:
            while full_name(request.model) in {full_name(row.name) for row in await server.loaded()}:
                if await _answered(server, request) != BUSY:
                    return
                await asyncio.sleep(BUSY_S)
        except Unanswered:
            return  # whatever answers there, it is no request of ours that it works on
        except httpx.RequestError as error:
            if link.lost.done():
                raise link.lost.result() from error


async def _answered(server: Server, request: Request) -> int:
    asked = server.http.build_request("POST", "/api/chat", json=least_chat(request))
    response = await server.http.send(asked, stream=True)
    try:
        await short_body(response)
    finally:
        await response.aclose()
    return response.status_code
