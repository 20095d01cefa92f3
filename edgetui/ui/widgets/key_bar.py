"""The last line: the keys that apply now, from the bindings themselves."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip

from edgetui.ui.drawing.ink import Line, cells, fit, width
from edgetui.ui.palette import strip
from edgetui.ui.widgets.inked import Inked

ALWAYS = ("app.help", "app.quit")
"""Ids that stay at the right end however narrow it is."""
FIRST = "replay."
"""Ids of what nobody would look for behind the keys of the present."""


class KeyBar(Inked):
    """Keys and words of the bindings that are shown and enabled; a click presses the key."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; background: $panel; }"

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[tuple[str, Binding, DOMNode]] = []
        self._places: list[tuple[int, int, Binding, DOMNode]] = []

    def on_mount(self) -> None:
        """Look again whenever Textual says that bindings changed."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        if screen.app.screen is not screen:
            return
        seen: set[str] = set()
        self._keys = []
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in seen:
                seen.add(binding.action)
                self._keys.append((self.app.get_key_display(binding), binding, active.node))
        self._keys.sort(key=lambda key: not (key[1].id or "").startswith(FIRST))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """As many keys as have room, help and quit at the right end always."""
        if y:
            return self.blank()
        self._places = []
        last = [k for k in self._keys if k[1].id in ALWAYS]
        right = sum(cells(key) + cells(b.description) + 3 for key, b, _ in last)
        line: Line = []
        for key, binding, node in (k for k in self._keys if k[1].id not in ALWAYS):
            if width(line) + cells(key) + cells(binding.description) + 3 > self.size.width - right:
                break
            self._add(line, key, binding, node)
        line.append((" " * (self.size.width - width(line) - right), "text"))
        for key, binding, node in last:
            self._add(line, key, binding, node)
        return strip(fit(line, self.size.width), self.inks)

    def _add(self, line: Line, key: str, binding: Binding, node: DOMNode) -> None:
        start = width(line)
        line += [(f" {key} ", "accent-strong"), (f"{binding.description} ", "muted")]
        self._places.append((start, width(line), binding, node))

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the pointer does."""
        for start, end, binding, node in self._places:
            if start <= event.x < end:
                await self.app.run_action(binding.action, node)
                return
