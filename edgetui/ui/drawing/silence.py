"""What is true while no byte of an answer comes: what the board tells, the clock, and how long it usually takes."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import Reading, known
from edgetui.model.progress import Progress
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.bars import bar
from edgetui.ui.drawing.ink import Line, width

_WIDEST = 60
"""Columns of the bar of tokens."""
_SOURCES = {"slots": "the runner's /slots", "journal": "the board's journal"}


def silence(live: LiveReply, mono: float, columns: int) -> list[Line]:
    """The most important line first; ``mono``: monotonic s."""
    told = live.progress
    if live.asked is None or live.phase not in ("upload", "encode", "prefill", "decode"):
        return [[(words.PHASE[live.phase], "muted")]]
    lines: list[Line] = [[(_doing(live), "text")]]
    if told is not None and told.step == "prefill" and known(told.total_tokens):
        lines.append(bar(told.done_tokens, told.total_tokens, min(columns, _WIDEST)))
    return [*lines, *_time(live, mono - live.asked, columns), [(_source(told), "muted")]]


def _doing(live: LiveReply) -> str:
    told = live.progress
    if told is None:
        return words.PHASE["upload"] if live.phase == "upload" else words.UNTOLD[bool(live.request.image)]
    if told.step == "decode":
        return f"answers: {_tokens(told.output_tokens)}, none to be read yet"
    cached = f", {told.cached_tokens:.0f} cached" if known(told.cached_tokens) and told.cached_tokens else ""
    if told.step == "encode":
        return f"encodes the picture{cached}"
    return f"reads the prompt: {_of(told.done_tokens, told.total_tokens)}{cached}"


def _of(done: Reading, total: Reading) -> str:
    """``1024 of 1522 tokens``."""
    return f"{done:.0f} of {_tokens(total)}" if known(done) and known(total) else _tokens(done)


def _tokens(count: Reading) -> str:
    return f"{count:.0f} tokens" if known(count) else "tokens n/a"


def _time(live: LiveReply, silent_s: float, columns: int) -> list[Line]:
    """``70 s since it was asked · first token usually after 115 s (n = 7)``, in one row or two."""
    since: Line = [(numbers.stopwatch(max(0.0, silent_s)), "text"), (" since it was asked", "muted")]
    if live.usual is None:
        return [since]
    usual: Line = [
        ("first token usually after ", "muted"),
        (numbers.seconds(live.usual.ttft_s), "text"),
        (f" (n={live.usual.count})", "muted"),
    ]
    together: Line = [*since, (" · ", "muted"), *usual]
    return [together] if width(together) <= columns else [since, usual]


def _source(told: Progress | None) -> str:
    if told is None:
        return "the board does not tell which: only the clock"
    return "told by " + " and ".join(_SOURCES[name] for name in told.source.split(" + ")[::-1])
