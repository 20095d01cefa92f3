"""What any answer may suffer from, whatever was asked. Marks warn; a metric decides what they cost."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

FOREIGN = 0.7
"""Below this share of letters of the question's scripts an answer is in another language."""
_REFUSAL = re.compile(
    r"""[\W_]*(?:
    (?:i['’]?\s?a?m\s+)?(?:very\s+|so\s+)?sorry\b | i\s+apologi[sz]e | as\s+an?\s+ai\b
    | i\s+(?:can(?:no|['’])t|can\s+not)\s+
      (?:help|assist|view|see|identify|describe|read|locate|process|determine)\b(?!\s+any)
    | i(?:\s+am|['’]m)\s+(?:unable|not\s+able)\b
    | es\s+tut\s+mir\s+leid | (?:je\s+suis\s+)?d[ée]sol[ée] | lo\s+siento | mi\s+dispiace | desculpe
    | (?:很)?抱歉 | 对不起 | 申し訳 | 죄송 | извините | к\s+сожалению
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def refused(text: str) -> bool:
    """Does it open as refusals do?"""
    return _REFUSAL.match(text) is not None


def strange_language(text: str, prompt: str, truth: Mapping[str, Any]) -> bool:
    """Are most letters of scripts that neither question nor truth use? (French and English look alike.)"""
    expected = set(scripts(" ".join((prompt, *_words(truth)))))
    found = scripts(text)
    return bool(found) and bool(expected) and share(found, expected) < FOREIGN


def share(found: Mapping[str, int], expected: set[str]) -> float:
    """Part of the letters that are of the expected scripts, 0-1."""
    return sum(n for script, n in found.items() if script in expected) / sum(found.values())


def scripts(text: str) -> Counter[str]:
    """Letters by script: ``LATIN``, ``CYRILLIC``, ``CJK``, …"""
    return Counter(_script(char) for char in text if char.isalpha())


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "OTHER").split()[0]


def _words(truth: object) -> Iterator[str]:
    if isinstance(truth, str):
        yield truth
    elif isinstance(truth, Mapping):
        for value in truth.values():
            yield from _words(value)
    elif isinstance(truth, list | tuple):
        for value in truth:
            yield from _words(value)
