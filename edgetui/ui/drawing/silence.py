"""What is true while no byte of an answer comes: what the board tells, the clock, and how long it usually takes."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import Reading, known
from edgetui.model.own_time import own
from edgetui.model.progress import Progress
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.bars import bar
from edgetui.ui.drawing.ink import Line, width

_WIDEST = 60
"""Columns of the bar of tokens."""
_ROOMY = 6
"""Rows from which on there is room for it."""
_SOURCES = {"slots": "/slots", "journal": "the journal"}


def silence(live: LiveReply, mono: float, columns: int, rows: int) -> list[Line]:
    """At most ``rows`` lines, the most important first; ``mono``: monotonic s."""
    told = live.progress
    if live.asked is None or live.phase not in ("upload", "encode", "prefill", "decode"):
        return [[(words.PHASE[live.phase], "muted")]]
    lines: list[Line] = [[(_doing(live), "text")]]
    if told is not None and told.step == "prefill" and known(told.total_tokens) and rows >= _ROOMY:
        lines.append(bar(told.done_tokens, told.total_tokens, min(columns, _WIDEST)))
    lines += _time(live, live.since_s(live.asked, mono), columns)
    if told is not None and known(told.cached_tokens) and told.cached_tokens:
        lines.append([(f"{_tokens(told.cached_tokens)} from the cache", "muted")])
    lines.append([(_source(told), "muted")])
    return lines[:rows]


def _doing(live: LiveReply) -> str:
    told = live.progress
    if told is None:
        return words.PHASE["upload"] if live.phase == "upload" else words.UNTOLD[bool(live.request.image)]
    if told.step == "decode":
        return f"answers: {_tokens(told.output_tokens)}, none to be read yet"
    if told.step == "encode":
        return "encodes the picture" if "journal" in told.source else "encodes or reads the picture"
    done, total = told.done_tokens, told.total_tokens
    share = f"{done:.0f} of {_tokens(total)}" if known(done) and known(total) else _tokens(done)
    return f"prompt: {share} read"


def _tokens(count: Reading) -> str:
    return f"{count:.0f} tokens" if known(count) else "tokens n/a"


def _time(live: LiveReply, silent_s: float, columns: int) -> list[Line]:
    """``70 s since it was asked · first token usually after 115 s (n = 7)``, in one row or two."""
    since: Line = [(numbers.stopwatch(silent_s), "text"), (" since it was asked", "muted")]
    if live.usual is None:
        return [since]
    ttft_s = own("ttft_s", live.usual.ttft_s, live.sim_speed)
    usual: Line = [(numbers.seconds(ttft_s), "text"), (f" (n={live.usual.count})", "muted")]
    together: Line = [*since, (" · first token usually after ", "muted"), *usual]
    return [together] if width(together) <= columns else [since, [("usually ", "muted"), *usual]]


def _source(told: Progress | None) -> str:
    if told is None:
        return "only the clock tells"
    return "told by " + " and ".join(_SOURCES[name] for name in told.source.split(" + ")[::-1])
