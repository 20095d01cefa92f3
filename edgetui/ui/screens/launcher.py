"""What to run, with which model, where, how often. Enter fires from anywhere in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, TextArea

from edgetui.cluster.background import Background
from edgetui.cluster.live import Order
from edgetui.cluster.models import lacking
from edgetui.cluster.orders import chosen_items
from edgetui.config import Config
from edgetui.errors import TaskError, UsageError
from edgetui.model import State, hostile
from edgetui.model.protocol import REPEATS
from edgetui.runners.ollama_folder import parse_name
from edgetui.runners.ollama_server import full_name
from edgetui.tasks import Task
from edgetui.ui import last_choice
from edgetui.ui.drawing.half_blocks import thumbnail
from edgetui.ui.drawing.ink import Ink, Line
from edgetui.ui.foretelling import foretold
from edgetui.ui.last_choice import LastChoice
from edgetui.ui.ordering import held_back, scopes
from edgetui.ui.widgets.choice import Choice
from edgetui.ui.widgets.launch_form import LaunchForm

if TYPE_CHECKING:
    from edgetui.cluster.core import Cluster


class Launcher(ModalScreen[tuple[Order, ...] | None]):
    """Filled in from the last choice, so that Enter alone is enough. Several tasks or models are a campaign."""

    AUTO_FOCUS = "#tasks"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]  # noqa: RUF012 - declared as an instance variable upstream
    DEFAULT_CSS = "Launcher { align: center middle; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "fire", "Fire", id="launcher.fire", priority=True, tooltip="Run it on the boards"),
        Binding("escape", "dismiss(None)", "Back", id="launcher.back", tooltip="Run nothing"),
        Binding("tab", "app.focus_next", "Next field", id="launcher.next", show=True),
        Binding("space", "mark", "Several", id="launcher.mark", tooltip="Mark tasks or models, to run them all"),
        Binding(
            "ctrl+l", "pull", "Pull missing", id="launcher.pull", tooltip="Boards that lack the model fetch it"
        ),
    ]

    def __init__(
        self,
        config: Config,
        tasks: Sequence[Task],
        states: Mapping[str, State],
        marked: tuple[str, ...],
        current: str | None,
        held: Callable[[str], str],
        background: Background,
    ) -> None:
        """``held``: why the heat guard lets no new work begin on a board, empty where it does."""
        super().__init__()
        self.config, self.tasks, self.states = config, tasks, states
        self.held, self.background = held, background
        self.last = last_choice.read()
        self.form = LaunchForm(tasks, states, scopes(config, marked, current), self.last)
        self._own_prompt = False
        self._mode = self.last.mode
        self._was_scripted = False
        self._told: Mapping[str, int] = {}
        """Each model to the number of boards that have it, when they were listed."""

    def compose(self) -> ComposeResult:
        """The form alone."""
        yield self.form

    def on_mount(self) -> None:
        """Fill in the last choice."""
        self.form.tasks.choose(self.last.task)
        self.form.models.renew(self.last.model)
        self._say_held()
        self._told = self.form.offer().count()
        self.set_interval(0.5, self._look_again)

    def _look_again(self) -> None:
        """Boards tell their models a moment after they are up. What was typed meanwhile stays."""
        before, self._told = self._told, self.form.offer().count()
        if self._told == before or self.form.offer().scripted:
            return
        if self.models:
            self.form.models.relist()
        else:
            self.form.models.renew(self.last.model)
            self._say_held()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only lists have something to mark."""
        if action == "pull":
            return bool(self.is_mounted and not self.background.readonly and self._lacking())
        return isinstance(self.focused, OptionList) if action == "mark" else True

    @property
    def models(self) -> tuple[str, ...]:
        """Those that were named."""
        return self.form.models.named

    def _lacking(self) -> list[tuple[str, str]]:
        """Board and model, where a board of the scope has not what was named."""
        launch = self.form.launch
        names = [full_name(model) for model in launch.models] if launch.tasks[0].runner == "ollama" else []
        return [(board, m) for m in names for board in lacking(self.states.values(), launch.boards, m)]

    def action_pull(self) -> None:
        """Have boards fetch what they lack; the models view shows how it goes."""
        pulls = self._lacking()
        try:
            for _, model in pulls:
                parse_name(model)
        except UsageError as error:
            self._say(error.sentence)
            return

        async def pull(cluster: Cluster) -> None:
            await asyncio.gather(*(cluster.models.pull(board, model) for board, model in pulls))

        self.background.ask(pull)
        self._say(f"{len(pulls)} pulls began: the models view shows them (esc, then m)", "accent")

    def action_mark(self) -> None:
        """Mark or unmark the task or model under the cursor."""
        if self.focused is self.form.tasks:
            self.form.tasks.mark()
            self._foretell()
        else:
            self.form.models.mark()

    @work(exclusive=True, group="foretell")
    async def _foretell(self) -> None:
        """How much it is, how long it may take and what will hardly fit, without reading a picture."""
        launch = self.form.launch
        line: Line = []
        if launch.complete:
            with suppress(TaskError):
                line = await foretold(self.background, launch.sketched(self.config))
        self.form.foretold.show(line)

    def _say_held(self) -> None:
        self._say(held_back(self.form.boards, self.held), "warn")

    @on(Choice.Changed)
    def _chosen(self) -> None:
        if self.form.mode != self._mode:
            self._mode = self.form.mode
            self.form.repeats.value = str(REPEATS[self._mode])
        self.form.models.relist()
        self._say_held()
        self._preview()
        self._foretell()

    @on(OptionList.OptionHighlighted, "#tasks")
    def _task_chosen(self) -> None:
        if not self._own_prompt:
            self.form.prompt.load_text(self.form.tasks.current.prompt)
        scripted = self.form.offer().scripted
        if scripted != self._was_scripted:
            self._was_scripted = scripted
            self.form.models.turn(self.last.model)
            self._say_held()
        self._preview()
        self._foretell()

    @on(TextArea.Changed, "#prompt")
    def _prompt_edited(self, event: TextArea.Changed) -> None:
        self._own_prompt = event.text_area.text not in {task.prompt for task in self.tasks}

    @on(Input.Changed, "#model, #repeats")
    def _asked_anew(self) -> None:
        self._foretell()

    @on(Input.Changed, "#picture")
    def _picture_typed(self) -> None:
        self._preview()

    @work(exclusive=True, group="preview")
    async def _preview(self) -> None:
        """Read and shrink the picture away from the loop."""
        task, own, view = self.form.tasks.current, self.form.launch.picture, self.form.picture
        try:
            asked = (await asyncio.to_thread(chosen_items, task, own))[0]
        except TaskError as error:
            view.show([], hostile.one_line(error.message.replace(own, Path(own).name)), "bad")
            return
        if not asked.image:
            view.show([], "this task has no picture")
            return
        size = view.size
        rows = await asyncio.to_thread(thumbnail, asked.image, max(8, size.width), max(3, size.height - 1))
        others = "" if own or len(task.items) == 1 else f" · {len(task.items)} items"
        made = f" · {asked.picture}" if asked.picture else ""
        view.show(rows, hostile.one_line(asked.item + others + made))

    def _say(self, text: str, ink: Ink = "bad") -> None:
        self.form.status.show([(hostile.one_line(text), ink)])

    @work(exclusive=True, group="fire")
    async def action_fire(self) -> None:
        """Check, read the pictures, hand over the order."""
        launch, task = self.form.launch, self.form.tasks.current
        if (fault := launch.fault()) is not None:
            field, sentence = fault
            self._say(sentence)
            self.query_one(field, Input).focus()
            return
        try:
            orders = await asyncio.to_thread(launch.orders, self.config)
        except TaskError as error:
            own = launch.picture
            self._say(f"{error.message.replace(own, Path(own).name)}: {error.remedy}")
            return
        name, repeats = ", ".join(launch.models), int(launch.repeats)
        last_choice.write(LastChoice(task.name, name, self.form.scope, repeats, launch.all_items, launch.mode))
        self.dismiss(orders)
