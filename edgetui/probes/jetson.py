"""NVIDIA Jetson: Nano (T210) to Orin (T234), JetPack 4 to 7; what is known of Thor beside.

Sources: NVIDIA Jetson Linux developer guide (power rails, soctherm over-current events, nvpmodel), device trees of
tegra210-p3450 and tegra234-p3767, field reports in the NVIDIA forum (t/158055, t/276251). On a Jetson nvidia-smi
answers ``N/A`` to everything: it is never asked.
"""

from __future__ import annotations

import re

from edgetui.model import NA, Finding, Reading, Throttle, known, na
from edgetui.model.hostile import one_line
from edgetui.model.sample import UNREAD
from edgetui.model.throttle import Kind
from edgetui.probes import tegrastats
from edgetui.probes.families import Command, Draft, Family, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.linux import pwm_percent
from edgetui.probes.quantity import UNREADABLE, count, hertz, kilobytes, percent, rpm, scaled
from edgetui.probes.rails import rail, rails

# The load file is a link to the same device on JetPack 4 and 5, under platform/ on 7: one of them is enough.
# nvpmodel.conf is long: one grep at the start is cheaper than builtins.
SHELL = """
fact "$R"/etc/nv_tegra_release
tick "$R"/var/lib/nvpmodel/status
rd "$R"/proc/device-tree/compatible
d=$R/sys/devices/system/cpu/cpufreq/policy0
case $v in *tegra*) fact "$d/cpuinfo_min_freq"; tick "$d/scaling_min_freq";; esac
if [ -r "$R/etc/nvpmodel.conf" ]; then lines mode= '^< *POWER_MODEL' "$R/etc/nvpmodel.conf"; fi
c=$k
for d in "$R"/sys/class/devfreq/*; do
  case ${d##*/} in *gpu*|*gp10b*|*gv11b*|*ga10b*|*gb10b*) tick "$d/device/load";; esac
done
for d in "$R"/sys/devices/gpu.0 "$R"/sys/devices/platform/gpu.0; do if [ $k = $c ]; then tick "$d/load"; fi; done
for d in "$R"/sys/class/devfreq/*; do
  case ${d##*/} in *gpu*|*gp10b*|*gv11b*|*ga10b*|*gb10b*) tick "$d/cur_freq";; esac
done
chips 'ina3221*'
for d in $D; do
  for f in "$d"/in[1-3]_label; do
    rd "$f"; case $v in ''|NC|*shunt*) continue;; esac
    c=${f##*/in}; c=${c%_label}; fact "$f"; tick "$d/in${c}_input" "$d/curr${c}_input"
  done
done
chips ina238; for d in $D; do fact "$d/label"; tick "$d/power1_input"; done
for f in "$R"/sys/bus/i2c/devices/*/iio:device*/rail_name_[0-9]; do
  rd "$f"; case $v in ''|NC) continue;; esac
  fact "$f"; tick "${f%/*}/in_power${f##*_}_input"
done
chips soctherm_oc; for d in $D; do tick "$d"/oc[1-3]_event_cnt; done
chips pwm_tach; for d in $D; do tick "$d/rpm"; done
chips tachometer; for d in $D; do tick "$d/rpm"; done
tick "$R"/sys/devices/pwm-fan/cur_pwm "$R"/sys/devices/pwm-fan/rpm_measured
has tegrastats
SLOW="$SLOW|NvMapMemUsed"
"""

TEGRASTATS = Command("tegrastats", "{ tegrastats --interval 500 | head -n 1; }", period_s=2.0, timeout_s=8.0)
"""Only where the kernel's files lack the GPU or the rails: it costs the board a process."""

_OVERCURRENT: dict[str, tuple[Kind, float]] = {
    "oc1_event_cnt": ("U", 0.0),  # VDD_IN fell to about 4.5 V
    "oc2_event_cnt": ("P", 0.0),  # average current
    "oc3_event_cnt": ("P", 20.0),  # instantaneous: 1-30/s are usual in MAXN_SUPER, each about 1 ms at half clock
}
"""Kind, and the rate per s above which it holds the board back: at 20/s oc3 takes 1 % of the clock."""

