"""What the board has told of a request beside Ollama's own figures, and whether it is of that very one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgetui.model import Reading, known, na
from edgetui.model.progress import UNTOLD
from edgetui.runners.figures import UNSAID, Figures

MISFIT = na("what the runner told is of another request: its prompt is of another length")


@dataclass(frozen=True, slots=True)
class Evidence:
    """By one source; n/a what it has not told."""

    prompt_tokens: Reading
    """Of the request that it tells of."""
    cached_tokens: Reading
    encode_s: Reading = UNTOLD
    """Board's s in the picture's encoder."""


def proven(evidence: Sequence[Evidence], figures: Figures, *, only_new: bool) -> tuple[Figures, Reading]:
    """``figures`` with the cached tokens that the board told of this request, and s in the encoder.

    Ollama's own count of cached tokens stands. The board's is believed where the whole prompt is as long as Ollama
    says at the end, for the runner may have worked for somebody else. ``only_new``: Ollama counts new tokens only.
    """
    cached: Reading = UNTOLD
    encode_s: Reading = UNTOLD
    for told in evidence:
        if not (known(told.prompt_tokens) and known(told.cached_tokens) and known(figures.prompt_tokens)):
            continue
        counted = told.prompt_tokens - (told.cached_tokens if only_new else 0)
        if counted != figures.prompt_tokens:
            cached = cached if known(cached) else MISFIT
            continue
        cached = told.cached_tokens
        encode_s = told.encode_s if known(told.encode_s) else encode_s
    if figures.cached_tokens == UNSAID and evidence:
        figures = replace(figures, cached_tokens=cached)
    return figures, encode_s
