"""``edgetui doctor``: a checklist for each board, with the command that mends what is wrong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from edgetui.cli.arguments import Arguments, Verbs

if TYPE_CHECKING:
    from edgetui.config import Config
    from edgetui.doctor.cost import Cost
    from edgetui.doctor.report import Report
    from edgetui.model import NA

_COLUMNS = {
    "board": "board",
    "check": "check",
    "grade": "grade",
    "looked": "what was looked at",
    "why": "why it matters",
    "remedy": "mend with",
}
_LINE = 1000


def register(verbs: Verbs) -> None:
    """Add ``doctor`` to the command line."""
    from edgetui.cli.output import add_formats

    parser = verbs.add_parser("doctor", help="check each board, and tell the command that mends what is wrong")
    parser.add_argument("board", nargs="*", metavar="BOARD", help="boards (default: all)")
    parser.add_argument(
        "--telemetry-cost",
        action="store_true",
        help="also measure what our telemetry takes from a decode on the board (minutes on a slow one)",
    )
    add_formats(parser, "json", "markdown")
    parser.set_defaults(func=_doctor)


def _doctor(args: Arguments) -> int:
    import asyncio

    from edgetui.cli.named import chosen_boards

    boards = chosen_boards(args.config, args.board)
    return asyncio.run(_examine(args, args.config.of_boards(boards)))


async def _examine(args: Arguments, config: Config) -> int:
    import asyncio

    from edgetui.doctor.cost import telemetry_cost
    from edgetui.doctor.report import examine
    from edgetui.errors import LinkError

    reports = await examine(config)
    reached = {report.state.board for report in reports if report.reached}
    costs: dict[str, Cost | NA] = {}
    if args.telemetry_cost:
        print("edgetui: measuring decodes with and without telemetry", file=sys.stderr)
        boards = [board for board in config.board if board.name in reached]
        measured = await asyncio.gather(*(telemetry_cost(config, board) for board in boards))
        costs = {board.name: cost for board, cost in zip(boards, measured, strict=True)}
    _print(args, reports, costs)
    if not reached:
        return LinkError.exit_code
    return 1 if any(report.grade in ("red", "amber") for report in reports) else 0


def _print(args: Arguments, reports: tuple[Report, ...], costs: dict[str, Cost | NA]) -> None:
    from edgetui.cli.output import emit_json, emit_rows

    rows = [_row(report, costs) for report in reports]
    if args.format == "json":
        emit_json({"boards": rows})
    elif args.format == "markdown":
        emit_rows([{"board": row["board"], **check} for row in rows for check in row["checks"]], _COLUMNS, args)
    else:
        print("\n\n".join(map(_text, rows)))


def _row(report: Report, costs: dict[str, Cost | NA]) -> dict[str, Any]:
    from edgetui.model import NA

    row = report.to_json()
    if (cost := costs.get(report.state.board)) is not None:
        row["telemetry_cost"] = None if isinstance(cost, NA) else cost.to_json()
        row["na"] = {"telemetry_cost": cost.reason} if isinstance(cost, NA) else {}
    return row


def _text(row: dict[str, Any]) -> str:
    from edgetui.doctor.check import WORDS

    name = f"{row['board']} (simulated ×{row['sim_speed']:g})" if row["sim_speed"] else row["board"]
    lines = [_safe(f"{name}: {', '.join(filter(None, [row['model'], _tally(row['checks'])]))}")]
    for check in row["checks"]:
        lines.append(f"  {WORDS[check['grade']]:<8}{_safe(check['check'])}: {_safe(check['looked'])}")
        if check["grade"] in ("red", "amber"):
            lines.append(f"          why:   {_safe(check['why'])}")
        if check["remedy"]:
            word = "could: " if check["grade"] == "green" else "mend:  "
            lines.append(f"          {word}{_safe(check['remedy'])}")
    if "telemetry_cost" in row:
        lines.append(f"  {_safe(_cost(row))}")
    return "\n".join(lines)


def _safe(text: str) -> str:
    from edgetui.model.hostile import one_line

    return one_line(text, _LINE)


def _tally(checks: list[dict[str, Any]]) -> str:
    from edgetui.doctor.check import WORDS

    grades = [check["grade"] for check in checks]
    return ", ".join(f"{grades.count(grade)} {WORDS[grade]}" for grade in dict.fromkeys(grades))


def _cost(row: dict[str, Any]) -> str:
    cost = row["telemetry_cost"]
    if cost is None:
        return f"telemetry's cost: n/a ({row['na']['telemetry_cost']})"
    return f"telemetry's cost: {cost['sentence']}"
