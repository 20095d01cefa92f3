"""The tables of the page: times at a glance, every figure of every cell, boards, what stays out."""

from __future__ import annotations

from collections import Counter

from edgetui.model import NA, known
from edgetui.model.hostile import one_line
from edgetui.model.setup import TOLD
from edgetui.report.figures import Figures, cell_key, rivals_key
from edgetui.report.markup import Markup, joined, quote, tag
from edgetui.report.shown import figure, row, simulated, table
from edgetui.summary import QUANTITIES, Cell, rivals


def times(found: Figures) -> Markup:
    """Per mode and model: boards × tasks, with ratio, verdict and marks."""
    comparison = found.comparison
    parts = []
    for mode in comparison.modes:
        for model in comparison.models:
            cells = {(c.board, c.task): c for c in comparison.cells if (c.mode, c.model) == (mode, model)}
            if not cells:
                continue
            rows = [
                row(board, *(_time(found, cells.get((board, task))) for task in comparison.tasks))
                for board in comparison.boards
            ]
            parts += [tag("h3", quote(f"{model}, {mode}")), table(("board", *comparison.tasks), rows)]
    return joined(*parts)


def _time(found: Figures, cell: Cell | None) -> Markup:
    if cell is None:
        return tag("td", "no reply", class_="none")
    key = cell_key(cell)
    if isinstance(cell.spreads["e2e_s"], NA):
        main = figure(found, f"{key}/outcomes", "bad")
        out = [tag("span", "kept out: ", why, class_="small") for why in dict.fromkeys(w for _, w in cell.excluded)]
        return tag("td", main, *out, _verdict(found, cell), simulated(cell.sim_speed))
    compared = not isinstance(cell.ratio, NA) and cell.board != found.comparison.reference
    ratio = [figure(found, f"{key}/ratio", "small")] if compared else []
    marks = [figure(found, f"{key}/marks", "small warn")] if cell.marks else []
    time = [figure(found, f"{key}/time", "big")]
    if not cell.censored:
        time.append(figure(found, f"{key}/range", "small"))
    return tag("td", *time, *ratio, _verdict(found, cell), *marks, simulated(cell.sim_speed))


def _verdict(found: Figures, cell: Cell) -> Markup:
    right, judged = cell.items
    if not judged:
        return Markup("")
    class_ = "small good" if right == judged else "small bad"
    return figure(found, f"{cell_key(cell)}/items", class_)


_FULL = ("n", "outcomes", *QUANTITIES, "ratio", "right", "cold", "marks")


def everything(found: Figures) -> Markup:
    """Every figure of every cell."""
    heads = [QUANTITIES[name].label if name in QUANTITIES else name for name in _FULL]
    rows = [
        row(
            cell.board,
            *(tag("td", quote(words), simulated(cell.sim_speed)) for words in (cell.task, cell.model, cell.mode)),
            *(_full(found, cell, name) for name in _FULL),
        )
        for cell in found.comparison.cells
    ]
    return table(("board", "task", "model", "mode", *heads), rows)


def _full(found: Figures, cell: Cell, name: str) -> Markup:
    scope = Markup("")
    if name.endswith("_j") and known(cell.energy_scope) and known(cell.median(name)):
        scope = tag("span", "of: ", quote(cell.energy_scope), class_="small")
    return tag("td", figure(found, f"{cell_key(cell)}/{name}"), scope, simulated(cell.sim_speed))


def boards(found: Figures) -> Markup:
    """What answered: cooling, versions, digests, heat."""
    told = {board["name"]: board for board in found.evidence.boards}
    rows = []
    for name in found.comparison.boards:
        mine = [reply for reply in found.replies if reply.request.board == name]
        speed = max(reply.sim_speed for reply in mine)
        versions = {f"{r.ollama_version} (era {r.era})" for r in mine if known(r.ollama_version) and known(r.era)}
        digests = {f"{r.request.model} {r.digest[:12]}" for r in mine if known(r.digest)}
        words = (
            told.get(name, {}).get("cooling") or "not told",
            ", ".join(sorted(versions)) or "no Ollama answered",
            ", ".join(sorted(digests)) or "none loaded",
        )
        figures = [figure(found, f"board/{name}/{each}") for each in ("ambient", "peak", "limit", "held")]
        cells = [*(quote(one_line(w, 300)) for w in words), *figures]
        rows.append(row(name, *(tag("td", each, " ", simulated(speed)) for each in cells)))
    heads = ("board", "cooling", "Ollama", "models", "ambient", "hottest", "slows down at", "readings throttled")
    return table(heads, rows)


def setups(found: Figures) -> Markup:
    """What each board was like when the run began there; boards side by side, for they tell more than they are."""
    speeds: dict[str, float] = {}
    for reply in found.replies:
        name = reply.request.board
        speeds[name] = max(reply.sim_speed, speeds.get(name, 0.0))
    rows = []
    for each, words in TOLD.items():
        figures = [(figure(found, f"board/{name}/setup/{each}"), speeds[name]) for name in found.comparison.boards]
        rows.append(row(words, *(tag("td", shown, " ", simulated(speed)) for shown, speed in figures)))
    return table(("", *found.comparison.boards), rows)


def choice(found: Figures) -> Markup:
    """Which board for what, and what heat costs there."""
    every = [tag("li", figure(found, name)) for name in found.named if name.startswith("choice/")]
    return tag("ul", *every) if every else tag("p", "No task was asked of several boards.")


def models(found: Figures) -> Markup:
    """Two models each on the same board and items."""
    rows = []
    for pair in rivals(found.comparison):
        speed = max(reply.sim_speed for reply in pair.replies)
        words = [quote(each) for each in (pair.mode, pair.first, pair.second)]
        names = ("items", "first", "second", "verdict")
        figures = [figure(found, f"{rivals_key(pair)}/{name}") for name in names]
        rows.append(row(pair.board, *(tag("td", each, " ", simulated(speed)) for each in (*words, *figures))))
    if not rows:
        return tag("p", "No two models were judged on the same items of a board.")
    heads = ("board", "mode", "first", "second", "items", "first alone right", "second alone right", "McNemar")
    return table(heads, rows)


def excluded(found: Figures) -> Markup:
    """Replies that stay out of the figures, by cell and reason."""
    line = {id(reply): number for number, reply in enumerate(found.replies, 1)}
    rows = []
    for cell in found.comparison.cells:
        for why in Counter(why for _, why in cell.excluded):
            numbers = [line[id(reply)] for reply, reason in cell.excluded if reason == why]
            shown = [joined(_nth(found, n), " ", figure(found, f"reply/{n}/time")) for n in numbers]
            words = (cell.task, cell.model, cell.mode, why)
            cells = [tag("td", quote(each), " ", simulated(cell.sim_speed)) for each in words]
            rows.append(
                row(cell.board, *cells, tag("td", joined(*shown, between=" · "), simulated(cell.sim_speed)))
            )
    if not rows:
        return tag("p", "None: every reply counts.")
    return table(("board", "task", "model", "mode", "why", "replies"), rows)


def _nth(found: Figures, number: int) -> Markup:
    return quote(f"№ {found.replies[number - 1].request.repeat}:")
