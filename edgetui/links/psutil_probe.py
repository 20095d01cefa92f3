"""The probe for a host without /proc (macOS): the same frames, made of what psutil knows."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator

import psutil

JIFFIES = 100
"""/proc/stat counts in USER_HZ, 100 to the second on every Linux that there is."""
CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""Order of /proc/stat; those that this system does not count stay 0 there too."""


class PsutilProbe:
    """A channel that answers each line with a frame; ``program`` is what a board's sh would get (it names K)."""

    def __init__(self, program: bytes, on_data: Callable[[bytes], None]) -> None:
        self._token = program.partition(b"\n")[0].removeprefix(b"K=").decode("ascii")
        self._on_data = on_data
        self._seq = 0
        self._loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[str] = self._loop.create_future()
        self._loop.call_soon(self._flush, "hello", tuple(_hello()))

    def write(self, data: bytes) -> None:
        """One line, one frame; swallowed when closed."""
        for line in data.decode("ascii", "replace").splitlines():
            self._seq += 1
            self._loop.call_soon(self._flush, line, tuple(_frame()))

    def close(self) -> None:
        """No more frames."""
        if not self._closed.done():
            self._closed.set_result("the channel was closed")

    @property
    def closed(self) -> asyncio.Future[str]:
        """Done when it was closed."""
        return self._closed

    def _flush(self, tick: str, lines: tuple[str, ...]) -> None:
        if self._closed.done():
            return
        uptime_s = time.time() - psutil.boot_time()
        body = "".join(f"{line}\n" for line in lines)
        seq = 0 if tick == "hello" else self._seq
        begin, end = f"@{self._token} {seq} {uptime_s:.2f} {tick}", f".{self._token} {seq} {len(lines)}"
        self._on_data(f"{begin}\n{body}{end}\n".encode())


def _hello() -> Iterator[str]:
    yield "proto=1"
    yield f"pid={os.getpid()}"
    yield f"os={platform.platform(terse=True)}"
    yield f"f=/proc/sys/kernel/osrelease {platform.release()}"
    yield f"f=/proc/sys/kernel/arch {platform.machine()}"
    if shutil.which("nvidia-smi"):
        yield "cmd=nvidia-smi"


def _frame() -> Iterator[str]:
    yield f"cpu  {_jiffies(psutil.cpu_times())}"
    for number, times in enumerate(psutil.cpu_times(percpu=True)):
        yield f"cpu{number} {_jiffies(times)}"
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    for name, size_bytes in (
        ("MemTotal", memory.total),
        ("MemFree", memory.free),
        ("MemAvailable", memory.available),
        ("SwapTotal", swap.total),
        ("SwapFree", swap.free),
    ):
        yield f"{name}: {size_bytes // 1024} kB"
    yield "load={:.2f} {:.2f} {:.2f}".format(*psutil.getloadavg())


def _jiffies(times: object) -> str:
    return " ".join(str(round(getattr(times, field, 0.0) * JIFFIES)) for field in CPU_FIELDS)
