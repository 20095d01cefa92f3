"""What a simulated Ollama can be told to answer next, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from edgetui.errors import UsageError
from edgetui.sim.ollama import errors
from edgetui.sim.ollama.answers import Answer

Change: TypeAlias = Callable[[Answer], Answer]
"""Makes an answer another one. Raises Refusal instead of any."""
_FLOOD = re.compile(r"(?:(\d+)\+)?(\d+)?(?:@(\d+(?:\.\d+)?))?")
FLOOD_PER_S = 500.0
FLOOD_TOKENS = 4000
HOSTILE = (
    "[red]not red[/red] [/x] [bold @click=app.quit]click[/] \x1b[31mESC\x1b[0m \x1b]0;title\x07 \x1b[2J\x9b31m "
    "\u202eright to left\u202c zero\u200bwidth\u200d\ufeff line\u2028separator\u0085next \r overwritten \x00\x07 "
    "{braces} <script>alert(1)</script> ]] \\[red] 100% \U0001f469\u200d\U0001f469\u200d\U0001f467 "
    "\u0301\u0301\u0301"
)


def _flood(value: str, _era_c: bool) -> Change:
    found = _FLOOD.fullmatch(value)
    if not found:
        raise UsageError(f"{value!r} is no flood", "write TOKENS, TOKENS@PER_SECOND or AT_ONCE+TOKENS@PER_SECOND")
    at_once, tokens, per_s = int(found[1] or 0), int(found[2] or FLOOD_TOKENS), float(found[3] or FLOOD_PER_S)
    text = "".join(f"w{n} " for n in range(at_once + tokens))
    return lambda _answer: Answer(text, at_once + tokens, per_s, at_once)


def _hostile(_value: str, _era_c: bool) -> Change:
    return lambda answer: replace(answer, text=HOSTILE, tokens=60)


def _unreadable(_value: str, _era_c: bool) -> Change:
    return lambda answer: Answer("\udcff" * answer.tokens, answer.tokens)


def _trip(_value: str, era_c: bool) -> Change:
    if not era_c:
        raise UsageError("its Ollama has no llama-server", "choose a board with 0.30 or later: --cluster mixed")

    def trip(_answer: Answer) -> Answer:
        raise errors.chunk_not_found()

    return trip


ODD: Mapping[str, tuple[str, Callable[[str, bool], Change]]] = {
    "flood": (
        "the next answer has TOKENS (4000), 500 in a second; VALUE: TOKENS@PER_S or AT_ONCE+TOKENS@PER_S",
        _flood,
    ),
    "hostile": ("the next answer is full of markup, escape sequences, bidi and zero-width marks", _hostile),
    "unreadable": ("the next answer is no UTF-8: nothing comes of it, from 0.30 on not even an end", _unreadable),
    "trip": ("the next request fails in llama-server's prompt cache: Chunk not found", _trip),
}
"""What each is, and what makes it of a VALUE and the era; that raises UsageError."""
