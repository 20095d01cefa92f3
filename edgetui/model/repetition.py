"""Is a text a repetition? The thresholds were tried on good and bad answers.

Pin lists, box lists and tables repeat themselves honestly.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Literal, TypeAlias

Repetition: TypeAlias = Literal["", "repetitive", "degenerate"]
"""``repetitive`` only raises a flag for the reader; ``degenerate`` is a failure."""

RUN = 12
"""So many times the same letter or digit in a row is no language."""
TIMES = 5
"""A unit so many times in a row …"""
LONGEST_UNIT = 60
"""… of up to so many characters …"""
SHORTEST = 40
"""… in a text of at least so many, at least half of which it fills, is a loop."""
WORDS = 40
"""Below so many words duplication is not judged."""
DUPLICATES = 0.45
"""Part of the four-word groups that are there already."""
COMPRESSION = 4.0
"""zlib's ratio; honest box lists reach 4.3, but those are JSON."""

_SAME = re.compile(rf"([^\W_])\1{{{RUN - 1},}}")
_RULE = re.compile(r"[\W_]*")
_WORD = re.compile(r"\w+|[^\w\s]")
_FENCE = re.compile(r"^```\w*|```$", re.MULTILINE)


def repetition(text: str) -> Repetition:
    """Is ``text``, free of blanks at its ends, a repetition?"""
    body = "\n".join(line for line in text.splitlines() if not _RULE.fullmatch(line))
    if not body:
        return "degenerate" if len(text) >= RUN else ""
    if _SAME.search(body) or _loops(body):
        return "degenerate"
    return "repetitive" if _duplicated(body) and not _is_json(text) else ""


def _loops(text: str) -> bool:
    """A loop that fills half of the text has the text's middle in it: look from there, which is linear."""
    middle = len(text) // 2
    if len(text) < SHORTEST:
        return False
    for unit in range(1, min(LONGEST_UNIT, len(text) // TIMES) + 1):
        for start in (middle - unit, middle):
            if _span(text, unit, start) >= max(TIMES * unit, len(text) / 2):
                return True
    return False


def _span(text: str, unit: int, start: int) -> int:
    """Length of the stretch around ``start`` in which every character is the one ``unit`` before it."""
    low = high = start
    last = len(text) - unit
    while high < last and text[high] == text[high + unit]:
        high += 1
    if high == start:
        return 0
    while low > 0 and text[low - 1] == text[low - 1 + unit]:
        low -= 1
    return high - low + unit


def _duplicated(text: str) -> bool:
    words = _WORD.findall(text)
    if len(words) < WORDS:
        return False
    groups = list(zip(words, words[1:], words[2:], words[3:], strict=False))
    data = text.encode("utf-8", "replace")
    return 1 - len(set(groups)) / len(groups) > DUPLICATES or len(data) / len(zlib.compress(data)) > COMPRESSION


def _is_json(text: str) -> bool:
    try:
        json.loads(_FENCE.sub("", text).strip())
    except (ValueError, RecursionError):
        return False
    return True
