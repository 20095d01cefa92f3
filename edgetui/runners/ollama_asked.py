"""What is sent to Ollama for one request: the load step, the timed chat, and what is queued behind one. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edgetui.model import Request

WORD = "Hi"
"""A text that no run asks, so that it makes none faster."""


def load_step(request: Request, *, thinks: bool) -> dict[str, Any]:
    """No messages, but the very options of the timed chat: with others it would be loaded anew."""
    return _chat(request, (), thinks=thinks)


def timed_chat(request: Request, *, thinks: bool) -> bytes:
    """The picture stands in the same message as the question: moondream needs that. ``thinks``: the model can."""
    message: dict[str, Any] = {"role": "user", "content": request.lead + request.prompt}
    if request.image:
        message["images"] = [base64.b64encode(request.image).decode()]
    return json.dumps({**_chat(request, (message,), thinks=thinks), "stream": True}).encode()


def least_chat(request: Request) -> dict[str, Any]:
    """One token of an answer to a word, with the same options for the same reason; in one piece."""
    least = replace(request, options=replace(request.options, num_predict=1))
    return {**_chat(least, ({"role": "user", "content": WORD},), thinks=False), "stream": False}


def _chat(request: Request, messages: Sequence[dict[str, Any]], *, thinks: bool) -> dict[str, Any]:
    o = request.options
    asked: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        "keep_alive": o.keep_alive,
        "options": {
            "num_ctx": o.num_ctx,
            "num_predict": o.num_predict,
            "seed": o.seed,
            "temperature": o.temperature,
        },
    }
    return {**asked, "think": False} if thinks else asked
