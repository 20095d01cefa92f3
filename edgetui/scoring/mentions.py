"""Is something said in a text, and is it denied?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

REACH = 6
"""Words that a denial reaches within its clause."""
_BREAK = re.compile(r"[.;:!?,\n。，；：！？、]|\b(?:but|and|so|aber|und|mais|et|pero|y)\b", re.IGNORECASE)
_DENIAL = re.compile(
    r"\b(?:no(?!\s+(?:doubt|wonder|question)\b)|not(?!\s+only\b)|never|neither|nor|cannot|without(?!\s+the\b)"
    r"|rather\s+than|instead\s+of|lacks?|lacking|free\s+of|kein\w*|nicht|ohne|sans|sin)\b|\w+n['’]t\b",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"\s+(?:\w+\s+)?(?:see|seen|notice|noticed|spot|realise|realize|watch|mind|avoid|expect)\s+(?:the|his|her|their|that)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Where something is said."""

    word: str
    """As in the truth."""
    start: int
    end: int
    denied: bool


def find(text: str, words: Iterable[str]) -> Iterator[Mention]:
    """Every mention of any of ``words``: whole words and their plural; ``trip*`` is any word that begins so."""
    for word in words:
        for match in _pattern(word).finditer(text):
            yield Mention(word, match.start(), match.end(), _denied(text, match.start()))


def said(text: str, words: Iterable[str]) -> Mention | None:
    """The first mention that is not denied."""
    return min((m for m in find(text, words) if not m.denied), key=lambda m: m.start, default=None)


@lru_cache(maxsize=2048)
def _pattern(word: str) -> re.Pattern[str]:
    stem = r"[\s-]+".join(re.escape(part) for part in word.removesuffix("*").split())
    if not word.isascii():  # scripts without blanks have no edges of words
        return re.compile(stem, re.IGNORECASE)
    return re.compile(rf"(?<!\w){stem}" + (r"\w*" if word.endswith("*") else r"(?:e?s)?(?!\w)"), re.IGNORECASE)


def _denied(text: str, start: int) -> bool:
    """``no cable``, ``did not trip``; ``did not notice the cable`` denies no cable."""
    clause = _BREAK.split(text[max(0, start - 200) : start])[-1]
    denials = list(_DENIAL.finditer(clause))
    if not denials:
        return False
    rest = clause[denials[-1].end() :]
    return len(rest.split()) <= REACH and not _UNSEEN.match(rest)
