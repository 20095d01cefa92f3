"""The socket through which faults are done to a running cluster, at once or in a phase of the work."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from edgetui.errors import UsageError, did_you_mean
from edgetui.sim.faults import FAULTS, Fault
from edgetui.sim.ollama.residence import Work
from edgetui.sim.station import Station

SOCKET = "control"


async def listen(directory: Path, stations: Mapping[str, Station]) -> asyncio.Server:
    """Take orders, one JSON line each, from a socket in ``directory`` that is ours alone."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(json.dumps(await _obey(await reader.readline(), stations)).encode() + b"\n")
            await writer.drain()
        except ConnectionError:
            pass  # who asked has left; nobody is waiting for the answer
        finally:
            writer.close()

    path = directory / SOCKET
    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(serve, path)
    finally:
        os.umask(before)


async def _obey(line: bytes, stations: Mapping[str, Station]) -> dict[str, str]:
    try:
        order = json.loads(line)
        name, fault, value = order["board"], FAULTS[order["fault"]], order["value"]
        moment = order.get("at", "")
    except (ValueError, KeyError, TypeError) as e:
        return {"error": f"this is no order: {e!r}"}
    if name not in stations:
        return {"error": f"there is no board {name!r}", "remedy": did_you_mean(name, stations)}
    try:
        if moment:
            _lay(stations[name], moment, fault, value)
        else:
            await fault.do(stations[name], value)
    except UsageError as e:
        return {"error": e.message, "remedy": e.remedy}
    return {"done": order["fault"]}


def _lay(station: Station, moment: str, fault: Fault, value: str) -> None:
    """Have it done as soon as Ollama comes to that work. Raises UsageError."""
    if moment not in get_args(Work):
        raise UsageError(f"there is no phase {moment!r}", did_you_mean(moment, get_args(Work)))
    if station.ollama is None:
        raise UsageError(f"{station.board.name} has no Ollama", "choose a 64-bit board")
    station.ollama.residence.traps[cast("Work", moment)] = lambda: station.soon(fault.do(station, value))


async def ask(directory: Path, board: str, fault: str, value: str, at: str = "") -> None:
    """Have ``fault`` done to ``board``, now or when its Ollama comes to the phase ``at``. Raises UsageError."""
    try:
        reader, writer = await asyncio.open_unix_connection(directory / SOCKET)
    except OSError as e:
        raise UsageError(
            f"no simulated cluster runs in {directory}", "start one with: edgetui sim serve DIR"
        ) from e
    writer.write(json.dumps({"board": board, "fault": fault, "value": value, "at": at}).encode() + b"\n")
    answer = json.loads(await reader.readline() or b'{"error": "the simulator ended"}')
    writer.close()
    if "error" in answer:
        raise UsageError(answer["error"], answer.get("remedy", ""))
