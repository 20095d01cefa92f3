"""Where the time of one request went: the host's clock and the server's figures, put together. Pure arithmetic.

Definitions: ``edgetui.model.Phases`` and ``Metrics``. Every Phases made here adds up: ``total_s`` is the sum of the
others and is the host's wall time. Server figures that do not fit the host's clock are not believed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from edgetui.model import NA, Metrics, Phases, Reading, known, na
from edgetui.model.phases import NOT_REACHED
from edgetui.runners.figures import UNSAID, Figures, beyond

UNTOLD = na("the server gave no figures")
MISFIT = na("the server's figures do not fit the host's clock")
IN_PREFILL = na("part of prefill in this Ollama")
AT_ONCE = na("the answer came all at once")
LEAST_S = 0.001
"""A shorter decode that nobody but the host timed is none."""
UNTIMED = 1e-6
"""Ollama from 0.30 on gives this eval_duration, in s, for a single token: no time was taken."""
SLACK = 0.02
"""Server figures may exceed the host's wall time by this part of it (their clocks start apart) …"""
SLACK_S = 0.005
"""… and by so much."""
CACHE_TOKENS = 64
"""From so many prompt tokens on, the time of the prompt tells whether it was computed at all …"""
CACHE_INTERVALS = 4.0
"""… : computed prompts were never measured to take less than ten token intervals, cached ones one to three."""


@dataclass(slots=True)
class HostTimes:
    """When things happened, time.monotonic() s; None: not yet."""

    started: float
    """The runner began: first it asks what the server has."""
    loading: float | None = None
    """The load step was sent."""
    asking: float | None = None
    """The timed request was about to be sent."""
    sent: float | None = None
    """Its last byte was handed to the link."""
    first_piece: float | None = None
    """The first non-empty piece, thinking included."""
    ended: float | None = None
    """The final line came, or whatever else ended it."""


def by_host(times: HostTimes, why: NA = UNTOLD) -> Phases:
    """Phases from the host's clock alone. ``why`` nobody can tell encode from prefill then: both lie in net."""
    ended = _ended(times)

    def spent(start: float | None, end: float | None) -> float:
        return 0.0 if start is None else (ended if end is None else end) - start

    def reached(start: float | None, end: float | None) -> Reading:
        return NOT_REACHED if start is None else spent(start, end)

    decode = reached(times.first_piece, None)
    untold = NOT_REACHED if times.sent is None else why
    return _summed(
        Phases(
            net_s=spent(times.started, times.loading) + spent(times.sent, times.first_piece),
            load_s=reached(times.loading, times.asking),
            upload_s=reached(times.asking, times.sent),
            encode_s=untold,
            prefill_s=untold,
            decode_s=AT_ONCE if known(decode) and decode < LEAST_S else decode,
        )
    )


def phases(
    times: HostTimes, figures: Figures, *, in_prefill: bool = False, encode_s: Reading = IN_PREFILL
) -> Phases:
    """Phases of a request that came to its end; from the host's clock alone where the figures cannot be used.

    The server's load contains the upload, so only its excess counts as load; encode is what its total has beyond
    load, prefill and decode; net is what is left of the host's time. ``in_prefill``: this version (era C) encodes
    pictures in prefill, so what its total has beyond is no encode, but net; ``encode_s``: what the board told of it
    beside, which is then taken out of prefill.
    """
    if times.loading is None or times.asking is None or times.sent is None:
        return by_host(times)
    rest = beyond(figures)
    if not (known(rest) and known(figures.load_s) and known(figures.prompt_s) and known(figures.eval_s)):
        return by_host(times, UNTOLD if rest is UNSAID or not isinstance(rest, NA) else rest)
    upload = times.sent - times.asking
    load = times.asking - times.loading + max(0.0, figures.load_s - upload)
    encode, prefill = max(0.0, rest), figures.prompt_s
    apart = in_prefill and known(encode_s) and encode_s <= prefill
    wall = _ended(times) - times.started
    net = wall - (load + upload + encode + figures.prompt_s + figures.eval_s)
    if net < -(SLACK * (_ended(times) - times.asking) + SLACK_S):
        return by_host(times, MISFIT)
    return _summed(
        Phases(
            net_s=max(0.0, net + encode if in_prefill else net),
            load_s=load,
            upload_s=upload,
            encode_s=encode_s if apart else IN_PREFILL if in_prefill else encode,
            prefill_s=prefill - encode_s if apart and known(encode_s) else prefill,
            decode_s=figures.eval_s,
        )
    )


