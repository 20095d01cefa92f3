"""Rockchip RK3566, RK3588 and relatives: NPU and GPU. Zones and the clocks of big cores come as on any Linux.

Sources: Rockchip's kernel (drivers/rknpu/rknpu_debugger.c, drivers/devfreq). The ``load`` file of the NPU's devfreq
is a busy counter, not a percentage: it is not read. Mainline kernels have neither load.
"""

from __future__ import annotations

import re

from edgetui.model import Finding, Reading, known, na
from edgetui.probes.families import Command, Draft, Family, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import UNREADABLE, hertz, scaled

# Where the driver shows its load in /proc too, a plain user may read it.
SHELL = """
tick "$R"/proc/rknpu/load "$R"/sys/kernel/debug/rknpu/load
for d in "$R"/sys/class/devfreq/*.npu; do tick "$d/cur_freq"; done
for d in "$R"/sys/class/devfreq/*.gpu; do tick "$d/load"; done
"""

_CORES = r"(?:Core|NPU)[0-9]: *[0-9]{1,3}%(?:, *(?:Core|NPU)[0-9]: *[0-9]{1,3}%)*,?"
_LOAD = re.compile(rf"(?:NPU load: +)?{_CORES}|NPU load: +[0-9]{{1,3}}%")
_DENIED = na("the NPU's load is in debugfs, for root only")
_NO_NPU = na("no NPU driver")
_NO_GPU = na("the kernel shows no GPU load")
_UNKNOWN = na("the file has an unknown form")


def npu_load(text: str | None) -> Reading:
    """Percent, the mean of its cores: ``NPU load:  Core0: 45%, Core1: 32%, Core2: 0%,`` or ``NPU load:  37%``."""
    if text is None:
        return UNREADABLE
    if not _LOAD.fullmatch(text.strip()):
        return _UNKNOWN
    shares = [scaled(share, 1.0, 0.0, 100.0) for share in re.findall(r"([0-9]+)%", text)]
    values = [share for share in shares if known(share)]
    return round(sum(values) / len(values), 1) if len(values) == len(shares) else _UNKNOWN


def gpu_load(text: str | None) -> tuple[Reading, Reading]:
    """(percent, Hz) of a GPU's ``7@300000000Hz``."""
    if text is None:
        return UNREADABLE, UNREADABLE
    match = re.fullmatch(r"([0-9]{1,3})@([0-9]{1,12})Hz", text.strip())
    return (scaled(match[1], 1.0, 0.0, 100.0), hertz(match[2], 1.0)) if match else (_UNKNOWN, _UNKNOWN)


class Rockchip:
    """What the vendor's kernel shows of NPU and GPU."""

    commands: tuple[Command, ...] = ()
    release = ""

    def __init__(self, hello: Hello) -> None:
        self._npu = hello.key(r"/(proc|sys/kernel/debug)/rknpu/load")
        self._npu_clock = hello.key(r"/sys/class/devfreq/[^/]+\.npu/cur_freq")
        self._gpu = hello.key(r"/sys/class/devfreq/[^/]+\.gpu/load")
        hidden = self._npu_clock and not self._npu
        self._no_npu = _DENIED if hidden else _NO_NPU
        remedy = "sudo mount -o remount,mode=755 /sys/kernel/debug"
        self.findings: tuple[Finding, ...] = (Finding("NPU load", _DENIED.reason, remedy),) if hidden else ()

    def fill(self, tick: Tick, draft: Draft) -> None:
        """Loads and clocks, or why not."""
        values, fields = tick.values, draft.fields
        fields["npu_percent"] = npu_load(values.get(self._npu)) if self._npu else self._no_npu
        fields["npu_clock_hz"] = hertz(values.get(self._npu_clock), 1.0) if self._npu_clock else _NO_NPU
        gpu = gpu_load(values.get(self._gpu)) if self._gpu else (_NO_GPU, _NO_GPU)
        fields["gpu_percent"], fields["gpu_clock_hz"] = gpu


def _fits(hello: Hello) -> bool:
    return "rockchip," in hello.facts.get("/proc/device-tree/compatible", "")


FAMILY = Family(name="rockchip", shell=SHELL, fits=_fits, part=Rockchip)
