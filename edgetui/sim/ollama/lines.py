"""The lines of an answer, and the figures in the last of them."""

from __future__ import annotations

from dataclasses import dataclass

from edgetui.sim.ollama import catalog
from edgetui.sim.ollama.answers import Answer
from edgetui.sim.ollama.asking import Ask
from edgetui.sim.ollama.stream import Line
from edgetui.sim.world import World

_ONE_TOKEN_NS = 1000
"""What era C gives as the time of a single token; era B leaves it out."""


@dataclass(slots=True)
class Clock:
    """World times of one request."""

    began: float
    ready: float = 0.0
    slot: float = 0.0
    encoded: float = 0.0
    first: float = 0.0
    """Prompt read and first token made."""
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What this request will cost and say."""

    prompt_tokens: int
    new_tokens: int
    """Prompt tokens that are not cached."""
    picture_tokens: int
    """Those of them that are pictures'."""
    patches: int
    """Of pictures that are not cached."""
    answer: Answer


def line(ask: Ask, piece: str) -> Line:
    """Any but the last."""
    said: Line = {"message": {"role": "assistant", "content": piece}} if ask.chat else {"response": piece}
    return {"model": ask.asked, "created_at": catalog.stamp(), **said, "done": False}


def logprobs(ask: Ask, tokens: list[bytes]) -> Line:
    """Of the tokens of a line, where they were asked for."""
    if ask.top_logprobs is None:
        return {}
    return {"logprobs": [_logprob(token.decode(errors="replace"), ask.top_logprobs) for token in tokens]}


def _logprob(token: str, top: int) -> Line:
    one = {"token": token, "logprob": -0.25, "bytes": [*token.encode()]}
    others = [one, {"token": " the", "logprob": -2.5, "bytes": [*b" the"]}][:top]
    return one | ({"top_logprobs": others} if others else {})


def last(
    ask: Ask, plan: Plan, clock: Clock, count: int, reason: str, world: World, number: tuple[int, int, int]
) -> Line:
    """The end of an answer of ``count`` tokens. Durations in ns of the host; a zero is left out, as Go does."""
    ns, era_c, counted = world.nanoseconds, number >= catalog.ERA_C, plan.prompt_tokens
    if number < catalog.ERA_B:  # only what was not cached, nothing where all was
        counted = plan.new_tokens if plan.new_tokens > 1 else 0
    grain = 1000 if era_c else 1  # llama-server counts in µs
    decode = ns(clock.now - clock.first) if count > 1 else _ONE_TOKEN_NS if era_c else 0
    figures = {
        "total_duration": ns(clock.now - clock.began),
        "load_duration": ns(clock.ready - clock.began),
        "prompt_eval_count": counted,
        "prompt_eval_duration": ns(clock.first - clock.encoded) // grain * grain,
        "eval_count": count,
        "eval_duration": decode // grain * grain,
    }
    context = {} if ask.chat else {"context": [3, *range(100, 100 + min(64, plan.prompt_tokens + count))]}
    head = {"done": True, "done_reason": reason}
    return line(ask, "") | head | context | {name: value for name, value in figures.items() if value}