_TOTALS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"POM_5V_IN"}), "board input"),
    (frozenset({"VDD_IN"}), "module input"),
    (frozenset({"VIN"}), "module input"),
    (frozenset({"VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"}), "sum of the module's rails"),  # AGX Orin
    (frozenset({"GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"}), "sum of the module's rails"),  # AGX Xavier
)
"""Rails that together are the total, most telling first. Other rails are parts of these: never add all."""

_JETPACK = {"32": "4", "34": "5", "35": "5", "36": "6", "38": "7", "39": "7"}
_POLICY = "/sys/devices/system/cpu/cpufreq/policy0"
_NO_TOTAL = na("no rail of this board is its total")
_NO_RAILS = na("no power sensor on this board")
_NO_LOAD = na("the kernel shows no GPU load")
_SHARED = na("shared with the system's memory")


class Jetson:
    """GPU, rails, over-current events, power mode."""

    findings: tuple[Finding, ...] = ()

    def __init__(self, hello: Hello) -> None:
        self.release = l4t(hello.facts.get("/etc/nv_tegra_release", ""))
        self._load = hello.key(r"/sys/.*/(device|gpu\.0)/load")
        self._clock = hello.key(r"/sys/class/devfreq/[^/]+/cur_freq")
        self._rails = rails(hello)
        self._events = tuple(
            (name, path, key)
            for path, key in hello.keys.items()
            if (name := path.rpartition("/")[2]) in _OVERCURRENT
        )
        self._rpm = hello.key(r"/sys/.*/(rpm|rpm_measured)")
        self._pwm = hello.key(r"/sys/devices/pwm-fan/cur_pwm")
        self._lowest = hertz(hello.facts.get(f"{_POLICY}/cpuinfo_min_freq"))
        self._floor, self._cap = (hello.keys.get(f"{_POLICY}/scaling_{end}_freq", "") for end in ("min", "max"))
        self._status = hello.keys.get("/var/lib/nvpmodel/status", "")
        self._modes = _modes(hello.words.get("mode", ()))
        lacks = not self._load or not self._rails
        self.commands: tuple[Command, ...] = (TEGRASTATS,) if lacks and "tegrastats" in hello.commands else ()

    def fill(self, tick: Tick, draft: Draft) -> None:
        """What the kernel's files say; tegrastats fills the gaps."""
        values, fields = tick.values, draft.fields
        load = scaled(values.get(self._load), 1.0, 0.0, 1000.0) if self._load else _NO_LOAD
        fields["gpu_percent"] = percent(load, 1000.0) if known(load) else load
        fields["gpu_clock_hz"] = hertz(values.get(self._clock), 1.0) if self._clock else _NO_LOAD
        self._fill_power(tuple(rail(name, read(values)) for name, read in self._rails), draft)
        self._fill_memory(tick, draft)
        self._fill_events(tick, draft)
        if self._rpm:
            fields["fan_rpm"] = rpm(values.get(self._rpm))
        if self._pwm:
            fields["fan_percent"] = pwm_percent(values.get(self._pwm))
        self._fill_floor(tick, draft)
        if mode := self._mode(values.get(self._status, "")):
            draft.caps.append(mode)
        if self.commands:
            self._fill_gaps(tick, draft)

    def _fill_power(self, readings: tuple[tuple[str, Reading], ...], draft: Draft) -> None:
        draft.fields["rails"] = readings
        draft.fields["power_w"], draft.fields["power_scope"] = total(dict(readings))

    def _fill_memory(self, tick: Tick, draft: Draft) -> None:
        """NvMapMemUsed: what the GPU holds of the one memory; it comes with the slow tier."""
        draft.fields["gpu_memory_total_bytes"] = _SHARED
        if tick.slow:
            used = kilobytes(tick.values.get("NvMapMemUsed:"))
            draft.fields["gpu_memory_used_bytes"] = na("this kernel does not tell") if used is UNREADABLE else used
        else:
            draft.fields["gpu_memory_used_bytes"] = (
                tick.previous.gpu_memory_used_bytes if tick.previous is not None else UNREAD
            )

    def _fill_events(self, tick: Tick, draft: Draft) -> None:
        for name, path, key in self._events:
            events = count(tick.values.get(key))
            if events is None:
                draft.silent = UNREADABLE
                continue
            draft.asked = True
            draft.counters[path] = (events,)
            kind, least = _OVERCURRENT[name]
            moved = tick.delta(path, (events,))
            if moved and tick.elapsed_s and moved[0] / tick.elapsed_s > least:
                draft.limit(Throttle(kind, "now", f"soctherm {name}"))
            if events and not least:
                draft.limit(Throttle(kind, "boot", f"soctherm {name}"))

    def _fill_floor(self, tick: Tick, draft: Draft) -> None:
        """jetson_clocks lifts the lowest clock to the highest; nvpmodel drops that silently when it runs again."""
        floor, cap = hertz(tick.values.get(self._floor)), hertz(tick.values.get(self._cap))
        was_pinned = "floor" in tick.before
        if known(floor) and known(cap) and known(self._lowest):
            pinned = self._lowest < floor >= cap
            if was_pinned and not pinned:
                draft.caps.append("jetson_clocks lost")
            was_pinned |= pinned
        if was_pinned:
            draft.counters["floor"] = (1,)

    def _mode(self, status: str) -> str:
        """The power mode in words; none where it sets no cap. The file holds ``pmode:0002 fmode:quiet``."""
        match = re.match(r"pmode:0*([0-9]{1,4})\b", status)
        if match is None:
            return ""
        name = self._modes.get(match[1], match[1])
        return "" if name.startswith("MAXN") else f"power mode {name}"

    def _fill_gaps(self, tick: Tick, draft: Draft) -> None:
        answer = tick.answer(TEGRASTATS)
        said = answer if isinstance(answer, NA) else tegrastats.parse(answer)
        fields = draft.fields
        if isinstance(said, NA):
            if not self._load:
                fields["gpu_percent"] = said
            if not self._rails:
                fields["power_w"] = fields["power_scope"] = said
            return
        if not self._load:
            fields["gpu_percent"], fields["gpu_clock_hz"] = said.gpu_percent, said.gpu_clock_hz
        if not self._rails:
            self._fill_power(said.rails, draft)


