"""All that one visit has seen, folded out of raw answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.cluster.asking import Answer, Clock
from edgetui.cluster.visit.cost import Cost, cost
from edgetui.cluster.visit.disks import Volume, volumes
from edgetui.cluster.visit.logs import Log, journal, kills
from edgetui.cluster.visit.memory import Memory, Paging, cache, paging, speed
from edgetui.cluster.visit.network import Interface, Traffic, interfaces, traffic
from edgetui.cluster.visit.settings import Setting, governors, power_modes
from edgetui.model import NA, na

Answers = Mapping[str, Answer | NA]
"""By name of the question."""
NOT_YET = na("being asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One board, as of ``at``."""

    board: str
    at: float
    """Unix s of the host when the last answers came."""
    answers: Answers
    """Raw, for the doctor's checks."""
    clock: Clock | NA
    memory: Memory
    volumes: tuple[Volume, ...] | NA
    interfaces: tuple[Interface, ...] | NA
    cost: Cost | NA
    kills: Log
    log: Log
    """Ollama's."""
    governor: Setting | NA
    power_mode: Setting | NA
    counters: tuple[Paging | NA, Traffic | NA]
    """What the next visit's rates are made from."""


def uptime(answer: Answer | NA) -> float | None:
    """First number of /proc/uptime, s."""
    found = None if isinstance(answer, NA) else re.match(r"(\d{1,12}\.\d\d) ", answer.text)
    return float(found[1]) if found else None


def visit(board: str, at: float, answers: Answers, clock: Clock | NA, before: Visit | None) -> Visit:
    """What the answers say; rates are taken from the visit before. Pure; raises on no text whatever."""

    def said(name: str) -> Answer | NA:
        return answers.get(name, NOT_YET)

    now = said("now")
    up = uptime(now)
    pages, moved = paging(now, up), traffic(now, up)
    pages_before, moved_before = before.counters if before else (NOT_YET, NOT_YET)
    return Visit(
        board=board,
        at=at,
        answers=answers,
        clock=clock,
        memory=Memory(cache(now), *speed(pages, pages_before, said("page"))),
        volumes=volumes(said("df"), said("mounts"), said("drives")),
        interfaces=interfaces(moved, moved_before, said("links"), said("addresses"), said("wireless")),
        cost=cost(said("ours"), up),
        kills=kills(said("kills"), said("dmesg")),
        log=journal(said("log"), "Ollama's log"),
        governor=governors(said("governors")),
        power_mode=power_modes(said("modes"), said("mode")),
        counters=(pages, moved),
    )
