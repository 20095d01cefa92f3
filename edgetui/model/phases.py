"""Where the time of one answer went, and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from edgetui.model.reading import Reading, known, na

Phase: TypeAlias = Literal["queued", "gate", "load", "upload", "encode", "prefill", "decode", "done"]
"""Where a reply is. ``encode``: the picture is encoded, or the server's slot awaited."""

NOT_REACHED: Final = na("did not get that far")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Where the time went, in host s. ``total_s`` = fire to done = the sum of the others."""

    queue_s: Reading = NOT_REACHED
    """Waiting for this board's earlier requests."""
    gate_s: Reading = NOT_REACHED
    """Held by the heat guard before the work began."""
    load_s: Reading = NOT_REACHED
    """The load step of its own, and what the timed request still loaded beyond its upload."""
    upload_s: Reading = NOT_REACHED
    encode_s: Reading = NOT_REACHED
    """Server's total − load − prefill − decode: image encoding in Ollama's era B, or waiting for the slot.
    Era C: as far as the board told it apart from prefill. Without the server's figures it is n/a, as prefill is."""
    prefill_s: Reading = NOT_REACHED
    decode_s: Reading = NOT_REACHED
    net_s: Reading = NOT_REACHED
    """What is left between the host's clock and the server's."""
    total_s: Reading = NOT_REACHED

    @property
    def read_s(self) -> Reading:
        """Encode + prefill: what it took to read picture and prompt, the same thing in every era of Ollama."""
        if not known(self.prefill_s):
            return self.prefill_s
        return self.prefill_s + (self.encode_s if known(self.encode_s) else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Figures of the timed request alone. Definitions: docs and edgetui.runners.timing."""

    e2e_s: Reading = NOT_REACHED
    """The timed request: send to done; what is compared with published times."""
    ttft_s: Reading = NOT_REACHED
    """Send to first non-empty piece, thinking included, on the host's clock."""
    tok_per_s: Reading = NOT_REACHED
    """(eval_count − 1) / eval_duration; n/a below two tokens."""
    prompt_tokens: Reading = NOT_REACHED
    output_tokens: Reading = NOT_REACHED
    prefill_tok_per_s: Reading = NOT_REACHED
    itl_s: Reading = NOT_REACHED
    """Inter-token latency: 1 / tok_per_s."""
    t100_s: Reading = NOT_REACHED
    """ttft_s + 99 · itl_s: the time of an answer of 100 tokens."""
    image_tokens: Reading = NOT_REACHED
    """Prompt tokens with the picture minus those without."""
    gross_j: Reading = NOT_REACHED
    """Energy of the timed request within ``Reply.energy_scope``."""
    net_j: Reading = NOT_REACHED
    """The same beyond what the board takes at rest."""
    throttled_percent: Reading = NOT_REACHED
    """Share of the timed request's readings with a throttle in force."""
    cold_load_s: Reading = NOT_REACHED
    """Loading the model before the first repeat, a step of its own; the disk's cache may have been warm."""
