"""One board over time: its answers, temperature and throttling, and below them its strands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edgetui.model import NA, WORDS, HistoryPoint, Sample, State, hostile, known
from edgetui.model.throttle import Kind
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.bars import COOLEST_C, HOTTEST_C, heat
from edgetui.ui.drawing.gauges import gauges
from edgetui.ui.drawing.ink import Ink, Line, cells, fit, shorten, spread
from edgetui.ui.drawing.strands import AREA, GUTTER, Plotted, pair, strands
from edgetui.ui.drawing.timeline import Bin, Cells, Window, area, axis, bins, holds, joined
from edgetui.ui.drawing.wrap import wrap
from edgetui.ui.explanation import Sentence
from edgetui.ui.spans import WorkSpan

LOWEST_ROWS, ROOMY_ROWS = 13, 18
"""Rows of the smallest plot, and of one with every lane and strand."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn of one board."""

    state: State
    points: Sequence[HistoryPoint]
    """Oldest first."""
    spans: Sequence[WorkSpan]
    sentences: Sequence[Sentence]
    window: Window
    moment: float
    """Unix s whose values are told."""
    cursor: int | None
    """Its column, None while the newest readings are followed."""
    focus: bool


def inspected(scene: Scene, columns: int, rows: int) -> list[Line]:
    """Exactly ``rows`` lines, ``columns`` wide; ``scene.window`` has ``columns − GUTTER`` of them."""
    time = bins(scene.points, scene.window)
    sample = reading_at(scene.points, scene.moment)
    roomy = rows >= ROOMY_ROWS
    told = _told(scene.sentences, columns, *((2, 4) if roomy else (1, 2)))
    more = [fit([("   ", "text"), *(gauges(sample, columns - 3) if sample else ())], columns)] if roomy else []
    kinds = list(WORDS) if roomy else _in_force(time)
    low = strands(time, sample, 2 if rows >= 26 else 1, swap=roomy)
    lanes = [_lane(kind, time, sample) for kind in kinds] or [_calm(time, sample)]
    height = max(1, rows - 3 - len(more) - len(told) - len(lanes) - len(low))
    body: list[Plotted] = [([("work", "muted")], _work(scene))]
    body += [*_temperature(time, sample, height), *lanes, *low, ([], axis(scene.window))]
    sides = {scene.window.column(t) for s in scene.spans for t in (s.since, s.until)}
    ends = frozenset(c for c in sides if 0 <= c < scene.window.columns)
    drawn = [[*fit(gutter, GUTTER), *joined(row, scene.cursor, ends)] for gutter, row in body]
    return [_title(scene, sample, columns, roomy=roomy), *more, *drawn, *told][:rows]


def reading_at(points: Sequence[HistoryPoint], moment: float) -> Sample | None:
    """What stood at ``moment``, Unix s; None in a gap."""
    last = next((p for p in reversed(points) if p.sample.time <= moment), None)
    return last.sample if last is not None and holds(last, moment) else None


def _title(scene: Scene, sample: Sample | None, columns: int, *, roomy: bool) -> Line:
    """Name and moment, what has no strand of its own; without room for lanes the letters since boot too."""
    state = scene.state
    glyph, ink = words.LINK[state.link]
    left: Line = [(glyph + " ", ink), (shorten(state.board, 24), "cursor-pill" if scene.focus else "strong")]
    if state.identity and columns >= 100:
        left.append((f" {words.short_model(state.identity.model)}", "muted"))
    clock = datetime.fromtimestamp(scene.moment).strftime("%H:%M:%S")
    left.append((f"  {clock}", "accent" if scene.cursor is None else "strong"))
    if sample is None:
        return fit([*left, ("  no reading at this moment", "warn")], columns)
    for label, value in (
        ("cpu", numbers.percent(sample.cpu_percent)),
        ("gpu", numbers.percent(sample.gpu_percent)),
        ("fan", f"{sample.fan_rpm:.0f} rpm" if known(sample.fan_rpm) else numbers.percent(sample.fan_percent)),
    ):
        left += [(f"  {label} ", "muted"), (value, "text")]
    if not roomy:
        left += [("  swap ", "muted"), (pair(sample.swap_used_bytes, sample.swap_total_bytes), "text")]
        if known(sample.throttle) and (boot := words.letters(t for t in sample.throttle if t.when == "boot")):
            left += [("  since boot ", "muted"), (boot, "text")]
    caps: Line = [(hostile.one_line(", ".join(sample.caps), 60), "warn")] if sample.caps else []
    return fit(spread(left, caps, columns), columns)


def _work(scene: Scene) -> Cells:
    """Every answer as a bracket with its name in it, as far as there is room, red where limits held it back."""
    row: Cells = [(" ", "grid")] * scene.window.columns
    for span in scene.spans:
        first, last = scene.window.column(span.since), scene.window.column(span.until)
        if last < 0 or first >= len(row):
            continue
        glyph, ink = words.outcome(span.outcome) if span.outcome else (words.RUNNING, "accent")
        size = last - first + 1
        if hurt := _hurt(scene.points, span):
            glyph, ink = f"{glyph} ▲{hurt}", "bad"
        inner = shorten(f"{glyph} {span.words}", size - 3) if size >= 6 else glyph[: size - 2] if size >= 3 else ""
        text = "├" + inner + "─" * (size - 2 - cells(inner)) + "┤" if size > 1 else "│"
        for at, char in enumerate(text, first):
            if 0 <= at < len(row):
                row[at] = (char, ink)
    return row


