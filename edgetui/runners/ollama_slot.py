"""When does a board's Ollama take a request again, after one was given up in mid-work?

There is no cancelling: a picture in work is encoded to its end, and in era B the prompt behind it is read, for
nobody. ``ps`` does not tell, and a load step gets through meanwhile. So a request of one token is queued behind it,
with the same options, for others would load the model anew. When it is answered, the slot is free (measured on 0.24
and 0.32: 14.7 s and 5.6 s after a cancel in encode). What it leaves in the cache of prompts is a text that no run
asks.
"""

from __future__ import annotations

from dataclasses import replace

import httpx

from edgetui.links import Link
from edgetui.model import Request
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_post import short_body
from edgetui.runners.ollama_server import full_name, reached

WORD = "Hi"


async def until_free(link: Link, request: Request) -> None:
    """Wait until the model of ``request`` takes another one, or nothing of it is left. Raises LinkError."""
    o = replace(request.options, num_predict=1)
    asked = {
        "model": request.model,
        "messages": [{"role": "user", "content": WORD}],
        "stream": False,
        "keep_alive": o.keep_alive,
        "options": {name: getattr(o, name) for name in ("num_ctx", "num_predict", "seed", "temperature")},
    }
    async with reached(link, request.port) as server:
        try:
            if full_name(request.model) not in {full_name(row.name) for row in await server.loaded()}:
                return
            response = await server.http.send(
                server.http.build_request("POST", "/api/chat", json=asked), stream=True
            )
            try:
                await short_body(response)
            finally:
                await response.aclose()
        except Unanswered:
            return  # whatever answers there, it is no request of ours that it works on
        except httpx.RequestError as error:
            if link.lost.done():
                raise link.lost.result() from error
