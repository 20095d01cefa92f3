"""What a person can have done to a board: the list for a board, pure; each with the words that are asked before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from edgetui.cluster.visit.settings import Setting
from edgetui.cluster.visit.visit import Visit
from edgetui.model import State, known

Kind: TypeAlias = Literal["ollama", "models", "setting", "power"]

GOVERNOR_SCRIPT = (
    'for f in /sys/devices/system/cpu/cpufreq/policy*/scaling_governor; do echo "$1" >"$f" || exit 1; done'
)
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]{1,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One of them."""

    kind: Kind
    title: str
    """``Restart Ollama``."""
    effect: str
    """What will happen, in a sentence."""
    argv: tuple[str, ...] = ()
    """A command that root runs; empty where ``models`` are unloaded, which every login may."""
    models: tuple[str, ...] = ()
    """Names of loaded models to unload."""
    ends_link: bool = False
    """The board goes away before it could tell how it went."""


RESTART_OLLAMA = Action(
    kind="ollama",
    title="Restart Ollama",
    effect="Loaded models leave the memory; an answer under way is lost.",
    argv=("systemctl", "restart", "ollama"),
)
REBOOT = Action(
    kind="power",
    title="Reboot",
    effect="Everything that runs on it ends. The link comes back by itself when the board is up again.",
    argv=("reboot",),
    ends_link=True,
)
SHUT_DOWN = Action(
    kind="power",
    title="Shut down",
    effect="Everything that runs on it ends. Somebody must go there to switch it on again.",
    argv=("poweroff",),
    ends_link=True,
)


def actions(state: State, visit: Visit | None) -> tuple[Action, ...]:
    """What can be done to this board now; nothing where there is no link."""
    if state.link not in ("up", "late"):
        return ()
    found: list[Action] = []
    if state.ollama is not None and (state.ollama.version or "refused" in state.ollama.reason):
        found.append(RESTART_OLLAMA)
    if state.ollama is not None and state.ollama.loaded:
        found.append(_unload(tuple(dict.fromkeys(m.name for m in state.ollama.loaded))))
    if visit is not None:
        if known(visit.power_mode):
            found += _power_modes(visit.power_mode)
        if known(visit.governor):
            found += _governors(visit.governor)
    return (*found, REBOOT, SHUT_DOWN)


def _unload(models: tuple[str, ...]) -> Action:
    return Action(
        kind="models",
        title=f"Unload {', '.join(models)}",
        effect="Its memory is free at once; the next question loads it anew.",
        models=models,
    )


def _power_modes(setting: Setting) -> list[Action]:
    return [
        Action(
            kind="setting",
            title=f"Power mode {name}",
            effect=f"nvpmodel sets clocks and cores anew, now {setting.name or 'unknown'}; it outlasts a restart.",
            argv=("sh", "-c", f"exec nvpmodel -m {number} </dev/null"),  # it asks before a restart that it needs
        )
        for number, name in setting.options
        if number != setting.now and number.isdecimal()
    ]


def _governors(setting: Setting) -> list[Action]:
    return [
        Action(
            kind="setting",
            title=f"Governor {name}",
            effect=f"The CPU's clock follows {name}, now {setting.now}, until the board is started anew.",
            argv=("sh", "-c", GOVERNOR_SCRIPT, "sh", name),
        )
        for name, _ in setting.options
        if name != setting.now and _PLAIN.fullmatch(name)
    ]
