"""What a board can be set to: its clock's governors, a Jetson's power modes. Read from it, never assumed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.cluster.asking import Answer
from edgetui.model import NA, na

_GOVERNOR = re.compile(r"^/sys/devices/system/cpu/cpufreq/policy\d+/scaling_governor:([a-z_]{1,20})$", re.MULTILINE)
_AVAILABLE = re.compile(r"/scaling_available_governors:([a-z_ ]{1,200})$", re.MULTILINE)
_MODE = re.compile(r"^< *POWER_MODEL +ID=(\d{1,3}) +NAME=([A-Za-z0-9_.+-]{1,30}) *>", re.MULTILINE)
_STATUS = re.compile(r"pmode:0*(\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set. Values are letters, digits and marks that no shell minds."""

    now: str
    """One of the options' values, several with commas where the board's parts differ; empty where it is unknown."""
    options: tuple[tuple[str, str], ...]
    """Value and what the board calls it."""

    @property
    def name(self) -> str:
        """What the board calls ``now``."""
        return dict(self.options).get(self.now, self.now)


def governors(answer: Answer | NA) -> Setting | NA:
    """Of cpufreq."""
    if isinstance(answer, NA):
        return answer
    now = sorted(set(_GOVERNOR.findall(answer.text)))
    lists = [set(found.split()) for found in _AVAILABLE.findall(answer.text)]
    if not now:
        return na("this kernel sets no clocks")
    common = sorted(set.intersection(*lists) - {"userspace"}) if lists else now
    return Setting(",".join(now), tuple((name, name) for name in common))


def power_modes(modes: Answer | NA, status: Answer | NA) -> Setting | NA:
    """Of /etc/nvpmodel.conf; the mode in force is the one last asked for."""
    if isinstance(modes, NA):
        return modes
    found = tuple(dict(_MODE.findall(modes.text)).items())
    if not found:
        return na("the board has no nvpmodel.conf")
    told = None if isinstance(status, NA) else _STATUS.match(status.text)
    return Setting(told[1] if told else "", found)
