"""The doctor's checklists: a heading for each board, a line for each check, and what mends one."""

from __future__ import annotations

from edgetui.doctor.check import WORDS, Check, Grade
from edgetui.doctor.report import Report
from edgetui.model import hostile
from edgetui.ui.drawing.ink import Ink, Line, fit, shorten, spread
from edgetui.ui.drawing.words import short_model
from edgetui.ui.drawing.wrap import wrap

GRADE: dict[Grade, tuple[str, Ink]] = {
    "red": ("✕", "bad"),
    "amber": ("!", "warn"),
    "grey": ("?", "muted"),
    "green": ("✓", "good"),
}
PENDING: tuple[str, Ink] = ("◌", "accent")
NAME = 18
DETAIL_ROWS = 6
"""Of the pane that tells of one check."""
_MOST = 1000


def heading(board: str, report: Report | None, columns: int) -> Line:
    """``pi5  Raspberry Pi 5 B``, and at the right end how many of each grade."""
    line: Line = [(f" {board}", "accent-strong")]
    if report is None:
        return fit(spread(line, [("it is being looked at ", "accent")], columns), columns)
    identity = report.state.identity
    if identity is not None:
        simulated = f" simulated ×{identity.sim_speed:g}" if identity.simulated else ""
        line.append((f"  {short_model(identity.model)}{simulated}", "muted"))
    return fit(spread(line, tally(report), columns), columns)


def tally(report: Report) -> Line:
    """``✕ 1 red  ! 2 amber``; what is pending apart."""
    line: Line = []
    for grade, (glyph, ink) in GRADE.items():
        if count := sum(1 for check in report.checks if check.grade == grade and not check.pending):
            line.append((f"{glyph} {count} {WORDS[grade]}  ", ink))
    if pending := sum(1 for check in report.checks if check.pending):
        line.append((f"{PENDING[0]} {pending} to come  ", PENDING[1]))
    return line


def check_line(check: Check, columns: int, *, cursor: bool) -> Line:
    """``✕ ollama exposed   port 11434 listens on all addresses``."""
    glyph, ink = PENDING if check.pending else GRADE[check.grade]
    wanting: Ink = "strong" if check.grade in ("red", "amber") else "text"
    name = shorten(hostile.one_line(check.name, NAME), NAME)
    looked = "it is being looked at" if check.pending else hostile.one_line(check.looked, _MOST)
    line: Line = [
        (f"   {glyph} ", ink),
        (f"{name:<{NAME}}", "cursor-pill" if cursor else wanting),
        (f"  {looked}", "text"),
    ]
    return fit(line, columns)


def detail(board: str, check: Check | None, columns: int) -> list[Line]:
    """What was looked at in full, why it matters, and the command, which is never cut before its first line."""
    if check is None:
        return [[("Choose a check to see why it matters and what mends it.", "muted")]]
    remedy = hostile.one_line(check.remedy, _MOST)
    where = "here" if remedy.startswith("edgetui") else f"on {board}"
    word = f"could, {where}" if check.grade == "green" else f"mend, {where}"
    told: list[tuple[str, str, Ink]] = [
        (check.name, hostile.one_line(check.looked, _MOST), GRADE[check.grade][1]),
        ("why", hostile.one_line(check.why, _MOST), "text"),
    ]
    command = _wrapped(word, remedy, "accent-strong", columns) if remedy else []
    lines = [line for label, words, ink in told for line in _wrapped(label, words, ink, columns)]
    return [*lines[: max(2, DETAIL_ROWS - len(command))], *command]


def _wrapped(label: str, words: str, ink: Ink, columns: int) -> list[Line]:
    head = shorten(hostile.one_line(label, 24), 24)
    wrapped = wrap(words, max(20, columns - 26)) or [""]
    return [[(f"{head if n == 0 else '':<26}", "muted"), (line, ink)] for n, line in enumerate(wrapped)]
