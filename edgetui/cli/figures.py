"""Replies as rows: the few figures that a person compares."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from edgetui.cli.script_figures import as_row, side_by_side, with_figures
from edgetui.model import Reply, known, na
from edgetui.model.hostile import one_line
from edgetui.model.own_time import all_own, own, own_time
from edgetui.model.score import Score, short

COLUMNS = {
    "board": "board",
    "task": "task",
    "item": "item",
    "model": "model",
    "repeat": "n",
    "outcome": "outcome",
    "score": "score",
    "e2e_s": "e2e s",
    "ttft_s": "TTFT s",
    "tok_per_s": "tok/s",
    "peak_c": "peak °C",
    "marks": "marks",
    "answer": "answer",
}
"""Key to column head."""
CSV_COLUMNS = {**COLUMNS, "simulated": "simulated"}
"""For programs; the others read it among the marks."""


def emit_replies(replies: Sequence[Mapping[str, Any]], args: argparse.Namespace, *, numbered: bool = False) -> None:
    """Print them as a table, CSV or Markdown, with the figures of scripts: for people in a table of their own.

    Times are the boards' own for people, the host's in CSV.
    """
    from edgetui.cli.output import emit_rows, print_table

    columns = CSV_COLUMNS if args.format == "csv" else COLUMNS
    if args.format != "table":
        columns = with_figures(columns, replies)
    rows = [{"number": number, **row(reply, hosts=args.format == "csv")} for number, reply in enumerate(replies, 1)]
    emit_rows(rows, {"number": "#", **columns} if numbered else columns, args)
    words = own_time(reply["sim_speed"] or 0.0 for reply in replies)
    if words and args.format != "csv":
        print(f"\n{words}; the host's is in --csv and --json")
    if args.format == "table":
        for table in side_by_side(replies):
            print()
            print_table(table)


def row(reply: Mapping[str, Any], *, hosts: bool = False) -> dict[str, Any]:
    """One reply, in the shape of the JSON contract, as a flat row; what is not there is None.

    Times are the board's own, or the ``hosts``.
    """
    temperatures = [s["temperature_c"] for s in reply["samples"] if s["temperature_c"] is not None]
    metrics, speed = reply["metrics"], 0.0 if hosts else reply["sim_speed"] or 0.0
    figures, missing = as_row(reply)
    marks = [*reply["marks"], *([f"simulated ×{reply['sim_speed']:g}"] if reply["simulated"] else [])]
    return {
        **{name: reply[name] for name in ("board", "task", "item", "model", "repeat", "outcome")},
        **{name: own(name, metrics[name], speed) for name in ("e2e_s", "ttft_s", "tok_per_s")},
        "score": _score(reply["score"]),
        "peak_c": max(temperatures, default=None),
        "marks": " ".join(marks),
        "simulated": reply["simulated"],
        "answer": one_line(reply["text"] or reply["reason"]),
        **figures,
        "na": {**metrics["na"], "score": reply["na"].get("score", ""), **missing},
    }


def _score(said: Mapping[str, Any] | None) -> str | None:
    """``✓``, ``✗ 0.83``: the person's where there is one."""
    if said is None:
        return None
    person = said["overruled"]
    value, passed = (person or said)["value"], (person or said)["passed"]
    shown = short(na(said["na"].get("value", "")) if value is None else value, passed)
    return f"{shown} (person)" if person else shown


def spoken(reply: Reply) -> str:
    """One line for stderr when a reply is finished."""
    m, r = all_own(reply.metrics, reply.sim_speed), reply.request
    parts = [f"{r.board}: {r.task} {reply.outcome}"]
    if isinstance(reply.score, Score):
        parts.append(reply.score.short)
    if known(m.e2e_s):
        parts.append(f"{m.e2e_s:.2f} s")
    if known(m.tok_per_s):
        parts.append(f"{m.tok_per_s:.1f} tok/s")
    if reply.marks:
        parts.append(" ".join(reply.marks))
    if words := own_time([reply.sim_speed]):
        parts.append(words)
    said = reply.reason if reply.reason else reply.text
    return ", ".join(parts) + f": {one_line(said, 90)}"
