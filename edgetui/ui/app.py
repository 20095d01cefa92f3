"""The app: one screen of views, one look at the cluster a second, dialogs over it."""

from __future__ import annotations

import os

os.environ.setdefault(
    "ESCDELAY", "25"
)  # before Textual is imported: esc would take 100 ms without the Kitty protocol

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveRun
from edgetui.config import Config
from edgetui.errors import EdgetuiError
from edgetui.model.run import GOOD
from edgetui.ui import last_choice
from edgetui.ui.campaigning import Campaigning
from edgetui.ui.commands import commands
from edgetui.ui.drawing.ink import Span
from edgetui.ui.drawing.topline import TABS, topline
from edgetui.ui.drawing.words import unfinished_answers
from edgetui.ui.journal import Journal
from edgetui.ui.moment import Moment, look
from edgetui.ui.screens.view import View
from edgetui.ui.screens.wall import WallView
from edgetui.ui.themed import THEME_KEY
from edgetui.ui.toasts import SHOWN_S, Toasts
from edgetui.ui.transport import Transport
from edgetui.ui.views import make_view
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from edgetui.tasks import Task
    from edgetui.ui.screens.alerts import AlertsView
    from edgetui.ui.screens.board import BoardView
    from edgetui.ui.screens.results import ResultsView
    from edgetui.ui.screens.run import RunView

LONG_RUN_S = 20.0
"""From here on the end of a run rings the bell: people look elsewhere meanwhile."""
SMALLEST = (72, 20)
"""Columns and rows below which the layout would break."""


