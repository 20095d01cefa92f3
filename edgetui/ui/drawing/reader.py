"""One answer in full: its phases, figures, what was asked, what was thought, what was said."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import NA, Reply, hostile
from edgetui.model.own_time import all_own
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.ink import Line, width
from edgetui.ui.drawing.silence import silence
from edgetui.ui.drawing.work import phase_words, rate_words
from edgetui.ui.drawing.wrap import wrap

PHASES = ("queue", "gate", "load", "upload", "encode", "prefill", "decode", "net", "total")


def preamble(live: LiveReply, mono: float, comparison: str, columns: int) -> list[Line]:
    """The lines above the answer; ``mono``: monotonic s."""
    request = live.request
    repeat = f" · repeat {request.repeat}" if request.repeat > 1 else ""
    lines: list[Line] = [
        _labelled("asked", hostile.one_line(f"{request.model} · {request.item or 'no picture'}{repeat}", 300)),
    ]
    lines += [
        [("        ", "text"), (row, "muted")] for row in wrap(hostile.one_line(request.prompt, 600), columns - 8)
    ]
    if live.reply is None:
        lines.append(_labelled("now", f"{phase_words(live, mono)}  {rate_words(live)}"))
        if live.asked is not None and live.first_piece is None and live.request.script is None:
            lines += [[(" " * 8, "text"), *line] for line in silence(live, mono, columns - 8, 9)]
    else:
        lines += _finished(live, live.reply, comparison, columns)
    return [*lines, [("─" * columns, "grid")]]


def _finished(live: LiveReply, reply: Reply, comparison: str, columns: int) -> list[Line]:
    glyph, ink = words.outcome(reply.outcome)
    m = all_own(reply.metrics, reply.sim_speed)
    facts: Line = [(f"{'result':<8}", "muted"), (f"{glyph} {reply.outcome}", ink)]
    for label, value in (
        ("answer in", numbers.seconds(m.e2e_s)),
        ("ttft", numbers.seconds(m.ttft_s)),
        ("tok/s", numbers.per_second(m.tok_per_s)),
        ("prompt tok", _whole(m.prompt_tokens)),
        ("output tok", _whole(m.output_tokens)),
    ):
        facts += [("   ", "text"), (f"{label} ", "muted"), (value, "text")]
    lines = [facts, *_phases(reply, columns)]
    heat = f"peak {live.peak_c:.0f}°" if live.peak_c is not None else "temperature n/a"
    held = f" · throttled {live.throttled} while it ran" if live.throttled else " · not seen throttled"
    lines.append(_labelled("board", heat + held))
    if reply.marks:
        lines.append([(f"{'marks':<8}", "muted"), (hostile.one_line(", ".join(reply.marks)), "warn")])
    if reply.retried:
        lines.append(_labelled("first", hostile.one_line(reply.retried, 400)))
    if reply.unloaded:
        lines.append(_labelled("before", f"the model was unloaded: {hostile.one_line(reply.unloaded, 200)}"))
    if reply.request.picture:
        lines.append(_labelled("picture", hostile.one_line(reply.request.picture, 400)))
    if comparison:
        lines.append(_labelled("against", comparison))
    return lines


def _phases(reply: Reply, columns: int) -> list[Line]:
    """``load 3.9 s › prefill 0.4 s › …``: the phases that took time, wrapped between phases."""
    phases = all_own(reply.phases, reply.sim_speed)
    rows: list[Line] = [[(f"{'phases':<8}", "muted")]]
    for name in PHASES:
        value = getattr(phases, f"{name}_s")
        if isinstance(value, NA) or (value == 0 and name != "total"):
            continue
        part: Line = [(f"{name} ", "muted"), (f"{numbers.seconds(value)}   ", "text")]
        if width(rows[-1]) + width(part) > columns:
            rows.append([(" " * 8, "text")])
        rows[-1] += part
    return rows


def _labelled(label: str, text: str) -> Line:
    return [(f"{label:<8}", "muted"), (text, "text")]


def _whole(value: float | NA) -> str:
    return numbers.NOT_KNOWN if isinstance(value, NA) else f"{value:.0f}"
