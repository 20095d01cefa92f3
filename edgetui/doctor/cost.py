"""What our telemetry takes from a decode: the same short answer with it and without it, in turns."""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median
from typing import Any

from edgetui.cluster.core import Cluster
from edgetui.config import Board, Config
from edgetui.doctor.check import Check, unknown
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.links.roads import Roads
from edgetui.model import NA, Options, Request, State, known, na
from edgetui.runners import Finished
from edgetui.runners.ollama import OllamaRunner, survey

PAIRS = 3
TIMEOUT_S = 600.0
"""Host s for one answer."""
MUCH_PERCENT = 2.0
"""A greater loss is worth a look."""
SETTLE_S = 20.0
_PROMPT = "Count from one to two hundred in words."
_OPTIONS = Options(num_ctx=2048, num_predict=64)


@dataclass(frozen=True, slots=True)
class Cost:
    """Decode rates in tok/s, as Ollama reports them on the board's own clock."""

    model: str
    without: tuple[float, ...]
    """Nothing of ours on the board but the request."""
    during: tuple[float, ...]
    """With the probe ticking once a second and the vendor's tools asked at their pace."""

    @property
    def loss_percent(self) -> float:
        """Of the medians; negative where it was faster with telemetry."""
        return (median(self.without) - median(self.during)) / median(self.without) * 100

    @property
    def told_apart(self) -> bool:
        """Do the two ranges not overlap? Else these runs show no difference."""
        return max(self.during) < min(self.without) or max(self.without) < min(self.during)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "model": self.model,
            "n": len(self.without),
            "without_tok_per_s": list(self.without),
            "with_tok_per_s": list(self.during),
            "without_median_tok_per_s": median(self.without),
            "with_median_tok_per_s": median(self.during),
            "loss_percent": self.loss_percent,
            "told_apart": self.told_apart,
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """For people, as long as the ranges overlap without a percentage."""
        told = (
            f"{self.model} decodes {median(self.during):.2f} tok/s with it and {median(self.without):.2f} without"
            f" (medians, n = {len(self.without)} each): "
        )
        if not self.told_apart:
            return told + "these runs show no difference"
        return told + f"{abs(self.loss_percent):.1f} % {'slower' if self.loss_percent > 0 else 'faster'} with it"


def as_check(cost: Cost | NA) -> Check:
    """The measurement as a line of the checklist; amber where it takes more than ``MUCH_PERCENT`` for certain."""
    name, why = "telemetry's cost", "what is measured with edgetui must not be slower for being watched"
    if isinstance(cost, NA):
        return unknown(name, why, cost)
    much = cost.told_apart and cost.loss_percent > MUCH_PERCENT
    return Check(name, "amber" if much else "green", cost.sentence(), why)


async def telemetry_cost(config: Config, board: Board) -> Cost | NA:
    """Decode ``PAIRS`` times each with and without telemetry; NA where the board cannot be asked."""
    roads = Roads(config.ssh)
    try:
        link = await roads.connect(board)
        try:
            return await _measured(config, board, link)
        finally:
            await link.close()
    except LinkError as error:
        return na(error.message)
    except TimeoutError:
        return na(f"no answer within {TIMEOUT_S:g} s")
    finally:
        await roads.close()


async def _measured(config: Config, board: Board, link: Link) -> Cost | NA:
    ollama = await survey(link, board.ollama_port, 0.0)
    models = ollama.loaded or ollama.installed
    sizes = {m.name: m.size_bytes if known(m.size_bytes) else math.inf for m in models}
    if not sizes:
        return na(ollama.reason or "no model is installed")
    model = min(sizes, key=sizes.__getitem__)
    rates: dict[bool, list[float]] = {False: [], True: []}
    warm = await _decode(link, board, model)
    if isinstance(warm, NA):
        return warm
    for pair in range(PAIRS):
        # the order changes with every pair, so that a board that heats up does not favour one side
        for ticking in (False, True) if pair % 2 == 0 else (True, False):
            rate = await (_watched(config, link, board, model) if ticking else _decode(link, board, model))
            if isinstance(rate, NA):
                return rate
            rates[ticking].append(rate)
    return Cost(model, tuple(rates[False]), tuple(rates[True]))


async def _watched(config: Config, link: Link, board: Board, model: str) -> float | NA:
    """A decode while the board is watched as in the app: another connection, the probe, the vendor's tools."""
    states = {board.name: State(board=board.name)}
    async with Cluster(config.of_boards((board,)), None, states) as cluster:
        await cluster.settled(states, SETTLE_S)
        if states[board.name].link != "up":
            return na(f"telemetry did not start: {states[board.name].reason}")
        return await _decode(link, board, model)


async def _decode(link: Link, board: Board, model: str) -> float | NA:
    request = Request(
        run="doctor",
        board=board.name,
        task="doctor",
        kind="caption",
        item="decode",
        model=model,
        prompt=_PROMPT,
        options=_OPTIONS,
        port=board.ollama_port,
    )
    async with asyncio.timeout(TIMEOUT_S), aclosing(OllamaRunner().run(request, link)) as events:
        async for event in events:
            if isinstance(event, Finished):
                rate = event.metrics.tok_per_s
                return rate if known(rate) else na(event.reason or f"{model}: no decode rate ({event.outcome})")
    return na("the runner ended without a result")
