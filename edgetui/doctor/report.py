"""All checks on all boards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from edgetui.cluster.core import Cluster
from edgetui.cluster.keeper import Keeper
from edgetui.config import Config
from edgetui.doctor import ollama, system, tools
from edgetui.doctor.check import GRADES, Check, Evidence, Grade
from edgetui.doctor.visit import first_look, gather
from edgetui.model import Finding, State

CheckOf: TypeAlias = Callable[[Evidence], Check | None]
"""Pure; None where it makes no sense on this board."""

CHECKS: tuple[CheckOf, ...] = (
    tools.vcgencmd,
    tools.supply,
    tools.throttling,
    tools.tegrastats,
    tools.nvpmodel,
    tools.nvidia_smi,
    tools.npu_smi,
    ollama.reachable,
    ollama.version,
    ollama.on_gpu,
    ollama.exposed,
    ollama.orphans,
    ollama.prompt_cache,
    system.disk,
    system.swap,
    system.memory,
    system.clock,
    system.sshd,
    system.probe,
)


@dataclass(frozen=True, slots=True)
class Report:
    """One board's checklist, worst first."""

    state: State
    checks: tuple[Check, ...]

    @property
    def grade(self) -> Grade:
        """The worst of its checks, where unknown is better than wrong and green better than unknown."""
        return self.checks[0].grade if self.checks else "grey"

    @property
    def reached(self) -> bool:
        """Was the board there to be looked at?"""
        return self.state.link in ("up", "late")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        identity = self.state.identity
        return {
            "board": self.state.board,
            "grade": self.grade,
            "state": self.state.link,
            "reason": self.state.reason,
            "sim_speed": identity.sim_speed if identity and identity.simulated else None,
            "family": identity.family if identity else None,
            "model": identity.model if identity else None,
            "checks": [check.to_json() for check in self.checks],
        }


def checklist(evidence: Evidence) -> tuple[Check, ...]:
    """Every check that makes sense on this board, and what its families found, worst first."""
    made = [check for make in CHECKS if (check := make(evidence))]
    mended = {check.remedy for check in made if check.remedy}
    made += [_found(f) for f in evidence.identity.findings if f.remedy not in mended]
    return tuple(sorted(made, key=lambda check: GRADES.index(check.grade)))


def _found(finding: Finding) -> Check:
    """What a family cannot read; without a command that mends it, it is only not known."""
    looked = finding.why if finding.remedy else f"could not look: {finding.why}"
    grade: Grade = "amber" if finding.remedy else "grey"
    return Check(finding.what, grade, looked, "edgetui shows n/a in its place", finding.remedy)


async def examine(config: Config) -> tuple[Report, ...]:
    """Connect to the boards of ``config`` at once, look at each, leave."""
    states = {board.name: State(board=board.name) for board in config.board}
    async with Cluster(config, None, states) as cluster:
        return tuple(await asyncio.gather(*map(_whole, cluster.keepers.values())))


async def _whole(keeper: Keeper) -> Report:
    return [report async for report in look(keeper)][-1]


async def look(keeper: Keeper) -> AsyncIterator[Report]:
    """Look at one board over its link: the checklist as far as it is known, again and again until it is whole."""
    state, ollama_info = await first_look(keeper)
    link = keeper.link
    if link is None or state.identity is None or ollama_info is None:
        why = "nothing else of it can be looked at"
        yield Report(state, (Check("link", "red", f"{state.link}: {state.reason}", why, state.remedy),))
        return
    async for evidence in gather(keeper, link, state.identity, ollama_info):
        yield Report(state, checklist(evidence))
