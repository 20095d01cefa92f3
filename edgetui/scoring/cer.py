"""Text that was read from a picture: errors in characters and words, and the fields that matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.metric import Answer, Metric

FEW = 0.1
"""Character errors, of the characters of the truth, up to which a page counts as read."""
CHATTY = 0.1
"""Text beyond the page, of the page's length, from which on an answer counts as chatty."""
MOST = 8
"""Times the truth's length that is looked at."""
RULE = (
    f"at most {FEW:.0%} character errors (NFKC, plain quotes and dashes, blanks folded, no Markdown; case and"
    " digits count) in the stretch that fits best, and every key field exact"
)
_PLAIN = str.maketrans("‘’‚‛“”„‟′″‐‑‒–—―−", "''''\"\"\"\"'\"-------")
_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_EMPHASIS = re.compile(r"\*\*|__(?=\w)|(?<=\w)__|^#{1,6}\s", re.MULTILINE)


def normal(text: str) -> str:
    """What is compared: NFKC, typographic quotes and dashes made plain, Markdown removed, blanks folded."""
    bare = _EMPHASIS.sub("", _FENCE.sub("", text))
    return " ".join(unicodedata.normalize("NFKC", bare).translate(_PLAIN).split())


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """The value is 1 less the character error rate."""
    from rapidfuzz.distance import Levenshtein

    wanted = normal(truth["text"])
    said = normal(answer.text)[: MOST * len(wanted) + 1000]
    read = _window(wanted, said)
    errors = Levenshtein.distance(wanted, read) / len(wanted)
    words = wanted.split()
    word_errors = Levenshtein.distance(words, read.split()) / len(words)
    fields = [normal(field) for field in truth.get("fields", ())]
    missing = tuple(field for field in fields if not _exact(field, read))
    excess = len(said) - len(read)
    return Score(
        value=max(0.0, 1 - errors),
        passed=errors <= FEW and not missing,
        rule=RULE,
        truth=wanted,
        details=(
            ("cer", errors),
            ("wer", word_errors),
            ("fields_found", len(fields) - len(missing)),
            ("fields", len(fields)),
            ("missing", missing),
            ("excess_characters", excess),
        ),
        marks=("chatty",) if excess > CHATTY * len(wanted) else (),
    )


METRIC = Metric(name="cer", version=2, needs=("text",), judge=judge)


def _window(wanted: str, said: str) -> str:
    """The stretch of a longer answer that fits best; what lies around it is told as ``excess_characters``."""
    from rapidfuzz import fuzz

    if len(said) <= len(wanted):
        return said
    place = fuzz.partial_ratio_alignment(wanted, said)
    if place is None:
        return said
    start, end = place.dest_start, place.dest_end
    while start > 0 and _within_a_word(said, start):
        start -= 1
    while end < len(said) and _within_a_word(said, end):
        end += 1
    return min((said[start:end], said), key=lambda text: abs(len(text) - len(wanted)))


def _within_a_word(text: str, at: int) -> bool:
    """A stretch that ends here would make ``1234`` of ``12345``."""
    both = text[at - 1 : at + 1]
    return both.isascii() and both.isalnum()


def _exact(field: str, read: str) -> bool:
    """``4821`` is not in ``48215``; scripts without blanks have no edges of words."""
    edges = r"(?<!\w){}(?!\w)" if field.isascii() else "{}"
    return re.search(edges.format(re.escape(field)), read) is not None
