"""One look at a board before a run begins there: what does it run on, and how is it set?"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from edgetui.cluster.asking import Answer
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.visit.disks import volumes
from edgetui.cluster.visit.questions import DEAR
from edgetui.cluster.visit.rounds import ask_all
from edgetui.cluster.visit.serving import (
    ENVIRONMENT,
    RUNNERS,
    environment,
    flash_attention,
    kv_type,
    listed,
    num_parallel,
    runner_options,
)
from edgetui.cluster.visit.settings import Setting, governors, power_modes
from edgetui.config import Board
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import NA, OllamaInfo, State, na
from edgetui.model.hostile import one_line
from edgetui.model.setup import Setup
from edgetui.probes.disks import COMMAND
from edgetui.runners.ollama import survey

LIMIT_S = 10.0
"""A board that takes longer is measured all the same."""
_ASKED: Final[Mapping[str, str]] = {
    "room": COMMAND,
    **{name: DEAR[name] for name in ("mounts", "drives", "governors", "modes", "mode")},
    **ENVIRONMENT,
}
_UNHEARD = na("the board did not tell")


class Looks:
    """At one board: once a run, before the first request; and at the runner of each model that has answered."""

    def __init__(self, keeper: Keeper, keep: Callable[[Setup], Awaitable[None]]) -> None:
        self._keeper, self._keep = keeper, keep
        self._run = ""
        self._setup: Setup | None = None
        self._runners: dict[str, str | NA] = {}

    async def at(self, run: str, model: str = "") -> None:
        """Keep what the board tells, if this run has not asked it yet. ``model``: one that is loaded now."""
        link = self._keeper.link
        if link is None:
            return
        if self._run != run:
            self._run = run
            self._runners.clear()
            await self._begun(run, link)
        if model and model not in self._runners and self._setup is not None:
            found = await ask_all(link, RUNNERS, LIMIT_S)
            self._runners[model] = runner_options(found["runners"])
            self._setup = replace(self._setup, runners=_runners(self._runners))
            await self._keep(self._setup)

    async def _begun(self, run: str, link: Link) -> None:
        board, state = self._keeper.board, self._keeper.state
        answers = await ask_all(link, _ASKED, LIMIT_S)
        ollama = state.ollama
        if ollama is None:  # a run that is fired as soon as the board is up
            with suppress(LinkError):
                ollama = await survey(link, board.ollama_port, time.time())
        self._setup = setup(run, time.time(), board, replace(state, ollama=ollama), answers)
        await self._keep(self._setup)


def _runners(found: Mapping[str, str | NA]) -> str | NA:
    """Of each model; one reason where none is known."""
    told = [options for options in found.values() if not isinstance(options, NA)]
    if not told:
        return next(options for options in found.values() if isinstance(options, NA))
    return "; ".join(f"{one_line(model, 80)}: {options}" for model, options in found.items())


def setup(run: str, at: float, board: Board, state: State, answers: Mapping[str, Answer | NA]) -> Setup:
    """Out of what is known anyway and the answers. Pure; raises on no text whatever."""
    who, last, ollama = state.identity, state.sample, state.ollama or OllamaInfo(at)
    version = one_line(ollama.version, 40)
    settings = environment(answers["service"], answers["started"])
    return Setup(
        run=run,
        board=board.name,
        told_at=at,
        model=(who.model if who else "") or _UNHEARD,
        os=(who.os if who else "") or _UNHEARD,
        kernel=(who.kernel if who else "") or _UNHEARD,
        arch=(who.arch if who else "") or _UNHEARD,
        release=(who.release if who else "") or na("it has none" if who else _UNHEARD.reason),
        power_mode=_set(power_modes(answers["modes"], answers["mode"])),
        governor=_set(governors(answers["governors"])),
        caps=(", ".join(last.caps) or "none") if last else _UNHEARD,
        clock_max_hz=last.clock_max_hz if last else _UNHEARD,
        memory_total_bytes=last.memory_total_bytes if last else _UNHEARD,
        swap_total_bytes=last.swap_total_bytes if last else _UNHEARD,
        load_1=last.load_1 if last else _UNHEARD,
        models_on=models_on(answers["room"], answers["mounts"], answers["drives"]),
        ollama_version=version or na(one_line(ollama.reason) or "its Ollama did not answer"),
        ollama_settings=listed(settings),
        flash_attention=flash_attention(settings),
        kv_type=kv_type(settings),
        num_parallel=num_parallel(settings),
        runners=na("no model has answered"),
        cooling=board.cooling or na("not configured"),
        ambient_c=na("not configured") if board.ambient_c is None else board.ambient_c,
        sim_speed=who.sim_speed if who else 0.0,
    )


def _set(found: Setting | NA) -> str | NA:
    return found if isinstance(found, NA) else found.name or na("the board does not say which is in force")


def models_on(room: Answer | NA, mounts: Answer | NA, drives: Answer | NA) -> str | NA:
    """``df`` told of the root first, then of each folder of models that is there."""
    if not isinstance(room, NA):
        head, _root, *folders = [*room.text.splitlines(), "", ""]
        if not any(folders):
            return na("no folder of models that we may read")
        room = Answer("\n".join((head, *folders)), room.exit_status)
    found = volumes(room, mounts, drives)
    if isinstance(found, NA):
        return found
    return " or ".join(dict.fromkeys(v.drive for v in found if v.drive)) or na("nothing tells what it lies on")
