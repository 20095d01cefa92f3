"""What an order will take, said before it is fired: cells, time by earlier answers, what will hardly fit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from edgetui.cluster.background import Background
from edgetui.cluster.live import Order
from edgetui.cluster.models import lacking
from edgetui.errors import StoreError
from edgetui.model import hostile
from edgetui.runners.ollama_server import full_name
from edgetui.ui.drawing.campaign_map import eta_words
from edgetui.ui.drawing.ink import Line


async def foretold(background: Background, orders: Sequence[Order]) -> Line:
    """A line; what nobody knows is left out of it."""
    from edgetui.cluster.campaign import Durations, estimates, forecast, turns, unfit

    first = orders[0]
    earlier: Durations = {}
    with suppress(StoreError):
        mode = first.protocol.mode
        earlier = await asyncio.wrap_future(background.consult(lambda store: store.durations(mode)))
    rows = estimates(orders, earlier)
    left = forecast(rows, turns(background.config.board, first.protocol))
    cells = sum(row.cells for row in rows)
    eta = eta_words(left.seconds, left.unknown if left.seconds else 0).removesuffix(" left")
    line: Line = [(f"{cells} {'answer' if cells == 1 else 'answers'}", "accent")]
    line.append((f" · {eta}" if eta else " · never measured so far", "muted"))
    if first.runner == "ollama":
        line += [(f"  {words}", "warn") for words in missing(background, first.boards, first.models)]
        watched = background.config.ollama.memory_watch
        asked = background.ask(lambda cluster: unfit(cluster, orders, first.boards, watched=watched))
        with suppress(StoreError):
            tight = await asyncio.wrap_future(asked)
            line += [
                (f"  {hostile.one_line(f'{b}: {m} {fit.short}')}: {fit.warning}", "warn") for b, m, fit in tight
            ]
    return line


def missing(background: Background, boards: Sequence[str], models: Sequence[str]) -> list[str]:
    """``moondream not installed on 3 boards``, of each model that some of these boards lack."""
    found = []
    for model in models:
        if lack := lacking(background.states.values(), boards, full_name(model)):
            where = lack[0] if len(lack) == 1 else f"{len(lack)} boards"
            key = "" if background.readonly else ": ctrl+l pulls it"
            found.append(f"{hostile.one_line(model, 40)} not installed on {where}{key}")
    return found
