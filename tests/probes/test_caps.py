"""What holds a board below its best and is no throttling; and what shortage costs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.model import NA, Finding
from edgetui.probes import greet
from tests.probes.boards import NOW, decode, follow, read
from tests.probes.files import policy, pressure, zram
from tests.probes.trees import nano, orin, pc, pi4, vm

CAPTURES = Path(__file__).parents[2] / "../shared/captures"
LOST = "jetson_clocks lost"


def clocks(floor: int, cap: int = 1_510_400) -> dict[str, str]:
    return policy(0, "0 1 2 3", cap, cap, 1_728_000, floor=floor)


def test_a_clock_floor_that_goes_is_said_until_it_is_back():
    hello, *ticks = read(orin(), clocks(1_510_400), clocks(100_000), clocks(100_000), clocks(1_510_400))
    decoder = greet(hello)
    caps, decoded = [], None
    for tick in ticks:
        decoded = decoder.decode(tick, decoded, {}, NOW)
        caps.append(LOST in decoded.sample.caps)
    assert caps == [False, False, True, True, False]


def test_a_floor_that_heat_has_made_is_no_floor_of_jetson_clocks():
    hot = clocks(100_000, cap=100_000)
    assert LOST not in decode(orin(), hot, clocks(100_000)).caps


def test_a_floor_that_cannot_be_read_now_is_not_lost_and_not_forgotten():
    unread = {"/sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq": ""}
    assert LOST not in decode(orin(), clocks(1_510_400), unread).caps
    assert LOST in decode(orin(), clocks(1_510_400), unread, clocks(100_000)).caps


@pytest.mark.parametrize("governor", ["powersave", "userspace"])
def test_a_governor_that_holds_the_clock(governor):
    tree = pi4() | policy(0, "0 1 2 3", 600_000, 1_800_000, 1_800_000, governor=governor)
    assert decode(tree).caps == (f"governor {governor}",)
    path = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor"
    assert decode(pi4(), {path: f"{governor}\n"}).caps == (f"governor {governor}",)  # in mid-session


@pytest.mark.parametrize("governor", ["ondemand", "schedutil", "performance", "\x1b[31mpowersave"])
def test_a_governor_that_does_not(governor):
    assert decode(pi4() | policy(0, "0 1 2 3", 600_000, 1_800_000, 1_800_000, governor=governor)).caps == ()


def test_powersave_of_intels_own_driver_follows_the_load():
    tree = pc() | policy(0, "0", 800_000, 4_700_000, 4_700_000, governor="powersave")
    path = "/sys/devices/system/cpu/cpufreq/policy0/scaling_driver"
    assert decode(tree | {path: "intel_pstate\n"}).caps == ()
    assert decode(tree | {path: "intel_cpufreq\n"}).caps == ("governor powersave",)


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of real machines are not beside the project")
@pytest.mark.parametrize(
    ("name", "caps"),
    [("agx_xavier_30w_2core", "power mode MODE_30W_2CORE"), ("nano_maxn_fan_warn", ""), ("orin_nano_super", "")],
)
def test_power_modes_of_real_boards(name, caps):
    *_, said, number = (CAPTURES / f"jetson/nvpmodel_q_{name}.txt").read_text().splitlines()
    mode = said.removeprefix("NV Power Mode: ")
    tree = orin() | {
        "/var/lib/nvpmodel/status": f"pmode:{int(number):04d}",
        "/etc/nvpmodel.conf": f"< POWER_MODEL ID={number} NAME={mode} >\n",
    }
    assert [cap for cap in decode(tree).caps if "mode" in cap] == ([caps] if caps else [])


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of real machines are not beside the project")
def test_clocks_of_a_real_orin_whose_floor_was_lost():
    """1 Hz log: six cores in MHz, GPU in MHz and percent, VDD_IN in mW."""
    lines = (CAPTURES / "jetson/orin_nano_clock_timeline_nvpmodel_rerun.txt").read_text().splitlines()[1:]
    for line in lines:
        *cores, gpu, load, milliwatts = (int(word) for word in line.split()[1:])
        tree = orin() | policy(0, "0 1 2 3", max(cores[:4]) * 1000, 1_728_000, 1_728_000)
        tree |= policy(4, "4 5", max(cores[4:]) * 1000, 1_728_000, 1_728_000)
        tree["/sys/class/devfreq/17000000.gpu/cur_freq"] = f"{gpu * 1_000_000}\n"
        tree["/sys/class/devfreq/17000000.gpu/device/load"] = f"{load * 10}\n"
        tree["/sys/class/hwmon/hwmon1/in1_input"] = "5000\n"
        tree["/sys/class/hwmon/hwmon1/curr1_input"] = f"{milliwatts / 5:.0f}\n"
        sample = decode(tree)
        assert sample.clock_hz == max(cores) * 1e6
        assert (sample.gpu_clock_hz, sample.gpu_percent) == (gpu * 1e6, load)
        assert sample.power_w == pytest.approx(milliwatts / 1000, abs=0.005)


def test_pressure_and_zram_of_the_slow_tier():
    sample = decode(orin())
    assert (sample.pressure_cpu_percent, sample.pressure_io_percent) == (64.95, 1.5)
    assert (sample.pressure_memory_percent, sample.zram_bytes) == (0.0, 200_000_000)
    hello, first = read(orin())
    (_, fast) = read(orin() | pressure("1.00") | zram(0, 1), ticks="")
    kept = follow(greet(hello), [first, fast], {}).sample
    assert (kept.pressure_cpu_percent, kept.zram_bytes) == (64.95, 200_000_000)
    later = decode(orin(), pressure("1.00") | zram(0, 1))
    assert (later.pressure_cpu_percent, later.zram_bytes) == (1.0, 80_000_001)


def test_machines_without_pressure_and_zram_say_so():
    sample = decode(vm())
    assert sample.zram_bytes == NA("no zram on this machine")
    off = NA("this kernel does not measure pressure (psi=1 on its command line may turn it on)")
    assert sample.pressure_cpu_percent == sample.pressure_memory_percent == off
    refusing = vm() | dict.fromkeys(pressure(), "")  # as kernels that answer EOPNOTSUPP
    assert decode(refusing).pressure_io_percent == off


@pytest.mark.parametrize(
    "broken", ["some avg10=", "full avg10=1.00 avg60", "some avg10=-1.00 ", "some avg10=101.00 "]
)
def test_pressure_of_another_form_is_none(broken):
    assert isinstance(decode(orin(), {"/proc/pressure/cpu": f"{broken}\n"}).pressure_cpu_percent, NA)


@pytest.mark.parametrize("broken", ["", "1 2", "1 2 x 4 5 6 7", "1 2 -3 4 5 6 7"])
def test_zram_of_another_form_is_none(broken):
    assert isinstance(decode(orin(), {"/sys/block/zram1/mm_stat": f"{broken}\n"}).zram_bytes, NA)


def test_what_may_not_be_read_is_found_with_the_command_that_mends_it():
    hello = read(nano())[0]
    path = "/sys/bus/x y/load"
    lines = (*hello.lines, f"denied={path}")
    finding = Finding(path, "permission denied", "sudo chmod a+r '/sys/bus/x y/load'")
    assert greet(type(hello)(0, "1", "hello", lines)).identity.findings == (finding,)


@pytest.mark.parametrize(
    ("os", "remedy"),
    [
        ("Ubuntu 24.04", "sudo apt install nvidia-utils-570"),
        ("Debian GNU/Linux 13", "sudo apt install nvidia-smi"),
        ("Arch", ""),
    ],
)
def test_a_driver_without_its_tool(os, remedy):
    tree = pc() | {"/etc/os-release": f'PRETTY_NAME="{os}"\n'}
    del tree["/usr/bin/nvidia-smi"]
    (finding,) = greet(read(tree)[0]).identity.findings
    assert finding == Finding("GPU", "the driver is loaded but nvidia-smi is not installed", remedy)
