"""Output of real machines, read from where it lies: decoded right, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.model import NA, known
from edgetui.probes import Output, greet, tegrastats
from edgetui.probes.jetson import l4t, total
from edgetui.probes.nvidia import CARDS, parse
from edgetui.probes.raspberry_pi import arm_clock, rails, throttled
from tests.probes.boards import NOW, decode, read, said
from tests.probes.files import zone
from tests.probes.trees import nano, orin, pc, pi4, pi5, vm

CAPTURES = Path(__file__).parents[2] / "../shared/captures"
pytestmark = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="the captures of real machines are not beside the project"
)


def text(name: str) -> str:
    """A capture without its first line, which names the source."""
    return (CAPTURES / name).read_text().partition("\n")[2]


def lines(name: str) -> list[str]:
    return [line for line in text(name).splitlines() if line.strip()]


def all_of(folder: str) -> list[str]:
    return sorted(f"{folder}/{path.name}" for path in (CAPTURES / folder).glob("*.txt"))


# --- Raspberry Pi ---


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get_throttled_0x50000", [("U", "boot"), ("T", "boot")]),
        ("get_throttled_0x50003", [("U", "now"), ("U", "boot"), ("F", "now"), ("T", "boot")]),
        ("get_throttled_0x50005", [("U", "now"), ("U", "boot"), ("T", "now"), ("T", "boot")]),
    ],
)
def test_get_throttled(name, expected):
    assert [(t.kind, t.when) for t in throttled(text(f"rpi/{name}.txt"))] == expected


def test_get_throttled_log_line_by_line():
    words = [
        throttled(line.split()[-1]) for line in lines("rpi/get_throttled_transition_undervoltage_under_load.txt")
    ]
    assert [len(w) for w in words] == [0, 2, 4, 2]
    assert isinstance(throttled(text("rpi/get_throttled_transition_undervoltage_under_load.txt")), NA)


def test_measure_clock():
    assert arm_clock(text("rpi/measure_clock_arm_2ghz_overclock.txt")) == 2000478464.0


def test_pmic_read_adc():
    said_ = rails(text("rpi/pi5_pmic_read_adc_idle.txt"))
    assert len(said_.rails) == 12
    assert dict(said_.rails)["VDD_CORE"] == 0.682
    assert said_.power_w == 1.901
    assert rails(text("rpi/pi5_pmic_read_adc_single_rail.txt")).power_w == NA(
        "pmic_read_adc did not name all rails"
    )


@pytest.mark.parametrize("name", ["vcgencmd_no_device_gencmd_new", "vcgencmd_no_device_utils"])
def test_vcgencmd_without_the_right(name):
    answer = said(vcgencmd=text(f"rpi/{name}.txt") * 3)
    sample = decode(pi5(), outputs=answer)
    assert sample.throttle == sample.power_w == NA("permission denied: join group video")
    assert arm_clock(text(f"rpi/{name}.txt")) == NA("permission denied: join group video")


def test_every_output_of_a_pi_in_the_place_of_every_answer():
    for name in all_of("rpi"):
        for reader in (throttled, arm_clock, rails):
            reader(text(name))


# --- meminfo, stat and the rest of /proc ---


@pytest.mark.parametrize(
    ("name", "total_kb", "available_kb", "swap_used_kb"),
    [
        ("rpi/pi4_4gb_meminfo.txt", 3845824, 3537772, 0),
        ("jetson/nano4gb_meminfo.txt", 4059240, 592696, 2029616 - 1848840),
        ("linux/vm_proc_meminfo.txt", 24684092, 22857952, 0),
    ],
)
def test_meminfo(name, total_kb, available_kb, swap_used_kb):
    sample = decode(nano() | {"/proc/meminfo": text(name)})
    assert sample.memory_total_bytes == total_kb * 1024
    assert sample.memory_available_bytes == available_kb * 1024
    assert sample.swap_used_bytes == swap_used_kb * 1024
    if name.startswith("jetson"):
        assert sample.gpu_memory_used_bytes == 244748 * 1024


def test_proc_of_a_vm():
    tree = {
        f"/proc/{name}": text(f"linux/vm_proc_{name}.txt")
        for name in ("stat", "meminfo", "loadavg", "uptime", "vmstat")
    }
    later = text("linux/vm_proc_stat.txt").replace("cpu  167595 2739 69660 173504", "cpu  167645 2739 69660 173654")
    sample = decode(vm() | tree, {"/proc/stat": later})
    assert sample.uptime_s == 2108.38
    assert sample.load_1 == 72.58
    assert sample.cpu_percent == 25.0
    assert sample.oom_kills == float(dict(line.split() for line in lines("linux/vm_proc_vmstat.txt"))["oom_kill"])


@pytest.mark.parametrize("name", all_of("linux") + all_of("jetson") + all_of("rpi"))
def test_any_capture_in_the_place_of_any_file(name):
    tree = orin() | {f"/proc/{file}": text(name) for file in ("stat", "meminfo", "loadavg", "uptime")}
    tree |= {
        "/etc/nv_tegra_release": text(name),
        "/var/lib/nvpmodel/status": text(name),
        "/etc/nvpmodel.conf": text(name),
    }
    decode(tree | zone(0, "cpu-thermal", text(name)))


# --- Jetson ---


def test_zones_of_a_nano():
    tree = vm()
    for n, line in enumerate(lines("jetson/nano4gb_thermal_sysfs_and_pmic_trip.txt")[:7]):
        words = dict(word.split("=") for word in line.split()[1:])
        tree |= zone(
            n, words["type"], int(words["temp"]), (("active", 120000),) if words["type"] == "PMIC-Die" else ()
        )
    sample = decode(tree)
    assert sample.temperature_c == 23.0
    assert len(sample.zones) == 7
    assert isinstance(sample.limit_c, NA)
    types = [line.split(": ")[1] for line in lines("jetson/nano2gb_thermal_types.txt")]
    tree = vm()
    for n, kind in enumerate(types):
        tree |= zone(n, kind, 100000 if kind == "PMIC-Die" else 30000 + n)
    assert decode(tree).temperature_c == 30.002  # GPU-therm, neither PLL nor fan estimate


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("r32_5_1_t210", "L4T R32.5.1 (JetPack 4)"),
        ("r36_3_0", "L4T R36.3.0 (JetPack 6)"),
        ("r36_4_7", "L4T R36.4.7 (JetPack 6)"),
    ],
)
def test_releases(name, release):
    assert l4t(lines(f"jetson/nv_tegra_release_{name}.txt")[0]) == release


@pytest.mark.parametrize(("name", "mode"), [("jp4", "power mode 10W"), ("jp6", "power mode 10W")])
def test_power_mode_files(name, mode):
    tree = nano() | {"/var/lib/nvpmodel/status": text(f"jetson/nvpmodel_status_file_{name}.txt")}
    assert decode(tree | {"/etc/nvpmodel.conf": "< POWER_MODEL ID=2 NAME=10W >\n"}).caps[-1] == mode


def test_overcurrent_counters_of_an_orin():
    counters = dict(line.split("=") for line in lines("jetson/orin_soctherm_oc_counters_boot.txt")[:3])
    tree = orin() | {f"/sys/class/hwmon/hwmon2/{name}": f"{value}\n" for name, value in counters.items()}
    assert [(t.kind, t.when, t.source) for t in decode(tree).throttle] == [("P", "boot", "soctherm oc2_event_cnt")]


def test_a_jetsons_nvidia_smi_is_not_asked():
    tree = orin() | {"/usr/bin/nvidia-smi": ""}
    assert greet(read(tree)[0]).commands == ()
    assert isinstance(parse(text("jetson/nvidia_smi_orin_all_na.txt")), NA)


# --- tegrastats ---


@pytest.mark.parametrize(
    ("name", "gpu_percent", "gpu_hz", "power_w"),
    [
        ("nano4gb_5w_mode_2_cores_off", 0.0, None, 1.154),
        ("nano4gb_cold_room", 0.0, None, 2.056),
        ("nano4gb_container_swap_990", 0.0, None, 2.515),
        ("nano4gb_jp42_no_swap_field", 0.0, None, 0.888),
        ("nano4gb_jp461_root_pmic50", 0.0, 76e6, 1.75),
        ("nano4gb_jp4_user", 0.0, None, 0.9),
        ("nano4gb_root_gpu_load_nvdec_no_swap", 28.0, 76e6, 4.122),
        ("nano4gb_root_vic", 0.0, 76e6, 0.998),
        ("orin_nano_jp621_user_idle", 0.0, None, 4.761),
        ("orin_nano_jp621_user_jetson_clocks", 0.0, None, 6.626),
        ("orin_nano_swapping_gpu63_fragment", 63.0, None, 6.526),
        ("tx1_r28_root", 0.0, 76e6, 2.532),
        ("tx2_5_cores_off", 0.0, 114e6, 2.003),
        ("xavier_nx_jp4_root", 0.0, 1109e6, 6.14),
    ],
)
def test_tegrastats(name, gpu_percent, gpu_hz, power_w):
    stats = tegrastats.parse(text(f"tegrastats/{name}.txt"))
    assert known(stats)
    assert stats.gpu_percent == gpu_percent
    assert stats.gpu_clock_hz == gpu_hz if gpu_hz else isinstance(stats.gpu_clock_hz, NA)
    assert total(dict(stats.rails))[0] == power_w
    assert all(rail[0].startswith(("POM_5V_", "VDD_")) for rail in stats.rails)


def test_every_line_of_tegrastats_is_decoded_or_refused_with_a_reason():
    for name in all_of("tegrastats"):
        for line in lines(name):
            stats = tegrastats.parse(line)
            if name.endswith("nano_wifi_zone_fragment.txt"):
                assert isinstance(stats, NA)
                assert stats.reason.startswith("tegrastats: PLL@19C")
            else:
                assert known(stats)
                assert known(stats.gpu_percent)


# --- nvidia-smi ---


@pytest.mark.parametrize("name", all_of("nvidia_smi"))
def test_nvidia_smi_of_another_form_is_refused_in_its_own_words(name):
    cards = parse(text(name))
    assert isinstance(cards, NA)
    first = text(name).split()[0]
    assert cards.reason.startswith(f"nvidia-smi: {first}")
    sample = decode(pc(), outputs={CARDS.name: Output(text(name), 0, NOW)})
    assert sample.gpu_percent == sample.power_w == sample.throttle == cards


def test_nvidia_smi_old_driver_answers_the_second_question():
    refused = text("nvidia_smi/invalid_field.txt")
    (card,) = parse(refused + "0, 25, 0, 1, 49140, 35.40, 210, [N/A], 0x0000000000000001, NVIDIA L40")
    assert (card.temperature_c, card.power_w, card.memory_total_bytes) == (25.0, 35.4, 49140 << 20)
    assert card.fan_percent == NA("nvidia-smi says N/A")
    assert card.reasons == 1


def test_pi4_commands_do_not_ask_for_rails_it_has_not():
    (asked,) = greet(read(pi4())[0]).commands
    assert "get_throttled" in asked.text
    assert "pmic_read_adc" not in asked.text
