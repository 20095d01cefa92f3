"""What stands in the launcher's form: what is wrong with it, and the orders it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgetui.cluster.live import Order, Question
from edgetui.cluster.orders import chosen_items, make_order
from edgetui.config import Config
from edgetui.errors import TaskError
from edgetui.model import Mode
from edgetui.model.protocol import protocol_of
from edgetui.tasks import Task

MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Launch:
    """Several tasks or models are a campaign."""

    tasks: tuple[Task, ...]
    """At least one."""
    models: tuple[str, ...]
    """Of a script its variants, none stands for all."""
    boards: tuple[str, ...]
    repeats: str
    """As typed."""
    all_items: bool
    """Else the first of each task."""
    mode: Mode
    picture: str
    """Path to an own one, empty: the tasks' own."""
    prompt: str
    """Counts where it is one task that is asked."""

    @property
    def scripted(self) -> bool:
        """Is it a script that is chosen? Then its variants stand in the place of models."""
        return self.tasks[0].runner == "script"

    @property
    def complete(self) -> bool:
        """Is there enough to foretell what it takes?"""
        return bool(self.repeats.isdigit() and (self.models or self.scripted) and self.boards)

    def fault(self) -> tuple[str, str] | None:
        """The field that is to be mended, by its selector, and a sentence."""
        if not self.models and not self.scripted:
            return "#model", "Which model? Type its name, e.g. qwen2.5vl:3b."
        if not self.repeats.isdigit() or not 1 <= int(self.repeats) <= MOST_REPEATS:
            return "#repeats", f"Repeats must be a whole number from 1 to {MOST_REPEATS}."
        return None

    def sketched(self, config: Config) -> tuple[Order, ...]:
        """The orders without their pictures: enough to foretell. Raises TaskError."""
        every = self.all_items and not self.picture
        items = [tuple(Question(i.name) for i in (t.items if every else t.items[:1])) for t in self.tasks]
        return self._orders(config, items)

    def orders(self, config: Config) -> tuple[Order, ...]:
        """One for each task; reads the pictures. Raises TaskError."""
        wanted = "all" if self.all_items else "first"
        return self._orders(config, [chosen_items(task, self.picture, wanted) for task in self.tasks])

    def _orders(self, config: Config, items: Sequence[tuple[Question, ...]]) -> tuple[Order, ...]:
        if len(self.tasks) > 1 and any(task.runner == "script" for task in self.tasks):
            raise TaskError("A script has variants of its own, no models", "fire it alone")
        return tuple(
            make_order(
                config,
                task,
                asked,
                models=self.models,
                boards=self.boards,
                repeats=int(self.repeats),
                prompt=self.prompt if len(self.tasks) == 1 else "",
                protocol=protocol_of(self.mode),
            )
            for task, asked in zip(self.tasks, items, strict=True)
        )
