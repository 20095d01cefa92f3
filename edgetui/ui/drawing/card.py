"""One board as a card: everything in nine lines, in more with a higher graph, or the same in five."""

from __future__ import annotations

from dataclasses import dataclass

from edgetui.cluster.live import LiveReply
from edgetui.model import NA, WORDS, Reading, Sample, State, Throttle, hostile, known
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.bars import FULL, bar, heat, heatgraph, heatline
from edgetui.ui.drawing.box import boxed
from edgetui.ui.drawing.ink import Ink, Line, cells, shorten, spread, width
from edgetui.ui.drawing.trouble import trouble
from edgetui.ui.drawing.work import busy_words, held_words, phase_words, rate_words, request_words

TALLEST_ROWS, TALL_ROWS, FULL_ROWS, SHORT_ROWS = 16, 11, 9, 5
LABEL, BAR = 5, 10


@dataclass(frozen=True, slots=True)
class Look:
    """How a card is to be drawn, beside what is on it."""

    columns: int
    rows: int
    """``SHORT_ROWS``, ``FULL_ROWS``, or from ``TALL_ROWS`` on any number: what is over goes to the graph."""
    cursor: bool = False
    marked: bool = False


def card(
    state: State,
    work: LiveReply | None,
    waiting: int,
    look: Look,
    now: float,
    mono: float,
    *,
    held: str = "",
    alert: str = "",
) -> list[Line]:
    """Exactly ``look.rows`` lines. ``now``: Unix s; ``mono``: the host's monotonic s; ``waiting``: cells queued;
    ``held``: why the heat guard holds work back; ``alert``: what waits for a person."""
    glyph, ink = words.LINK[state.link]
    title: Line = [("✓ ", "mark")] if look.marked else []
    name_room = max(6, look.columns - 14 - width(title))
    title += [(glyph + " ", ink), (shorten(state.board, name_room), "cursor-pill" if look.cursor else "strong")]
    title += [(f" {state.link}", "muted" if state.link == "up" else ink)]
    room = look.columns - 10 - width(title)
    kind = words.short_model(state.identity.model) if state.identity else ""
    right: Line = [(shorten(kind, room), "muted")] if kind and room >= 6 else []
    inner = look.columns - 4
    foot: Line = []
    if state.sample is None or state.link in ("down", "refused", "off", "connecting"):
        body = trouble(state, now, inner, look.rows - 2)
    elif look.rows >= FULL_ROWS:
        body = [*_temperature(state, state.sample, inner, look.rows), *_full(state.sample, inner)]
        body.append(_work(work, waiting, inner, mono, state, held))
        foot = [(shorten(request_words(work), inner - 4), "muted")] if work else []
    else:
        body = _short(state, state.sample, inner)
        body.append(_work(work, waiting, inner, mono, state, held))
    return boxed(
        body,
        look.columns,
        look.rows,
        ink=_edge(state, look),
        heavy=look.cursor,
        title=title,
        title_right=right,
        foot=[(shorten(alert, inner - 4), "bad")] if alert else [],
        foot_right=foot,
    )


def _edge(state: State, look: Look) -> Ink:
    if look.cursor or look.marked:
        return "accent"
    if state.link in ("down", "refused"):
        return "bad"
    return "warn" if state.sample is not None and _now(state.sample) else "grid"


def _now(sample: Sample) -> tuple[Throttle, ...]:
    return tuple(t for t in sample.throttle if t.when == "now") if known(sample.throttle) else ()


def _temperature(state: State, sample: Sample, inner: int, rows: int) -> list[Line]:
    limit = f"limit {numbers.celsius(sample.limit_c)}" if known(sample.limit_c) else "no limit known"
    history = tuple(state.history)
    head: Line = [(f"{'temp':<{LABEL}}", "muted")]
    if isinstance(sample.temperature_c, NA):
        head += _missing(sample.temperature_c, inner - LABEL - cells(limit) - 2)
    else:
        head.append((numbers.celsius(sample.temperature_c), _value(heat(sample.temperature_c, sample.limit_c))))
    if rows >= TALL_ROWS:
        graph = heatgraph(history, sample.limit_c, inner, rows - FULL_ROWS)
        return [spread(head, [(limit, "muted")], inner), *graph]
    room = inner - width(head) - cells(limit) - 2
    return [[*head, (" ", "text"), *heatline(history, sample.limit_c, room), (" " + limit, "muted")]]


