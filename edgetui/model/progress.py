"""How far a request is whose answer has not begun, as the board itself tells it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from edgetui.model.reading import Reading, known, na

Step: TypeAlias = Literal["encode", "prefill", "decode"]
STEPS: Final[tuple[Step, ...]] = ("encode", "prefill", "decode")
"""In the order of time."""
UNTOLD: Final = na("the board did not tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one look has shown, or all of them so far (``after``)."""

    step: Step
    """``encode``: of the picture; where the source cannot tell them apart its first reading too."""
    source: str
    """``slots``: the runner's /slots; ``journal``: what the server writes to it."""
    task: int = 0
    """The runner's number of the request. What was told of a lower one was of somebody else's, before ours."""
    done_tokens: Reading = UNTOLD
    """Of the prompt, cached ones included."""
    total_tokens: Reading = UNTOLD
    """Of the whole prompt."""
    cached_tokens: Reading = UNTOLD
    """Of the prompt, that need not be read again: proves or disproves a cache hit."""
    output_tokens: Reading = UNTOLD

    def after(self, earlier: Progress | None) -> Progress:
        """This one in the light of an earlier one: nothing goes back, and what was known stays known."""
        if earlier is None or earlier.task < self.task:
            return self
        if earlier.task > self.task:
            return earlier
        step = max(self.step, earlier.step, key=STEPS.index)
        return replace(
            self,
            step=step,
            source=" + ".join(sorted({*self.source.split(" + "), *earlier.source.split(" + ")})),
            done_tokens=_more(self.done_tokens, earlier.done_tokens),
            total_tokens=self.total_tokens if known(self.total_tokens) else earlier.total_tokens,
            cached_tokens=self.cached_tokens if known(self.cached_tokens) else earlier.cached_tokens,
            output_tokens=_more(self.output_tokens, earlier.output_tokens),
        )


@dataclass(frozen=True, slots=True)
class Usual:
    """How long earlier requests of the same board, task and model were silent."""

    ttft_s: float
    """Median, host s from sending to the first token."""
    count: int


def _more(one: Reading, other: Reading) -> Reading:
    if known(one) and known(other):
        return max(one, other)
    return one if known(one) else other
