"""One vocabulary for what holds a board back, from every source that we know."""

from __future__ import annotations

import pytest

from edgetui.model import NA, Throttle
from edgetui.probes import Output
from edgetui.probes.nvidia import CARDS
from tests.probes.boards import NOW, decode, said
from tests.probes.files import chip, cooling, policy
from tests.probes.trees import nano, orin, pc, pi4, vm

UPTIME = "/proc/uptime"


def letters(sample) -> str | NA:
    """``U F`` for now, small letters for since boot."""
    if isinstance(sample.throttle, NA):
        return sample.throttle
    return "".join(t.kind if t.when == "now" else t.kind.lower() for t in sample.throttle)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("0x0", ""),
        ("0x50000", "ut"),
        ("0x50005", "UuTt"),
        ("0xe0000", "fts"),
        ("0x20002", "Ff"),
        ("0x80008", "Ss"),
        ("0xf000f", "UuFfTtSs"),
        ("0x10", ""),  # a bit without a meaning
    ],
)
def test_pi_firmware_word(word, expected):
    assert letters(decode(pi4(), outputs=said(vcgencmd=f"throttled={word}"))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "throttled=",
        "throttled=50005",
        "throttled=0x5000g",
        "throttled=0x1 boom",
        "throttled=0x1\nthrottled=0x0",
    ],
)
def test_pi_firmware_word_of_another_form_is_no_word(text):
    assert letters(decode(pi4(), outputs=said(vcgencmd=text))) == NA("vcgencmd gave an answer of unknown form")


def test_pi_alarm_of_the_kernel_fills_the_time_between_two_words():
    alarm = chip(1, "rpi_volt", in0_lcrit_alarm=1)
    assert letters(decode(pi4() | alarm)) == "U"
    both = decode(pi4() | alarm, outputs=said(vcgencmd="throttled=0x50005"))
    assert letters(both) == "UuTt"
    assert both.throttle[0] == Throttle("U", "now", "vcgencmd get_throttled bit 0")
    assert letters(decode(pi4() | alarm, outputs=said(vcgencmd="throttled=0x0"))) == "U"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (cooling(0, "cpu-throttle-alert", 1), "Tp"),
        (cooling(10, "hot-surface-alert", 1), "Tp"),
        (cooling(11, "devfreq-17000000.gpu", 2), "Tp"),
        (cooling(9, "pwm-fan", 3), "p"),  # a fan at full speed holds nothing back
        ({}, "p"),  # the 15 oc2 events since boot of the tree
    ],
)
def test_orin_cooling_devices(change, expected):
    assert letters(decode(orin() | change)) == expected


@pytest.mark.parametrize("kind", ["cpu-balanced", "gpu-balanced", "emergency-balanced"])
def test_nano_cooling_devices(kind):
    assert letters(decode(nano() | cooling(12, kind, 2))) == "T"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"oc1_event_cnt": 1}, "Uup"),
        ({"oc2_event_cnt": 16}, "Pp"),
        ({"oc3_event_cnt": 37 + 15}, "p"),  # 7.5/s: usual in MAXN_SUPER, under 1 % of the clock
        ({"oc3_event_cnt": 37 + 60}, "Pp"),  # 30/s
        ({"oc3_event_cnt": 0, "oc2_event_cnt": 0}, ""),  # counters that went backwards
    ],
)
def test_orin_overcurrent_events(events, expected):
    counters = {"oc1_event_cnt": 0, "oc2_event_cnt": 15, "oc3_event_cnt": 37, **events}
    later = chip(2, "soctherm_oc", **counters) | {UPTIME: "5402.25 9000\n"}
    assert letters(decode(orin(), later)) == expected


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("0x0000000000000000", ""),
        ("0x0000000000000001", ""),  # idle
        ("0x0000000000000002", ""),  # application clocks
        ("0x0000000000000004", "P"),
        ("0x0000000000000008", "F"),
        ("0x0000000000000010", ""),  # sync boost
        ("0x0000000000000020", "T"),
        ("0x0000000000000040", "T"),
        ("0x0000000000000048", "FT"),
        ("0x0000000000000080", "P"),
        ("0x0000000000000100", ""),  # display clock
        ("[N/A]", NA("nvidia-smi says N/A")),
    ],
)
def test_nvidia_event_reasons(mask, expected):
    line = f"0, 45, 3, 1024, 12288, 20.10, 210, 0, {mask}, NVIDIA GeForce RTX 3060"
    assert letters(decode(pc(), outputs={CARDS.name: Output(line, 0, NOW)})) == expected


def test_pc_package_counter():
    path = "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count"
    line = {CARDS.name: Output("0, 45, 3, 1, 2, 20.10, 210, 0, 0x1, RTX", 0, NOW)}
    assert letters(decode(pc() | {path: "7\n"}, outputs=line)) == "t"
    assert letters(decode(pc() | {path: "7\n"}, {path: "9\n"}, outputs=line)) == "Tt"


def test_idle_and_capped_boards_are_not_throttled():
    idle = vm() | cooling(0, "thermal-cpufreq-0") | policy(0, "0 1", 408000, 1800000, 1800000)
    assert letters(decode(idle)) == ""
    assert decode(idle).caps == ()
    capped = vm() | cooling(0, "thermal-cpufreq-0") | policy(0, "0 1", 408000, 1200000, 1800000)
    assert letters(decode(capped)) == ""
    assert decode(capped).caps == ("CPU capped at 1.2 of 1.8 GHz",)


def test_a_cap_that_heat_has_set_is_no_cap_of_a_person():
    hot = vm() | cooling(0, "thermal-cpufreq-0", 2) | policy(0, "0 1", 1200000, 1200000, 1800000)
    assert letters(decode(hot)) == "T"
    assert decode(hot).caps == ()


@pytest.mark.parametrize(
    ("status", "caps"), [("pmode:0000", ("power mode 15W",)), ("pmode:0002", ()), ("pmode:0007", ("power mode 7",))]
)
def test_power_mode_is_a_cap(status, caps):
    tree = orin() | {"/var/lib/nvpmodel/status": status}
    tree |= policy(0, "0 1 2 3", 729600, 1728000, 1728000) | policy(4, "4 5", 729600, 1728000, 1728000)
    assert decode(tree).caps == caps