def _full(sample: Sample, inner: int) -> list[Line]:
    return [
        _load("cpu", sample.cpu_percent, _clock(sample), inner),
        _load("gpu", sample.gpu_percent, _gpu_clock(sample), inner),
        _memory(sample, inner),
        spread(_power(sample, inner), _fan(sample), inner),
        throttles(sample, inner),
    ]


def _short(state: State, sample: Sample, inner: int) -> list[Line]:
    loads: Line = [(" cpu ", "muted"), (f"{numbers.percent(sample.cpu_percent):>4}", "text")]
    loads += [(" gpu ", "muted"), (f"{numbers.percent(sample.gpu_percent):>4}", _dim(sample.gpu_percent))]
    limit = f"/{sample.limit_c:.0f} " if known(sample.limit_c) else " "
    head: Line = [
        (numbers.celsius(sample.temperature_c), _value(heat(sample.temperature_c, sample.limit_c))),
        (limit, "muted"),
    ]
    head += heatline(tuple(state.history), sample.limit_c, max(0, inner - width(head) - width(loads)))
    letters = _letters(sample)
    left: Line = [(f"{_used(sample)} GiB", "text")]
    for words_ in (_clock(sample), numbers.watts(sample.power_w) if known(sample.power_w) else ""):
        if words_ and width(left) + cells(words_) + 2 + width(letters) < inner:
            left.append((f"  {words_}", "muted"))
    return [[*head, *loads], spread(left, letters, inner)]


def _load(label: str, value: Reading, clock: str, inner: int) -> Line:
    head: Line = [(f"{label:<{LABEL}}", "muted")]
    if isinstance(value, NA):
        return [*head, *_missing(value, inner - LABEL)]
    left = [*head, *bar(value, 100.0, BAR), (f" {numbers.percent(value):>4}", "text")]
    return spread(left, [(clock, "muted")], inner)


def _missing(value: NA, room: int) -> Line:
    return [(shorten(f"n/a  {hostile.one_line(value.reason)}", room), "muted")]


def _clock(sample: Sample) -> str:
    if not known(sample.clock_hz):
        return "clock n/a"
    if not known(sample.clock_max_hz):
        return f"{numbers.gigahertz(sample.clock_hz)} GHz"
    return f"{numbers.gigahertz(sample.clock_hz)}/{numbers.gigahertz(sample.clock_max_hz)} GHz"


def _gpu_clock(sample: Sample) -> str:
    return f"{numbers.gigahertz(sample.gpu_clock_hz)} GHz" if known(sample.gpu_clock_hz) else ""


def _used(sample: Sample) -> str:
    total, free = sample.memory_total_bytes, sample.memory_available_bytes
    used = numbers.gibibytes(total - free) if known(total) and known(free) else numbers.NOT_KNOWN
    return f"{used}/{numbers.gibibytes(total)}"


def _memory(sample: Sample, inner: int) -> Line:
    total, free, swap = sample.memory_total_bytes, sample.memory_available_bytes, sample.swap_used_bytes
    head: Line = [(f"{'mem':<{LABEL}}", "muted")]
    if isinstance(total, NA):
        return [*head, *_missing(total, inner - LABEL)]
    if isinstance(free, NA):
        return [*head, *_missing(free, inner - LABEL)]
    left = [*head, *bar(total - free, total, BAR, warn_from=FULL), (f" {_used(sample)} GiB", "text")]
    right: Line = [(f"swap {numbers.gibibytes(swap)}", "muted")] if known(swap) and swap > 0 else []
    return spread(left, right, inner)


