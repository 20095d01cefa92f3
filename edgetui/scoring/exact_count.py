"""Counting: the number that the answer ends up claiming, against the truth. See docs/scoring.md for the order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.metric import Answer, Metric
from edgetui.scoring.numbers import ARTICLES, DENIED, Number, numbers

RULE = "the count that the answer claims in the end equals the truth"
_ASKED = re.compile(
    r"\bhow many\s+(?:[\w-]+\s+){0,3}?([\w-]+)\s+(?:are|is|can|do|does|in|on|have|has|you)\b", re.IGNORECASE
)
_MARKER = re.compile(r"^[ \t]*(?:\d+[.)]|[-*•])[ \t]+(?=\S)", re.MULTILINE)
_PLACES = re.compile(r"\[[\d\s.,]+\]")
_ADJECTIVES = r"(?:(?!(?:of|in|on|at|and|or|are|is|the|to|near|from|with)\b)[\w'-]+,?\s+){0,3}?"
_CUE_BEFORE = re.compile(
    r"(?:=|\b(?:total|altogether|all\s+together|in\s+all|overall|sum|answer|count|result|therefore|thus|hence|so"
    r"|final|finally|actually|correction|number)\b[^.!?\n]{0,40})\W*$",
    re.IGNORECASE,
)
_CUE_AFTER = re.compile(
    r"[^\d.!?\n]{0,25}\b(?:in\s+total|altogether|all\s+together|in\s+all|overall)\b", re.IGNORECASE
)
_BOUND_BEFORE = re.compile(
    r"\b(?:at\s+(?:least|most)|(?:no\s+)?(?:more|less|fewer)\s+than|over|under|up\s+to|minimum\s+of|maximum\s+of)\W*$",
    re.IGNORECASE,
)
_BOUND_AFTER = re.compile(r"\s*(?:\+|or\s+(?:more|fewer|less)\b)", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:about|around|approximately|roughly|maybe|perhaps|probably|likely|seems?|appears?|circa)\b[^.\d]{0,25}$|~\s*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:-|–|—|\bto\b|\bor\b|\band\b|\bbis\b|\bà\b|\ba\b|~|至|到)\s*", re.IGNORECASE)
_CORRECTED = re.compile(
    r"\b(?:no,?\s+wait|wait|oops|correction|let\s+me\s+(?:re)?count(?:\s+again)?|i\s+mean|or\s+rather)\b[,:.—-]*",
    re.IGNORECASE,
)
"""What was claimed before it is taken back."""
_YEAR = re.compile(r"\b(?:in|from|since|year|of)\s+$", re.IGNORECASE)
_NONE = re.compile(
    r"\b(?:kein\w*|aucun\w*|ning[uú]n\w*|nessun\w*|geen|nenhum\w*|нет|no\s+hay|non\s+ci\s+sono|não\s+há|pas\s+de)\b"
    r"|没有|沒有|無し|ありません|없",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that may be the count."""

    value: float | None
    """None: a range or a bound, which is no count."""
    start: int
    end: int
    named: bool
    """What is counted stands with it: ``5 deep potholes``."""
    final: bool = False
    """``in total``, ``so``, ``=`` or the like stands with it."""


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """Exact, or wrong."""
    claims, marks = settle(answer.text, tuple(truth.get("of", ())) or asked_for(answer.prompt))
    told = f"{truth['count']}"
    if len(claims) != 1 or claims[0].value is None:
        mark = "ambiguous" if claims else "no-number"
        rule = f"{RULE}; here {'several counts or a range are claimed' if claims else 'no count is claimed'}"
        return Score(value=0.0, passed=False, rule=rule, truth=told, span=_span(claims), marks=(mark,))
    claim = claims[0]
    assert claim.value is not None
    right = claim.value == truth["count"]
    return Score(
        value=float(right),
        passed=right,
        rule=RULE,
        span=(claim.start, claim.end),
        truth=told,
        details=(("claim", claim.value), ("error", abs(claim.value - truth["count"]))),
        marks=(*marks, "hedged") if _HEDGE.search(answer.text[max(0, claim.start - 60) : claim.start]) else marks,
    )


METRIC = Metric(name="exact-count", version=2, needs=("count",), judge=judge)


def asked_for(prompt: str) -> tuple[str, ...]:
    """``How many red circles are there?`` asks for circles; empty where the question has another form."""
    asked = _ASKED.search(prompt)
    if asked is None:
        return ()
    word = asked[1]
    return tuple(dict.fromkeys((word.removesuffix("s"), word.removesuffix("es"))))