class EdgeApp(Campaigning):
    """What ``edgetui`` shows."""

    TITLE = "edgetui"
    AUTO_FOCUS = ""
    ENABLE_COMMAND_PALETTE = True
    CSS = """
    #top { dock: top; background: $panel; }
    #views { height: 1fr; }
    #small { display: none; height: 1fr; color: $foreground; padding: 1 2; }
    Screen.-too-small #views, Screen.-too-small #top, Screen.-too-small KeyBar { display: none; }
    Screen.-too-small #small { display: block; }
    Toast { padding: 0 1; width: auto; max-width: 60; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "launch", "Run", id="app.launch", tooltip="Choose a task and fire it on boards"),
        *(Binding(key, f"view('{view}')", words, id=f"app.{view}", show=False) for key, view, words in TABS),
        Binding("t", "view('throttle')", "Throttle", id="app.inspect", tooltip="Heat and throttling over time"),
        Binding("g", "view('log')", "Log", id="app.events", show=False),
        Binding("m", "view('models')", "Models", id="app.matrix", show=False, tooltip="Pull, push, remove"),
        Binding("v", "view('results')", "Results", id="app.stored", tooltip="All that was ever answered"),
        Binding("D", "doctor", "Doctor", id="app.doctor", tooltip="What is wrong with a board, and what mends it"),
        Binding("exclamation_mark", "shell", "Shell", id="app.shell", tooltip="ssh to the board, here"),
        THEME_KEY,
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="Keys that work here"),
        Binding("ctrl+z", "suspend_process", "Suspend", id="app.suspend", show=False, tooltip="Back with: fg"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Asks while a run is under way"),
    ]

    def __init__(
        self,
        config: Config,
        background: Background,
        tasks: Callable[[], Sequence[Task]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises ConfigError for a theme or a key binding that is not there."""
        super().__init__(config.ui.theme)
        self.config, self.background, self.tasks, self.clock = config, background, tasks, clock
        self.journal, self.toasts = Journal(), Toasts()
        self.transport = background if isinstance(background, Transport) else None
        self.top, self.small = Row(id="top"), Static(id="small", markup=False)
        self.wall_view = WallView(config, background, id="wall")
        self.views: dict[str, View] = {"wall": self.wall_view}
        self.view = "wall"
        if config.ui.keys:
            from edgetui.ui.keymap import check_keymap

            self.complaints += check_keymap(config.ui.keys)
            self.set_keymap(config.ui.keys)

    def compose(self) -> ComposeResult:
        """First line, view, last line; other views are made when they are first asked for."""
        yield self.top
        with ContentSwitcher(id="views", initial="wall"):
            yield self.wall_view
        yield self.small
        yield KeyBar()

    def on_mount(self) -> None:
        """Paint first; only then connect to boards."""
        self.tick()
        self._view().main().focus()
        self.screen.set_interval(1.0, self.tick)  # on the app it would still fire while widgets are taken down
        self.call_after_refresh(self.background.start)
        self.call_after_refresh(self.seek_unfinished)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))  # the shell wrote over it
        for complaint in self.complaints:
            self.tell(complaint, "warning")

    def tick(self) -> None:
        """One look at the cluster: fold the log, show the moment."""
        if (failure := self.background.failure) is not None:
            if isinstance(failure, EdgetuiError):
                self.exit()
                return
            raise failure
        moment = look(self.background, self.clock(), time.monotonic())
        runs, store_error = self.background.runs, self.background.store_error
        news = self.journal.hear(self.background.events)
        for run in self.journal.fold(moment.states, runs, store_error, moment.now):
            self._ended(run, moment.now)
        if self.transport is None:
            self.toasts.hear(news, moment.mono)
        for toast in self.toasts.due(moment.mono):
            self.notify(toast.text, severity=toast.severity, markup=False, timeout=SHOWN_S)
        self._top(moment)
        self._view().tick(moment)

    def _ended(self, run: LiveRun, now: float) -> None:
        if self.transport is None:
            last_choice.forget_unable([live.reply for live in run.replies if live.reply is not None])
        if now - run.fired_at >= LONG_RUN_S:
            good = sum(1 for live in run.replies if live.reply is not None and live.reply.outcome in GOOD)
            self.tell(f"Run of {run.order.task} ended: {good} of {len(run.replies)} answers are ok")
            self.bell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be launched without boards or in the past, no shell opened where nothing may be changed."""
        if action == "suspend_process":
            return os.getpgrp() != os.getsid(0)  # a shell with job control started it, or nobody could wake it
        if action == "shell":
            return bool(self.config.board) and not self.background.readonly
        if action in ("doctor", "launch"):
            return bool(self.config.board) and self.transport is None
        return super().check_action(action, parameters)

    def _top(self, moment: Moment) -> None:
        view = self._view()
        lost: list[Span] = [(" nothing is stored ", "bad-pill")] if self.background.store_error else []
        notes = [*lost, *view.notes(), *self.tape_notes(), *self.offer_notes()]
        states, running = moment.states.values(), len(moment.work)
        alerts = sum(1 for alert in moment.alerts if alert.is_open(moment.now))
        self.top.show(topline(states, self.view, notes, running, moment.now, self.size.width, alerts))

    @on(View.Noted)
    def _noted(self) -> None:
        self._top(look(self.background, self.clock(), time.monotonic()))

    def _view(self) -> View:
        return self.views[self.view]

    async def action_view(self, name: str) -> None:
        """Bring a view to the front; made when it is first asked for."""
        switcher = self.screen_stack[0].query_one("#views", ContentSwitcher)
        if name not in self.views:
            self.views[name] = make_view(name, self.config, self.background, self.journal, self._chosen)
            await switcher.add_content(self.views[name])
        switcher.current = self.view = name
        self.tick()
        self._view().main().focus()

    @on(View.Left)
    async def _left(self, message: View.Left) -> None:
        await self.action_view(message.to)

    async def on_run_view_inspected(self, message: RunView.Inspected) -> None:
        """Heat and throttling during just these answers."""
        from edgetui.ui.screens.inspector import InspectorView

        await self.action_view("throttle")
        self.query_one(InspectorView).open(message.cells, message.first)

    async def on_alerts_view_inspected(self, message: AlertsView.Inspected) -> None:
        """Heat and throttling of that board at that moment."""
        from edgetui.ui.screens.inspector import InspectorView

        await self.action_view("throttle")
        self.query_one(InspectorView).look_back(message.board, message.time)

    async def on_results_view_opened(self, message: ResultsView.Opened) -> None:
        """One of the stored replies in full."""
        from edgetui.ui.screens.reply import ReplyView

        await self.action_view("reply")
        self.query_one(ReplyView).open(message.results, message.at)

    async def on_results_view_compared(self, message: ResultsView.Compared) -> None:
        """Stored replies side by side."""
        from edgetui.ui.screens.compare import CompareView

        await self.action_view("compare")
        self.query_one(CompareView).open(message.ids, message.run)

    async def on_results_view_inspected(self, message: ResultsView.Inspected) -> None:
        """Heat and throttling of that board while a stored reply was made."""
        from edgetui.ui.screens.inspector import InspectorView

        back = self.view
        await self.action_view("throttle")
        self.query_one(InspectorView).show_between(message.board, message.since, message.until, back)

    @on(WallView.Opened)
    async def _opened(self, message: WallView.Opened) -> None:
        from edgetui.ui.screens.board import BoardView

        await self.action_view("board")
        self.query_one(BoardView).open(message.board)

    def on_board_view_acted(self, message: BoardView.Acted) -> None:
        """Have something done to a board: asked, confirmed, told."""
        from edgetui.ui.order import order

        job = order(self, self.background, message.board, message.actions, self.tell)
        self.run_worker(job, group="order")

    async def action_shell(self) -> None:
        """A shell on the board in the user's own terminal; the app comes back when it ends."""
        from edgetui.ui.shell import open_shell

        await open_shell(self, self.config, self._here(), self.tell)

    def _here(self) -> str:
        """The board that is looked at, or under the wall's cursor; empty where there is none."""
        from edgetui.ui.screens.board import BoardView

        view = self._view()
        return view.board if isinstance(view, BoardView) else self.wall_view.wall.current or ""

    async def action_doctor(self) -> None:
        """Look at the board in front, or at those that are marked on the wall, else at the one under its cursor."""
        from edgetui.ui.screens.doctor import DoctorView

        boards = (self._here(),) if self.view == "board" else self._chosen()
        await self.action_view("doctor")
        self.query_one(DoctorView).open(boards)

    def action_launch(self) -> None:
        """Ask what to run; fire it and show it."""
        from edgetui.ui.screens.launcher import Launcher

        tasks = self.tasks()
        if not tasks:
            self.tell("No task can be used; `edgetui tasks check` says why", "warning")
            return
        current, ask = self.wall_view.wall.current, self.background
        launcher = Launcher(self.config, tasks, ask.states, self._marked(), current, ask.held, ask)
        self.push_screen(launcher, self.fired)

    def _marked(self) -> tuple[str, ...]:
        marked = self.wall_view.wall.marked
        return tuple(b.name for b in self.config.board if b.name in marked)

    def _chosen(self) -> tuple[str, ...]:
        """The marked boards, else the one under the wall's cursor."""
        current = self.wall_view.wall.current
        return self._marked() or ((current,) if current else ())

    def action_help(self) -> None:
        """The keys of what has the focus."""
        from edgetui.ui.screens.help import Help

        self.push_screen(Help(tuple(self.screen.active_bindings.values()), self.get_key_display))

    async def action_quit(self) -> None:
        """Quit; while a run is under way only after a yes."""
        unfinished = sum(1 for run in self.background.runs for live in run.replies if not live.done)
        from edgetui.ui.screens.confirm import ask

        if not unfinished and self.background.owed:
            words = [f"{self.background.owed} rows are not stored.", self.background.store_error]
            ask(self, "Not everything is stored", words, "Lose them and quit", "Stay", lambda: self.exit(0))
            return
        if not unfinished:
            self.exit(0)
            return
        words = [unfinished_answers(unfinished)]
        ask(self, "A run is under way", words, "Cancel them and quit", "Stay", lambda: self.exit(0))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what the keys do here, and the themes."""
        yield from commands(self, screen)
        yield from self.theme_commands()

    def tell(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A short notice, kept in the log; never markup."""
        self.journal.note(self.clock(), "edgetui", text)
        self.notify(text, severity=severity, markup=False, timeout=3.0 if severity == "information" else 10.0)

    def on_resize(self, event: events.Resize) -> None:
        """A sentence instead of a broken layout where there is too little room."""
        size, (columns, rows) = event.size, SMALLEST
        small = size.width < columns or size.height < rows
        self.screen_stack[0].set_class(small, "-too-small")
        words = (
            f"edgetui needs {columns}×{rows} cells; this terminal has {size.width}×{size.height}. Make it larger."
        )
        self.small.update(words)
        self.tick()
