"""CPU load, clocks and memory of any Linux, from /proc and cpufreq."""

from __future__ import annotations

import re
from functools import lru_cache

from edgetui.model import NA, Reading, known, na
from edgetui.probes.families import Draft, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import count, hertz, kilobytes, percent, scaled

_FIRST = na("needs a second frame")
LEAST_TICKS = 25
"""Of a core: a share of fewer is more rounding than load, and frames come closer where a run begins or ends."""
_NEVER = (-1, -1)
_FRESH = "fresh cores"
"""Counted in a frame whose cores were read. Those of the next one are not: they are a fifth of all decoding. So the
load of each core is that of two seconds, and twice as fine …"""
FRESH_S = 1.5
"""… unless so much time has passed."""
_UNPLUGGED = na("core is unplugged")
_STAT = na("/proc/stat has no such line")
_NO_NUMBER = na("/proc/stat holds no number")
_NO_TIME = na("no CPU time has passed")
_NO_CLOCK = na("no cpufreq on this machine")
_HOLDING = frozenset(("powersave", "userspace"))
"""Governors that keep the clock where it is, under any load."""
_OLD_KERNEL = na("this kernel does not count them")


class Load:
    """``/proc/stat``: share of time not idle since a frame before, of all cores and of each."""

    def __init__(self, hello: Hello) -> None:
        self._cores = core_names(hello.facts.get("/sys/devices/system/cpu/present", ""))

    def fill(self, tick: Tick, draft: Draft) -> None:
        """All cores together with every frame, each of them with every other."""
        rows, previous = tick.values, tick.previous
        whole: Reading = _STAT
        if (row := rows.get("cpu")) is not None:
            least = LEAST_TICKS * max(1, len(self._cores))
            last = previous.cpu_percent if previous else _FIRST
            whole, draft.counters["cpu"] = _share(row, tick.before.get("cpu", _NEVER), least, last)
        draft.fields["cpu_percent"] = whole
        shares = draft.fields["cores_percent"] = self._shares(tick, draft)
        if unplugged := shares.count(_UNPLUGGED):
            draft.caps.append(f"{unplugged} core{'s' if unplugged > 1 else ''} unplugged")
        draft.fields["load_1"] = scaled(rows.get("load", "").partition(" ")[0] or None, 1.0, 0.0, 1e6)

    def _shares(self, tick: Tick, draft: Draft) -> tuple[Reading, ...]:
        """Cores that were unplugged have no line: they stay in place, as NA."""
        rows, before, counters = tick.values, tick.before, draft.counters
        cores = self._cores or tuple(key for key in rows if key.startswith("cpu") and key != "cpu")
        old = tick.previous.cores_percent if tick.previous else ()
        is_next = tick.elapsed_s is not None and tick.elapsed_s < FRESH_S
        if _FRESH in before and is_next and before.keys() >= {*cores} <= rows.keys():
            counters.update({key: before[key] for key in cores})
            return old
        last = old if len(old) == len(cores) else (_FIRST,) * len(cores)
        missing = _UNPLUGGED if "cpu" in rows else _STAT
        shares: list[Reading] = [missing] * len(cores)
        for n, key in enumerate(cores):
            if (row := rows.get(key)) is not None:
                shares[n], counters[key] = _share(row, before.get(key, _NEVER), LEAST_TICKS, last[n])
        if all(map(known, shares)):
            counters[_FRESH] = ()
        return tuple(shares)


def _share(row: str, counted: tuple[int, ...], least: int, last: Reading) -> tuple[Reading, tuple[int, ...]]:
    """Percent of time not idle since ``counted`` (all ticks, idle ones), and what is counted now; ``last`` and
    ``counted`` where fewer ticks than ``least`` have passed."""
    # user nice system idle iowait irq softirq steal; guest time is inside user already (proc(5))
    try:
        ticks = [*map(int, row.split(None, 8)[:8])]
        total, idle = sum(ticks), ticks[3] + ticks[4]
    except (ValueError, IndexError):
        return _NO_NUMBER, _NEVER
    if "-" in row:
        return _NO_NUMBER, _NEVER
    if counted == _NEVER:
        return _FIRST, (total, idle)
    passed = total - counted[0]
    if 0 <= passed < least:
        return last, counted
    # iowait may go backwards (proc(5)); the core was not idle then
    share = percent(passed - max(0, idle - counted[1]), passed) if passed > 0 else _NO_TIME
    return share, (total, idle)


