"""What each board's Sample says, from its files to the field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgetui.model import NA, Finding, Throttle
from edgetui.probes import Output, greet
from tests.probes.boards import NOW, decode, read, said
from tests.probes.files import proc, zone
from tests.probes.trees import nano, nano_2g, orin, pc, pi2, pi4, pi5, vm

PMIC = """
  VDD_CORE_A current(7)=2.00000000A
   3V3_SYS_A current(1)=0.50000000A
  VDD_CORE_V volt(15)=0.75000000V
   3V3_SYS_V volt(9)=3.30000000V
     EXT5V_V volt(24)=5.11478000V
     BATT_V volt(25)=0.01880340V
"""


def test_pi5():
    outputs = said(vcgencmd=f"throttled=0x0\nfrequency(0)=1500398464{PMIC}")
    sample = decode(pi5(), outputs=outputs)
    assert sample.uptime_s == 5400.25
    assert (sample.temperature_c, sample.limit_c) == (51.9, 80.0)
    assert sample.throttle == ()
    assert (sample.clock_hz, sample.clock_max_hz, sample.clock_source) == (1500398464.0, 2.4e9, "real")
    assert sample.memory_total_bytes == 8_256_000 * 1024
    assert sample.memory_available_bytes == 4_128_000 * 1024
    assert sample.swap_used_bytes == (2029616 - 1848840) * 1024
    assert sample.oom_kills == 2
    assert sample.load_1 == 0.52
    assert sample.rails == (("VDD_CORE", 1.5), ("3V3_SYS", 1.65))
    assert (sample.power_w, sample.power_scope) == (3.15, "SoC rails (PMIC), without USB and HATs")
    assert (sample.fan_rpm, sample.fan_percent) == (3122.0, 49.0)
    assert sample.gpu_percent == NA("this kernel has no gpu_stats")
    assert sample.caps == ()


def test_pi_without_answers_of_vcgencmd():
    sample = decode(pi4())
    assert sample.throttle == NA("vcgencmd has not answered yet")
    assert (sample.clock_hz, sample.clock_source) == (1.8e9, "requested")
    assert sample.power_w == sample.power_scope == NA("no power sensor on this board")
    old = {"vcgencmd": Output("throttled=0x50005", 0, NOW - 40)}
    assert decode(pi4(), outputs=old).throttle == NA("vcgencmd has not answered for 40 s")
    denied = said(vcgencmd="Can't open device file: /dev/vcio\nTry creating a device file with: sudo mknod")
    assert decode(pi4(), outputs=denied).throttle == NA("permission denied: join group video")
    killed = {"vcgencmd": Output("throttled=0x0", None, NOW)}
    assert isinstance(decode(pi4(), outputs=killed).throttle, NA)


def test_pi_where_one_answer_of_vcgencmd_is_missing_the_others_stand():
    error = 'error=1 error_msg="Command not registered"'
    unknown = NA("vcgencmd gave an answer of unknown form")
    no_word = decode(pi5(), outputs=said(vcgencmd=f"{error}\nfrequency(0)=1500398464{PMIC}"))
    assert (no_word.throttle, no_word.clock_hz, no_word.power_w) == (unknown, 1500398464.0, 3.15)
    no_clock = decode(pi5(), outputs=said(vcgencmd=f"throttled=0x0\n{error}{PMIC}"))
    assert (no_clock.throttle, no_clock.clock_source, no_clock.power_w) == ((), "requested", 3.15)
    no_rails = decode(pi5(), outputs=said(vcgencmd=f"throttled=0x0\nfrequency(0)=1500398464\n{error}"))
    assert (no_rails.throttle, no_rails.clock_hz, no_rails.power_w) == ((), 1500398464.0, unknown)


def test_pi_where_vcgencmd_may_not_be_used_or_is_missing():
    hello = read(pi4())[0]
    lines = tuple(line.replace("dev=/dev/vcio yes", "dev=/dev/vcio no") for line in hello.lines)
    assert lines != hello.lines
    decoder = greet(replace(hello, lines=lines))
    assert decoder.commands == ()
    assert decoder.identity.findings == (
        Finding("throttling, real clock", "vcgencmd is not permitted", "sudo usermod -aG video $USER"),
    )
    tree = pi4()
    del tree["/usr/bin/vcgencmd"]
    decoder = greet(read(tree)[0])
    assert [f.why for f in decoder.identity.findings] == ["vcgencmd is not installed"]
    assert decode(tree).throttle == NA("vcgencmd is not installed")


def test_pi4_gpu_is_its_busiest_queue():
    stats = "queue\ttimestamp\tjobs\truntime\nbin\t2000000000\t10\t5000000\nrender\t2000000000\t10\t340000000\n"
    path = next(p for p in pi4() if p.endswith("gpu_stats"))
    assert decode(pi4()).gpu_percent == NA("needs a second frame")
    assert decode(pi4(), {path: stats}).gpu_percent == 25.0


def test_pi2():
    sample = decode(pi2(), outputs=said(vcgencmd="throttled=0x0"))
    assert (sample.temperature_c, sample.clock_max_hz) == (47.236, 9e8)
    assert sample.throttle == ()


def test_nano():
    sample = decode(nano())
    assert sample.temperature_c == 34.0  # not AO, not the Wi-Fi card, not PMIC-Die's constant 100
    assert sample.limit_c == 97.0
    assert "constant" in str(dict(sample.zones)["PMIC-Die"])
    assert (sample.gpu_percent, sample.gpu_clock_hz) == (28.6, 76.8e6)
    assert (sample.power_w, sample.power_scope) == (1.75, "board input")
    assert sample.rails == (("POM_5V_IN", 1.75), ("POM_5V_GPU", 0.0), ("POM_5V_CPU", 0.366))
    assert sample.fan_percent == 31.4
    assert sample.fan_rpm == NA("no fan sensor")
    assert sample.throttle == ()
    assert sample.caps == ("2 cores unplugged", "CPU capped at 0.918 of 1.479 GHz", "power mode 5W")
    assert sample.cores_percent[2:] == (NA("core is unplugged"),) * 2
    assert sample.gpu_memory_used_bytes == NA("this kernel does not tell")


def test_nano_2g_asks_tegrastats_for_what_the_kernel_hides():
    line = "RAM 1/2MB IRAM 0/252kB(lfb 252kB) CPU [5%@1224] GR3D_FREQ 86%@921 CPU@40C POM_5V_IN 4531/3285"
    sample = decode(nano_2g(), outputs=said(tegrastats=line))
    assert (sample.gpu_percent, sample.gpu_clock_hz) == (86.0, 921e6)
    assert (sample.power_w, sample.power_scope) == (4.531, "board input")
    assert sample.caps == ("CPU capped at 0.918 of 1.479 GHz",)  # MAXN caps nothing
    silent = decode(nano_2g())
    assert silent.gpu_percent == silent.power_w == NA("tegrastats has not answered yet")


def test_orin():
    sample = decode(orin())
    assert (sample.temperature_c, sample.limit_c) == (48.8, 95.0)
    assert dict(sample.zones)["cv1-thermal"] == NA("could not be read when the probe started")
    assert (sample.power_w, sample.power_scope) == (4.76, "module input")
    assert [name for name, _ in sample.rails] == ["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"]
    assert sample.gpu_percent == 0.0
    assert sample.gpu_memory_used_bytes == 244748 * 1024
    assert (sample.fan_rpm, sample.fan_percent) == (2140.0, 25.9)
    assert (sample.clock_hz, sample.clock_max_hz) == (883.2e6, 1728e6)
    assert sample.caps == ("CPU capped at 1.51 of 1.728 GHz", "power mode 15W")
    assert sample.throttle == (Throttle("P", "boot", "soctherm oc2_event_cnt"),)


def test_vm_has_reasons_instead_of_values():
    sample = decode(vm())
    assert sample.temperature_c == NA("no thermal zone")
    assert sample.limit_c == NA("the board names no passive trip point")
    assert sample.throttle == NA("nothing on this board tells of throttling")
    assert sample.clock_hz == NA("no cpufreq on this machine")
    assert sample.power_w == NA("no power sensor on this machine")
    assert sample.gpu_percent == NA("no GPU load on this machine")
    assert sample.fan_rpm == NA("no fan sensor")
    assert sample.cpu_percent == NA("needs a second frame")


def test_pc_with_a_card():
    smi = "0, 80, 97, 10240, 12288, 168.20, 1777, 64, 0x0000000000000004, NVIDIA GeForce RTX 3060, OC"
    limits = "    GPU Current Temp                  : 80 C\n    GPU Target Temperature            : 83 C\n"
    outputs = said() | {"nvidia-smi": Output(smi, 0, NOW), "nvidia-smi-limits": Output(limits, 0, NOW)}
    sample = decode(pc(), outputs=outputs)
    assert (sample.temperature_c, sample.limit_c) == (80.0, 83.0)
    assert dict(sample.zones)["gpu NVIDIA GeForce RTX 3060, OC"] == 80.0
    assert dict(sample.zones)["coretemp Package id 0"] == 52.0
    assert (sample.gpu_percent, sample.gpu_clock_hz) == (97.0, 1777e6)
    assert (sample.gpu_memory_total_bytes, sample.gpu_memory_used_bytes) == (12288 << 20, 10240 << 20)
    assert (sample.power_w, sample.power_scope, sample.fan_percent) == (168.2, "GPU card", 64.0)
    assert sample.throttle == (Throttle("P", "now", "nvidia-smi SW power cap"),)
    assert sample.fan_rpm == 915.0
    hotter = decode(pc() | {"/sys/class/hwmon/hwmon0/temp1_input": "85000\n"}, outputs=outputs)
    assert (hotter.temperature_c, hotter.limit_c) == (80.0, 83.0)  # 3 K below its limit, the processor 15 K
    broken = {"nvidia-smi": Output("Failed to initialize NVML: Driver/library version mismatch", 18, NOW)}
    sample = decode(pc(), outputs=broken)
    assert (sample.temperature_c, sample.limit_c) == (52.0, 100.0)
    assert sample.gpu_percent == NA("nvidia-smi failed: Failed to initialize NVML: Driver/library version mismatch")


def test_load_is_what_passed_between_two_frames():
    rows = (
        "cpu  4050 0 2000 360150 400 0 40 0 0\ncpu0 1050 0 500 90050 100 0 10 0\ncpu1 1001 0 500 90100 100 0 10 0\n"
    )
    sample = decode(vm(), {"/proc/stat": rows, "/proc/uptime": "5401.25 9000\n"})
    assert sample.cpu_percent == 25.0
    assert sample.cores_percent == (50.0, 0.0)


def test_counters_that_go_backwards_and_cores_that_vanish():
    rows = "cpu  10 0 20 30 0 0 0 0 0 0\ncpu0 5 0 5 5 0 0 0 0\n"
    sample = decode(vm(), {"/proc/stat": rows})
    assert sample.cpu_percent == NA("no CPU time has passed")
    assert sample.cores_percent == (NA("no CPU time has passed"), NA("core is unplugged"))
    assert sample.caps == ("1 core unplugged",)


def test_kernel_without_memavailable():
    lines = proc(2, 1_000_000)["/proc/meminfo"].splitlines()
    old = "\n".join(line for line in lines if not line.startswith("MemAvailable")) + "\n"
    sample = decode(vm() | {"/proc/meminfo": old})
    assert sample.memory_available_bytes == (313692 + 57932 + 362944 + 87524 - 39544) * 1024


@pytest.mark.parametrize(
    ("millis", "why"), [(-256000, "sensor is off (-256 °C)"), (150000, "sensor is off (150 °C)")]
)
def test_missing_unreadable_sentinel_and_zero_are_four_answers(millis, why):
    assert decode(vm() | zone(0, "cpu-thermal", millis)).temperature_c == NA(why)
    assert decode(vm() | zone(0, "cpu-thermal", 0)).temperature_c == 0.0
    hello, frame = read(vm() | zone(0, "cpu-thermal", 40000))
    silent = replace(frame, lines=tuple(line for line in frame.lines if line != "k0=40000"))
    assert greet(hello).decode(frame, None, {}, NOW).sample.temperature_c == 40.0
    assert greet(hello).decode(silent, None, {}, NOW).sample.temperature_c == NA("cannot be read now")
    assert decode(vm()).temperature_c == NA("no thermal zone")


def test_text_of_a_board_is_made_harmless():
    evil = "Pi\x1b[2J\u202e5"
    tree = vm() | {"/proc/device-tree/model": evil, "/etc/os-release": f"PRETTY_NAME={evil}\n"}
    tree |= zone(0, f"cpu{evil}", 41000)
    hello, frame = read(tree)
    decoder = greet(hello)
    shown = repr((decoder.identity, decoder.decode(frame, None, {}, NOW).sample))
    assert "x1b" not in shown
    assert "u202e" not in shown


def test_equal_values_are_kept_once():
    hello, first, second = read(orin(), {"/proc/uptime": "5401.25 9000\n"})
    decoder = greet(hello)
    one = decoder.decode(first, None, {}, NOW)
    two = decoder.decode(second, one, {}, NOW + 1).sample
    assert two.zones is one.sample.zones
    assert two.rails is one.sample.rails
    assert two.caps is one.sample.caps
    assert two.clock_max_hz is one.sample.clock_max_hz


def test_zones_of_the_same_type_are_told_apart():
    tree = vm() | zone(0, "acpitz", 27800) | zone(1, "acpitz", 29800) | zone(2, "x86_pkg_temp", 51000)
    assert decode(tree).zones == (("acpitz", 27.8), ("acpitz#2", 29.8), ("x86_pkg_temp", 51.0))


def test_two_cards_are_one_machine():
    smi = "0, 80, 10, 1, 2, 100.0, 300, 64, 0x1, RTX\n1, 60, 90, 3, 4, 50.5, 1500, [N/A], 0x40, RTX"
    sample = decode(pc(), outputs={"nvidia-smi": Output(smi, 0, NOW)})
    assert (sample.gpu_percent, sample.gpu_clock_hz) == (90.0, 1500e6)
    assert (sample.gpu_memory_used_bytes, sample.gpu_memory_total_bytes) == (4 << 20, 6 << 20)
    assert (sample.power_w, sample.power_scope) == (150.5, "2 GPU cards")
    assert (sample.temperature_c, sample.fan_percent) == (80.0, 64.0)
    assert sample.limit_c == NA("nvidia-smi has not answered yet")
    assert [name for name, _ in sample.zones if name.startswith("gpu")] == ["gpu0 RTX", "gpu1 RTX"]
    assert sample.throttle == (Throttle("T", "now", "nvidia-smi HW thermal slowdown"),)
    twice = decode(pc(), outputs={"nvidia-smi": Output(smi.replace("\n1, ", "\n0, "), 0, NOW)})
    assert isinstance(twice.power_w, NA)  # the same card in two lines: their sum would be a lie
