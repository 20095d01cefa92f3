"""Charts as inline SVG: times with their ranges, heat with its throttles, speed over heat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from edgetui.model import NA, WORDS, known
from edgetui.report.figures import Figures, cell_key
from edgetui.report.markup import Markup, joined, quote, tag
from edgetui.report.shown import figure, simulated
from edgetui.summary import QUANTITIES, Cell

_WIDE, _LEFT, _BAR = 420.0, 78.0, 190.0
_LINE = 18.0
_POINTS = 600
"""Readings of one board that are drawn; of more the hottest of each stretch."""
_COLOURS = ("#1b7f9e", "#c8553d", "#6a8f3c", "#8a5cb8", "#b8860b", "#3d6fc8", "#b0457b", "#5f6b76")


def bars(found: Figures) -> Markup:
    """One panel for each mode, task and model."""
    comparison = found.comparison
    panels = []
    for mode in comparison.modes:
        for task in comparison.tasks:
            for model in comparison.models:
                cells = comparison.ranked(model, task, mode)
                if any(not isinstance(cell.spreads["e2e_s"], NA) for cell in cells):
                    panels.append(_bars(found, cells, f"{task} · {model} · {mode}"))
    return tag("div", *panels, class_="panels")


def _bars(found: Figures, cells: Sequence[Cell], title: str) -> Markup:
    most = max(s.high for c in cells if not isinstance(s := c.spreads["e2e_s"], NA)) or 1.0
    lines: list[Markup] = []
    for place, cell in enumerate(cells):
        lines += _bar(found, cell, most, place * _LINE)
    svg = tag("svg", *lines, viewBox=f"0 0 {_WIDE:g} {len(cells) * _LINE:g}", role="img", aria_label=title)
    return tag("figure", tag("figcaption", quote(title)), svg)


def _bar(found: Figures, cell: Cell, most: float, y: float) -> list[Markup]:
    name = tag("text", quote_svg(cell.board), x=_LEFT - 6, y=y + 12, text_anchor="end")
    times = cell.spreads["e2e_s"]
    scale = _BAR / most
    key = cell_key(cell)
    label = "time" if not isinstance(times, NA) else "outcomes"
    words = tag("tspan", found.named[f"{key}/{label}"].shown, data_figure=f"{key}/{label}")
    sim = tag("tspan", " simulated", class_="sim-text") if cell.sim_speed else Markup("")
    if isinstance(times, NA):
        return [name, tag("text", words, sim, x=_LEFT, y=y + 12, class_="scale")]
    end = times.median if known(times.median) else times.high
    shape = "bar" if known(times.median) else "over"
    drawn = [tag("rect", x=_LEFT, y=y + 4, width=max(1.0, end * scale), height=9.0, class_=shape)]
    if times.low < times.high:
        low, high = _LEFT + times.low * scale, _LEFT + times.high * scale
        drawn.append(tag("line", x1=low, x2=high, y1=y + 8.5, y2=y + 8.5, class_="range"))
    return [name, *drawn, tag("text", words, sim, x=_LEFT + times.high * scale + 6, y=y + 12)]


def quote_svg(words: str) -> Markup:
    """A name inside an SVG."""
    return tag("tspan", words, data_quote="")


def heat(found: Figures) -> Markup:
    """Temperature over time for each board, with a lane for each throttle below it."""
    speeds = {cell.board: cell.sim_speed for cell in found.comparison.cells}
    samples: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for sample in found.evidence.samples:
        if sample["temperature_c"] is not None:
            samples[sample["board"]].setdefault(sample["time"], sample)
    panels = [
        _heat(found, board, [samples[board][time] for time in sorted(samples[board])], speeds[board])
        for board in found.comparison.boards
        if len(samples[board]) > 1
    ]
    return tag("div", *panels, class_="panels")


def _heat(found: Figures, board: str, samples: Sequence[Mapping[str, Any]], speed: float) -> Markup:
    begin = _unix(samples[0]["time"])
    points = [((_unix(s["time"]) - begin) * (speed or 1.0) / 60, s) for s in samples]
    last = points[-1][0] or 1.0
    limit = next((s["limit_c"] for s in samples if s["limit_c"] is not None), None)
    temperatures = [s["temperature_c"] for s in samples]
    low = 10 * (min(temperatures) // 10)
    high = 10 * (max([*temperatures, limit or 0.0]) // 10 + 1)

    def x(minutes: float) -> float:
        return 38 + (_WIDE - 48) * minutes / last

    def y(celsius: float) -> float:
        return 92 - 84 * (celsius - float(low)) / float(high - low)

    path = " ".join(f"{x(m):.1f},{y(s['temperature_c']):.1f}" for m, s in _thinned(points))
    parts = [tag("line", x1=38.0, x2=_WIDE - 10, y1=92.0, y2=92.0, class_="axis")]
    parts += [_scale(f"{c:g} °C", 34, y(c) + 3, "end") for c in (low, high)]
    parts += [
        _scale("0", 38, 104, "middle"),
        _scale(f"{last:.0f} min" if last >= 10 else f"{60 * last:.0f} s", _WIDE - 10, 104, "end"),
    ]
    if limit is not None:
        parts.append(tag("line", x1=38.0, x2=_WIDE - 10, y1=y(limit), y2=y(limit), class_="limit"))
    parts.append(tag("polyline", points=path, class_="heat"))
    lanes = _lanes(points, x)
    title = f"temperature of {board}"
    box = f"0 0 {_WIDE:g} {112 + 14 * len(lanes):g}"
    svg = tag("svg", *parts, *(part for lane in lanes for part in lane), viewBox=box, role="img", aria_label=title)
    peak = joined(quote(board), ", up to ", figure(found, f"board/{board}/peak"), " ", simulated(speed))
    return tag("figure", tag("figcaption", peak), svg, id=f"heat-{board}")


def _lanes(points: Sequence[tuple[float, Mapping[str, Any]]], x: Callable[[float], float]) -> list[list[Markup]]:
    lanes: list[list[Markup]] = []
    now = [{t["kind"] for t in s["throttle"] or () if t["when"] == "now"} for _, s in points]
    for kind in WORDS:
        held = [kind in kinds for kinds in now]
        if not any(held):
            continue
        top = 110.0 + 14 * len(lanes)
        lane = [tag("rect", x=38.0, y=top, width=_WIDE - 48, height=9.0, class_="lane")]
        lane.append(tag("text", kind, x=34.0, y=top + 8, text_anchor="end", class_="scale"))
        for begin, end in _stretches(held):
            left, right = x(points[begin][0]), x(points[min(end, len(points) - 1)][0])
            lane.append(tag("rect", x=left, y=top, width=max(1.0, right - left), height=9.0, class_="held"))
        lanes.append(lane)
    return lanes


def _stretches(held: Sequence[bool]) -> list[tuple[int, int]]:
    """First and one past the last of each row of True."""
    edges = [i for i in range(len(held) + 1) if (i < len(held) and held[i]) != (i > 0 and held[i - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _thinned(points: Sequence[tuple[float, Mapping[str, Any]]]) -> list[tuple[float, Mapping[str, Any]]]:
    step = -(-len(points) // _POINTS)
    return [max(points[i : i + step], key=lambda p: p[1]["temperature_c"]) for i in range(0, len(points), step)]


def speed(found: Figures) -> Markup:
    """tok/s of each answer as a share of its board's best with that model, over its hottest reading."""
    hottest: dict[int, float] = {}
    for sample in found.evidence.samples:
        if sample["temperature_c"] is not None:
            hottest[sample["reply"]] = max(sample["temperature_c"], hottest.get(sample["reply"], -273.15))
    panels = []
    for model in found.comparison.models:
        points: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        for number, reply in enumerate(found.replies, 1):
            rate = QUANTITIES["tok_per_s"].of(reply)
            if reply.request.model == model and known(rate) and number in hottest:
                points[reply.request.board].append((hottest[number], rate))
        if points:
            panels.append(_scatter(found, model, points))
    return (
        tag("div", *panels, class_="panels")
        if panels
        else tag("p", "No answer has both a speed and a temperature.")
    )


