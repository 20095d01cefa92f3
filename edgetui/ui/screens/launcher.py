"""What to run, with which model, where, how often. Enter fires from anywhere in it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, TextArea
from textual.widgets.option_list import Option

from edgetui.cluster.background import Background
from edgetui.cluster.live import Order, Question
from edgetui.cluster.models import lacking
from edgetui.cluster.orders import chosen_items, make_order
from edgetui.config import Config
from edgetui.errors import TaskError, UsageError
from edgetui.model import Mode, State, hostile
from edgetui.model.protocol import REPEATS, protocol_of
from edgetui.runners.ollama_folder import parse_name
from edgetui.runners.ollama_server import full_name
from edgetui.tasks import Task
from edgetui.ui import last_choice
from edgetui.ui.drawing.half_blocks import thumbnail
from edgetui.ui.drawing.ink import Ink, Line
from edgetui.ui.foretelling import foretold
from edgetui.ui.last_choice import LastChoice, Scope
from edgetui.ui.ordering import held_back, installed, suggested
from edgetui.ui.selection import reference
from edgetui.ui.widgets.choice import Choice
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.key_bar import KeyBar
from edgetui.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from edgetui.cluster.core import Cluster

MOST_REPEATS = 1000
SEVERAL = "a model, or several with commas between"
MODES = (("quick", "quick"), ("burst", "burst: from cool"), ("sustained", "sustained: until steady"))


class Launcher(ModalScreen[tuple[Order, ...] | None]):
    """Filled in from the last choice, so that Enter alone is enough. Several tasks or models are a campaign."""

    AUTO_FOCUS = "#tasks"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]  # noqa: RUF012 - declared as an instance variable upstream
    DEFAULT_CSS = """
    Launcher { align: center middle; }
    Launcher > Vertical {
        width: 110; max-width: 98%; height: auto; max-height: 100%; padding: 0 1;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    Launcher Horizontal { height: auto; }
    Launcher Label { color: $muted; height: 1; }
    Launcher .column { width: 1fr; height: auto; margin-right: 2; }
    Launcher .label { width: 10; }
    Launcher OptionList, Launcher OptionList:focus {
        height: 6; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
    }
    Launcher #models, Launcher #models:focus { height: 5; }
    Launcher Input, Launcher Input:focus { height: 1; border: none; padding: 0; background: $panel; }
    Launcher #repeats, Launcher #repeats:focus { width: 8; }
    Launcher #picture { width: 1fr; }
    Launcher TextArea, Launcher TextArea:focus { height: 6; border: none; padding: 0; background: $panel; }
    Launcher Picture { width: 28; height: 7; }
    Launcher KeyBar { dock: none; background: $surface; }
    Launcher.-high Vertical#box { padding: 1 2 0 2; }
    Launcher.-high #upper, Launcher.-high #choices, Launcher.-high #lower { margin-bottom: 1; }
    Launcher.-high TextArea, Launcher.-high TextArea:focus { height: 11; }
    Launcher.-high Picture { width: 42; height: 12; }
    """
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
        self.held, self.background = held, background
        self.marked_tasks: set[str] = set()
        self.marked_models: list[str] = []
        self.config, self.tasks, self.states = config, tasks, states
        first = reference(config)
        everywhere = tuple(sorted((b.name for b in config.board if b.enabled), key=lambda name: name != first))
        chosen = tuple(sorted(marked, key=lambda name: name != first))
        self.scopes: dict[Scope, tuple[str, ...]] = {"marked": chosen} if chosen else {}
        self.scopes |= {"all": everywhere}
        if current is not None:
            self.scopes["cursor"] = (current,)
        self.last = last_choice.read()
        self._own_prompt = False
        self._mode = self.last.mode
        self._was_scripted = False

    def compose(self) -> ComposeResult:
        """Tasks and models side by side, then where and how often, then the prompt with its picture."""
        scope: Scope = "marked" if "marked" in self.scopes else self.last.scope
        words = {"marked": "marked", "all": "all", "cursor": "only"}
        scopes = [
            (s, f"{words[s]} {names[0] if s == 'cursor' else len(names)}") for s, names in self.scopes.items()
        ]
        with Vertical(id="box") as box:
            box.border_title = "Run a task"
            with Horizontal(id="upper"):
                with Vertical(classes="column"):
                    yield Label("Task")
                    yield OptionList(*self._task_options(), id="tasks", markup=False)
                with Vertical(classes="column"):
                    yield Label("Model", id="model-label", markup=False)
                    yield Input(id="model", placeholder=SEVERAL, compact=True)
                    yield OptionList(id="models", markup=False)
            with Vertical(id="choices", classes="column"):
                yield Choice("Boards", scopes, scope)
                yield Choice(
                    "Items", [("first", "first"), ("all", "all")], "all" if self.last.all_items else "first"
                )
                yield Choice("Mode", MODES, self.last.mode)
                with Horizontal():
                    yield Label("Repeats", classes="label")
                    yield Input(str(self.last.repeats), id="repeats", type="integer", compact=True, max_length=4)
                with Horizontal():
                    yield Label("Picture", classes="label")
                    yield Input(
                        id="picture", placeholder="the task's own, or a path to a PNG or JPEG", compact=True
                    )
            with Horizontal(id="lower"):
                with Vertical(classes="column"):
                    yield Label("Prompt")
                    yield TextArea(id="prompt", soft_wrap=True, tab_behavior="focus", compact=True)
                yield Picture()
            yield Row(id="foretold")
            yield Row(id="status")
            yield KeyBar()

    def on_mount(self) -> None:
        """Fill in the last choice."""
        tasks = self.query_one("#tasks", OptionList)
        names = [task.name for task in self.tasks]
        if self.last.task in names:
            tasks.highlighted = names.index(self.last.task)
        else:  # what a stranger fires with two keys shall show what this is for
            tasks.highlighted = next((n for n, t in enumerate(self.tasks) if any(i.image for i in t.items)), 0)
        self._models(self.last.model)

    def _task_options(self) -> list[Option]:
        widest = max((len(task.name) for task in self.tasks), default=0)
        return [
            Option(f"{self._tick(task.name in self.marked_tasks)}{task.name:<{widest}}  {task.kind}", id=task.name)
            for task in self.tasks
        ]

    @staticmethod
    def _tick(marked: bool) -> str:
        return "✓ " if marked else "  "

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only lists have something to mark."""
        if action == "pull":
            return bool(self.is_mounted and not self.background.readonly and self._lacking())
        return isinstance(self.focused, OptionList) if action == "mark" else True

    def _lacking(self) -> list[tuple[str, str]]:
        """Board and model, where a board of the scope has not what was named."""
        asked = self.models if self.query(Choice) and self.all_chosen[0].runner == "ollama" else ()
        names = [full_name(model) for model in asked]
        return [(board, m) for m in names for board in lacking(self.states.values(), self.boards, m)]

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
        options = self.focused
        if not isinstance(options, OptionList) or options.highlighted is None:
            return
        at = options.highlighted
        name = options.get_option_at_index(at).id or ""
        if options.id == "tasks":
            self.marked_tasks ^= {name}
            options.replace_option_prompt_at_index(at, self._task_options()[at].prompt)
            self._foretell()
        else:
            (self.marked_models.remove if name in self.marked_models else self.marked_models.append)(name)
            self.query_one("#model", Input).value = ", ".join(self.marked_models) or name
            self._list_models()

    @property
    def models(self) -> tuple[str, ...]:
        """Those that were named."""
        text = self.query_one("#model", Input).value
        words = re.split(r",?\s+", text.strip(" ,")) if self.scripted else text.replace(",", " ").split()
        return tuple(dict.fromkeys(filter(None, words)))

    @property
    def scripted(self) -> bool:
        """Is it a script that is chosen? Then its variants stand in the place of models."""
        return self.all_chosen[0].runner == "script"

    @property
    def all_chosen(self) -> tuple[Task, ...]:
        """The marked tasks, else the highlighted one."""
        marked = tuple(task for task in self.tasks if task.name in self.marked_tasks)
        return marked or (self.chosen,)

    @property
    def mode(self) -> Mode:
        """How it is measured."""
        return cast(Mode, list(self.query(Choice))[2].value)

    @work(exclusive=True, group="foretell")
    async def _foretell(self) -> None:
        """How much it is, how long it may take and what will hardly fit, without reading a picture."""
        repeats, models = self.query_one("#repeats", Input).value, self.models
        line: Line = []
        if repeats.isdigit() and (models or self.scripted) and self.boards:
            every = list(self.query(Choice))[1].value == "all" and not self.query_one("#picture", Input).value
            asked = [[Question(i.name) for i in (t.items if every else t.items[:1])] for t in self.all_chosen]
            with suppress(TaskError):
                line = await foretold(self.background, self._orders([tuple(each) for each in asked], int(repeats)))
        self.query_one("#foretold", Row).show(line)

    def _orders(self, items: Sequence[tuple[Question, ...]], repeats: int) -> tuple[Order, ...]:
        """One for each chosen task, ``items`` being those of each. Raises TaskError."""
        tasks = self.all_chosen
        if len(tasks) > 1 and any(task.runner == "script" for task in tasks):
            raise TaskError("A script has variants of its own, no models", "fire it alone")
        prompt = self.query_one("#prompt", TextArea).text.strip() if len(tasks) == 1 else ""
        return tuple(
            make_order(
                self.config,
                task,
                asked,
                models=self.models,
                boards=self.boards,
                repeats=repeats,
                prompt=prompt,
                protocol=protocol_of(self.mode),
            )
            for task, asked in zip(tasks, items, strict=True)
        )

    @property
    def chosen(self) -> Task:
        """The highlighted one."""
        return self.tasks[self.query_one("#tasks", OptionList).highlighted or 0]

    @property
    def boards(self) -> tuple[str, ...]:
        """Those of the chosen scope."""
        scope = self.query(Choice).first().value
        return next(names for key, names in self.scopes.items() if key == scope)

    def _models(self, wanted: str) -> None:
        """List what the boards have, and which are held; keep ``wanted`` where that makes sense."""
        count = self._list_models()
        options = self.query_one("#models", OptionList)
        name = suggested(count, wanted) if not self.scripted else ""
        self.query_one("#model", Input).value = name
        if name in count:
            options.highlighted = list(count).index(name)
        self._say(held_back(self.boards, self.held), "warn")

    def _list_models(self) -> Counter[str]:
        """What can be named there, and on how many boards it is: variants of a script are everywhere."""
        options, of = self.query_one("#models", OptionList), len(self.boards)
        at = options.highlighted
        script = self.all_chosen[0].script if self.scripted else None
        known = [name for name, _ in script.variants] if script else []
        count = Counter(dict.fromkeys(known, of)) if script else installed(self.states, self.boards)
        options.set_options(
            Option(self._tick(name in self.marked_models) + ("" if script else f"{n:>2} of {of}  ") + name, id=name)
            for name, n in count.items()
        )
        options.highlighted = at
        return count

    @on(Choice.Changed)
    def _chosen(self) -> None:
        repeats = self.query_one("#repeats", Input)
        if self.mode != self._mode:
            self._mode = self.mode
            repeats.value = str(REPEATS[self.mode])
        self._models(self.query_one("#model", Input).value)
        self._preview()
        self._foretell()

    @on(OptionList.OptionHighlighted, "#tasks")
    def _task_chosen(self) -> None:
        prompt = self.query_one("#prompt", TextArea)
        if not self._own_prompt:
            prompt.load_text(self.chosen.prompt)
        if self.scripted != self._was_scripted:
            self._was_scripted, self.marked_models = self.scripted, []
            words = "all variants" if self.scripted else SEVERAL
            self.query_one("#model", Input).placeholder = words
            self._models(self.last.model)
            self._model_typed()
        self._preview()
        self._foretell()

    @on(TextArea.Changed, "#prompt")
    def _prompt_edited(self, event: TextArea.Changed) -> None:
        self._own_prompt = event.text_area.text not in {task.prompt for task in self.tasks}

    @on(OptionList.OptionHighlighted, "#models")
    def _model_chosen(self, event: OptionList.OptionHighlighted) -> None:
        if self.focused is event.option_list and event.option_id and not self.marked_models:
            self.query_one("#model", Input).value = event.option_id

    @on(Input.Changed, "#model")
    def _model_typed(self) -> None:
        if self.marked_models and list(self.models) != self.marked_models:  # typed by hand
            self.marked_models = []
            self._list_models()
        self._foretell()
        if self.scripted:
            self.query_one("#model-label", Label).update(f"Variant   {len(self.models) or 'all'}")
            return
        count = installed(self.states, self.boards)
        having = min((count[name] for name in self.models), default=0)
        words = (
            f"Model   on {having} of {len(self.boards)} boards"
            if count
            else "Model   no board has told its models yet"
        )
        self.query_one("#model-label", Label).update(words)

    @on(Input.Changed, "#repeats")
    def _repeats_typed(self) -> None:
        self._foretell()

    @on(Input.Changed, "#picture")
    def _picture_typed(self) -> None:
        self._preview()

    @work(exclusive=True, group="preview")
    async def _preview(self) -> None:
        """Read and shrink the picture away from the loop."""
        task, own = self.chosen, self.query_one("#picture", Input).value.strip()
        view = self.query_one(Picture)
        try:
            name, data, *_ = (await asyncio.to_thread(chosen_items, task, own))[0]
        except TaskError as error:
            view.show([], hostile.one_line(error.message.replace(own, Path(own).name)), "bad")
            return
        if not data:
            view.show([], "this task has no picture")
            return
        size = view.size
        rows = await asyncio.to_thread(thumbnail, data, max(8, size.width), max(3, size.height - 1))
        others = "" if own or len(task.items) == 1 else f" · {len(task.items)} items"
        view.show(rows, hostile.one_line(name + others))

    def _say(self, text: str, ink: Ink = "bad") -> None:
        self.query_one("#status", Row).show([(hostile.one_line(text), ink)])

    @work(exclusive=True, group="fire")
    async def action_fire(self) -> None:
        """Check, read the pictures, hand over the order."""
        models, tasks = self.models, self.all_chosen
        repeats = self.query_one("#repeats", Input).value.strip()
        own = self.query_one("#picture", Input).value.strip()
        all_items = list(self.query(Choice))[1].value == "all"
        if not models and not self.scripted:
            self._say("Which model? Type its name, e.g. qwen2.5vl:3b.")
            self.query_one("#model", Input).focus()
            return
        if not repeats.isdigit() or not 1 <= int(repeats) <= MOST_REPEATS:
            self._say(f"Repeats must be a whole number from 1 to {MOST_REPEATS}.")
            self.query_one("#repeats", Input).focus()
            return
        wanted = "all" if all_items else "first"
        try:
            items = [await asyncio.to_thread(chosen_items, task, own, wanted) for task in tasks]
            orders = self._orders(items, int(repeats))
        except TaskError as error:
            self._say(f"{error.message.replace(own, Path(own).name)}: {error.remedy}")
            return
        scope = next(key for key, names in self.scopes.items() if names == self.boards)
        name = ", ".join(models)
        last_choice.write(LastChoice(self.chosen.name, name, scope, int(repeats), all_items, self.mode))
        self.dismiss(orders)
