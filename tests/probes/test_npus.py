"""Ascend and Rockchip boards: from files and answers to the Sample, and what real machines have printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.model import NA, Finding, known
from edgetui.probes import Output, greet
from edgetui.probes.ascend import CHIPS, DETAILS, HEALTH, chips, clock, entries, load
from edgetui.probes.rockchip import gpu_load, npu_load
from tests.probes.boards import NOW, decode, read
from tests.probes.files import zone
from tests.probes.trees import aipro, rk3566, rk3588, vm

CAPTURES = Path(__file__).parents[2] / "../shared/captures"
captured = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="the captures of real machines are not beside the project"
)
NO_CURRENT = NA("npu-smi says 0 W: the current sensor does not answer")
TABLE = """+------+
| npu-smi 26.0.rc1                 Version: 26.0.rc1                      |
| NPU     Name                  | Health          | Power(W)     Temp(C)           Hugepages-Usage(page) |
| Chip    Device                | Bus-Id          | AICore(%)    Memory-Usage(MB)                        |
| 0       310B4                 | OK              | 8.1          61                15    / 15            |
| 0       0                     | NA              | 37           7356 / 15610                            |
"""


def text(name: str) -> str:
    """A capture without its first line, which names the source."""
    return (CAPTURES / name).read_text().partition("\n")[2]


def answers(table: str = TABLE, details: str = "", health: str = "") -> dict[str, Output]:
    said = {CHIPS: table, DETAILS: details, HEALTH: health}
    return {command.name: Output(answer, 0, NOW) for command, answer in said.items() if answer}


@captured
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("info_310B1", ("310B1", "OK", 9.0, 57.0, 0.0)),
        ("info_310B4_alarm_power_zero", ("310B4", "Alarm", NO_CURRENT, 65.0, 0.0)),
        ("info_310P3_npu_id_224", ("310P3", "OK", NA("npu-smi says NA"), 71.0, 0.0)),
        ("info_310P3_process_table", ("310P3", "OK", NA("npu-smi says NA"), 47.0, 0.0)),
        ("rows_310B4_hot_no_blank_before_slash", ("310B4", "Alarm", NO_CURRENT, 80.0, 2.0)),
    ],
)
def test_tables_of_real_chips(name, expected):
    (chip,) = chips(text(f"ascend/npu_smi_{name}.txt"))
    assert (chip.name, chip.health, chip.power_w, chip.temperature_c, chip.load_percent) == expected


@captured
@pytest.mark.parametrize(("name", "hertz", "percent"), [("910", 1.8e9, 6.0), ("910_69w", 1e9, 0.0)])
def test_details_of_real_chips(name, hertz, percent):
    said = entries(text(f"ascend/npu_smi_t_common_{name}.txt"))
    assert (clock(said), load(said)) == (hertz, percent)
    assert said["Temperature(C)"] == "46"  # the chip's, not the controller's 40


@captured
def test_a_real_alarm_is_a_cap_in_words_and_no_throttling():
    table, health = (
        text(f"ascend/npu_smi_{n}.txt") for n in ("info_310B4_alarm_power_zero", "t_health_310B4_alarm")
    )
    sample = decode(aipro(), outputs=answers(table, health=health))
    assert sample.caps == ("NPU health Alarm (80E3A203)",)
    assert sample.throttle == NA("nothing on this board tells of throttling")


@captured
def test_any_capture_as_any_answer():
    for path in CAPTURES.glob("*/*.txt"):
        said = text(f"{path.parent.name}/{path.name}")
        sample = decode(aipro(), outputs=answers(said, said, said))
        assert known(sample.npu_percent) == path.name.startswith(("npu_smi_info", "npu_smi_rows"))
        assert npu_load(said) == (0.0 if path.name.startswith("rknpu_load") else NA("the file has an unknown form"))


@captured
def test_zones_of_a_real_rk3588():
    tree = rk3588()
    for n, line in enumerate(text("rockchip/rk3588_zone_temps_idle.txt").splitlines()):
        name, degrees = line.split()
        tree |= zone(n, name, round(float(degrees) * 1000))
    sample = decode(tree)
    assert sample.temperature_c == 45.3
    assert dict(sample.zones)["center-thermal"] == 43.4
    assert len(sample.zones) == 7


def test_aipro():
    details = "\tAicore Usage Rate(%)           : 6\n\tAicore curFreq(MHZ)            : 1000\n"
    sample = decode(aipro(), outputs=answers(details=details, health="Health Status : OK\n"))
    assert (sample.npu_percent, sample.npu_clock_hz) == (37.0, 1e9)
    assert (sample.power_w, sample.power_scope) == (8.1, "NPU")
    assert sample.temperature_c == 61.0
    assert sample.zones == (("npu 310B4", 61.0),)
    assert sample.gpu_memory_total_bytes == NA("no GPU memory of its own")  # the column is the system's RAM
    assert sample.caps == ()


def test_aipro_whose_table_knows_no_load_takes_it_from_the_details():
    said = answers(TABLE.replace("| 37 ", "| NA "), "Aicore Usage Rate(%)           : 12\n")
    assert decode(aipro(), outputs=said).npu_percent == 12.0
    said.pop(DETAILS.name)
    assert decode(aipro(), outputs=said).npu_percent == NA("npu-smi says NA")


def test_two_chips():
    more = "| 224 310P3 | Warning | 20.5 71 0 / 0 |\n| 0 0 | 0000:04:00.0 | 5 1263 / 44280 |\n"
    sample = decode(aipro(), outputs=answers(TABLE + more))
    assert (sample.npu_percent, sample.power_w, sample.temperature_c) == (37.0, 28.6, 71.0)
    assert [name for name, _ in sample.zones] == ["npu0 310B4", "npu1 310P3"]
    assert sample.caps == ("NPU health Warning",)
    one_silent = decode(aipro(), outputs=answers(TABLE + more.replace("20.5", "NA")))
    assert one_silent.power_w == NA("npu-smi says NA")


def test_silent_and_broken_npu_smi():
    assert decode(aipro()).npu_percent == NA("npu-smi has not answered yet")
    broken = {CHIPS.name: Output("dcmi module initialize failed. ret is -8005", 1, NOW)}
    sample = decode(aipro(), outputs=broken)
    reason = NA("npu-smi failed: dcmi module initialize failed. ret is -8005")
    assert sample.npu_percent == sample.npu_clock_hz == sample.power_w == sample.power_scope == reason


def test_half_a_table_never_lies():
    """Cut anywhere, or with any line lost: every value is the right one, or there is none."""
    lines = TABLE.splitlines(keepends=True)
    wrecks = [TABLE[:cut] for cut in range(len(TABLE))]
    wrecks += ["".join(lines[:n] + lines[n + 1 :]) for n in range(len(lines))]
    (whole,) = chips(TABLE)
    for wreck in wrecks:
        found = chips(wreck)
        for chip in () if isinstance(found, NA) else found:
            assert chip.load_percent == whole.load_percent or isinstance(chip.load_percent, NA), wreck
            assert (chip.power_w, chip.temperature_c) == (whole.power_w, whole.temperature_c), wreck


def test_npu_smi_without_the_right_or_missing():
    hello = read(aipro())[0]
    lines = tuple(line.replace("davinci_manager yes", "davinci_manager no") for line in hello.lines)
    decoder = greet(type(hello)(hello.seq, hello.uptime, hello.tick, lines))
    assert decoder.commands == ()
    assert decoder.identity.findings == (
        Finding("NPU", "npu-smi is not permitted", "sudo usermod -aG HwHiAiUser $USER"),
    )
    tree = aipro()
    del tree["/usr/local/bin/npu-smi"]
    assert decode(tree).npu_percent == NA("npu-smi is not installed")


def test_rk3588():
    sample = decode(rk3588())
    assert (sample.npu_percent, sample.npu_clock_hz) == (26.0, 1e9)
    assert (sample.gpu_percent, sample.gpu_clock_hz) == (7.0, 3e8)
    assert (sample.temperature_c, sample.limit_c) == (43.6, 75.0)
    assert (sample.clock_hz, sample.clock_max_hz) == (1.608e9, 2.352e9)  # of the big cores
    assert sample.throttle == ()
    assert sample.fan_percent == 50.2


def test_rk3566_says_why_it_has_no_npu_load():
    sample = decode(rk3566())
    assert sample.npu_percent == NA("the NPU's load is in debugfs, for root only")
    assert sample.npu_clock_hz == 6e8
    assert (sample.gpu_percent, sample.gpu_clock_hz) == (100.0, 8e8)
    assert sample.caps == ("CPU capped at 1.104 of 1.608 GHz", "governor userspace")
    remedy = "sudo mount -o remount,mode=755 /sys/kernel/debug"
    assert greet(read(rk3566())[0]).identity.findings == (Finding("NPU load", sample.npu_percent.reason, remedy),)
    driverless = {path: content for path, content in rk3566().items() if "npu" not in path}
    assert decode(driverless).npu_percent == NA("no NPU driver")
    assert greet(read(driverless)[0]).identity.findings == ()


@pytest.mark.parametrize(
    ("load_text", "percent"),
    [
        ("NPU load:  Core0: 45%, Core1: 32%, Core2: 0%,", 25.7),
        ("NPU load:  37%", 37.0),
        ("NPU load:  0%", 0.0),
        ("NPU0: 100%, NPU1: 50%", 75.0),
    ],
)
def test_forms_of_the_npu_load(load_text, percent):
    assert npu_load(load_text) == percent


@pytest.mark.parametrize(
    "load_text", ["", "NPU load:", "NPU load: 101%", "NPU load:  Core0: 45%, Core", "45", "45%"]
)
def test_other_forms_of_the_npu_load_are_none(load_text):
    assert isinstance(npu_load(load_text), NA)
    assert isinstance(gpu_load(load_text)[0], NA)


def test_a_pc_has_no_npu():
    assert decode(vm()).npu_percent == NA("no NPU on this machine")
