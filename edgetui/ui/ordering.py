"""Which models the launcher offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

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
