"""Last lines of the logs, what the board cannot tell and how that is mended, and what came outside the frames."""

from __future__ import annotations

from edgetui.cluster.visit.logs import Log
from edgetui.cluster.visit.visit import Visit
from edgetui.model import State, hostile
from edgetui.ui.drawing.board.facts import Section, command, paragraph
from edgetui.ui.drawing.ink import Ink, Line, shorten


def log_sections(visit: Visit | None, columns: int) -> list[Section]:
    """The kernel's on memory, and Ollama's."""
    if visit is None:
        return []
    return [
        Section("Kernel: out of memory", _log(visit.kills, "nothing was killed for memory", columns, "warn")),
        Section("Ollama's log", _log(visit.log, "nothing", columns, "text")),
    ]


def _log(log: Log, nothing: str, columns: int, ink: Ink) -> list[Line]:
    if log.reason:
        lines = paragraph(f"n/a ({log.reason})", columns, "muted")
        return [*lines, *command(log.remedy, columns)] if log.remedy else lines
    if not log.lines:
        return [[(nothing, "muted")]]
    return [[(shorten(row, columns), ink)] for row in log.lines]


def mending_sections(state: State, columns: int) -> list[Section]:
    """Only where there is something to say."""
    lines: list[Line] = []
    for finding in state.identity.findings if state.identity else ():
        lines += paragraph(f"{finding.what}: {finding.why}", columns)
        if finding.remedy:
            lines += command(finding.remedy, columns)
    found = [Section("To mend", lines, ink="warn")] if lines else []
    if state.noise:
        noise: list[Line] = [[(shorten(hostile.one_line(text), columns), "muted")] for text in state.noise]
        found.append(Section("Said outside the frames", noise))
    return found
