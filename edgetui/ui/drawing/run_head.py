"""The line above the panes: what was asked of whom, and how far it is."""

from __future__ import annotations

from edgetui.cluster.live import LiveRun
from edgetui.model import hostile
from edgetui.model.own_time import own_time
from edgetui.ui.drawing.ink import Line, cells, shorten, width
from edgetui.ui.drawing.words import with_own_time


def no_run(can_fire: bool) -> Line:
    """That there is none, and how to get one where that can be."""
    if not can_fire:
        return [(" No run yet", "muted")]
    return [(" No run yet in this session: ", "muted"), ("r", "accent-strong"), (" fires one.", "muted")]


def run_head(run: LiveRun, number: int, count: int, columns: int) -> Line:
    """``number`` of ``count`` runs of this session."""
    order = run.order
    done = sum(1 for live in run.replies if live.done)
    what = hostile.one_line(f"{order.task} · {', '.join(order.models)}", 80)
    line: Line = [
        (f" {what} ", "strong"),
        (f" {done}/{len(run.replies)} answers ", "accent" if not run.done else "good"),
    ]
    if count > 1:
        line.append((f" run {number} of {count} ", "muted"))
    speeds = {live.sim_speed for live in run.replies}
    room = columns - width(line) - cells(own_time(speeds)) - 4
    if room > 12:
        line.append((" " + shorten(hostile.one_line(order.prompt, 300), room), "muted"))
    return with_own_time(line, speeds, columns)
