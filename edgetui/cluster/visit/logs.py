"""Last lines of a board's logs, or why this login may not read them and what mends that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.cluster.asking import GIVEN_UP, LIMIT_S, Answer
from edgetui.model import NA
from edgetui.model.hostile import one_line

JOIN = "sudo usermod -aG systemd-journal $USER"
"""Works from the next login on."""
_META = re.compile(r"^(-- .* --|Hint: .*| {6,}.*|No journal files were .*)$")
_DENIED = re.compile(r"not seeing messages from other users|insufficient permissions|not permitted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Log:
    """Lines, oldest first, or a reason."""

    lines: tuple[str, ...] = ()
    """Clean."""
    reason: str = ""
    """Why they could not be read; empty with no lines means that there are none."""
    remedy: str = ""
    """The command that mends it; empty where there is none."""


def journal(answer: Answer | NA, what: str) -> Log:
    """What journalctl printed; ``what``: the log in words. A hint on rights proves that something is hidden."""
    if isinstance(answer, NA):
        return Log(reason=answer.reason)
    if answer.not_found:
        return Log(reason=f"no journalctl on this board, so {what} is unknown")
    if "No journal files were found" in answer.text:
        return Log(reason=f"the board keeps no journal, so {what} is unknown")
    lines = tuple(one_line(row, 300) for row in answer.text.splitlines() if row.strip() and not _META.match(row))
    if _DENIED.search(answer.text):
        return Log(reason=f"this login may not read {what}", remedy=JOIN)
    if answer.exit_status == GIVEN_UP:
        return Log(reason=f"journalctl gave no answer within {LIMIT_S} s")
    if answer.exit_status and (lines or "-- No entries --" not in answer.text):
        said = one_line(lines[-1], 100) if lines else f"exit status {answer.exit_status}"
        return Log(reason=f"journalctl: {said}")
    return Log(lines=lines)


def kills(answer: Answer | NA, dmesg: Answer | NA) -> Log:
    """The kernel's lines on memory that ran out: of the journal, else of its ring buffer."""
    log = journal(answer, "the kernel's log")
    if not log.reason or isinstance(dmesg, NA) or _DENIED.search(dmesg.text) or dmesg.not_found:
        return log
    if "dmesg:" in dmesg.text or dmesg.exit_status == GIVEN_UP:  # the tool itself speaks
        return log
    return Log(lines=tuple(one_line(row, 300) for row in dmesg.text.splitlines() if row.strip()))
