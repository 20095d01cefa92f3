"""Whose fault it is: a broken runtime is blamed before a weak model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

LOOPING = "one sign over and over is a broken runtime, not a weak model (ollama#12209): try another Ollama version"
DECODING = "it fails what any model answers without a picture: look at the runtime, not at the model"
SEEING = "it fails the easiest pictures but answers without one: look at how pictures reach the model"
UNSURE = "it fails the easiest pictures: see whether it answers without one: edgetui run add-up --items all"


def blamed(replies: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """By board and model, out of replies in the JSON contract: what is broken, for those where something is."""
    groups: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for reply in replies:
        if reply["score"] is not None:
            groups[reply["board"], reply["model"]].append(reply)
    return {key: words for key, group in groups.items() if (words := _words(group))}


def _words(replies: list[Mapping[str, Any]]) -> str:
    if any(_looped(reply) for reply in replies):
        return LOOPING
    canaries = [reply for reply in replies if reply["canary"]]
    text = [_failed(reply) for reply in canaries if not reply["image_sha256"]]
    pictures = [_failed(reply) for reply in canaries if reply["image_sha256"]]
    if _most(text):
        return DECODING
    if _most(pictures):
        return SEEING if text else UNSURE
    return ""


def _looped(reply: Mapping[str, Any]) -> bool:
    score = reply["score"]
    return score["overruled"] is None and score["value"] is None and "degenerate" in score["marks"]


def _failed(reply: Mapping[str, Any]) -> bool:
    """The person's verdict stands."""
    score = reply["score"]
    return (score["overruled"] or score)["passed"] is False


def _most(failed: list[bool]) -> bool:
    return sum(failed) > len(failed) / 2
