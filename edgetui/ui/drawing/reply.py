"""One stored reply in full: where its time went, its figures, why its score is what it is, what was said."""

from __future__ import annotations

from collections.abc import Iterator

from edgetui.model import NA, Phases, Reading, Reply, hostile, known
from edgetui.model.own_time import all_own, own_time
from edgetui.model.score import Score
from edgetui.model.sound import SPOILS, why_unsound
from edgetui.store import StoredReply
from edgetui.summary import shown
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.alerts import moment
from edgetui.ui.drawing.ink import Ink, Line, cells, shorten, width
from edgetui.ui.drawing.reader import PHASES
from edgetui.ui.drawing.wrap import wrap

LABEL = 9
LEAST_S = 0.005
"""A phase below it would be shown as none."""
_INKS: tuple[Ink, ...] = ("accent", "text", "warn", "good")
"""Neighbouring phases take turns; their names stand beside them."""
_MARKS = {
    **SPOILS,
    "cold-load": "the model was loaded for it",
    "context-clamped": "the model takes a shorter context than was asked for",
    "degenerate": "it repeats itself over and over",
    "memory-drift": "the runner had grown, or the board's free memory moved, by more than a tenth",
    "retried": "the first answer was lost, so it was asked once more",
    "steady": "speed and temperature had come to rest",
    "unloaded-before": "the model was unloaded before it, to make room",
    "thinking-only": "all it said was thought",
    "transient": "an error of the runtime that does not last",
}
"""In words; others speak for themselves."""


def reply_lines(stored: StoredReply, now: float, columns: int) -> list[Line]:
    """All of it. ``now``: Unix s."""
    reply = stored.reply
    lines: list[Line] = [_title(reply, now, columns), *_asked(reply, columns), [("─" * columns, "grid")]]
    lines += [
        *phase_bar(all_own(reply.phases, reply.sim_speed), columns),
        *_figures(stored, columns),
        *_marks(reply, columns),
    ]
    lines += [*_score(reply.score, columns), [("─" * columns, "grid")]]
    if reply.reason:
        ink = words.outcome(reply.outcome)[1]
        lines += [[(row, ink)] for row in wrap(hostile.one_line(reply.reason, 600), columns)]
    if reply.thinking:
        lines += [[(row, "muted")] for row, _ in _rows(hostile.clean(reply.thinking), columns)]
    span = reply.score.span if isinstance(reply.score, Score) else None
    return [*lines, *answer_lines(reply.text, span, columns)]


def _title(reply: Reply, now: float, columns: int) -> Line:
    glyph, ink = words.outcome(reply.outcome)
    asked = reply.request
    line: Line = [(f"{glyph} {reply.outcome}  ", ink), (hostile.one_line(asked.board), "strong")]
    line.append((f" · {hostile.one_line(asked.model)} · {moment(reply.finished_at, now)}", "text"))
    if own := own_time([reply.sim_speed]):
        line.append((f" · {own}", "accent"))
    return line


def _asked(reply: Reply, columns: int) -> Iterator[Line]:
    asked = reply.request
    where = f"{asked.task} / {asked.item or 'no picture'} · repeat {asked.repeat} · {asked.protocol.mode}"
    yield from _labelled("task", f"{where} · run {asked.run}", columns)
    yield from _labelled("asked", hostile.one_line(asked.prompt, 600), columns, "muted")
    if asked.picture:
        yield from _labelled("picture", hostile.one_line(asked.picture, 400), columns)


def phase_bar(phases: Phases, columns: int) -> list[Line]:
    """``├ load 3.9 s ──┤├ prefill ┤``: a piece for each phase that took time, by its share; then figures."""
    taken = [
        (name, value) for name in PHASES[:-1] if known(value := getattr(phases, f"{name}_s")) and value >= LEAST_S
    ]
    whole = sum(value for _, value in taken)
    if not whole:
        return []
    bar: Line = []
    left = columns
    for number, (name, value) in enumerate(taken):
        size = min(left, max(2, round(value / whole * columns)))
        if number == len(taken) - 1:
            size = left
        left -= size
        label = f" {name} " if size >= cells(name) + 4 else ""
        piece = "├" + label + "─" * (size - 2 - cells(label)) + "┤" if size > 1 else "│" * size
        bar.append((piece, _INKS[number % len(_INKS)]))
    said = [(name, numbers.seconds(value)) for name, value in taken]
    if isinstance(phases.encode_s, NA) and known(phases.prefill_s):
        said.append(("encode", shown(phases.encode_s)))
    return [bar, *_pairs("phases", [*said, ("total", numbers.seconds(phases.total_s))], columns)]


