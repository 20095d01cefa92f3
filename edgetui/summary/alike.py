"""Were these answers made alike? Those of two versions of Ollama or two prompts have no median together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from edgetui.model import NA, Reply, na
from edgetui.model.hostile import one_line

_FOUND: Final[dict[str, Callable[[Reply], Any]]] = {
    "builds of the model": lambda reply: reply.digest if isinstance(reply.digest, NA) else reply.digest[:12],
    "versions of Ollama": lambda reply: reply.ollama_version,
    "speeds of simulation": lambda reply: reply.sim_speed,
    "starts": lambda reply: _start(reply),
}
"""Of the board. Between boards these may differ; who shows them together says so."""
_ASKED: Final[dict[str, Callable[[Reply], Any]]] = {
    "num_ctx": lambda reply: reply.request.options.num_ctx,
    "num_predict": lambda reply: reply.request.options.num_predict,
    "temperatures of sampling": lambda reply: reply.request.options.temperature,
}
_OF_ITEMS: Final[dict[str, Callable[[Reply], Any]]] = {
    "prompts": lambda reply: reply.request.prompt,
    "pictures": lambda reply: reply.request.image_sha256,
}
"""What differs between items by itself."""


def _start(reply: Reply) -> str | NA:
    """Was it made to wait until the board had cooled down?"""
    if reply.request.protocol.mode == "quick":
        return na("quick answers wait for nothing")
    return "without the gate" if isinstance(reply.idle_c, NA) else "at the gate"


def unlike(replies: Sequence[Reply], *, across: bool = False) -> str:
    """What differs between them, ``versions of Ollama (0.12.3, 0.24.0)``; empty where nothing does.

    What is not known of an answer differs from nothing. ``across``: they are of several boards.
    """
    found = []
    for what, of in (_ASKED if across else _FOUND | _ASKED).items():
        values = dict.fromkeys(value for reply in replies if not isinstance(value := of(reply), NA))
        if len(values) > 1:
            found.append(f"{what} ({', '.join(one_line(str(value), 40) for value in values)})")
    for what, of in _OF_ITEMS.items():
        items: defaultdict[str, set[Any]] = defaultdict(set)
        for reply in replies:
            items[reply.request.item].add(of(reply))
        if any(len(values) > 1 for values in items.values()):
            found.append(what)
    return " and ".join(found)
