"""Why a board gives no readings, since when, when it is tried again, and what a person does."""

from __future__ import annotations

from edgetui.model import State, hostile
from edgetui.ui.drawing.ink import Line, shorten
from edgetui.ui.drawing.numbers import ago
from edgetui.ui.drawing.wrap import wrap


def trouble(state: State, now: float, columns: int, rows: int) -> list[Line]:
    """At most ``rows`` lines; ``now``: Unix s."""
    last = _last_lines(state, now, columns, rows)
    reason = [] if state.reason == "" else wrap(hostile.one_line(state.reason), columns)
    remedy = wrap("→ " + hostile.one_line(state.remedy), columns) if state.remedy else []
    room = rows - len(last)
    kept = reason[: max(1, room - min(len(remedy), room // 2))]
    lines: list[Line] = [[(text, "text")] for text in kept]
    lines += [[(text, "accent")] for text in remedy[: room - len(kept)]]
    return [*lines, *last]


def _last_lines(state: State, now: float, columns: int, rows: int) -> list[Line]:
    """The fingerprint whole where there is room for it; since when, and when it is tried again."""
    if not state.fingerprint:
        return [_since(state, now, columns)]
    if rows < 7:
        return [[(shorten(state.fingerprint, columns), "muted")]]
    whole: list[Line] = [[(part, "text")] for part in wrap(state.fingerprint, columns)]
    return [*whole, _since(state, now, columns)]


def _since(state: State, now: float, columns: int) -> Line:
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