def _figures(stored: StoredReply, columns: int) -> list[Line]:
    reply = stored.reply
    m = all_own(reply.metrics, reply.sim_speed)
    times = [
        ("end to end", numbers.seconds(m.e2e_s)),
        ("TTFT", numbers.seconds(m.ttft_s)),
        ("T100", numbers.seconds(m.t100_s)),
        ("tok/s", numbers.per_second(m.tok_per_s)),
        ("prompt", _whole(m.prompt_tokens)),
        ("of it picture", _whole(m.image_tokens)),
        ("output", f"{_whole(m.output_tokens)} tokens"),
    ]
    board = [
        ("hottest", f"{stored.peak_c:.1f} °C" if stored.peak_c is not None else "n/a (no reading meanwhile)"),
        ("throttled", stored.throttled or "not seen"),
        ("of the time", shown(m.throttled_percent, "%")),
        ("energy", shown(m.gross_j, "J")),
        ("net of rest", shown(m.net_j, "J")),
        ("Ollama", _text(reply.ollama_version)),
    ]
    if known(m.gross_j):
        board.append(("of", _text(reply.energy_scope)))
    if known(reply.runner_rss_bytes):
        board.append(("runner", f"{reply.runner_rss_bytes / 1e9:.1f} GB"))
    return [*_pairs("figures", times, columns), *_pairs("board", board, columns)]


def _marks(reply: Reply, columns: int) -> Iterator[Line]:
    out = why_unsound(reply.marks, reply.request.protocol.mode)
    for number, mark in enumerate(reply.marks):
        told = f"{hostile.one_line(mark)}: {_MARKS[mark]}" if mark in _MARKS else hostile.one_line(mark)
        yield from _labelled("" if number else "marks", told, columns, "warn")
    if reply.retried:
        yield from _labelled("first", hostile.one_line(reply.retried, 400), columns, "warn")
    if reply.unloaded:
        yield from _labelled("before", hostile.one_line(reply.unloaded, 200), columns, "muted")
    if out:
        yield from _labelled("", "stays out of summaries unless asked for", columns, "warn")


def _score(score: Score | NA, columns: int) -> Iterator[Line]:
    if isinstance(score, NA):
        yield from _labelled("score", f"n/a: {hostile.one_line(score.reason)}", columns, "muted")
        return
    person = score.overruled
    ink: Ink = {True: "good", False: "bad", None: "text"}[score.final[1]]  # type: ignore[assignment]
    yield from _labelled("score", f"{score.short}  by {score.metric or 'nobody'} v{score.version}", columns, ink)
    if person is not None:
        yield from _labelled("person", f"{hostile.one_line(person.why, 400)}", columns, ink)
        why = f" ({score.value.reason})" if isinstance(score.value, NA) else ""
        yield from _labelled("rule said", f"{_verdict(score)}{hostile.one_line(why)}", columns)
    elif isinstance(score.value, NA):
        yield from _labelled("why", hostile.one_line(score.value.reason, 400), columns)
    yield from _labelled("rule", hostile.one_line(score.rule, 400), columns)
    if score.truth:
        yield from _labelled("truth", hostile.one_line(score.truth, 400), columns)
    for name, value in score.details:
        said = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        yield from _labelled("", hostile.one_line(f"{name}: {said}", 300), columns, "muted")
    if score.marks:
        yield from _labelled("", hostile.one_line(", ".join(score.marks)), columns, "warn")


def _verdict(score: Score) -> str:
    return {True: "right", False: "wrong", None: "cannot tell"}[score.passed]


def answer_lines(text: str, span: tuple[int, int] | None, columns: int) -> list[Line]:
    """The answer as it came; what its score was made of is lit. ``span``: characters of the cleaned text."""
    since, until = span or (0, 0)
    lines: list[Line] = []
    for row, at in _rows(hostile.clean(text), columns):
        first, last = (min(max(edge - at, 0), len(row)) for edge in (since, until))
        parts: Line = [(row[:first], "text"), (row[first:last], "cursor-pill"), (row[last:], "text")]
        lines.append([(part, ink) for part, ink in parts if part])
    return lines


def _rows(text: str, columns: int) -> Iterator[tuple[str, int]]:
    """Rows of clean text, and where each begins in it."""
    begins = 0
    for paragraph in text.split("\n"):
        at = 0
        flat = paragraph.replace("\t", " ")
        for row in wrap(flat, columns):
            at = flat.index(row, at)
            yield row, begins + at
            at += len(row)
        begins += len(paragraph) + 1


def _labelled(label: str, text: str, columns: int, ink: Ink = "text") -> Iterator[Line]:
    for number, row in enumerate(wrap(text, columns - LABEL)):
        yield [(f"{'' if number else label:<{LABEL}}", "muted"), (row, ink)]


def _pairs(label: str, pairs: list[tuple[str, str]], columns: int) -> list[Line]:
    """``label  name value   name value``, wrapped between pairs."""
    rows: list[Line] = [[(f"{label:<{LABEL}}", "muted")]]
    for name, value in pairs:
        value = shorten(hostile.one_line(value), columns - LABEL - cells(name) - 1)
        part: Line = [(f"{name} ", "muted"), (value, "text")]
        if width(rows[-1]) > LABEL:
            if width(rows[-1]) + 3 + width(part) > columns:
                rows.append([(" " * LABEL, "text")])
            else:
                part.insert(0, ("   ", "text"))
        rows[-1] += part
    return rows


def _whole(value: Reading) -> str:
    return f"{value:.0f}" if known(value) else numbers.NOT_KNOWN


def _text(value: str | NA) -> str:
    return numbers.NOT_KNOWN if isinstance(value, NA) else value
