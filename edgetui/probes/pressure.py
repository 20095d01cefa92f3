"""What shortage costs: the kernel's pressure figures, and the RAM that compressed swap takes. Slow tier only.

Sources: Linux Documentation/accounting/psi.rst and admin-guide/blockdev/zram.rst.
"""

from __future__ import annotations

import re
from functools import lru_cache

from edgetui.model import Reading, known, na
from edgetui.probes.families import Draft, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import UNREADABLE, count, scaled

# Some kernels have the files and answer EOPNOTSUPP when they are read.
SHELL = """
for f in "$R"/proc/pressure/cpu "$R"/proc/pressure/io "$R"/proc/pressure/memory; do
  rd "$f"; if [ "$v" ]; then slow "$f"; fi
done
slow "$R"/sys/block/zram[0-9]*/mm_stat
"""

_OFF = na("this kernel does not measure pressure (psi=1 on its command line may turn it on)")
_NO_ZRAM = na("no zram on this machine")
_UNKNOWN = na("the file has an unknown form")
_PATHS = {f"pressure_{what}_percent": f"/proc/pressure/{what}" for what in ("cpu", "io", "memory")}


class Pressure:
    """Pressure of CPU, disk and memory; zram."""

    def __init__(self, hello: Hello) -> None:
        self._pressures = {name: hello.keys.get(path, "") for name, path in _PATHS.items()}
        self._zrams = tuple(key for path, key in hello.keys.items() if path.endswith("/mm_stat"))

    def fill(self, tick: Tick, draft: Draft) -> None:
        """Between two frames of the slow tier the last figures stand."""
        if tick.slow:
            for name, key in self._pressures.items():
                draft.fields[name] = waiting(tick.values.get(key)) if key else _OFF
            draft.fields["zram_bytes"] = self._zram(tick) if self._zrams else _NO_ZRAM
        elif tick.previous is not None:
            for name in (*self._pressures, "zram_bytes"):
                draft.fields[name] = getattr(tick.previous, name)

    def _zram(self, tick: Tick) -> Reading:
        sizes = [resident(tick.values.get(key)) for key in self._zrams]
        values = [size for size in sizes if known(size)]
        return sum(values) if len(values) == len(sizes) else next(s for s in sizes if not known(s))


@lru_cache(maxsize=256)
def waiting(text: str | None) -> Reading:
    """``some avg10=64.95 avg60=58.93 …``: percent of the last 10 s in which some task waited."""
    if text is None:
        return UNREADABLE
    match = re.match(r"some avg10=([0-9]{1,3}\.[0-9]{2}) ", text)
    return scaled(match[1], 1.0, 0.0, 100.0) if match else _UNKNOWN


def resident(text: str | None) -> Reading:
    """Third column of mm_stat: bytes of RAM that the device takes, its own tables included."""
    if text is None:
        return UNREADABLE
    columns = text.split()
    size = count(columns[2]) if 7 <= len(columns) <= 9 else None
    return _UNKNOWN if size is None else size
