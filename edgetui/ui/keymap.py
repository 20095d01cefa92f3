"""Checks of ``ui.keys``: the ids of all bindings there are."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from textual.binding import Binding
from textual.dom import DOMNode

from edgetui.errors import ConfigError


def binding_ids() -> list[str]:
    """Every id that ``ui.keys`` may name. Imports all views."""
    from edgetui.ui.app import EdgeApp
    from edgetui.ui.screens.board import BoardView
    from edgetui.ui.screens.help import Help
    from edgetui.ui.screens.launcher import Launcher
    from edgetui.ui.screens.run import RunView
    from edgetui.ui.screens.wall import WallView
    from edgetui.ui.widgets.cell_grid import CellGrid
    from edgetui.ui.widgets.lines import Lines

    owners: tuple[type[DOMNode], ...] = (EdgeApp, WallView, RunView, BoardView, Launcher, Help, CellGrid, Lines)
    bindings = [binding for owner in owners for binding in owner.__dict__.get("BINDINGS", ())]
    return sorted({b.id for b in bindings if isinstance(b, Binding) and b.id})


def check_keymap(keys: Mapping[str, str]) -> None:
    """Raises ConfigError for an id that no binding has, with the nearest one."""
    known = binding_ids()
    for name in keys:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known)}."
            raise ConfigError(f'There is no key binding "{name}" (ui.keys).', hint)