def _hurt(points: Sequence[HistoryPoint], span: WorkSpan) -> str:
    """Letters of the limits that were in force while this answer was made."""
    during = [p.sample.throttle for p in points if span.since - p.span_s < p.sample.time <= span.until]
    return words.letters(t for limits in during if known(limits) for t in limits if t.when == "now")


def _temperature(time: Sequence[Bin], sample: Sample | None, rows: int) -> list[Plotted]:
    hottest = [max((p.temperature_max_c for p in b if known(p.temperature_max_c)), default=None) for b in time]
    limits = [b[-1].sample.limit_c if b else None for b in time]
    heights = [None if c is None else (c - COOLEST_C) / (HOTTEST_C - COOLEST_C) for c in hottest]
    inks: list[Ink] = []
    for celsius, limit in zip(hottest, limits, strict=True):
        inks.append("area" if celsius is None or limit is None else AREA[heat(celsius, limit)])
    plot = area(heights, inks, rows)
    scale = {0: f"{HOTTEST_C:.0f}", rows - 1: f"{COOLEST_C:.0f}"}
    for column, limit in enumerate(limits):
        if known(limit) and COOLEST_C < limit <= HOTTEST_C:
            row = _row_of(limit, rows)
            if plot[row][column][0] == " ":
                plot[row][column] = ("╌", "bad")
            scale[row] = f"{limit:.0f}╌"
    gutters: list[Line] = [[] for _ in range(rows)]
    limit_ = sample.limit_c if sample else None
    value = numbers.celsius(sample.temperature_c) if sample else "–"
    ink = heat(sample.temperature_c, sample.limit_c) if sample else "muted"
    gutters[0] = [(f"{'temp':<6}", "muted"), (value, "text" if ink == "accent" else ink)]
    if rows > 1:
        told = f"limit {numbers.celsius(limit_)}" if known(limit_) else "no limit known" if sample else ""
        gutters[1] = [(told, "muted")]
    return [
        (spread(g, [(f"{scale.get(y, ''):>5}", "bad" if "╌" in scale.get(y, "") else "muted")], GUTTER - 1), row)
        for y, (g, row) in enumerate(zip(gutters, plot, strict=True))
    ]


def _row_of(celsius: float, rows: int) -> int:
    """The row from the top in which the area of this temperature ends."""
    share = (celsius - COOLEST_C) / (HOTTEST_C - COOLEST_C)
    return max(0, min(rows - 1, rows - 1 - int(share * rows - 1e-9)))


def _in_force(time: Sequence[Bin]) -> list[Kind]:
    """Kinds that were in force at some moment of the window."""
    return [kind for kind in WORDS if any("now" in _whens(kind, p.sample) for here in time for p in here)]


def _whens(kind: Kind, sample: Sample) -> set[str]:
    return {t.when for t in sample.throttle if t.kind == kind} if known(sample.throttle) else set()


def _lane(kind: Kind, time: Sequence[Bin], sample: Sample | None) -> Plotted:
    """In force: its letter, bright; since boot: small and dim; a dash where nobody knows."""
    row: Cells = []
    for here in time:
        whens = {when for p in here for when in _whens(kind, p.sample)}
        if "now" in whens:
            row.append((kind, "bad-pill"))
        elif whens:
            row.append((kind.lower(), "muted"))
        else:
            row.append(("╌" if here and not any(known(p.sample.throttle) for p in here) else " ", "grid"))
    now = _whens(kind, sample) if sample else set()
    ink: Ink = "bad" if "now" in now else "text" if now else "muted"
    return [(kind, "bad-pill" if "now" in now else ink), (" " + shorten(WORDS[kind], GUTTER - 3), ink)], row


def _calm(time: Sequence[Bin], sample: Sample | None) -> Plotted:
    """Nothing to be told in lanes, and why: asked and free, or not known."""
    row: Cells = []
    for here in time:
        asked = any(known(p.sample.throttle) for p in here)
        row.append(("╌" if here and not asked else " ", "grid"))
    if sample is None:
        return [("throttling –", "muted")], row
    throttle = sample.throttle
    told = f"n/a {hostile.one_line(throttle.reason)}" if isinstance(throttle, NA) else "not throttled"
    return [(shorten(told, GUTTER - 1), "muted")], row


def _told(sentences: Sequence[Sentence], columns: int, least: int, most: int) -> list[Line]:
    """The sentences, the gravest first, in ``least`` to ``most`` rows; what is too much is cut."""
    out: list[Line] = []
    for sentence in sentences:
        wrapped = wrap(hostile.one_line(sentence.text, 400), columns - 3)
        head = "   " if sentence.ink == "muted" else " ▲ "
        out += [[(head if n == 0 else "   ", sentence.ink), (text, sentence.ink)] for n, text in enumerate(wrapped)]
    if len(out) > most:
        out[most - 1] = [*fit(out[most - 1], columns - 2), (" …", "muted")]
    return [fit(line, columns) for line in [*out[:most], *[[]] * (least - len(out))]]
