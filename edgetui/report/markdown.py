"""The same for a README or an issue: ``report.md``."""

from __future__ import annotations

from collections.abc import Iterable

from edgetui.model import NA
from edgetui.model.hostile import one_line
from edgetui.report.figures import Figures, cell_key
from edgetui.summary import Cell

_ACTIVE = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|#&!~"})


def markdown(found: Figures) -> str:
    """Verdict, times, and every figure of every cell."""
    comparison = found.comparison
    run = found.evidence.runs[0]
    lines = [f"# edgetui report: {plain(run['id'])}", ""]
    lines += [plain(found.named[name].shown) for name in found.named if name.startswith("verdict/")]
    for mode in comparison.modes:
        for model in comparison.models:
            cells = {(c.board, c.task): c for c in comparison.cells if (c.mode, c.model) == (mode, model)}
            if cells:
                heads = ("board", *map(plain, comparison.tasks))
                rows = [
                    (plain(board), *(_brief(found, cells.get((board, task))) for task in comparison.tasks))
                    for board in comparison.boards
                ]
                lines += ["", f"## {plain(model)}, {mode}", "", *_table(heads, rows)]
    names = ("n", "e2e_s", "ttft_s", "tok_per_s", "t100_s", "gross_j", "ratio", "right", "cold", "marks")
    rows = [
        (plain(c.board), plain(c.task), plain(c.model), c.mode, *(_cell(found, c, name) for name in names))
        for c in comparison.cells
    ]
    heads = ("board", "task", "model", "mode", *names)
    lines += ["", "## Every cell", "", *_table(heads, rows), ""]
    lines += ["Method and every answer: report.html. Raw data: raw/. To check: `edgetui report --verify DIR`.", ""]
    return "\n".join(lines)


def plain(words: str) -> str:
    """Anybody's words on one line, nothing in them acting as Markdown or HTML."""
    return one_line(words, 4000).translate(_ACTIVE)


def _brief(found: Figures, cell: Cell | None) -> str:
    if cell is None:
        return "no reply"
    name = "outcomes" if isinstance(cell.spreads["e2e_s"], NA) else "time"
    return _cell(found, cell, name)


def _cell(found: Figures, cell: Cell, name: str) -> str:
    words = plain(found.named[f"{cell_key(cell)}/{name}"].shown)
    return f"{words} (simulated)" if cell.sim_speed else words


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    every = [heads, ("---",) * len(heads), *rows]
    return [f"| {' | '.join(row)} |" for row in every]
