"""What a server says of one request, where it can be true. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.model import NA, Reading, known, na
from edgetui.model.hostile import one_line

UNSAID = na("not told")
MOST_TOKENS = 10**9
"""A greater count is nonsense."""
SPARE_TOKENS = 16
"""So many more than were allowed may be counted: the end of the answer, a batch."""
MOST_NS = 10**18
"""A longer duration (30 years) is nonsense too, and may be more than a float holds."""
WAIT_S, WAIT = 1.0, 0.02
"""From so many s, and so much of the server's total, on what no picture accounts for was waiting (measured without
a second client: 0.01 to 0.08 s)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The server's figures of one request, where they can be true; times in s."""

    total_s: Reading = UNSAID
    load_s: Reading = UNSAID
    """From the start of the handler until the model is there: contains the reading of the request."""
    prompt_s: Reading = UNSAID
    eval_s: Reading = UNSAID
    """Spans the intervals after the first token: one token has none, and the field is then left out."""
    prompt_tokens: Reading = UNSAID
    output_tokens: Reading = UNSAID
    cached_tokens: Reading = UNSAID

    @classmethod
    def read(cls, final: Mapping[str, object], *, most_output: int = 0, only_new: bool = False) -> Figures:
        """From the final line of a stream; Ollama's integers are ns and a zero is left out.

        ``most_output``: tokens that were allowed, 0 for any number; ``only_new``: see ``metrics``.
        """
        output = _count(final.get("eval_count"))
        if known(output) and 0 < most_output < output - SPARE_TOKENS:
            output = na(f"the server said {output:.0f} tokens, {most_output} were allowed")
        evaluated = _seconds(final.get("eval_duration"))
        if output == 1:
            evaluated = 0.0
        prompt, cached = _count(final.get("prompt_eval_count")), _count(final.get("prompt_eval_cached_count"))
        if known(cached) and known(prompt) and cached > prompt and not only_new:
            cached = na(f"the server said {cached:.0f} cached of {prompt:.0f} tokens")
        return cls(
            total_s=_seconds(final.get("total_duration")),
            load_s=_seconds(final.get("load_duration")),
            prompt_s=_seconds(final.get("prompt_eval_duration")),
            eval_s=evaluated,
            prompt_tokens=prompt,
            output_tokens=output,
            cached_tokens=cached,
        )


def _seconds(value: object) -> Reading:
    return value / 1e9 if type(value) is int and 0 <= value <= MOST_NS else _nonsense(value)


def _count(value: object) -> Reading:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else _nonsense(value)


def _nonsense(value: object) -> NA:
    """Why there is no number, in the server's own words where it said something."""
    return UNSAID if value is None else na(f"the server said {one_line(json.dumps(value), 30)}")


def beyond(figures: Figures) -> Reading:
    """What the server's total has beyond load, prefill and decode, in s: encoding in era B, or a wait."""
    parts = (figures.load_s, figures.prompt_s, figures.eval_s)
    missing = [figure for figure in (figures.total_s, *parts) if isinstance(figure, NA)]
    if missing:
        return next((why for why in missing if why != UNSAID), UNSAID)
    return figures.total_s - sum(part for part in parts if known(part)) if known(figures.total_s) else UNSAID


def waited(figures: Figures, *, encodes: bool) -> bool:
    """Did the request wait in the server behind somebody else's? ``encodes``: its total holds a picture's encoding.

    Then nobody can tell, and the answer is no; so it is where the rest is too short to prove anything.
    """
    rest = beyond(figures)
    if encodes or not known(rest) or not known(figures.total_s):
        return False
    return rest >= WAIT_S + WAIT * figures.total_s
