"""Pulls from the simulated library end in the words of recorded ones; ``test_golden`` has real registries."""

from __future__ import annotations

import json
import re
from itertools import groupby

from tests.sim.recorded import recordings
from tests.sim.served import served


def told(lines: list[str]) -> list[str]:
    """Words in their order, digests left out, repeats once."""
    said = [json.loads(line) for line in lines]
    words = [re.sub("[0-9a-f]{12,64}", "D", line.get("status") or line["error"]) for line in said]
    return [word for word, _ in groupby(words)]


async def test_a_full_disk_and_a_name_that_is_none() -> None:
    recorded = {each["name"]: told([text for _, text in each["lines"]]) for each in recordings("pull-0.24.0")
                if each["path"] == "/api/pull"}  # fmt: skip
    async with served(version="0.24.0", speed=20_000) as it:
        await it.client.request("DELETE", "/api/delete", json={"model": "moondream"})
        it.board.room.fill(300_000_000)
        full = (await it.client.post("/api/pull", json={"model": "moondream"})).text.splitlines()
        missing = (await it.client.post("/api/pull", json={"model": "missing"})).text.splitlines()
    assert told(full) == recorded["pull-disk-full"]
    assert told(missing) == recorded["pull-missing"]
