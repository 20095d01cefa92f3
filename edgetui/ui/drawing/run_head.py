"""The line above the panes: what was asked of whom, and how far it is."""

from __future__ import annotations

from edgetui.cluster.live import LiveRun
from edgetui.model import hostile
from edgetui.ui.drawing.ink import Line, shorten, width


def run_head(run: LiveRun | None, number: int, count: int, columns: int) -> Line:
    """``number`` of ``count`` runs of this session; without a run, how to get one."""
    if run is None:
        return [(" No run yet in this session: ", "muted"), ("r", "accent-strong"), (" fires one.", "muted")]
    order = run.order
    done = sum(1 for live in run.replies if live.done)
    what = hostile.one_line(f"{order.task} · {', '.join(order.models)}", 80)
    line: Line = [
        (f" {what} ", "strong"),
        (f" {done}/{len(run.replies)} answers ", "accent" if not run.done else "good"),
    ]
    if count > 1:
        line.append((f" run {number} of {count} ", "muted"))
    room = columns - width(line) - 2
    if room > 12:
        line.append((" " + shorten(hostile.one_line(order.prompt, 300), room), "muted"))
    return line
