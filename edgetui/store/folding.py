"""The SQL that folds many seconds into one row, and the choice of table to read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edgetui.model import WORDS
from edgetui.store.stretches import COLUMNS, LETTERS, NUMBERS

SPANS: Final = (1, 10, 60)
"""Seconds of a row in ``history_1s``, ``history_10s``, ``history_60s``."""
_HIGHEST: Final = ("uptime_s", "oom_kills", "clock_max_hz")
_WHOLE: Final = ("_bytes", "_hz")
"""Fractions of a byte or Hz would take eight bytes of disk and mean nothing."""


def _folded(column: str) -> str:
    """One column of many rows. The lowest and the highest temperature and every letter survive."""
    if column in LETTERS:
        some = " || ".join(f"CASE WHEN max(instr({column}, '{k}')) > 0 THEN '{k}' ELSE '' END" for k in WORDS)
        return f"CASE WHEN count({column}) > 0 THEN {some} END"
    if column in _HIGHEST or column.endswith("_total_bytes"):
        return f"max({column})"
    if column == "limit_c":
        return "min(limit_c)"
    return f"round(avg({column}))" if column.endswith(_WHOLE) else f"avg({column})"


_LAST_FACTS: Final = "max(time_s << 28 | facts_id) & 0xFFFFFFF"
FOLDED: Final = ", ".join(
    (
        f"{_LAST_FACTS}, 0, sum(samples)",
        "avg(temperature_c), min(temperature_min_c), max(temperature_max_c)",
        *(_folded(column) for column in (*LETTERS, *NUMBERS)),
        "NULL",
    )
)
"""``COLUMNS`` from ``facts_id`` on, of a group of rows."""
_ALL: Final = ", ".join(COLUMNS)


def fold_into(span_s: int) -> str:
    """Fill a coarse table from single seconds of [:since, :until); rows that are there already stay."""
    return (
        f"INSERT OR IGNORE INTO history_{span_s}s ({_ALL})"
        f" SELECT time_s / {span_s} * {span_s} AS begin_s, board_id, {FOLDED} FROM history_1s"
        " WHERE time_s >= :since AND time_s < :until GROUP BY begin_s, board_id"
    )


def insert_seconds() -> str:
    """One row of ``history_1s``; where another program has written that second already, its row stays."""
    return f"INSERT OR IGNORE INTO history_1s ({_ALL}) VALUES ({', '.join('?' * len(COLUMNS))})"


@dataclass(frozen=True, slots=True)
class Piece:
    """Read [since_s, until_s) from the table of ``span_s``."""

    span_s: int
    since_s: int
    until_s: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What one table holds: [since_s, until_s)."""

    since_s: int
    until_s: int


def plan(since_s: int, until_s: int, width_s: int, kept: Mapping[int, Kept]) -> list[Piece]:
    """Tables to read for stretches of ``width_s``, oldest first.

    The coarsest that is fine enough; what it has no longer comes from coarser ones, what it has not yet from finer.
    """
    wanted = max(span for span in SPANS if span <= width_s)
    pieces: list[Piece] = []
    at = max(since_s, min((each.since_s for each in kept.values()), default=until_s))
    for span in sorted(SPANS, reverse=True):
        finer = [kept[s] for s in SPANS if wanted <= s < span and s in kept]
        if span not in kept:
            continue
        end = min(kept[span].until_s, until_s)
        if span > wanted and finer:
            end = min(end, min(each.since_s for each in finer) // span * span)
        if end > at:
            pieces.append(Piece(span, at, end))
            at = end
    return pieces


def width(since_s: int, until_s: int, points: int) -> int:
    """Seconds of one stretch where not more than ``points`` shall cover the time."""
    needed = max(1, -(-(until_s - since_s) // max(1, points)))
    whole = max(span for span in SPANS if span <= needed)
    return -(-needed // whole) * whole


def read_piece(piece: Piece, width_s: int) -> str:
    """Rows of :board in the piece by looking each up by its key, folded to ``width_s`` where that is longer."""
    table = f"history_{piece.span_s}s"
    slots = (
        f"WITH RECURSIVE slots (at_s) AS (SELECT {piece.since_s} / {piece.span_s} * {piece.span_s}"
        f" UNION ALL SELECT at_s + {piece.span_s} FROM slots WHERE at_s + {piece.span_s} < {piece.until_s})"
    )
    found = f"FROM slots CROSS JOIN {table} ON time_s = at_s AND board_id = :board"
    if width_s <= piece.span_s:
        return f"{slots} SELECT {_ALL} {found} ORDER BY at_s"
    begin = f"at_s / {width_s} * {width_s}"
    return f"{slots} SELECT {begin} AS begin_s, board_id, {FOLDED} {found} GROUP BY begin_s ORDER BY begin_s"
