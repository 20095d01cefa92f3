"""Models × boards: a line for each model, a cell for each board, and below what is known of one cell."""

from __future__ import annotations

from collections.abc import Sequence

from edgetui.cluster.models import Cell, Row
from edgetui.model import NA, Reading, hostile, known
from edgetui.model.fit import Fit
from edgetui.model.transfer import LayerState, Transfer
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import bar
from edgetui.ui.drawing.ink import Ink, Line, Span, cells, fit, shorten
from edgetui.ui.drawing.words import counted
from edgetui.ui.drawing.wrap import wrap

NAME, NARROW_NAME = 22, 15
"""Columns of a model's name; the second in less than ``ROOMY`` columns."""
ROOMY = 100
CELL = (8, 15)
"""Columns of a cell, at least and at most."""
DIGEST = 12
"""Characters of a digest that people compare: what ``ollama list`` prints."""
NARROW = 8
"""Below so many columns of a cell units are one letter."""
LEGEND: tuple[Line, ...] = (
    [("          ● ", "good"), ("installed  ", "muted"), ("◉ ", "accent-strong"), ("loaded  ", "muted"),
     ("≠ ", "warn"), ("another version  ", "muted"), ("· ", "grid"), ("absent", "muted")],
    [("          ▸ ", "accent"), ("on its way ", "muted"), ("! ", "warn"), ("stalls  ", "muted"),
     ("✕ ", "bad"), ("ended badly  ", "muted"), ("? ", "muted"), ("not known", "muted")],
)  # fmt: skip
LAYERS = 6
"""Shown at once."""
_SHORT = {"no-internet": "line", "no-space": "disk", "not-found": "none", "lost-link": "link"}
"""Endings where a cell is narrow; the whole word stands below."""
_VERDICT: dict[str | None, tuple[str, Ink]] = {
    "fits": ("fits", "good"),
    "tight": ("tight", "warn"),
    "too-big": ("too big", "bad"),
    None: ("fit n/a", "muted"),
}


def name_width(columns: int) -> int:
    """Columns of the models' names."""
    return NAME if columns >= ROOMY else NARROW_NAME


