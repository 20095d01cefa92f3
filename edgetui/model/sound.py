"""May a reply stand in a summary? The one answer for every table, screen and report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edgetui.model.protocol import Mode
from edgetui.model.run import Reply

SPOILS: dict[str, str] = {
    "throttled": "it was throttled",
    "swapped": "the board swapped meanwhile",
    "cpu-fallback": "a part of the model ran on the CPU",
    "cache-suspect": "the prompt may have come from a cache",
    "hot-start": "it started hot",
    "clock-suspect": "the clocks of host and board do not fit",
    "shared-server?": "another client may have used the same Ollama",
    "co-run": "another board of its stack heated it",
    "shared-board": "something else used the board",
    "image-unseen": "the picture added no tokens to the prompt",
}
"""Marks that keep a reply out of summaries unless they are asked for, in words."""
_STEADY: frozenset[str] = frozenset({"throttled", "hot-start"})
"""No blemish in ``sustained``: heat is what it measures."""


def why_unsound(marks: Iterable[str], mode: Mode) -> str:
    """In words, why a reply with these marks stays out of summaries; empty where it does not."""
    spared = _STEADY if mode == "sustained" else frozenset()
    return ", ".join(SPOILS[mark] for mark in marks if mark in SPOILS and mark not in spared)


def sound(reply: Reply) -> bool:
    """Does nothing keep it out of summaries? Its outcome is another question."""
    return not why_unsound(reply.marks, reply.request.protocol.mode)


def eras_apart(replies: Iterable[Mapping[str, Any]]) -> str:
    """Why prefill does not compare between boards, in words; empty where it does. ``replies``: as ``to_json``.

    From 0.30 on (era C) Ollama encodes a picture within its prompt's time, before that in none of its figures.
    """
    within: dict[str, None] = {}
    before: dict[str, None] = {}
    for reply in replies:
        if reply["era"] and reply["image_sha256"]:
            named = f"{reply['board']} (Ollama {reply['ollama_version']})"
            (within if reply["era"] == "C" else before)[named] = None
    if not within or not before:
        return ""
    return (
        f"prefill is not compared: {', '.join(within)} encodes the picture within it,"
        f" {', '.join(before)} before it; encode + prefill and TTFT compare"
    )


def drifted(replies: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Models that are not the same on all boards: by model and digest, the boards. ``replies``: as ``to_json``."""
    found: dict[str, dict[str, list[str]]] = {}
    for reply in replies:
        if reply["digest"]:
            boards = found.setdefault(reply["model"], {}).setdefault(reply["digest"], [])
            if reply["board"] not in boards:
                boards.append(reply["board"])
    return {model: digests for model, digests in found.items() if len(digests) > 1}
