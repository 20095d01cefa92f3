"""What the launcher offers: boards to run on, and models or variants to name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from edgetui.config import Config
from edgetui.model import State, hostile
from edgetui.runners.ollama_server import full_name
from edgetui.tasks import Task
from edgetui.ui.last_choice import Scope
from edgetui.ui.selection import reference


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be named for a task on some boards: models, or variants where it is a script."""

    task: Task
    states: Mapping[str, State]
    boards: tuple[str, ...]

    @property
    def scripted(self) -> bool:
        """Are variants named, and not models?"""
        return self.task.runner == "script"

    def count(self) -> Counter[str]:
        """Each name to the number of boards that have it: variants of a script are everywhere."""
        script = self.task.script if self.scripted else None
        if script is None:
            return installed(self.states, self.boards)
        return Counter(dict.fromkeys((name for name, _ in script.variants), len(self.boards)))

    def named(self, text: str) -> tuple[str, ...]:
        """Those in what was typed; only names of variants may have commas in them."""
        words = re.split(r",?\s+", text.strip(" ,")) if self.scripted else text.replace(",", " ").split()
        return tuple(dict.fromkeys(filter(None, words)))

    def spread(self, named: tuple[str, ...]) -> str:
        """On how many boards all that was named is, in words."""
        if self.scripted:
            return f"Variant   {len(named) or 'all'}"
        count = self.count()
        if not count:
            return "Model   no board has told its models yet"
        having = min((count[full_name(name)] for name in named), default=0)
        return f"Model   on {having} of {len(self.boards)} boards"


def scopes(config: Config, marked: Iterable[str], current: str | None) -> dict[Scope, tuple[str, ...]]:
    """The boards of each choice there is, the reference before all others. ``current``: under the wall's cursor."""
    first = reference(config)
    everywhere = tuple(sorted((b.name for b in config.board if b.enabled), key=lambda name: name != first))
    chosen = tuple(sorted(marked, key=lambda name: name != first))
    found: dict[Scope, tuple[str, ...]] = {"marked": chosen} if chosen else {}
    found["all"] = everywhere
    if current is not None:
        found["cursor"] = (current,)
    return found


def installed(states: Mapping[str, State], boards: Iterable[str]) -> Counter[str]:
    """Model name (clean) to the number of ``boards`` that have it, in the order of the boards' own lists."""
    count: Counter[str] = Counter()
    for board in boards:
        info = states[board].ollama
        if info is not None:
            count.update(list(dict.fromkeys(hostile.one_line(model.name) for model in info.installed)))
    return count


def suggested(count: Counter[str], last: str, named: tuple[str, ...]) -> str:
    """What was named last where boards have all of it or nothing is known, else what most boards have."""
    if last and (not count or all(full_name(name) in count for name in named)):
        return last
    return count.most_common(1)[0][0] if count else ""


def held_back(boards: Iterable[str], held: Callable[[str], str]) -> str:
    """Which of these boards the heat guard holds, with the reading of the first; empty where none is held."""
    found = [(board, why) for board in boards if (why := held(board))]
    if not found:
        return ""
    board, why = found[0]
    more = f", as {len(found) - 1} more are" if len(found) > 1 else ""
    return f"{board} is held by the heat guard{more}: {why}. Answers wait until then."
