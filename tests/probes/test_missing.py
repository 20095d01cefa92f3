"""A file that fails in mid-session: NA with the reason in the next frame, and the value again when it is back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgetui.model import NA, Reading, Sample
from edgetui.probes import BOOTSTRAP, Decoded, FrameReader, greet, program
from tests.probes.boards import NOW
from tests.probes.files import Tree, write
from tests.probes.shells import TOKEN
from tests.probes.test_faults import EAGAIN
from tests.probes.test_faults import shim as shim  # a fixture
from tests.probes.trees import orin, pi5, rk3588, vm

NOBODY = 65534


class Board:
    """The real probe on a tree whose files change while it runs."""

    def __init__(self, root: Path, tree: Tree, env: dict[str, str]) -> None:
        self.root = write(tree, root)
        for path in (root, *root.rglob("*")):
            path.chmod(0o755 if path.is_dir() or "/bin/" in str(path) else 0o644)
        self.process = subprocess.Popen(
            ["dash", "-c", shlex.split(BOOTSTRAP)[3]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"R": str(root), "PATH": os.environ["PATH"], **env},
            user=NOBODY if os.geteuid() == 0 else None,  # root may read everything
        )
        self._reader = FrameReader(TOKEN)
        self._decoded: Decoded | None = None
        self._write(program(TOKEN))
        self._decoder = greet(self._frame())

    def tick(self) -> Sample:
        """A frame of the slow tier."""
        self._write(b"s\n")
        self._decoded = self._decoder.decode(self._frame(), self._decoded, {}, NOW)
        return self._decoded.sample

    def _write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _frame(self):
        assert self.process.stdout
        while True:
            if frames := self._reader.feed(os.read(self.process.stdout.fileno(), 65536)):
                return frames[0]


@pytest.fixture
def board(shim) -> Iterator[Callable[[Tree], Board]]:
    """``board(tree)``: one of which single reads can be made to fail; see the shim."""
    boards: list[Board] = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        library = Path(folder) / "shim.so"
        library.write_bytes(Path(shim).read_bytes())
        library.chmod(0o755)
        faults = Path(folder) / "faults"
        faults.touch(0o644)

        def start(tree: Tree) -> Board:
            root = Path(folder) / "root"
            env = {"LD_PRELOAD": str(library), "FAULTS": str(faults)}
            boards.append(Board(root, tree, env))
            return boards[-1]

        yield start
        for one in boards:
            one.process.communicate(timeout=10)


def removed(path: Path) -> None:
    path.unlink()


def forbidden(path: Path) -> None:
    path.chmod(0o000)


def unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()  # can be opened; reading it fails (EISDIR)


def emptied(path: Path) -> None:
    path.write_text("")


def garbled(path: Path) -> None:
    path.write_text("\x1b]0;boo\x07 -1e999\n")


def busy(path: Path) -> None:
    _faults(path).write_text(f"{path}={EAGAIN}")


def _faults(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.name == "root").with_name("faults")


WAYS = (removed, forbidden, unreadable, emptied, garbled, busy)


def mend(path: Path, content: str) -> None:
    """As it was."""
    _faults(path).write_text("")
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_text(content)
    path.chmod(0o644)


def unthrottled() -> Tree:
    return orin() | {"/sys/class/hwmon/hwmon2/oc2_event_cnt": "0\n"}


FIELDS: dict[str, tuple[Callable[[], Tree], str, Callable[[Sample], Reading]]] = {
    "zone": (orin, "/sys/class/thermal/thermal_zone0/temp", lambda s: dict(s.zones)["cpu-thermal"]),
    "only zone": (pi5, "/sys/class/thermal/thermal_zone0/temp", lambda s: s.temperature_c),
    "GPU load": (orin, "/sys/class/devfreq/17000000.gpu/device/load", lambda s: s.gpu_percent),
    "GPU clock": (orin, "/sys/class/devfreq/17000000.gpu/cur_freq", lambda s: s.gpu_clock_hz),
    "rail": (orin, "/sys/class/hwmon/hwmon1/curr1_input", lambda s: s.power_w),
    "fan": (orin, "/sys/class/hwmon/hwmon4/rpm", lambda s: s.fan_rpm),
    "fan's duty": (orin, "/sys/class/hwmon/hwmon3/pwm1", lambda s: s.fan_percent),
    "clock": (pi5, "/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", lambda s: s.clock_hz),
    "load average": (orin, "/proc/loadavg", lambda s: s.load_1),
    "memory": (orin, "/proc/meminfo", lambda s: s.memory_available_bytes),
    "swap": (orin, "/proc/meminfo", lambda s: s.swap_used_bytes),
    "OOM kills": (orin, "/proc/vmstat", lambda s: s.oom_kills),
    "pressure": (orin, "/proc/pressure/cpu", lambda s: s.pressure_cpu_percent),
    "zram": (orin, "/sys/block/zram1/mm_stat", lambda s: s.zram_bytes),
    "throttling": (unthrottled, "/sys/class/hwmon/hwmon2/oc1_event_cnt", lambda s: s.throttle),
    "NPU load": (rk3588, "/sys/kernel/debug/rknpu/load", lambda s: s.npu_percent),
    "NPU clock": (rk3588, "/sys/class/devfreq/fdab0000.npu/cur_freq", lambda s: s.npu_clock_hz),
    "uptime": (orin, "/proc/uptime", lambda s: s.uptime_s),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_goes_with_its_file_and_comes_back(field, board):
    make, name, value = FIELDS[field]
    tree = make()
    one = board(tree)
    path = one.root / name.lstrip("/")
    whole = value(one.tick())
    assert not isinstance(whole, NA)
    for way in WAYS:
        way(path)
        assert isinstance(value(one.tick()), NA), way
        assert isinstance(value(one.tick()), NA), way
        mend(path, tree[name])
        assert value(one.tick()) == whole, way


def test_each_core_is_read_with_every_other_frame_and_missed_at_once(board):
    one = board(vm())
    path, uptime = one.root / "proc/stat", one.root / "proc/uptime"

    def cores(busy, seconds, only=2):
        rows = "".join(f"cpu{n} {busy} 0 0 {100 * seconds - busy} 0 0 0 0 0 0\n" for n in range(only))
        path.write_text(f"cpu  {2 * busy} 0 0 {200 * seconds - 2 * busy} 0 0 0 0 0 0\n{rows}intr 1\n")
        uptime.write_text(f"{seconds}.00 {seconds}.00\n")
        sample = one.tick()
        return sample.cpu_percent, sample.cores_percent

    assert cores(0, 100) == (NA("needs a second frame"), (NA("needs a second frame"),) * 2)
    assert cores(10, 101) == (10.0, (10.0, 10.0))
    assert cores(30, 102) == (20.0, (10.0, 10.0)), "those of the second before"
    assert cores(70, 103) == (40.0, (30.0, 30.0)), "of two seconds"
    assert cores(70, 104, only=1) == (0.0, (0.0, NA("core is unplugged")))
    assert cores(80, 105) == (10.0, (10.0, NA("needs a second frame"))), "plugged in again"
    assert cores(90, 106) == (10.0, (10.0, 10.0))
    assert cores(91, 110) == (0.3, (0.3, 0.3)), "nothing is kept over a gap"


@pytest.mark.parametrize("millis", [-256000, 150000, -40000])
def test_a_sensor_that_says_nonsense(millis, board):
    one = board(pi5())
    path = one.root / "sys/class/thermal/thermal_zone0/temp"
    assert one.tick().temperature_c == 51.9
    path.write_text(f"{millis}\n")
    assert one.tick().temperature_c == NA(f"sensor is off ({millis / 1000:g} °C)")
    path.write_text("0\n")
    assert one.tick().temperature_c == 0.0  # a cold board: zero is a value


def test_cores_that_go_and_the_whole_of_proc_stat(board):
    one = board(orin())
    path = one.root / "proc/stat"
    one.tick()
    stat = path.read_text()
    path.write_text(stat.replace("cpu  4000", "cpu  4600").replace(" 90000 ", " 90100 "))
    assert one.tick().cpu_percent == 100.0
    path.unlink()
    lost = one.tick()
    assert lost.cpu_percent == NA("/proc/stat has no such line")
    assert set(lost.cores_percent) == {NA("/proc/stat has no such line")}
    path.write_text(stat.replace("cpu  4000", "cpu  5200").replace(" 90000 ", " 90200 "))
    assert one.tick().cpu_percent == NA("needs a second frame")
