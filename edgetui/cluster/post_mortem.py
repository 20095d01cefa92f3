"""Why did it fail? What the board's own readings say beyond the runner's words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from edgetui.model import Outcome, Reading, Sample, known
from edgetui.model.run import GOOD

SWAP_BYTES = 64 << 20
"""So much more in swap is worth a word."""
SLACK_S = 5.0
"""An uptime may fall behind by so much and no boot has happened."""


def post_mortem(
    outcome: Outcome, reason: str, samples: Sequence[Sample], boots: tuple[str, str] = ("", "")
) -> tuple[Outcome, str]:
    """Outcome and reason with what the board suffered; those of a good answer stay as they are.

    ``boots``: the board's boot id before and after, empty where it told none.
    """
    if outcome in GOOD:
        return outcome, reason
    said = [reason] if reason else []
    kills = _known(s.oom_kills for s in samples)
    if kills and kills[-1] > kills[0]:
        said.append("the kernel killed a program for memory meanwhile")
        outcome = "oom" if outcome == "aborted-by-runtime" else outcome
    swaps = _known(s.swap_used_bytes for s in samples)
    if swaps and (grown := max(swaps) - swaps[0]) > SWAP_BYTES:
        said.append(f"swap grew by {grown / 1e6:.0f} MB")
    uptimes = _known(s.uptime_s for s in samples)
    if booted(*boots) or any(later < earlier - SLACK_S for earlier, later in pairwise(uptimes)):
        said.append("the board has booted meanwhile")
    return outcome, "; ".join(said)


def booted(before: str, after: str) -> bool:
    """Are these ids of different boots?"""
    return bool(before and after and before != after)


def _known(values: Iterable[Reading]) -> list[float]:
    return [value for value in values if known(value)]
