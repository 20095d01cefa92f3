"""One stored reply in full, with its picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.config import Pictures
from edgetui.errors import StoreError
from edgetui.model import Reply, hostile
from edgetui.model.score import Overruling
from edgetui.store import Result, StoredReply
from edgetui.ui.drawing.boxes import Framed, boxed, boxed_png, framed
from edgetui.ui.drawing.ink import Line, fit
from edgetui.ui.drawing.reply import reply_lines
from edgetui.ui.moment import Moment
from edgetui.ui.outside import show_outside
from edgetui.ui.palette import Palette, strip
from edgetui.ui.screens.results import ResultsView
from edgetui.ui.screens.view import View
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.lines import Lines
from edgetui.ui.widgets.picture import strips

BESIDE = 110
"""Columns from which on the picture stands beside the words, below them otherwise."""


class ReplyView(View):
    """Opened from the results; the one before or after it is a key away."""

    DEFAULT_CSS = """
    ReplyView > Row { background: $surface; }
    ReplyView > Lines { scrollbar-gutter: stable; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="reply.back", tooltip="To the results"),
        Binding("right_square_bracket", "other(1)", "Next", id="reply.next", tooltip="The next one of the list"),
        Binding("left_square_bracket", "other(-1)", "Previous", id="reply.previous", tooltip="The one before"),
        Binding("O", "overrule", "Overrule", id="reply.overrule", tooltip="Your verdict; the rule's is kept"),
        Binding("t", "inspect", "Throttle", id="reply.inspect", tooltip="Heat and throttling at that time"),
        Binding("o", "outside", "Picture", id="reply.outside", tooltip="The picture with its boxes, outside"),
        Binding("z", "full_size", "Full size", id="reply.full_size", tooltip="The picture by Kitty or Sixel"),
        Binding("c", "compare", "Compare run", id="reply.compare", tooltip="All replies of its run"),
    ]

    def __init__(self, background: Background, pictures: Pictures, *, id: str) -> None:
        super().__init__(id=id)
        self.background, self.pictures = background, pictures
        self.head, self.lines = Row(id="reply-head"), Lines()
        self._results: Sequence[Result] = ()
        self._at = 0
        self._stored: StoredReply | None = None
        self._picture = b""
        self._problem = ""
        self._drawn: tuple[object, ...] = ()
        self._moment = Moment(0.0, 0.0, background.states, {}, {})

    def compose(self) -> ComposeResult:
        """Which one of the list it is, and all of it."""
        yield self.head
        yield self.lines

    def main(self) -> Widget:
        """The lines."""
        return self.lines

    def open(self, results: Sequence[Result], at: int) -> None:
        """Show one of these."""
        self._results, self._at = results, at
        self.head.show([(" Reply  ", "accent-strong"), (f"{at + 1} of {len(results)} in the list", "muted")])
        self.lines.scroll_home(animate=False, immediate=True)
        self._read()

    @property
    def result(self) -> Result:
        """The one that is shown."""
        return self._results[self._at]

    @work(exclusive=True)
    async def _read(self) -> None:
        wanted, self._problem = self.result.id, ""
        try:
            found = await asyncio.wrap_future(self.background.consult(lambda store: store.chosen((wanted,))))
            digest = found[0].reply.request.image_sha256 if found else ""
            pictures = await asyncio.wrap_future(self.background.consult(lambda store: store.pictures((digest,))))
            self._stored, self._picture = (found[0] if found else None), pictures.get(digest, b"")
            self._problem = "" if found else "this reply is no longer stored"
        except StoreError as error:
            self._stored, self._problem = None, error.sentence
        self._drawn = ()
        self._draw()
        self.refresh_bindings()

    def tick(self, moment: Moment) -> None:
        """Nothing of it changes but the width."""
        self._moment = moment
        self._draw()

    def on_resize(self) -> None:
        """Wrapped anew."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        columns = self.lines.scrollable_content_region.width
        key = (columns, id(self.lines.inks))
        if columns < 2 or key == self._drawn:
            return
        self._drawn = key
        if self._stored is None:
            self.lines.show([[(self._problem or "…", "bad" if self._problem else "muted")]])
        else:
            self.lines.show(self._page(self._stored, columns))

    def _page(self, stored: StoredReply, columns: int) -> Sequence[Line | Strip]:
        boxes, inks = framed([stored.reply]), self.lines.inks
        if columns < BESIDE:
            picture = strips(boxed(self._picture, boxes, columns, 24))
            return [*reply_lines(stored, self._moment.now, columns), [], *picture, *legend(boxes, inks)]
        picture = [*strips(boxed(self._picture, boxes, columns // 3, 30)), *legend(boxes, inks)]
        room = columns - (columns // 3 + 2 if self._picture else 0)
        text = [strip(fit(line, room), inks) for line in reply_lines(stored, self._moment.now, room)]
        blank = Strip.blank(room, inks["text"])
        gap = Strip([Segment("  ", inks["text"])], 2)
        text += [blank] * (len(picture) - len(text))
        return [Strip.join([row, gap, *picture[n : n + 1]]) for n, row in enumerate(text)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action == "other":
            return 0 <= self._at + int(str(parameters[0])) < len(self._results)
        if action == "outside":
            return bool(self._picture)
        if action == "full_size":
            return bool(self._picture) and self.pictures != "blocks"
        if action == "overrule":
            return self._stored is not None and not self.background.readonly
        if action == "inspect":
            return self._stored is not None and self._stored.reply.request.board in self._moment.states
        return True

    def action_back(self) -> None:
        """To the results."""
        self.post_message(self.Left("results"))

    def action_other(self, step: int) -> None:
        """Another one of the list."""
        self.open(self._results, self._at + step)

    def action_inspect(self) -> None:
        """Heat and throttling while it was made."""
        if self._stored is not None:
            reply = self._stored.reply
            asked = ResultsView.Inspected(reply.request.board, reply.started_at, reply.finished_at)
            self.post_message(asked)

    def action_compare(self) -> None:
        """All replies of its run."""
        self.post_message(ResultsView.Compared(run=self.result.run))

    @work
    async def action_outside(self) -> None:
        """The picture with its boxes."""
        if self._stored is not None:
            await open_outside(self, self._picture, framed([self._stored.reply]))

    @work
    async def action_full_size(self) -> None:
        """The picture with its boxes, as large as the terminal."""
        if self._stored is not None:
            await open_full_size(self.lines, self.pictures, [(self._picture, [self._stored.reply])])

    def action_overrule(self) -> None:
        """Ask for a verdict, and keep it beside the rule's."""
        from edgetui.ui.screens.overrule import Overrule

        self.app.push_screen(Overrule(self._moment.now), self._overrule)

    def _overrule(self, said: Overruling | None) -> None:
        if said is not None:
            self._keep(self.result, said)

    @work
    async def _keep(self, result: Result, said: Overruling) -> None:
        cell = {**result._asdict(), "run_id": result.run}
        try:
            await asyncio.wrap_future(self.background.consult(lambda store: store.overrule(cell, said)))
        except StoreError as error:
            self.app.notify(error.sentence, severity="error", markup=False)
        self._read()