def _power(sample: Sample, inner: int) -> Line:
    head: Line = [(f"{'pwr':<{LABEL}}", "muted")]
    if isinstance(sample.power_w, NA):
        return [*head, *_missing(sample.power_w, inner - LABEL - width(_fan(sample)) - 2)]
    scope = hostile.one_line(sample.power_scope) if known(sample.power_scope) else ""
    watts = numbers.watts(sample.power_w)
    room = inner - LABEL - cells(watts) - 2 - width(_fan(sample)) - 2
    return [*head, (watts, "text"), ("  " + shorten(scope, room) if scope and room >= 6 else "", "muted")]


def _fan(sample: Sample) -> Line:
    if known(sample.fan_rpm):
        return [("fan ", "muted"), (f"{sample.fan_rpm:.0f} rpm", "text")]
    if known(sample.fan_percent):
        return [("fan ", "muted"), (f"{sample.fan_percent:.0f}%", "text")]
    return [("fan n/a", "muted")]


def throttles(sample: Sample, inner: int) -> Line:
    """Letters in force now, bright and with their words; letters since boot, dim."""
    if isinstance(sample.throttle, NA):
        return [(shorten(f"throttling n/a  {hostile.one_line(sample.throttle.reason)}", inner), "muted")]
    now = words.letters(_now(sample))
    past = words.letters(t for t in sample.throttle if t.kind not in now)
    right: Line = [("since boot ", "muted"), (past, "text")] if past else []
    if not now:
        return spread([("not throttled", "muted")], right, inner)
    room = inner - len(now) - 5 - width(right)
    meaning = ", ".join(text for kind, text in WORDS.items() if kind in now)
    left: Line = [(f" ▲ {now} ", "bad-pill"), (" " + shorten(meaning, room - 1) if room > 8 else "", "bad")]
    return spread(left, right, inner)


def _letters(sample: Sample) -> Line:
    if not known(sample.throttle):
        return [("throttle n/a", "muted")]
    now = words.letters(_now(sample))
    past = words.letters(t for t in sample.throttle if t.kind not in now)
    shown: Line = [(f" ▲ {now} ", "bad-pill")] if now else []
    return [*shown, (f" {past}" if now else f"boot {past}", "muted")] if past else shown


def _work(work: LiveReply | None, waiting: int, inner: int, mono: float, state: State, held: str) -> Line:
    if state.link == "late":
        return [(shorten(hostile.one_line(state.reason), inner), "warn")]
    if held and (work is None or work.held):
        return [(shorten(held_words(work, held, mono), inner), "warn")]
    more: Line = [(f"+{waiting} queued" if work is None else f"+{waiting}", "muted")] if waiting else []
    if (busy := busy_words(state, mono)) and (work is None or work.held):
        return spread([(shorten(busy, inner - width(more) - 1), "warn")], more, inner)
    if work is None:
        return spread([("idle", "muted")], more or _ollama(state, inner - 6), inner)
    left: Line = [(words.RUNNING + " ", "accent"), (phase_words(work, mono), "strong")]
    rate = rate_words(work)
    return spread([*left, (f"  {rate}" if rate else "", "text")], more, inner)


def _ollama(state: State, room: int) -> Line:
    info = state.ollama
    if info is None:
        return []
    if not info.version and state.identity is not None and state.identity.is_32_bit:
        arch = hostile.one_line(state.identity.arch)
        return [(shorten(f"no Ollama: there is none for 32 bits ({arch})", room), "muted")]
    if not info.version:
        return [(shorten(f"no Ollama: {hostile.one_line(info.reason)}", room), "warn")]
    names = ", ".join(hostile.one_line(model.name, 40) for model in info.loaded)
    return [(shorten(f"{names} loaded", room), "muted")] if names else []


def _value(ink: Ink) -> Ink:
    return "strong" if ink == "accent" else ink


def _dim(value: Reading) -> Ink:
    return "text" if known(value) else "muted"
