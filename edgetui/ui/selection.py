"""Which boards the wall shows, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from edgetui.config import Board, Config
from edgetui.model import State, known
from edgetui.ui.drawing.words import letters

Sort: TypeAlias = Literal["configured", "name", "state", "temperature", "throttle"]
SORTS: tuple[Sort, ...] = get_args(Sort)
_LINKS = ("up", "late", "connecting", "down", "refused", "off")


def reference(config: Config) -> str:
    """The board that others are compared with: the one configured so, else the first; empty without boards."""
    chosen = next((b for b in config.board if b.reference), None)
    return chosen.name if chosen else config.board[0].name if config.board else ""


def throttles_now(state: State) -> str:
    """Letters of the throttles in force, e.g. ``FT``; empty where there is none or nobody knows."""
    if state.sample is None or not known(state.sample.throttle):
        return ""
    return letters(t for t in state.sample.throttle if t.when == "now")


def matches(query: str, board: Board, state: State) -> bool:
    """Every word of ``query`` is part of the name, a tag, the state (``throttled`` is one) or the family."""
    identity = state.identity
    places = [board.name, *board.tags, state.link, "throttled" if throttles_now(state) else ""]
    places += [identity.family, identity.model] if identity else []
    hay = "\n".join(places).lower()
    return all(word in hay for word in query.lower().split())


def select(boards: Sequence[Board], states: Mapping[str, State], query: str, sort: Sort, first: str) -> list[str]:
    """Names of the boards that match, the reference (``first``) before all others."""
    names = [b.name for b in boards if matches(query, b, states[b.name])]
    if sort == "name":
        names.sort(key=str.lower)
    elif sort == "state":
        names.sort(key=lambda n: -_LINKS.index(states[n].link))
    elif sort == "temperature":
        names.sort(key=lambda n: -_celsius(states[n]))
    elif sort == "throttle":
        names.sort(key=lambda n: -len(throttles_now(states[n])))
    if first in names:
        names.remove(first)
        names.insert(0, first)
    return names


def _celsius(state: State) -> float:
    sample = state.sample
    return sample.temperature_c if sample is not None and known(sample.temperature_c) else -1e9
