"""What an order will take, said before it is fired: cells, time by earlier answers, what will hardly fit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from edgetui.cluster.background import Background
from edgetui.cluster.live import Order
from edgetui.cluster.models import lacking
from edgetui.errors import StoreError
from edgetui.model import hostile
from edgetui.model.fit import Fit
from edgetui.runners.ollama_server import full_name
from edgetui.ui.drawing.campaign_map import eta_words
from edgetui.ui.drawing.ink import Line


async def foretold(background: Background, orders: Sequence[Order]) -> Line:
    """A line; what nobody knows is left out of it."""
    from edgetui.cluster.campaign import Durations, estimates, forecast, speeds_of, turns, unable, unfit

    first = orders[0]
    earlier: Durations = {}
    with suppress(StoreError):
        mode = first.protocol.mode
        earlier = await asyncio.wrap_future(background.consult(lambda store: store.durations(mode)))
    figures = estimates(orders, earlier, speeds_of(background.states.values()))
    left = forecast(figures, turns(background.config.board, first.protocol))
    cells = sum(each.cells for each in figures)
    eta = eta_words(left.seconds, left.unknown if left.seconds else 0).replace(" left", "")
    line: Line = [(f"{cells} {'answer' if cells == 1 else 'answers'}", "accent")]
    line.append((f" · {eta}" if eta else " · never measured so far", "muted"))
    if first.runner == "ollama":
        line += [(f"  {words}", "warn") for words in missing(background, first.boards, first.models)]
        watched = background.config.ollama.memory_watch
        asked = background.ask(lambda cluster: unfit(cluster, orders, first.boards, watched=watched))
        with suppress(StoreError):
            tight = await asyncio.wrap_future(asked)
            line += [(f"  {words}", "warn") for words in warned(tight)]
    elif (script := first.script) is not None:
        refused = background.ask(lambda cluster: unable(cluster, script, first.boards))
        with suppress(StoreError):
            rows = await asyncio.wrap_future(refused)
            line += [(f"  {words}", "warn") for words in refusals(rows)]
    return line


def refusals(unable: Sequence[tuple[str, str]]) -> list[str]:
    """``will not run on 2 boards: there is no python3 on this board`` of boards and their reasons."""
    where: defaultdict[str, list[str]] = defaultdict(list)
    for board, why in unable:
        where[why].append(board)
    named = {why: here[0] if len(here) == 1 else f"{len(here)} boards" for why, here in where.items()}
    return [hostile.one_line(f"will not run on {whom}: {why}") for why, whom in named.items()]


def warned(tight: Sequence[tuple[str, str, Fit]]) -> list[str]:
    """``moondream will hardly fit on 3 boards: pi5, …`` of board, model and reckoning; of one board its sum."""
    where: defaultdict[str, list[tuple[str, Fit]]] = defaultdict(list)
    for board, model, fit in tight:
        where[f"{model} {fit.warning}"].append((board, fit))
    found = []
    for what, here in where.items():
        board, fit = here[0]
        names = f"{len(here)} boards: {', '.join(b for b, _ in here)}" if len(here) > 1 else f"{board}: {fit.short}"
        found.append(hostile.one_line(f"{what} on {names}"))
    return found


def missing(background: Background, boards: Sequence[str], models: Sequence[str]) -> list[str]:
    """``moondream not installed on 3 boards``, of each model that some of these boards lack."""
    found = []
    for model in models:
        if lack := lacking(background.states.values(), boards, full_name(model)):
            where = lack[0] if len(lack) == 1 else f"{len(lack)} boards"
            key = "" if background.readonly else ": ctrl+l pulls it"
            found.append(f"{hostile.one_line(model, 40)} not installed on {where}{key}")
    return found
