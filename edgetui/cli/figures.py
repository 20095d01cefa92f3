"""Replies as rows: the few figures that a person compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgetui.model import Reply, known, na
from edgetui.model.hostile import one_line
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


def row(reply: Mapping[str, Any]) -> dict[str, Any]:
    """One reply, in the shape of the JSON contract, as a flat row; what is not there is None."""
    temperatures = [s["temperature_c"] for s in reply["samples"] if s["temperature_c"] is not None]
    metrics = reply["metrics"]
    marks = [*reply["marks"], *([f"simulated ×{reply['sim_speed']:g}"] if reply["simulated"] else [])]
    return {
        **{name: reply[name] for name in ("board", "task", "item", "model", "repeat", "outcome")},
        **{name: metrics[name] for name in ("e2e_s", "ttft_s", "tok_per_s")},
        "score": _score(reply["score"]),
        "peak_c": max(temperatures, default=None),
        "marks": " ".join(marks),
        "simulated": reply["simulated"],
        "answer": one_line(reply["text"] or reply["reason"]),
        "na": {**metrics["na"], "score": reply["na"].get("score", "")},
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
    m, r = reply.metrics, reply.request
    parts = [f"{r.board}: {r.task} {reply.outcome}"]
    if isinstance(reply.score, Score):
        parts.append(reply.score.short)
    if known(m.e2e_s):
        parts.append(f"{m.e2e_s:.2f} s")
    if known(m.tok_per_s):
        parts.append(f"{m.tok_per_s:.1f} tok/s")
    if reply.marks:
        parts.append(" ".join(reply.marks))
    if reply.sim_speed:
        parts.append(f"simulated ×{reply.sim_speed:g}")
    said = reply.reason if reply.reason else reply.text
    return ", ".join(parts) + f": {one_line(said, 90)}"