class Clock:
    """cpufreq: the clock that is asked for, not the real one (firmware may hold it down unseen)."""

    def __init__(self, hello: Hello) -> None:
        policies: list[tuple[float, str, str]] = []
        for path, key in hello.keys.items():
            folder, _, name = path.rpartition("/")
            top = hertz(hello.facts.get(f"{folder}/cpuinfo_max_freq"))
            if name == "scaling_cur_freq" and known(top):
                policies.append((top, key, hello.keys.get(f"{folder}/scaling_max_freq", "")))
        self._governors = tuple(k for path, k in hello.keys.items() if path.endswith("/scaling_governor"))
        self._top = max((top for top, _, _ in policies), default=None)
        self._policies = tuple((cur, cap) for top, cur, cap in policies if top == self._top)
        """Only of the fastest cores: a big core's clock is never compared with a little core's maximum."""

    def fill(self, tick: Tick, draft: Draft) -> None:
        """The fastest of the fastest cores; a lower ``scaling_max_freq`` is a cap, unless heat put it there."""
        if self._top is None:
            draft.fields["clock_hz"] = draft.fields["clock_max_hz"] = _NO_CLOCK
            return
        text = tick.values.get
        clocks = [hertz(told) for told in {text(cur): None for cur, _ in self._policies}]  # mostly one for all
        values = [c for c in clocks if known(c)]
        draft.fields["clock_hz"] = max(values) if values else clocks[0]
        draft.fields["clock_max_hz"] = self._top
        draft.fields["clock_source"] = "requested" if values else ""
        caps = [c for told in {text(cap) for _, cap in self._policies} if known(c := hertz(told))]
        if caps and min(caps) < self._top and ("T", "now") not in draft.throttles:
            draft.caps.append(f"CPU capped at {min(caps) / 1e9:.4g} of {self._top / 1e9:.4g} GHz")
        slow = _HOLDING & {text(key) for key in self._governors}
        draft.caps.extend(f"governor {governor}" for governor in sorted(slow))


def fill_memory(tick: Tick, draft: Draft) -> None:
    """``/proc/meminfo`` and the kernel's OOM counter, which comes with the slow tier only."""
    values = tick.values
    total = kilobytes(values.get("MemTotal:"))
    available = kilobytes(values.get("MemAvailable:")) if "MemAvailable:" in values else _formula(tick)
    if known(total) and known(available) and not 0 <= available <= total:
        available = na("more memory available than there is")
    swap, free = kilobytes(values.get("SwapTotal:")), kilobytes(values.get("SwapFree:"))
    used: Reading = swap - free if known(swap) and known(free) else (free if known(swap) else swap)
    if known(used) and used < 0:
        used = na("more swap free than there is")
    fields = draft.fields
    fields["memory_total_bytes"], fields["memory_available_bytes"] = total, available
    fields["swap_total_bytes"], fields["swap_used_bytes"] = swap, used
    if tick.slow:
        kills = count(values.get("oom_kill"))
        fields["oom_kills"] = _OLD_KERNEL if kills is None else kills
    elif tick.previous is not None:
        fields["oom_kills"] = tick.previous.oom_kills


def _formula(tick: Tick) -> Reading:
    """Kernels before 3.14 have no MemAvailable: free + caches that can be dropped, without shared memory."""
    names = ("MemFree:", "Buffers:", "Cached:", "SReclaimable:", "Shmem:")
    parts = [kilobytes(tick.values.get(name)) for name in names]
    values = [p for p in parts if known(p)]
    if len(values) < len(parts):
        return next(p for p in parts if isinstance(p, NA))
    return sum(values[:4]) - values[4]


@lru_cache(maxsize=64)
def core_names(cores: str) -> tuple[str, ...]:
    """``0-1,4`` to (cpu0, cpu1, cpu4), the kernel's list format; empty where it is none or longer than 1024."""
    numbers: list[int] = []
    for piece in cores.split(","):
        match = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", piece.strip())
        if match is None:
            return ()
        low = int(match[1])
        numbers.extend(range(low, int(match[2] or low) + 1))
    return tuple(f"cpu{n}" for n in numbers) if len(numbers) <= 1024 else ()
