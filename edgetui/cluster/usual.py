"""How long boards are usually silent before the first token, by earlier answers under the same conditions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from statistics import median

from edgetui.model import Reply, Request, State, known
from edgetui.model.progress import Usual
from edgetui.store.runs import Silence

LATEST = 20
"""So many of the newest answers tell."""


class Silences:
    """By board, task, model, era of its Ollama and speed of its world, newest first."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, str, float], list[float]] = {}

    def recall(self, earlier: Iterable[Silence]) -> None:
        """All that is stored, newest first, in place of what was known."""
        self._found = {}
        for each in earlier:
            key = each.board, each.task, each.model, each.era, each.sim_speed
            self._found.setdefault(key, []).append(each.ttft_s)

    def add(self, reply: Reply) -> None:
        """One more answer."""
        r, ttft_s = reply.request, reply.metrics.ttft_s
        if reply.outcome not in ("ok", "truncated") or "cache-suspect" in reply.marks or not known(ttft_s):
            return
        key = r.board, r.task, r.model, str(reply.era) if known(reply.era) else "", reply.sim_speed
        self._found.setdefault(key, []).insert(0, ttft_s)

    def usual(self, request: Request, state: State) -> Usual | None:
        """Of this request on the board as it is now; None where nobody knows."""
        era = state.ollama.era if state.ollama else ""
        speed = state.identity.sim_speed if state.identity else 0.0
        times = self._found.get((request.board, request.task, request.model, era, speed), [])
        newest = list(islice(times, LATEST))
        return Usual(median(newest), len(newest)) if newest else None
