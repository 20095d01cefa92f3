"""The same for a README or an issue: ``report.md``."""

from __future__ import annotations

from collections.abc import Iterable

from edgetui.model import NA
from edgetui.model.hostile import inert, one_line
from edgetui.model.setup import TOLD
from edgetui.report.figures import Figures, cell_key, rivals_key
from edgetui.summary import Cell, rivals


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
    chosen = [plain(found.named[name].shown) for name in found.named if name.startswith("choice/")]
    lines += ["", "## Which board for what", "", *(f"- {words}" for words in chosen or ["not compared"])]
    names = ("n", "e2e_s", "ttft_s", "tok_per_s", "t100_s", "gross_j", "ratio", "right", "cold", "marks")
    rows = [
        (plain(c.board), plain(c.task), plain(c.model), c.mode, *(_cell(found, c, name) for name in names))
        for c in comparison.cells
    ]
    heads = ("board", "task", "model", "mode", *names)
    lines += ["", "## Every cell", "", *_table(heads, rows), ""]
    lines += [*_boards(found), *_models(found)]
    lines += ["Method and every answer: report.html. Raw data: raw/. To check: `edgetui report --verify DIR`.", ""]
    return "\n".join(lines)


def _boards(found: Figures) -> list[str]:
    """What each was like when the run began there."""
    boards = found.comparison.boards
    speeds = {
        name: max(reply.sim_speed for reply in found.replies if reply.request.board == name) for name in boards
    }
    rows = [
        (words, *(_labelled(found.named[f"board/{name}/setup/{each}"].shown, speeds[name]) for name in boards))
        for each, words in TOLD.items()
    ]
    return ["## Boards", "", *_table(("", *map(plain, boards)), rows), ""]


def _models(found: Figures) -> list[str]:
    """Two models each on the same board and items."""
    rows = []
    for pair in rivals(found.comparison):
        speed = max(reply.sim_speed for reply in pair.replies)
        words = (pair.mode, pair.first, pair.second, found.named[f"{rivals_key(pair)}/verdict"].shown)
        rows.append((plain(pair.board), *(_labelled(each, speed) for each in words)))
    if not rows:
        return []
    return ["## Models against each other", "", *_table(("board", "mode", "first", "second", "McNemar"), rows), ""]


def plain(words: str) -> str:
    """Anybody's words on one line, nothing in them acting as Markdown or HTML."""
    return inert(one_line(words, 4000))


def _brief(found: Figures, cell: Cell | None) -> str:
    if cell is None:
        return "no reply"
    name = "outcomes" if isinstance(cell.spreads["e2e_s"], NA) else "time"
    return _cell(found, cell, name)


def _cell(found: Figures, cell: Cell, name: str) -> str:
    return _labelled(found.named[f"{cell_key(cell)}/{name}"].shown, cell.sim_speed)


def _labelled(words: str, speed: float) -> str:
    return f"{plain(words)} (simulated)" if speed else plain(words)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    every = [heads, ("---",) * len(heads), *rows]
    return [f"| {' | '.join(row)} |" for row in every]
