"""Which models the launcher offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from edgetui.model import State, hostile


def installed(states: Mapping[str, State], boards: Iterable[str]) -> Counter[str]:
    """Model name (clean) to the number of ``boards`` that have it, in the order of the boards' own lists."""
    count: Counter[str] = Counter()
    for board in boards:
        info = states[board].ollama
        if info is not None:
            count.update(list(dict.fromkeys(hostile.one_line(model.name) for model in info.installed)))
    return count


def suggested(count: Counter[str], last: str) -> str:
    """The last model where a board has it or nothing is known, else the one that most boards have."""
    if last and (last in count or not count):
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