def window(boards: int, current: int, columns: int) -> tuple[int, int, int]:
    """(first board, how many, columns of each) so that the current one is in sight."""
    room = max(CELL[0], columns - name_width(columns) - 1)
    count = max(1, min(boards, room // CELL[0]))
    first = min(max(0, current - count + 1), boards - count) if current >= count else 0
    return max(0, first), count, min(CELL[1], room // count)


def head(boards: Sequence[str], current: int, marked: frozenset[str], columns: int) -> Line:
    """Names of the boards in sight; ``›`` where there are more."""
    first, count, wide = window(len(boards), current, columns)
    many = counted(len(boards), "board", "boards")
    more = f"{'‹' if first else ' '} {many} {'›' if first + count < len(boards) else ' '}"
    line: Line = [(f" {more:<{name_width(columns)}}", "muted")]
    for index in range(first, min(first + count, len(boards))):
        name, mark = boards[index], boards[index] in marked
        ink: Ink = "mark" if mark else "accent-strong" if index == current else "muted"
        line += fit([("✓" if mark else " ", "mark"), (shorten(name, wide - 1), ink)], wide)
    return line


def model_line(
    row: Row,
    boards: Sequence[str],
    current: int,
    moving: Sequence[Transfer],
    now: float,
    columns: int,
    *,
    cursor: bool,
) -> Line:
    """``qwen2.5vl:3b   ● 3.2G   ▸ 43%``; ``now``: monotonic s."""
    first, count, wide = window(len(boards), current, columns)
    drift = len(row.digests) > 1
    wide_name = name_width(columns)
    name = shorten(hostile.one_line(row.model).removesuffix(":latest"), wide_name - 1)
    line: Line = [("≠" if drift else " ", "warn"), (f"{name:<{wide_name}}", "strong" if cursor else "text")]
    by_board = {each.board: each for each in moving}
    for index in range(first, min(first + count, len(boards))):
        words, ink = cell_words(row.cells[boards[index]], by_board.get(boards[index]), now, wide - 2)
        here = cursor and index == current
        line += fit([(" ", "text"), (shorten(words, wide - 2), "cursor-pill" if here else ink)], wide)
    return line


def cell_words(cell: Cell, moving: Transfer | None, now: float, room: int) -> Span:
    """What one cell says; how a transfer ended only where it did not end well."""
    if moving is not None and moving.stage != "ended":
        share = f"{moving.share:.0%}" if known(moving.share) else ""
        if moving.stage == "queued":
            return "… waits", "muted"
        if moving.stalled(now):
            return f"! {share} stalls" if room >= 12 else f"! {share}", "warn"
        if moving.stage == "verifying":
            return "▸ checks", "accent"
        left = moving.eta_s(now)
        eta = f" {numbers.ago(left)}" if known(left) and room > CELL[0] else ""
        return f"▸ {share or 'asks'}{eta}", "accent"
    if moving is not None and moving.ending not in ("ok", "cancelled") and cell.present is not True:
        ending = str(moving.ending)
        return f"✕ {ending if room >= len(ending) + 2 else _SHORT.get(ending, ending)}", "bad"
    if isinstance(cell.present, NA):
        return "? n/a", "muted"
    if not cell.present or cell.installed is None:
        return "·", "grid"
    size = cell.installed.size_bytes
    words = _size(size, room)
    if cell.drifted:
        return f"≠ {words}", "warn"
    if cell.loaded is None:
        return f"● {words}", "good"
    on_gpu = cell.gpu_share
    where = f" {on_gpu:.0%} GPU" if known(on_gpu) and room >= CELL[1] - 2 else ""
    return f"◉ {words}{where}", "accent-strong"


def _size(size: Reading, room: int) -> str:
    if not known(size):
        return "n/a"
    number, unit = (f"{size / 1e9:.1f}", "GB") if size >= 1e8 else (f"{size / 1e6:.0f}", "MB")
    return f"{number} {unit}" if room >= NARROW else f"{number}{unit[0]}"


def detail(
    row: Row, cell: Cell, moves: Sequence[Transfer], sum_: Fit | NA | None, now: float, columns: int
) -> list[Line]:
    """Everything about one model on one board, and how far the others are. ``sum_``: None while it is asked."""
    moving = next((each for each in moves if each.board == cell.board), None)
    others = [each for each in moves if each.board != cell.board]
    simulated = "  simulated" if cell.simulated else ""
    lines: list[Line] = [
        [(hostile.one_line(row.model, 60), "accent-strong"), (" on ", "muted"), (cell.board, "strong"),
         (simulated, "accent")],
        _state(cell),
    ]  # fmt: skip
    if len(row.digests) > 1:
        versions = ", ".join(f"{digest[:DIGEST]} on {count}" for digest, count in row.digests.most_common())
        lines.append([("drift     ", "muted"), (f"boards have different versions: {versions}", "warn")])
    lines += _moving(moving, now, columns) if moving is not None else []
    lines += _sum(sum_, columns)
    if any(each.stage != "ended" for each in moves):
        return [*lines, *(_elsewhere(each, now, columns) for each in others)]
    return [*lines, *LEGEND]


def _elsewhere(each: Transfer, now: float, columns: int) -> Line:
    """``pi4-8g    ━━━━━─────  41%  37.5 MB/s  0:50 to go``."""
    name: Span = (f"{shorten(each.board, 12):<13}", "muted")
    if each.stage == "ended":
        words = shorten(hostile.one_line(f"{each.ending} {each.reason}"), columns - 15)
        return [name, (words, "good" if each.ending == "ok" else "bad")]
    share = each.share
    wide = max(8, min(30, columns - 52))
    drawn = bar(float(share), 1.0, wide, "accent") if known(share) else [(" " * wide, "muted")]
    line: Line = [name, *drawn, (f" {share:>4.0%}  " if known(share) else f" {each.stage}  ", "text")]
    rate, left = each.rate(now), each.eta_s(now)
    if each.stalled(now):
        return [*line, (f"stalled: no byte for {each.silent_s(now):.0f} s", "warn")]
    parts = [f"{rate / 1e6:.2f} MB/s"] if known(rate) else []
    parts += [f"{numbers.stopwatch(left)} to go"] if known(left) else []
    return [*line, ("  ".join(parts), "text")]


def _state(cell: Cell) -> Line:
    if isinstance(cell.present, NA):
        return [("installed ", "muted"), (str(cell.present), "muted")]
    if cell.installed is None:
        return [("installed ", "muted"), ("no", "text")]
    row, share = cell.installed, cell.gpu_share
    size = f"{row.size_bytes / 1e9:.2f} GB" if known(row.size_bytes) else str(row.size_bytes)
    parts = [size, hostile.one_line(row.parameters), hostile.one_line(row.quantization), row.digest[:DIGEST]]
    line: Line = [("installed ", "muted"), ("  ".join(filter(None, parts)), "text"), ("   loaded ", "muted")]
    if cell.loaded is None:
        return [*line, ("no", "text")]
    return [*line, (f"{share:.0%} GPU, {1 - share:.0%} CPU" if known(share) else f"yes, share {share}", "accent")]


def _moving(each: Transfer, now: float, columns: int) -> list[Line]:
    share, rate, left = each.share, each.rate(now), each.eta_s(now)
    label: Span = (f"{each.kind:<10}", "muted")
    if each.stage == "ended":
        ink: Ink = "good" if each.ending == "ok" else "warn" if each.ending == "cancelled" else "bad"
        fetched = f"{each.fetched_bytes / 1e6:.1f} MB came at {rate / 1e6:.2f} MB/s" if known(rate) else ""
        told = hostile.one_line(f"{each.ending}: {each.reason or fetched}".rstrip(": "), 600)
        words = wrap(told, max(20, columns - 12))
        return [[label if n == 0 else (" " * 10, "muted"), (text, ink)] for n, text in enumerate(words[:3])]
    parts = [f"{share:.1%}" if known(share) else each.stage]
    parts += [f"{rate / 1e6:.2f} MB/s"] if known(rate) else []
    parts += [f"{numbers.stopwatch(left)} to go"] if known(left) else []
    parts += ["verifying sha256"] if each.stage == "verifying" else []
    line: Line = [label, ("  ".join(parts), "text")]
    if each.stalled(now):
        line.append((f"  stalled: no byte for {each.silent_s(now):.0f} s", "warn"))
    return [line, *(_layer(layer, columns) for layer in each.layers[-LAYERS:])]


def _layer(layer: LayerState, columns: int) -> Line:
    sizes = f" {layer.completed_bytes / 1e6:.1f} / {layer.total_bytes / 1e6:.1f} MB"
    name = layer.digest.removeprefix("sha256:")[:DIGEST]
    wide = max(8, min(48, columns - 12 - len(name) - cells(sizes)))
    done: Ink = "good" if layer.completed_bytes >= layer.total_bytes else "accent"
    drawn = bar(float(layer.completed_bytes), float(layer.total_bytes or 1), wide, done)
    return [(" " * 10, "muted"), (f"{name} ", "muted"), *drawn, (sizes, "text")]


def _sum(sum_: Fit | NA | None, columns: int) -> list[Line]:
    if sum_ is None:
        return [[("fit       ", "muted"), ("asked …", "muted")]]
    if isinstance(sum_, NA):
        return [[("fit       ", "muted"), (str(sum_), "muted")]]
    words, ink = _VERDICT[sum_.verdict]
    wrapped = wrap(str(sum_), max(20, columns - 12 - len(words))) or [""]
    first: Line = [("fit       ", "muted"), (f"{words}: ", ink), (wrapped[0], "text")]
    rest: list[Line] = [[(" " * (12 + len(words)), "muted"), (text, "text")] for text in wrapped[1:2]]
    return [first, *rest]
