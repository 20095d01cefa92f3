"""Boards and stored runs, as they are named on the command line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgetui.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from edgetui.config import Board, Config
    from edgetui.model import RunRecord
    from edgetui.store import Store

_LAST = re.compile(r"last(?:-(\d{1,3}))?")
"""``last``, ``last-1`` for the one before, and so on."""
_NAMED = 5
"""Runs named where a prefix fits several."""


def board_named(config: Config, name: str) -> Board:
    """The board of this name. Raises UsageError with the nearest one."""
    boards = {board.name: board for board in config.board}
    if name not in boards:
        raise UsageError(f"there is no board {name!r}", did_you_mean(name, boards) or "no board is configured")
    return boards[name]


def chosen_boards(config: Config, names: Sequence[str] | None) -> list[Board]:
    """The boards of these names, or all; the reference first. UsageError for an unknown one, with the nearest."""
    boards = {b.name: b for b in config.board if b.enabled}
    if not boards:
        where = config.path or "the configuration"
        raise UsageError(
            f"There is no board in {where}.", "Add one: edgetui boards add NAME HOST, or try: edgetui demo"
        )
    for name in names or ():
        if name not in boards:
            raise UsageError(f"There is no board called {name!r}.", did_you_mean(name, boards))
    wanted = [boards[n] for n in dict.fromkeys(names)] if names else list(boards.values())
    return sorted(wanted, key=lambda b: not b.reference)


async def opened(args: argparse.Namespace) -> Store:
    """The Store of the configuration. Raises StoreError."""
    from edgetui.store import Store

    if not args.config.store_path.exists():
        raise _nothing_stored()
    return await Store.open(args.config.store_path)


async def stored_run(store: Store, name: str) -> RunRecord:
    """The run of this id, or whose id begins so, or the ``last``, or the one before it. Raises UsageError."""
    if (newest := _LAST.fullmatch(name)) is not None:
        place = int(newest[1] or 0)
        found = await store.runs(place + 1)
        if not found:
            raise _nothing_stored()
        found = found[place:]
        name = found[0].id if found else name
    else:
        found = await store.runs(_NAMED, name)
    exact = [record for record in found if record.id == name] or found
    if not exact:
        raise UsageError(f"there is no stored run {name!r}", "see: edgetui results list")
    if len(exact) > 1:
        raise UsageError(f"several runs begin with {name!r}", "one of: " + ", ".join(r.id for r in exact))
    return exact[0]


def _nothing_stored() -> UsageError:
    return UsageError("no run is stored yet", "fire one: edgetui run TASK -m MODEL")
