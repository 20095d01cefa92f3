"""The fields of the launcher, and where each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, TextArea

from edgetui.model import Mode, State
from edgetui.tasks import Task
from edgetui.ui.last_choice import LastChoice, Scope
from edgetui.ui.launch import Launch
from edgetui.ui.ordering import Offer
from edgetui.ui.widgets.choice import Choice
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.key_bar import KeyBar
from edgetui.ui.widgets.model_choice import ModelChoice
from edgetui.ui.widgets.picture import Picture
from edgetui.ui.widgets.task_choice import TaskChoice

MODES = (("quick", "quick"), ("burst", "burst: from cool"), ("sustained", "sustained: until steady"))


class LaunchForm(Vertical):
    """Tasks and models side by side, then where and how often, then the prompt with its picture."""

    SCOPED_CSS: ClassVar[bool] = False  # whether there is height to spare, the screen around it knows
    DEFAULT_CSS = """
    LaunchForm {
        width: 110; max-width: 98%; height: auto; max-height: 100%; padding: 0 1;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    LaunchForm Horizontal { height: auto; }
    LaunchForm Label { color: $muted; height: 1; }
    LaunchForm .column { width: 1fr; height: auto; margin-right: 2; }
    LaunchForm .label { width: 10; }
    LaunchForm OptionList, LaunchForm OptionList:focus {
        height: 6; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
    }
    LaunchForm #models, LaunchForm #models:focus { height: 5; }
    LaunchForm Input, LaunchForm Input:focus { height: 1; border: none; padding: 0; background: $panel; }
    LaunchForm #repeats, LaunchForm #repeats:focus { width: 8; }
    LaunchForm #picture { width: 1fr; }
    LaunchForm TextArea, LaunchForm TextArea:focus { height: 6; border: none; padding: 0; background: $panel; }
    LaunchForm Picture { width: 28; height: 7; }
    LaunchForm KeyBar { dock: none; background: $surface; }
    .-high LaunchForm { padding: 1 2 0 2; }
    .-high LaunchForm #upper, .-high LaunchForm #choices, .-high LaunchForm #lower { margin-bottom: 1; }
    .-high LaunchForm TextArea, .-high LaunchForm TextArea:focus { height: 11; }
    .-high LaunchForm Picture { width: 42; height: 12; }
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        states: Mapping[str, State],
        scopes: Mapping[Scope, tuple[str, ...]],
        last: LastChoice,
    ) -> None:
        """Filled in as in ``last``; ``scopes``: the boards of each."""
        super().__init__(id="box")
        self.border_title = "Run a task"
        self.states, self.scopes = states, scopes
        self.tasks = TaskChoice(tasks)
        self.models = ModelChoice(self.offer)
        words = {"marked": "marked", "all": "all", "cursor": "only"}
        labels = [(s, f"{words[s]} {names[0] if s == 'cursor' else len(names)}") for s, names in scopes.items()]
        self._scope = Choice("Boards", labels, "marked" if "marked" in scopes else last.scope)
        self._items = Choice("Items", [("first", "first"), ("all", "all")], "all" if last.all_items else "first")
        self._mode = Choice("Mode", MODES, last.mode)
        self.repeats = Input(str(last.repeats), id="repeats", type="integer", compact=True, max_length=4)
        self._own_picture = Input(
            id="picture", placeholder="the task's own, or a path to a PNG or JPEG", compact=True
        )
        self.prompt = TextArea(id="prompt", soft_wrap=True, tab_behavior="focus", compact=True)
        self.picture, self.foretold, self.status = Picture(), Row(id="foretold"), Row(id="status")

    def compose(self) -> ComposeResult:
        """From above."""
        with Horizontal(id="upper"):
            with Vertical(classes="column"):
                yield Label("Task")
                yield self.tasks
            yield self.models
        with Vertical(id="choices", classes="column"):
            yield self._scope
            yield self._items
            yield self._mode
            with Horizontal():
                yield Label("Repeats", classes="label")
                yield self.repeats
            with Horizontal():
                yield Label("Picture", classes="label")
                yield self._own_picture
        with Horizontal(id="lower"):
            with Vertical(classes="column"):
                yield Label("Prompt")
                yield self.prompt
            yield self.picture
        yield self.foretold
        yield self.status
        yield KeyBar()

    @property
    def scope(self) -> Scope:
        """Which boards, as chosen: two scopes may hold the same ones."""
        return cast(Scope, self._scope.value)

    @property
    def boards(self) -> tuple[str, ...]:
        """Those of the chosen scope."""
        return self.scopes[self.scope]

    @property
    def mode(self) -> Mode:
        """How it is measured."""
        return cast(Mode, self._mode.value)

    def offer(self) -> Offer:
        """What can be named for the chosen task on the chosen boards."""
        return Offer(self.tasks.chosen[0], self.states, self.boards)

    @property
    def launch(self) -> Launch:
        """What stands here now."""
        return Launch(
            tasks=self.tasks.chosen,
            models=self.models.named,
            boards=self.boards,
            repeats=self.repeats.value.strip(),
            all_items=self._items.value == "all",
            mode=self.mode,
            picture=self._own_picture.value.strip(),
            prompt=self.prompt.text.strip(),
        )
