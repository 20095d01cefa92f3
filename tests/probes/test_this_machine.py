"""The probe over the machine that runs the tests, started as a board starts it."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from edgetui.probes import BOOTSTRAP, Frame, FrameReader, greet, program
from tests.probes.shells import TOKEN

pytestmark = pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="this machine is no Linux")


class Probe:
    """A running probe on a pipe."""

    def __init__(self) -> None:
        words = shlex.split(BOOTSTRAP)
        assert words[0] == "exec"
        self.process = subprocess.Popen(words[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader = FrameReader(TOKEN)
        self.write(program(TOKEN))
        self.hello = self.frame()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def frame(self) -> Frame:
        assert self.process.stdout is not None
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, "the probe has ended"
            if found := self.reader.feed(data):
                return found[0]

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate(timeout=10)


def meminfo() -> dict[str, int]:
    rows = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return {name.rstrip(":"): int(number) * 1024 for name, number, *_ in rows}


def test_identity_is_this_machines():
    with Probe() as probe:
        identity = greet(probe.hello).identity
    assert identity.kernel == platform.release()
    assert identity.arch == platform.machine()
    assert identity.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert identity.model


def test_sample_agrees_with_proc():
    with Probe() as probe:
        decoder = greet(probe.hello)
        probe.write(b"s\n")
        one = decoder.decode(probe.frame(), None, {}, time.time())
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass  # keeps a core busy, so that there is a load to see
        probe.write(b"\n")
        two = decoder.decode(probe.frame(), one, {}, time.time()).sample
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    truth = meminfo()
    assert two.memory_total_bytes == truth["MemTotal"]
    assert two.memory_available_bytes == pytest.approx(truth["MemAvailable"], rel=0.1)
    assert two.swap_total_bytes == truth["SwapTotal"]
    assert uptime - 5 < two.uptime_s <= uptime
    assert 100 / 2 / (os.cpu_count() or 1) < two.cpu_percent <= 100
    assert len(two.cores_percent) >= (os.cpu_count() or 1)
    kills = [
        line.split()[1] for line in Path("/proc/vmstat").read_text().splitlines() if line.startswith("oom_kill ")
    ]
    assert two.oom_kills == int(kills[0])
    assert len(two.zones) >= len(list(Path("/sys/class/thermal").glob("thermal_zone*")))


def test_ticks_are_answered_one_by_one_and_it_ends_with_its_input():
    with Probe() as probe:
        for seq in range(1, 6):
            probe.write(b"\n")
            assert probe.frame().seq == seq
        children = Path(f"/proc/{probe.process.pid}/task/{probe.process.pid}/children")
        assert not children.exists() or children.read_text() == ""
        assert b"edgetui" not in Path(f"/proc/{probe.process.pid}/cmdline").read_bytes()
    assert probe.process.returncode == 0
