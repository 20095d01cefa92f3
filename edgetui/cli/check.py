"""What ``boards check`` tells of each board: one line, and how to mend what it lacks."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from edgetui.cli.output import emit_json, emit_rows
from edgetui.cluster.core import Cluster
from edgetui.config import Config
from edgetui.doctor.visit import first_look
from edgetui.errors import LinkError
from edgetui.model import NA, OllamaInfo, State
from edgetui.model.hostile import one_line

READINGS = {
    "temperature_c": "temperature",
    "throttle": "throttling",
    "cpu_percent": "CPU load",
    "clock_hz": "clock",
    "memory_available_bytes": "memory",
    "gpu_percent": "GPU load",
    "power_w": "power",
    "fan_rpm": "fan",
}
"""What a person expects of a board, by field of Sample."""


async def check(config: Config, args: argparse.Namespace) -> int:
    """Connect to the boards of ``config`` at once and print what was found. Returns the exit code."""
    states = {board.name: State(board=board.name) for board in config.board}
    async with Cluster(config, None, states) as cluster:
        looks = await asyncio.gather(*(first_look(keeper) for keeper in cluster.keepers.values()))
    told = dict(zip(cluster.keepers, looks, strict=True))
    rows = [_row(*told.get(name, (state, None))) for name, state in states.items()]
    if args.format == "json":
        emit_json({"boards": rows})
    elif args.format == "jsonl":
        emit_rows(rows, {}, args)
    else:
        print("\n".join(map(_sentence, rows)))
    if not any(row["state"] == "up" for row in rows):
        return LinkError.exit_code
    return 0 if all(row["ok"] for row in rows) else 1


def _row(state: State, ollama: OllamaInfo | None) -> dict[str, Any]:
    identity = state.identity
    findings = identity.findings if identity else ()
    return {
        "board": state.board,
        "ok": bool(state.link == "up" and ollama and ollama.version and not findings),
        "state": state.link,
        "reason": state.reason,
        "remedy": state.remedy,
        "fingerprint": state.fingerprint,
        "sim_speed": identity.sim_speed if identity and identity.simulated else None,
        "family": identity.family if identity else None,
        "model": identity.model if identity else None,
        "os": identity.os if identity else None,
        "ollama_version": (ollama and ollama.version) or None,
        "unread": _unread(state),
        "findings": [{"what": f.what, "why": f.why, "remedy": f.remedy} for f in findings],
        "na": {} if ollama and ollama.version else {"ollama_version": ollama.reason if ollama else state.reason},
    }


def _unread(state: State) -> dict[str, str]:
    """Reading to the reason why there is none."""
    if state.sample is None:
        return {}
    values = {field: getattr(state.sample, field) for field in READINGS}
    return {field: value.reason for field, value in values.items() if isinstance(value, NA)}


def _sentence(row: dict[str, Any]) -> str:
    name = f"{row['board']} (simulated ×{row['sim_speed']:g})" if row["sim_speed"] else row["board"]
    if row["state"] != "up":
        return one_line(f"{name}: {row['state']}: {row['reason']}; {row['remedy']}".rstrip("; "), 500)
    ollama = row["ollama_version"]
    server = f"Ollama {ollama}" if ollama else f"no Ollama: {row['na']['ollama_version']}"
    parts = [f"{name}: up", row["family"], row["model"], row["os"], server]
    if row["unread"]:
        parts.append(
            "cannot read " + ", ".join(f"{READINGS[field]} ({why})" for field, why in row["unread"].items())
        )
    for finding in row["findings"]:
        remedy = f", mend with: {finding['remedy']}" if finding["remedy"] else ""
        parts.append(f"{finding['what']}: {finding['why']}{remedy}")
    return one_line("; ".join(part for part in parts if part), 1000)
