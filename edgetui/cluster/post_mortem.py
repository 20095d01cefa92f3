"""Why did it fail? What the board's own readings and remains say beyond the runner's words. Pure.

Nothing is guessed: a cause is named by evidence of it, or it is said why there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from edgetui.cluster.remains import Remains
from edgetui.model import NA, KilledBy, Outcome, Reading, Reply, Sample, known, na
from edgetui.model.run import GOOD
from edgetui.probes.quantity import count
from edgetui.runners.ollama_errors import SMALLER, runner_died, taken_for_memory

SWAP_BYTES = 64 << 20
"""So much more in swap is worth a word."""
_OURS = re.compile(r"killed process \d+ \((?:ollama|llama)", re.IGNORECASE)
_KILLED = re.compile(r"killed process (\d+ \([^)]{1,32}\))", re.IGNORECASE)
_DEAD = ("failed", "inactive", "deactivating", "activating")
"""States of a service whose program does not run."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What broke off an answer."""

    killed_by: KilledBy | NA
    evidence: str
    """One sentence without an end."""
    not_for_memory: bool = False
    """The kernel's log or its counter shows that it was not the kernel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where it happened."""

    boot_id: str
    """Before; empty: not told."""
    lasted_s: float
    """From the beginning of the work to the answer of the board, by the board's own clock."""


def asks_for_it(reply: Reply) -> bool:
    """Did this answer end in a way whose cause lies on the board?"""
    if reply.outcome == "lost-link":
        return True
    if reply.request.runner != "ollama" or "degenerate" in reply.marks:
        return False
    if reply.outcome == "aborted-by-runtime":
        return True
    return reply.outcome in ("oom", "error") and (runner_died(reply.reason) or reply.reason.startswith("HTTP 5"))


def suffered(reply: Reply) -> Reply:
    """With what its Samples say; a good answer stays as it is."""
    if reply.outcome in GOOD:
        return reply
    said = [reply.reason] if reply.reason else []
    outcome = reply.outcome
    if _memory_ran_out(reply.samples):
        said.append("the kernel killed a program for memory meanwhile")
        outcome = "oom" if outcome == "aborted-by-runtime" else outcome
    swaps = _known(s.swap_used_bytes for s in reply.samples)
    if swaps and (grown := max(swaps) - swaps[0]) > SWAP_BYTES:
        said.append(f"swap grew by {grown / 1e6:.0f} MB")
    return replace(reply, outcome=outcome, reason="; ".join(said))


def explained(reply: Reply, cause: Cause) -> Reply:
    """With the cause in its reason, first: it is what a person wants to know."""
    outcome: Outcome = reply.outcome
    if cause.killed_by == "kernel-oom":
        outcome = "oom" if outcome in ("aborted-by-runtime", "error") else outcome
    said = reply.reason
    if outcome == "oom" and cause.not_for_memory and taken_for_memory(said):
        outcome, said = "aborted-by-runtime", said.replace(f"; {SMALLER}", "")
    reason = f"{cause.evidence}; {said}"
    return replace(reply, outcome=outcome, reason=reason, killed_by=cause.killed_by, evidence=cause.evidence)


def cause_of(reply: Reply, left: Remains, scene: Scene) -> Cause:
    """What broke it off, by what is left."""
    if booted(scene.boot_id, left.boot_id):
        up = f", up for {_span(left.uptime_s)}" if left.uptime_s is not None else ""
        ids = f"boot id {scene.boot_id[:8]} is now {left.boot_id[:8]}{up}"
        return Cause("board", f"the board lost its power or was restarted: {ids}")
    if reply.outcome == "lost-link":
        return _of_link(left, scene)
    found = _of_server(left, scene)
    if found is None and runner_died(reply.reason):
        found = _of_runner(left)
    found = _of_kernel(reply, left, scene, found) or found
    if found is None:
        why = "Ollama's server and the board have run on" if left.servers or left.service else _unseen(left)
        found = Cause(na(why), f"what broke it off is not known: {why}")
    if left.orphans:
        pids = " ".join(str(each.pid) for each in left.orphans)
        words = (
            f"a llama-server was left behind and keeps its memory (process {pids}): end it with: sudo kill {pids}"
        )
        found = replace(found, evidence=f"{found.evidence}; {words}")
    return found


