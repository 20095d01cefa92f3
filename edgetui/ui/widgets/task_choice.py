"""The list of tasks in the launcher."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import OptionList
from textual.widgets.option_list import Option

from edgetui.tasks import Task
from edgetui.ui.drawing.words import tick


class TaskChoice(OptionList):
    """One is highlighted, several may be marked."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        """``tasks``: at least one."""
        self.tasks, self.marked = tasks, set[str]()
        self._widest = max(len(task.name) for task in tasks)
        super().__init__(*(Option(self._words(t), id=t.name) for t in tasks), id="tasks", markup=False)

    def _words(self, task: Task) -> str:
        return f"{tick(task.name in self.marked)}{task.name:<{self._widest}}  {task.kind}"

    @property
    def current(self) -> Task:
        """The highlighted one."""
        return self.tasks[self.highlighted or 0]

    @property
    def chosen(self) -> tuple[Task, ...]:
        """The marked ones, else the highlighted one."""
        return tuple(task for task in self.tasks if task.name in self.marked) or (self.current,)

    def choose(self, last: str) -> None:
        """Highlight what was launched last; else what shows a stranger what this is for, a task with a picture."""
        names = [task.name for task in self.tasks]
        if last in names:
            self.highlighted = names.index(last)
        else:
            self.highlighted = next((n for n, t in enumerate(self.tasks) if any(i.image for i in t.items)), 0)

    def mark(self) -> None:
        """Mark or unmark the one under the cursor."""
        if (at := self.highlighted) is not None:
            self.marked ^= {self.current.name}
            self.replace_option_prompt_at_index(at, self._words(self.current))
