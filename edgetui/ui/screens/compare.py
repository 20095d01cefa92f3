"""Compare: boards × models in figures, their answers, their boxes, their heat, and a run against an earlier one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.config import Pictures
from edgetui.errors import StoreError
from edgetui.model import Reply, hostile
from edgetui.model.protocol import PUBLISHABLE
from edgetui.model.sound import SPOILS
from edgetui.store import StoredReply
from edgetui.summary import QUANTITIES, Comparison, compare
from edgetui.ui.drawing.boxes import boxed, framed
from edgetui.ui.drawing.compare import comparison_head, figures_page, is_indicative, next_quantity
from edgetui.ui.drawing.diff import answers_page
from edgetui.ui.drawing.earlier import changes, earlier_page
from edgetui.ui.drawing.ink import Line, spread
from edgetui.ui.drawing.scatter import heat_page
from edgetui.ui.moment import Moment
from edgetui.ui.screens.reply import legend, open_full_size, open_outside
from edgetui.ui.screens.view import View
from edgetui.ui.shelf import Shelf
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.lines import Lines
from edgetui.ui.widgets.picture import strips

PAGES: Final = ("figures", "answers", "boxes", "heat", "earlier")
AT_ONCE = 200
"""Replies read in one question, so that readings of boards go on meanwhile."""
_NOTHING: Final = Comparison((), "", frozenset())


class CompareView(View):
    """Five pages about the same replies; tab turns them."""

    DEFAULT_CSS = """
    CompareView > Row { background: $surface; }
    CompareView > Lines { scrollbar-gutter: stable; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,l", "page(1)", "Next page", id="compare.next", tooltip="Figures, answers, boxes, heat"),
        Binding("shift+tab,left,h", "page(-1)", "Page before", id="compare.previous", show=False),
        Binding("s", "quantity", "Quantity", id="compare.quantity", tooltip="TTFT, tok/s, T100, energy …"),
        Binding("u", "unsound", "Unsound in/out", id="compare.unsound", tooltip="Throttled, swapped and the like"),
        Binding("e", "export", "Export", id="compare.export", tooltip="Save or copy the figures"),
        Binding(
            "o", "outside", "Picture", id="compare.outside", tooltip="The first picture with its boxes, outside"
        ),
        Binding("z", "full_size", "Full size", id="compare.full_size", tooltip="The pictures by Kitty or Sixel"),
        Binding("escape", "back", "Back", id="compare.back", tooltip="To the results"),
    ]

    def __init__(self, background: Background, reference: str, pictures: Pictures, *, id: str) -> None:
        super().__init__(id=id)
        self.background, self.reference, self.pictures = background, reference, pictures
        self.head, self.tabs, self.lines = Row(id="compare-head"), Row(id="compare-tabs"), Lines()
        self.shelf = Shelf(background)
        self.replies: list[StoredReply] = []
        self.comparison = _NOTHING
        self.page, self.quantity, self.spared = PAGES[0], "e2e_s", False
        self._pictures: dict[str, bytes] = {}
        self._words = ""
        self._drawn: tuple[object, ...] = ()
        self._moment = Moment(0.0, 0.0, background.states, {}, {})

    def compose(self) -> ComposeResult:
        """What is compared, the pages, one of them."""
        yield self.head
        yield self.tabs
        yield self.lines

    def main(self) -> Widget:
        """The page."""
        return self.lines

    def open(self, ids: Sequence[int], run: str) -> None:
        """Compare these replies, or all of a run."""
        self.replies, self.comparison, self._pictures = [], _NOTHING, {}
        self.page, self._words = PAGES[0], "…"
        self._show()
        self._read(tuple(ids), run)

    @work(exclusive=True)
    async def _read(self, ids: Sequence[int], run: str) -> None:
        ask = self.background.consult
        try:
            await self.shelf.renew()
            wanted = sorted(ids or [result.id for result in self.shelf.of_runs((run,))])
            found: list[StoredReply] = []
            for first in range(0, len(wanted), AT_ONCE):
                some = wanted[first : first + AT_ONCE]
                found += await asyncio.wrap_future(ask(lambda store, some=some: store.chosen(some)))  # type: ignore[misc]
                self._words = f"{len(found)} of {len(wanted)} replies are read"
                self._show()
            digests = {stored.reply.request.image_sha256 for stored in found if framed([stored.reply])}
            self._pictures = await asyncio.wrap_future(ask(lambda store: store.pictures(digests)))
        except StoreError as error:
            self._words = error.sentence
            self._show()
            return
        self.replies, self._words = found, ""
        self._compare()

    def _compare(self) -> None:
        spared = frozenset(SPOILS) if self.spared else frozenset()
        self.comparison = compare((stored.reply for stored in self.replies), self.reference, spared)
        self._show()

    def tick(self, moment: Moment) -> None:
        """Stored replies do not change."""
        self._moment = moment

    def on_resize(self) -> None:
        """Drawn anew for the width."""
        self.call_after_refresh(self._show)

    def notify_style_update(self) -> None:
        """Pictures stand on the theme's background."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_after_refresh(self._show)

    def _show(self) -> None:
        columns = self.lines.scrollable_content_region.width
        if columns < 2:
            return
        self.head.show(comparison_head(self.comparison, self.size.width))
        tabs: Line = [(" ", "text")]
        for page in PAGES:
            here = page == self.page
            tabs += [(f"{'▸' if here else ' '}{page} ", "cursor-pill" if here else "muted"), (" ", "text")]
        few: Line = [(f"n!: quick, or fewer than {PUBLISHABLE} repeats: indicative ", "muted")]
        self.tabs.show(spread(tabs, few if is_indicative(self.comparison) else [], self.size.width))
        if self._words:
            self.lines.show([[(self._words, "muted")]])
        else:
            self.lines.show(self._page(columns))
        self.refresh_bindings()

    def _page(self, columns: int) -> Sequence[Line | Strip]:
        if self.page == "figures":
            return figures_page(self.comparison, QUANTITIES[self.quantity], columns)
        if self.page == "answers":
            return answers_page((stored.reply for stored in self.replies), columns)
        if self.page == "boxes":
            return self._boxes(columns)
        if self.page == "heat":
            return heat_page(self.replies, columns)
        runs = {stored.reply.request.run for stored in self.replies}
        return earlier_page(changes(self.shelf.results, runs), columns)

    def _boxes(self, columns: int) -> list[Line | Strip]:
        """Every picture that boxes were asked of, and what each board found."""
        lines: list[Line | Strip] = []
        for (task, item, model), replies in self._grounded().items():
            boxes = framed(replies)
            title = hostile.one_line(f"{task} / {item} · {model}", 90)
            data = self._pictures.get(replies[0].request.image_sha256, b"")
            simulated = "  simulated" if any(reply.sim_speed for reply in replies) else ""
            lines.append([(title, "accent-strong"), (simulated, "muted")])
            lines += strips(boxed(data, boxes, min(columns, 80), 30)) or [[("its picture is not stored", "muted")]]
            lines += [*legend(boxes, self.lines.inks), []]
        return lines or [[("no boxes were asked for", "muted")]]

    def _grounded(self) -> dict[tuple[str, str, str], list[Reply]]:
        found: defaultdict[tuple[str, str, str], list[Reply]] = defaultdict(list)
        for stored in self.replies:
            if framed([stored.reply]):
                asked = stored.reply.request
                found[asked.task, asked.item, asked.model].append(stored.reply)
        return found

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action == "quantity":
            return self.page == "figures"
        if action == "outside":
            return self.page == "boxes" and bool(self._pictures)
        if action == "full_size":
            return self.page == "boxes" and bool(self._pictures) and self.pictures != "blocks"
        if action == "unsound":
            return self.spared or any(cell.excluded for cell in self.comparison.cells)
        return bool(self.comparison.cells) if action == "export" else True

    def action_page(self, step: int) -> None:
        """Turn to the next page, round the corner."""
        self.page = PAGES[(PAGES.index(self.page) + step) % len(PAGES)]
        self.lines.scroll_home(animate=False, immediate=True)
        self._show()

    def action_quantity(self) -> None:
        """Figures of the next quantity."""
        self.quantity = next_quantity(self.quantity)
        self._show()

    def action_unsound(self) -> None:
        """Let throttled, swapped and other unsound replies count, or leave them out again."""
        self.spared = not self.spared
        self._compare()

    def action_export(self) -> None:
        """The figures as a table."""
        from edgetui.ui.screens.export import offer
        from edgetui.ui.tables import of_comparison

        offer(self.app, of_comparison(self.comparison), self._moment.now)

    @work
    async def action_outside(self) -> None:
        """The first picture with its boxes."""
        replies = next(iter(self._grounded().values()))
        await open_outside(self, self._pictures.get(replies[0].request.image_sha256, b""), framed(replies))

    @work
    async def action_full_size(self) -> None:
        """Each picture with its boxes, as large as the terminal."""
        grounded = self._grounded().values()
        digests = [(replies[0].request.image_sha256, replies) for replies in grounded]
        known = [(self._pictures[digest], replies) for digest, replies in digests if digest in self._pictures]
        await open_full_size(self.lines, self.pictures, known)

    def action_back(self) -> None:
        """To the results."""
        self.post_message(self.Left("results"))