def _scatter(found: Figures, model: str, points: Mapping[str, Sequence[tuple[float, float]]]) -> Markup:
    low = 10 * (min(c for each in points.values() for c, _ in each) // 10)
    high = 10 * (max(c for each in points.values() for c, _ in each) // 10 + 1)
    parts = [tag("line", x1=40.0, x2=300.0, y1=180.0, y2=180.0, class_="axis")]
    parts += [_scale(f"{c:g} °C", 40 + 260 * (c - low) / (high - low), 194, "middle") for c in (low, high)]
    parts += [_scale("100 %", 36, 23, "end"), _scale("0", 36, 183, "end")]
    for place, board in enumerate(b for b in found.comparison.boards if b in points):
        colour = _COLOURS[place % len(_COLOURS)]
        best = max(rate for _, rate in points[board]) or 1.0
        for celsius, rate in points[board]:
            at = 40 + 260 * (celsius - low) / (high - low), 180 - 160 * rate / best
            parts.append(tag("circle", cx=at[0], cy=at[1], r=2.6, fill=colour, fill_opacity=0.7))
        parts.append(tag("circle", cx=316.0, cy=24.0 + 15 * place, r=3.5, fill=colour))
        parts.append(tag("text", quote_svg(board), x=324.0, y=27.0 + 15 * place))
    svg = tag("svg", *parts, viewBox=f"0 0 {_WIDE:g} 200", role="img", aria_label=f"tok/s over heat, {model}")
    speeds = max(cell.sim_speed for cell in found.comparison.cells)
    return tag("figure", tag("figcaption", quote(model), " ", simulated(speeds)), svg)


def _scale(words: str, x: float, y: float, anchor: str) -> Markup:
    return tag("text", words, x=x, y=y, text_anchor=anchor, class_="scale")


def _unix(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