def legend(boxes: Sequence[Framed], inks: Palette) -> list[Strip]:
    """Whose box has which colour."""
    ground = inks["text"]
    return [
        Strip(
            [
                Segment("■ ", ground + Style(color=Color.from_rgb(*each.colour))),
                Segment(hostile.one_line(each.name, 60), ground),
            ]
        )
        for each in boxes
    ]


async def open_outside(widget: Widget, picture: bytes, boxes: Sequence[Framed]) -> None:
    """Show the picture with its boxes on the desktop, and tell how that went."""
    data = boxed_png(picture, boxes)
    try:
        words = await show_outside(data) if data else "This picture cannot be drawn"
    except OSError as error:
        words = f"It cannot be opened: {error.strerror}"
    widget.app.notify(words, markup=False)


async def open_full_size(lines: Lines, wanted: Pictures, pictures: Sequence[tuple[bytes, Sequence[Reply]]]) -> None:
    """Show pictures with all boxes of their replies as large as the terminal, or tell what else there is."""
    from edgetui.ui.full_size import plate, show_full_size

    words = await show_full_size(lines, wanted, [plate(data, replies) for data, replies in pictures])
    if words:
        keys = [a.binding for a in lines.screen.active_bindings.values() if a.binding.action == "outside"]
        other = "".join(f"; {lines.app.get_key_display(key)} opens it outside" for key in keys)
        lines.app.notify(f"{words}{other}", severity="warning", markup=False)
