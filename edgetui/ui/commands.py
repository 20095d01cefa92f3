"""Commands of the palette, derived from the bindings: no list to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from textual.app import App, SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen

MOVES = ("move.", "scroll.")
"""Ids of bindings that nobody looks for by name."""


def commands(app: App[Any], screen: Screen[object]) -> Iterator[SystemCommand]:
    """One for each action that applies now; bare moves are left out."""
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.id and not binding.id.startswith(MOVES) and active.enabled and binding.action not in seen:
            seen.add(binding.action)
            what = f"{binding.description} view" if binding.action.startswith("view(") else binding.description
            title = f"{what}  ({app.get_key_display(binding)})"
            yield SystemCommand(title, binding.tooltip, _doer(app, binding.action, active.node))


def _doer(app: App[Any], action: str, node: DOMNode) -> Callable[[], object]:
    async def do() -> None:
        await app.run_action(action, node)

    return do
