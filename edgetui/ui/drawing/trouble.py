"""Why a board gives no readings, since when, when it is tried again, and what a person does."""

from __future__ import annotations

from edgetui.model import State, hostile
from edgetui.ui.drawing.ink import Line, shorten
from edgetui.ui.drawing.numbers import ago
from edgetui.ui.drawing.wrap import wrap


def trouble(state: State, now: float, columns: int, rows: int) -> list[Line]:
    """At most ``rows`` lines; ``now``: Unix s."""
    last = _last_line(state, now, columns)
    reason = [] if state.reason == "" else wrap(hostile.one_line(state.reason), columns)
    remedy = wrap("→ " + hostile.one_line(state.remedy), columns) if state.remedy else []
    room = rows - 1
    kept = reason[: max(1, room - min(len(remedy), room // 2))]
    lines: list[Line] = [[(text, "text")] for text in kept]
    lines += [[(text, "accent")] for text in remedy[: room - len(kept)]]
    return [*lines, last]


def _last_line(state: State, now: float, columns: int) -> Line:
    if state.fingerprint:
        return [(shorten(state.fingerprint, columns), "muted")]
    parts = []
    if state.since:
        parts.append(f"for {ago(now - state.since)}")
    if state.attempts > 1:
        parts.append(f"{state.attempts} tries")
    if state.retry_at is not None:
        parts.append(f"next in {max(0, round(state.retry_at - now))} s")
    elif state.link == "refused":
        parts.append("waits for you")
    return [(shorten(" · ".join(parts), columns), "muted")]
