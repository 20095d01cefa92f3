"""Is on the board what a script needs? Asked by one command; nothing is installed unless the task says ``venv``."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, Unsupported, refused
from edgetui.model.hostile import one_line
from edgetui.model.run import Outcome
from edgetui.model.script import Need, Script
from edgetui.probes.quantity import count

ASK_S = 60.0
"""Importing a large package on a slow board takes its time."""
_PACKAGE = """
import sys
try:
    from importlib.metadata import PackageNotFoundError as Missing, version as version_of
except ImportError:  # Python before 3.8, as JetPack 4 has it
    from pkg_resources import DistributionNotFound as Missing, get_distribution
    def version_of(name):
        return get_distribution(name).version
for name in sys.argv[1:]:
    try:
        version = version_of(name)
    except Missing:
        try:
            version = __import__(name.replace("-", "_")).__version__
        except (ImportError, AttributeError, OSError):
            version = "none"
    print("package", name, version)
"""
_MEMORY = "while read -r a b c; do case $a in MemAvailable:) echo memory $b;; esac; done </proc/meminfo"


@dataclass(frozen=True, slots=True)
class Lack:
    """What is not there."""

    outcome: Outcome
    reason: str
    """With the command that mends it."""


async def lacking(link: Link, script: Script, python: str) -> Lack | None:
    """The first thing that is missing. ``python``: the interpreter on the board. Raises LinkError, CommandError."""
    if not script.needs:
        return None
    packages = [_name(need) for need in script.needs if need.package]
    asks = [
        f"command -v {shlex.quote(need.command)} >/dev/null && echo command {shlex.quote(need.command)}"
        for need in script.needs
        if need.command
    ]
    if packages:
        asks.append(shlex.join([python, "-c", _PACKAGE, *packages]))
    try:
        done = await link.run(MARK + "; ".join([*asks, _MEMORY]), timeout=ASK_S)
    except TimeoutError as error:
        raise CommandError(f"the board did not tell within {ASK_S:g} s what it has") from error
    if why := refused(done.stdout):
        raise why
    rows = [line.split() for line in done.stdout.splitlines()]
    found = {(row[0], row[1]): row[-1] for row in rows if len(row) > 1}
    return next(filter(None, (_lack(need, found) for need in script.needs)), None)


async def refusal(link: Link, script: Script) -> str:
    """Why it will not even begin there, empty where it will: asked of the board without starting Python.

    Raises LinkError.
    """
    needs = tuple(need for need in script.needs if not need.package) or (Need(command="sh"),)
    try:
        lack = await lacking(link, replace(script, needs=needs), "")
    except Unsupported as error:
        return error.sentence
    except CommandError:
        return ""  # it did not tell
    return lack.reason if lack else ""


def _lack(need: Need, found: dict[tuple[str, str], str]) -> Lack | None:
    mend = f"; run on the board: {need.install}" if need.install else ""
    if need.command and ("command", need.command) not in found:
        return Lack("not-installed", f"there is no {need.command} on this board{mend}")
    if need.package:
        version, least = found.get(("package", _name(need)), "none"), need.package.partition(">=")[2]
        if version == "none":
            return Lack("not-installed", f"{need.package} is not on this board{mend}")
        if least and _numbers(version) < _numbers(least):
            return Lack("not-installed", f"{_name(need)} is {one_line(version, 30)} here, {least} is needed{mend}")
    if need.memory_bytes:
        kilobytes = next((count(n) for (what, n) in found if what == "memory"), None)
        if kilobytes is not None and (free := kilobytes * 1024) < need.memory_bytes:
            words = f"{free / 1e6:.0f} MB of memory are available, {need.memory_bytes / 1e6:.0f} MB are needed"
            return Lack("unsupported", f"{words}{mend}")
    return None


def _name(need: Need) -> str:
    return need.package.partition(">=")[0]


def _numbers(version: str) -> tuple[int, ...]:
    """``1.17.0rc1`` → (1, 17, 0)."""
    found = re.match(r"[0-9]{1,18}(?:\.[0-9]{1,18})*", version)
    parts = [int(part) for part in found[0].split(".")] if found else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