def with_wait(spent: Phases, queue_s: Reading, gate_s: Reading) -> Phases:
    """The same with the time before the runner began; the total is summed anew."""
    return _summed(replace(spent, queue_s=queue_s, gate_s=gate_s))


def _summed(spent: Phases) -> Phases:
    values = (getattr(spent, f.name) for f in fields(spent) if f.name != "total_s")
    return replace(spent, total_s=sum(v for v in values if known(v)))


def _ended(times: HostTimes) -> float:
    assert times.ended is not None
    return times.ended


def metrics(
    times: HostTimes, spent: Phases, figures: Figures, *, fresh: bool, only_new: bool, pictured: bool
) -> Metrics:
    """Figures of the timed request. ``spent``: its ``phases``; ``pictured``: it has a picture.

    ``fresh``: the model was loaded for this request, so no part of the prompt can have been cached.
    ``only_new``: this version's prompt count leaves cached tokens out (0.3.13 and older, 0.30.0).
    """
    seen = seen_metrics(times)
    rate = _tok_per_s(times, spent, figures)
    prefill_rate: Reading = na("holds the picture's encoding in this Ollama")
    prompt = figures.prompt_tokens
    if only_new and not fresh:
        prompt = na("this Ollama counts uncached tokens only")
    if not (pictured and spent.encode_s == IN_PREFILL):
        prefill_rate = _prefill_tok_per_s(spent, prompt, figures.cached_tokens, fresh)
    return replace(
        seen,
        e2e_s=NOT_REACHED if times.asking is None else _ended(times) - times.asking,
        tok_per_s=rate,
        itl_s=1 / rate if known(rate) else rate,
        prompt_tokens=prompt,
        output_tokens=figures.output_tokens,
        prefill_tok_per_s=prefill_rate,
    )


def seen_metrics(times: HostTimes) -> Metrics:
    """What the host saw of a request that did not come to its end."""
    if times.asking is None or times.first_piece is None:
        return Metrics()
    return Metrics(ttft_s=times.first_piece - times.asking)


def _tok_per_s(times: HostTimes, spent: Phases, figures: Figures) -> Reading:
    if times.asking is None:
        return UNTOLD
    if not (known(figures.output_tokens) and known(figures.eval_s)):
        missing = figures.eval_s if known(figures.output_tokens) else figures.output_tokens
        return UNTOLD if missing == UNSAID else missing
    if figures.output_tokens < 2:
        return na("fewer than two tokens")
    if spent.prefill_s == MISFIT or figures.eval_s > (_ended(times) - times.asking) * (1 + SLACK) + SLACK_S:
        return MISFIT
    if figures.eval_s <= UNTIMED:
        return na("the server took no time of the tokens")
    return (figures.output_tokens - 1) / figures.eval_s


def _prefill_tok_per_s(spent: Phases, prompt: Reading, cached: Reading, fresh: bool) -> Reading:
    if not known(prompt) or not known(spent.prefill_s):
        return prompt if not known(prompt) else spent.prefill_s
    if not known(cached) and not fresh:
        return na("the prompt may have been in Ollama's cache")
    computed = prompt - (cached if known(cached) else 0)
    return computed / spent.prefill_s if computed > 0 and spent.prefill_s > 0 else na("nothing was computed")


def cache_suspect(spent: Phases, itl_s: Reading, figures: Figures, *, fresh: bool) -> bool:
    """Did the prompt come from Ollama's cache, so that this run compares with no other? ``itl_s``: Metrics'."""
    if fresh:
        return False
    if known(figures.cached_tokens):
        return figures.cached_tokens >= CACHE_TOKENS  # what stands before every prompt is always cached
    encode = 0.0 if spent.encode_s == IN_PREFILL else spent.encode_s
    if not (known(itl_s) and known(encode) and known(spent.prefill_s)):
        return False
    enough = known(figures.prompt_tokens) and figures.prompt_tokens >= CACHE_TOKENS
    return enough and encode + spent.prefill_s < CACHE_INTERVALS * itl_s
