"""Models × boards: what is where, in which version, what is loaded, and what would fit. Pure but for ``fit``."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edgetui.cluster.keeper import Keeper
from edgetui.errors import LinkError
from edgetui.model import NA, InstalledModel, LoadedModel, Reading, State, known, na
from edgetui.model.fit import Campaign, Fit, Kept, Need
from edgetui.runners.ollama_fit import beside, needs, room

ASK_S = 10.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one board."""

    board: str
    model: str
    present: bool | NA
    """NA: the board does not tell."""
    installed: InstalledModel | None = None
    loaded: LoadedModel | None = None
    drifted: bool = False
    """Other boards have another version under this name."""
    simulated: bool = False

    @property
    def gpu_share(self) -> Reading:
        """0 to 1: what lies in a GPU's memory; the rest is computed by the CPU."""
        if self.loaded is None:
            return na("not loaded")
        whole, part = self.loaded.size_bytes, self.loaded.size_vram_bytes
        if not known(whole) or not known(part):
            return part if not known(part) else whole
        return part / whole if whole else na("the server said 0")


@dataclass(frozen=True, slots=True)
class Row:
    """One model on all boards."""

    model: str
    cells: Mapping[str, Cell]

    @property
    def digests(self) -> Counter[str]:
        """Of the versions under this name, each with its number of boards."""
        return Counter(cell.installed.digest for cell in self.cells.values() if cell.installed)


def matrix(states: Iterable[State], wanted: Iterable[str] = ()) -> tuple[Row, ...]:
    """A Row for each model that a board has, and for those ``wanted``, by name."""
    boards = tuple(states)
    names = {row.name for state in boards if state.ollama for row in state.ollama.installed} | set(wanted)
    return tuple(_row(name, boards) for name in sorted(names))


def lacking(states: Iterable[State], boards: Iterable[str], model: str) -> list[str]:
    """Those of ``boards`` that told their models, and have it not. ``model``: whole name."""
    wanted = set(boards)
    told = [s for s in states if s.board in wanted and s.link in ("up", "late") and s.ollama and s.ollama.version]
    return [state.board for state in told if _installed(state, model) is None]


def _row(model: str, states: tuple[State, ...]) -> Row:
    found = {state.board: _installed(state, model) for state in states}
    digests = Counter(row.digest for row in found.values() if row)
    usual = digests.most_common(1)[0][0] if digests else ""
    return Row(model, {state.board: _cell(state, model, found[state.board], usual) for state in states})


def _cell(state: State, model: str, row: InstalledModel | None, usual: str) -> Cell:
    info = state.ollama
    answered = info is not None and bool(info.version) and state.link in ("up", "late")
    loaded = next((each for each in info.loaded if row and each.digest == row.digest), None) if info else None
    simulated = state.identity is not None and state.identity.simulated
    if answered:
        drifted = row is not None and row.digest != usual
        return Cell(state.board, model, row is not None, row, loaded, drifted, simulated)
    why = state.reason if state.link not in ("up", "late") else info.reason if info else "not asked yet"
    return Cell(state.board, model, na(why or f"the board is {state.link}"), simulated=simulated)


def _installed(state: State, model: str) -> InstalledModel | None:
    rows = state.ollama.installed if state.ollama else ()
    return next((row for row in rows if row.name == model), None)


async def fit(
    keepers: Mapping[str, Keeper], model: str, num_ctx: int, campaign: Campaign | None = None
) -> dict[str, Fit | NA]:
    """By board: would it fit? What it needs is asked from any board that has the model; 0 s where none has."""
    has = [k for k in keepers.values() if k.link is not None and _installed(k.state, model)]
    need: Need | None = None
    for keeper in has:
        if need is None and keeper.link is not None:
            try:
                async with asyncio.timeout(ASK_S):
                    need = await needs(keeper.link, keeper.board.ollama_port, model, num_ctx)
            except (LinkError, TimeoutError):
                continue  # another board may tell
    return {name: _fit(keeper.state, need, campaign) for name, keeper in keepers.items()}


def _fit(state: State, need: Need | None, campaign: Campaign | None) -> Fit | NA:
    if need is None:
        return na("no board that has the model tells its size")
    if state.sample is None:
        return na(state.reason or "no reading yet")
    loaded = state.ollama.loaded if state.ollama else ()
    freeable = sum(held.size_bytes for held in loaded if known(held.size_bytes))
    keeps = campaign is not None and state.ollama is not None and state.ollama.era == "C"
    kept = Kept(need.picture_bytes, campaign, beside(state.sample)) if keeps and campaign else None
    return Fit(need.file_bytes, need.context_bytes, room(state.sample), freeable, kept)