def booted(before: str, after: str) -> bool:
    """Are these ids of different boots?"""
    return bool(before and after and before != after)


def _of_link(left: Remains, scene: Scene) -> Cause:
    if not (left.boot_id and scene.boot_id):
        why = "the board tells no boot id, so it may have lost its power or the link"
        return Cause(na(why), f"what broke it off is not known: {why}")
    up = f"up for {_span(left.uptime_s)}" if left.uptime_s is not None else "up"
    return Cause("link", f"the link was lost and the board ran on: boot id {left.boot_id[:8]} as before, {up}")


def _of_server(left: Remains, scene: Scene) -> Cause | None:
    """Has the server that was asked ended meanwhile? Processes tell more than a service that may not be in use."""
    service, now = left.service, left.uptime_s
    ages = [now - each.started_s for each in left.servers] if now is not None else []
    if any(age >= scene.lasted_s for age in ages):
        return None
    restarts = f", NRestarts={service['NRestarts']}" if "NRestarts" in service else ""
    entered = count(service.get("ActiveEnterTimestampMonotonic"))
    again = now - entered / 1e6 if now is not None and entered is not None else None
    if ages:
        said = f"its process {left.servers[0].pid} was started {_span(ages[0])} ago{restarts}"
    elif service.get("ActiveState") in _DEAD:
        state = f"{service['ActiveState']} ({service.get('SubState', '?')}), Result={service.get('Result', '?')}"
        said = f"ollama.service is {state}{restarts}"
    elif service and again is not None and again < scene.lasted_s:
        said = f"ollama.service was started anew {_span(again)} ago{restarts}"
    elif left.sees_all and not left.servers:
        said = "no process is 'ollama serve' any more" + ("" if service else ", and there is no ollama.service")
    else:
        return None
    return Cause("server", f"Ollama's server ended: {said}")


def _of_runner(left: Remains) -> Cause:
    """Ollama itself says that it lost its runner, so the server has lived to say it."""
    now = left.uptime_s
    if left.servers and now is not None:
        server = left.servers[0]
        lives = f"its server (process {server.pid}) has run on for {_span(now - server.started_s)}"
    else:
        lives = "its server has answered"
    restarts = f", NRestarts={left.service['NRestarts']}" if "NRestarts" in left.service else ""
    return Cause("runner", f"Ollama's runner died: {lives}{restarts}")


def _of_kernel(reply: Reply, left: Remains, scene: Scene, died: Cause | None) -> Cause | None:
    """Was it the kernel? Else what its log says goes with the evidence of who died."""
    if died is None:
        return None
    since = (left.uptime_s or 0.0) - scene.lasted_s
    lines = [line for line in left.kernel_kills(since) if _OURS.search(line)] if left.uptime_s is not None else []
    if lines:
        victim = _KILLED.search(lines[-1])
        name = victim[1] if victim else "it"
        return Cause("kernel-oom", f"the kernel killed process {name} for want of memory; {died.evidence}")
    if left.service.get("Result") == "oom-kill":
        # DefaultOOMPolicy=stop: systemd ends the whole of a service that lost a program so
        words = "the kernel killed a program of ollama.service for want of memory (Result=oom-kill)"
        return Cause("kernel-oom", f"{words}; {died.evidence}")
    if left.kernel.reason:
        if _memory_ran_out(reply.samples):
            return Cause("kernel-oom", f"the kernel killed a program for want of memory; {died.evidence}")
        remedy = f": {left.kernel.remedy}" if left.kernel.remedy else ""
        words = f"whether the kernel did it is not known: {left.kernel.reason}{remedy}"
        return replace(died, evidence=f"{died.evidence}; {words}")
    return replace(
        died, evidence=f"{died.evidence}; the kernel killed nothing of it for memory", not_for_memory=True
    )


def _unseen(left: Remains) -> str:
    if not left.sees_all:
        return "this login sees no other users' processes, and there is no ollama.service"
    return "no process and no service of Ollama's is seen"


def _memory_ran_out(samples: Sequence[Sample]) -> bool:
    kills = _known(s.oom_kills for s in samples)
    return bool(kills) and kills[-1] > kills[0]


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{max(0.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _known(values: Iterable[Reading]) -> list[float]:
    return [value for value in values if known(value)]