def l4t(text: str) -> str:
    """``# R36 (release), REVISION: 4.7, …`` to ``L4T R36.4.7 (JetPack 6)``; empty for anything else."""
    match = re.match(r"# R([0-9]{2}) \(release\), REVISION: ([0-9.]{1,8}),", text)
    if match is None:
        return ""
    jetpack = f" (JetPack {_JETPACK[match[1]]})" if match[1] in _JETPACK else ""
    return f"L4T R{match[1]}.{match[2]}{jetpack}"


def total(readings: dict[str, Reading]) -> tuple[Reading, str | NA]:
    """(W, what it covers) from the rails by name; NA where no rail or set of rails is the whole."""
    for names, scope in _TOTALS:
        if names <= readings.keys():
            parts = [readings[name] for name in sorted(names)]
            values = [p for p in parts if known(p)]
            if len(values) == len(parts):
                return round(sum(values), 3), scope
            missing = next(p for p in parts if isinstance(p, NA))
            return missing, missing
    nothing = _NO_TOTAL if readings else _NO_RAILS
    return nothing, nothing


def _modes(lines: tuple[str, ...]) -> dict[str, str]:
    """Lines ``< POWER_MODEL ID=0 NAME=MAXN >`` of nvpmodel.conf: id to name."""
    found = (re.match(r"< *POWER_MODEL +ID=0*([0-9]{1,4}) +NAME=(\S+)", line) for line in lines)
    return {match[1]: one_line(match[2], 30) for match in found if match}


def _fits(hello: Hello) -> bool:
    facts = hello.facts
    board = facts.get("/proc/device-tree/compatible", "") + facts.get("/proc/device-tree/model", "")
    return "tegra" in board or "Jetson" in board or "/etc/nv_tegra_release" in facts


FAMILY = Family(name="jetson", shell=SHELL, fits=_fits, part=Jetson)
