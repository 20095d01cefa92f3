"""What a reply in flight is doing, in words and numbers."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import State, hostile
from edgetui.model.own_time import own
from edgetui.ui.drawing.numbers import per_second, stopwatch


def pieces_per_second(reply: LiveReply) -> float | None:
    """Pieces per s of the board's own between the first and the last; None below two.

    A piece is mostly, not always, one token: shown with ``~`` until the server's own count is there.
    """
    count = len(reply.pieces) + len(reply.thinking)
    if reply.request.script is not None:
        return None  # what a script prints are no tokens
    if count < 2 or reply.first_piece is None or reply.last_piece is None:
        return None
    span = reply.last_piece - reply.first_piece
    return own("pieces_per_s", (count - 1) / span, reply.sim_speed) if span > 0 else None


def rate_words(reply: LiveReply) -> str:
    """``~18.4 tok/s`` while it streams, empty before."""
    rate = pieces_per_second(reply)
    return "" if rate is None else f"~{per_second(rate)} tok/s"


def phase_words(reply: LiveReply, mono: float) -> str:
    """``decode 12 s``: the phase, where it is known, and how long it has lasted."""
    if reply.phase == "queued":
        return "queued"
    untold = reply.phase == "encode" and reply.progress is None and reply.request.script is None
    return f"{'no token' if untold else reply.phase} {stopwatch(reply.since_s(reply.phase_since, mono))}"


def held_words(reply: LiveReply | None, why: str, mono: float) -> str:
    """``held 12 s: 86.2 °C ≥ 85 °C, released below 80 °C``; the time only where an answer waits."""
    waits = f" {stopwatch(reply.since_s(reply.phase_since, mono))}" if reply is not None and reply.held else ""
    return f"held{waits}: {hostile.one_line(why)}"


def busy_words(state: State, mono: float) -> str:
    """``still busy 42 s with given-up work``, of the board's own time; empty where it is not."""
    if state.still_busy is None:
        return ""
    busy_s = own("busy_s", max(0.0, mono - state.still_busy), state.identity.sim_speed if state.identity else 0.0)
    return f"still busy {stopwatch(busy_s)} with given-up work"


def request_words(reply: LiveReply) -> str:
    """``count-potholes · qwen2.5vl:3b``."""
    return hostile.one_line(f"{reply.request.task} · {reply.request.model}", 80)