def settle(text: str, of: Sequence[str]) -> tuple[list[Claim], tuple[str, ...]]:
    """The claims that are left when the weightiest kind decides: one is the count, several are ambiguous."""
    plain = _PLACES.sub(_blank, _MARKER.sub(_blank, text))
    zeros = _zeros(plain, of)
    claims = [*zeros, *(c for c in _claims(plain, of) if not any(z.start <= c.start < z.end for z in zeros))]
    if back := list(_CORRECTED.finditer(plain)):
        claims = [c for c in claims if c.start > back[-1].start()] or claims
    if final := [c for c in claims if c.final]:
        sentence = max(plain.rfind(end, 0, final[-1].start) for end in ".!?\n")
        return _distinct([c for c in final if c.start > sentence]), ()
    if named := [c for c in claims if c.named]:
        return _distinct(named), ()
    if claims:
        return _distinct(claims), ()
    if len(lines := list(_MARKER.finditer(text))) > 1:
        return [Claim(len(lines), lines[0].start(), len(text), named=True)], ("counted-list",)
    if not of and (some := _NONE.search(plain)):
        return [Claim(0, *some.span(), named=False)], ()
    return _single(plain, of), ()


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _span(claims: Sequence[Claim]) -> tuple[int, int] | None:
    return (claims[0].start, claims[-1].end) if claims else None


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    """One claim for each value, the last place of each."""
    return sorted({claim.value: claim for claim in claims}.values(), key=lambda claim: claim.start)


def _noun(of: Sequence[str]) -> str:
    """A pattern of what is counted; of anything where the truth does not tell."""
    return rf"(?:{'|'.join(map(re.escape, of))})(?:s|es)?\b" if of else r"[^\W\d_]+\b"


def _zeros(text: str, of: Sequence[str]) -> list[Claim]:
    """``no potholes``, ``without any potholes``, ``I don't see any potholes``, ``none``."""
    things = rf"{_ADJECTIVES}{_noun(of)}"
    no = r"\bno\s+(?!more|fewer|less|other|further|additional|exact|wait|clear\s+way|idea|doubt)"
    pattern = re.compile(
        rf"(?:{no}|\bwithout\s+(?:any\s+)?|\bfree\s+of\s+|\bzero\s+"
        rf"|(?:\bnot(?!\s+only)|\bcannot|\bnever|n['’]t)\s+(?:\w+\s+){{0,3}}?(?:any|a(?:\s+single)?|one)\s+){things}",
        re.IGNORECASE,
    )
    found = [Claim(0, *match.span(), named=True) for match in pattern.finditer(text)]
    return found or [Claim(0, *m.span(), named=False) for m in re.finditer(r"\bnone\b", text, re.IGNORECASE)]


def _claims(text: str, of: Sequence[str]) -> list[Claim]:
    found = [number for number in numbers(text) if _counts(number, text, of)]
    thing = re.compile(rf"\s*{_ADJECTIVES}{_noun(of)}", re.IGNORECASE)
    claims: list[Claim] = []
    index = said = 0
    while index < len(found):
        first = found[index]
        after = found[index + 1] if index + 1 < len(found) else None
        together = after is not None and _range(text, first, after)
        last = after if together and after is not None else first
        before = text[max(said, first.start - 60) : first.start]
        bound = _BOUND_BEFORE.search(before) or _BOUND_AFTER.match(text, last.end)
        named = thing.match(text, last.end) is not None
        after_it = _CUE_AFTER.match(text, last.end)
        said = after_it.end() if after_it else said  # "5 in total: 2 large ones" totals no 2
        alone = text.strip(" \t\n*.!_`\"'()") == text[first.start : first.end]
        final = bool(after_it or _CUE_BEFORE.search(before))
        if named or alone or final or not _pronoun(text, first):
            claims.append(Claim(None if together or bound else first.value, first.start, last.end, named, final))
        index += 2 if together else 1
    return claims


def _counts(number: Number, text: str, of: Sequence[str]) -> bool:
    """No measure, year, negative number, label (``pothole 3``) or denial (``not 5 but 6``, ``aren't 5``)."""
    before = text[max(0, number.start - 30) : number.start]
    label = rf"(?:#|№|\bno\.|\b(?:image|figure|lane|label|{'|'.join(map(re.escape, of or ('item',)))}))\s*$"
    year = 1900 <= number.value <= 2100 and _YEAR.search(before)
    denied = DENIED.search(before)
    named = re.search(label, before, re.IGNORECASE)
    return not (number.measured or number.value < 0 or year or denied or named)


def _range(text: str, first: Number, second: Number) -> bool:
    """``between 4 and 6``, ``4-6``, ``4 to 6``, ``5 or 6``."""
    between = text[first.end : second.start]
    if not _BETWEEN.fullmatch(between):
        return False
    if re.fullmatch(r"\s*and\s*", between, re.IGNORECASE):
        return re.search(r"\bbetween\s*$", text[max(0, first.start - 20) : first.start], re.IGNORECASE) is not None
    return True


def _pronoun(text: str, number: Number) -> bool:
    """``one near the front``, ``this one``: said of anything."""
    return text[number.start : number.end].casefold() == "one"


def _single(text: str, of: Sequence[str]) -> list[Claim]:
    """``There is a pothole``, ``un bache``: one, where nothing else was claimed; ``keine``: none."""
    if some := _NONE.search(text):
        return [Claim(0, *some.span(), named=False)]
    noun = rf"(?:{'|'.join(map(re.escape, of))})\b" if of else r"[^\W\d_]+\b"
    words = "|".join(sorted(ARTICLES))
    single = re.compile(rf"\b(?:(?:a|an)\s+{_ADJECTIVES}{noun}|(?:{words})\b)", re.IGNORECASE)
    return [Claim(1, *match.span(), named=True) for match in single.finditer(text)][:1]
