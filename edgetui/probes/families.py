"""What a family of boards adds to the probe and to the decoder. A new family is one new file beside this one.

A family's file has its lines of shell for the scan, the vendor commands, and the part of the decoder that
turns their answers into fields of a Sample. Parts are laid over one another: ``linux`` first, then every one that
fits, so that a graphics card's family adds its fields to whatever machine it is in.

Third parties register a ``Family`` under the entry point ``edgetui.families``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from edgetui.model import NA, Finding, Sample, Throttle, na
from edgetui.model.hostile import one_line
from edgetui.model.throttle import Kind, When
from edgetui.probes.hello import Hello

Counters: TypeAlias = Mapping[str, tuple[int, ...]]
"""What must be remembered until the next frame to make rates."""


@dataclass(frozen=True, slots=True)
class Command:
    """A vendor's tool, asked again and again on a channel of its own."""

    name: str
    text: str
    """One simple command or one ``{ …; }`` group, on one line: redirections may be put behind it."""
    period_s: float
    """Host s from one question to the next; none is asked while an answer is owed."""
    timeout_s: float
    """Host s after which it counts as hanging."""
    stream: bool = False
    """Started once, prints for ever: lines that begin with a number and a comma. A number that is not above the one
    before begins the next answer. Both times then say how long an answer may be away."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed last, stdout and stderr together."""

    text: str
    exit_status: int | None
    """None where it is unknown; never to be taken for success."""
    at: float
    """Unix s of the host."""


STALE = 3
"""An output older than this many periods is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One frame as a part sees it."""

    values: Mapping[str, str]
    """Key of the frame (``k3``, ``MemTotal:``, ``cpu0``) to the raw text behind it."""
    outputs: Mapping[str, Output]
    """By the command's name."""
    time: float
    """Unix s of the host."""
    elapsed_s: float | None
    """Board's s since the frame before; None where there is none, or the board's clock went backwards."""
    before: Counters
    """``Draft.counters`` of the frame before."""
    previous: Sample | None
    slow: bool
    """Did the host ask for the slow tier?"""

    def answer(self, command: Command) -> str | NA:
        """The command's last output; NA where there is none, it is stale, or the tool failed."""
        output = self.outputs.get(command.name)
        tool = command.text.lstrip("{ ").split(" ", 1)[0]
        if output is None:
            return na(f"{tool} has not answered yet")
        age = self.time - output.at
        if age > STALE * command.period_s:
            return na(f"{tool} has not answered for {age:.0f} s")
        if output.exit_status != 0:
            return na(f"{tool} failed: {one_line(output.text, 80) or f'exit status {output.exit_status}'}")
        return output.text

    def delta(self, name: str, now: tuple[int, ...]) -> tuple[int, ...] | None:
        """How far counters went since the frame before; None where that is unknown or one went backwards."""
        before = self.before.get(name)
        if before is None or len(before) != len(now):
            return None
        moved = tuple(n - b for n, b in zip(now, before, strict=True))
        return moved if min(moved) >= 0 else None


@dataclass(slots=True)
class Draft:
    """A Sample in the making; every part writes into it."""

    fields: dict[str, Any]
    """Names and values of ``Sample``; a later part may overwrite an earlier one's."""
    counters: dict[str, tuple[int, ...]] = field(default_factory=dict)
    throttles: dict[tuple[Kind, When], Throttle] = field(default_factory=dict)
    asked: bool = False
    """Did any source answer whether the board is held back?"""
    silent: NA | None = None
    """Why a source of throttling that this board has gave no answer."""
    caps: list[str] = field(default_factory=list)

    def limit(self, throttle: Throttle) -> None:
        """Note a limit; the first source of the same kind and time is kept."""
        self.throttles.setdefault((throttle.kind, throttle.when), throttle)


class Part(Protocol):
    """One family's share in decoding one board; made from its hello."""

    commands: tuple[Command, ...]
    findings: tuple[Finding, ...]
    release: str
    """For ``Identity.release``; empty where the family has none."""

    def fill(self, tick: Tick, draft: Draft) -> None:
        """Write what this frame says into the draft. Pure otherwise; raises on no text whatever."""


@dataclass(frozen=True, slots=True)
class Family:
    """What is registered."""

    name: str
    """For ``Identity.family``: the last one that fits gives the board its family."""
    shell: str
    """Lines for the probe's scan, in the terms of probe.sh: ``fact tick whole slow chips device has lines SLOW``.
    They run on every board, so they may cost little where the family is absent."""
    fits: Callable[[Hello], bool]
    part: Callable[[Hello], Part]
