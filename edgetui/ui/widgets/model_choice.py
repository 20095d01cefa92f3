"""Models in the launcher, or variants of a script: typed, or taken from what the boards have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from edgetui.ui.drawing.words import tick
from edgetui.ui.ordering import Offer, suggested

SEVERAL: Final = "a model, or several with commas between"


class ModelChoice(Vertical):
    """A line to type names on, over the list of those that are known."""

    def __init__(self, offered: Callable[[], Offer]) -> None:
        """``offered``: what can be named now."""
        super().__init__(classes="column")
        self.offered = offered
        self.marked: list[str] = []
        self.label = Label("Model", id="model-label", markup=False)
        self.field = Input(id="model", placeholder=SEVERAL, compact=True)
        self.listed = OptionList(id="models", markup=False)

    def compose(self) -> ComposeResult:
        """How many boards have it, its name, all names."""
        yield self.label
        yield self.field
        yield self.listed

    @property
    def named(self) -> tuple[str, ...]:
        """Those that were named."""
        return self.offered().named(self.field.value)

    def renew(self, wanted: str) -> None:
        """List what is offered now; name ``wanted``, or another where no board has it."""
        offer = self.offered()
        count = offer.count()
        self.field.value = "" if offer.scripted else suggested(count, wanted, offer.named(wanted))
        self.marked = list(self.named) if len(self.named) > 1 else []
        self.relist()
        if self.field.value in count:
            self.listed.highlighted = list(count).index(self.field.value)

    def relist(self) -> None:
        """Other boards are chosen: list what they have. What was named stays named."""
        self._list()
        self._describe()

    def turn(self, wanted: str) -> None:
        """Variants take the place of models, or models that of variants."""
        self.field.placeholder = "all variants" if self.offered().scripted else SEVERAL
        self.renew(wanted)

    def mark(self) -> None:
        """Mark or unmark the one under the cursor."""
        if (at := self.listed.highlighted) is None:
            return
        name = self.listed.get_option_at_index(at).id or ""
        (self.marked.remove if name in self.marked else self.marked.append)(name)
        self.field.value = ", ".join(self.marked) or name
        self._list()

    def _list(self) -> None:
        offer, at = self.offered(), self.listed.highlighted
        of = "" if offer.scripted else f" of {len(offer.boards)}  "
        self.listed.set_options(
            Option(f"{tick(name in self.marked)}{f'{n:>2}{of}' if of else ''}{name}", id=name)
            for name, n in offer.count().items()
        )
        self.listed.highlighted = at

    def _describe(self) -> None:
        self.label.update(self.offered().spread(self.named))

    @on(OptionList.OptionHighlighted)
    def _chosen(self, event: OptionList.OptionHighlighted) -> None:
        if self.listed.has_focus and event.option_id and not self.marked:
            self.field.value = event.option_id

    @on(Input.Changed)
    def _typed(self) -> None:
        if self.marked and list(self.named) != self.marked:  # typed by hand
            self.marked = []
            self._list()
        self._describe()
