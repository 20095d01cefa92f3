"""Whatever comes from a board: nothing raises, nothing impossible is shown, half a frame is no frame."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from edgetui.model import NA, Sample
from edgetui.probes import Decoded, Frame, FrameReader, Output, greet
from edgetui.probes.ascend import CHIPS, DETAILS, HEALTH
from edgetui.probes.nvidia import CARDS, LIMITS
from tests.probes.boards import NOW, read
from tests.probes.files import write
from tests.probes.shells import TOKEN, run
from tests.probes.trees import TREES

ANSWERS = {
    "vcgencmd": "throttled=0x50005\nfrequency(48)=1500000000\n"
    "VDD_CORE_A current(7)=0.94657990A\nVDD_CORE_V volt(15)=0.72097620V",
    "tegrastats": "RAM 1/2MB CPU [5%@1224] GR3D_FREQ 86%@921 CPU@40C POM_5V_IN 4531/3285",
    CARDS.name: "0, 80, 97, 10240, 12288, 168.20, 1777, 64, 0x0000000000000004, RTX 3060",
    LIMITS.name: "GPU Target Temperature            : 83 C",
    CHIPS.name: "| 0       310B4 | Alarm | 9.5   65    15 / 15 |\n| 0       0 | NA | 37   3628/ 15609 |\n",
    DETAILS.name: "\tAicore Usage Rate(%) : 6\n\tAicore curFreq(MHZ)  : 1000\n\tTemperature(C)  : 46\n",
    HEALTH.name: "Health Status    : Alarm\nError Code       : 80E3A203\n",
}
BOUNDS = {
    "uptime_s": 1e10,
    "cpu_percent": 100,
    "load_1": 1e6,
    "clock_hz": 1e11,
    "clock_max_hz": 1e11,
    "memory_total_bytes": 1e18,
    "memory_available_bytes": 1e18,
    "swap_total_bytes": 1e18,
    "swap_used_bytes": 1e18,
    "oom_kills": 1e20,
    "gpu_percent": 100,
    "gpu_clock_hz": 1e11,
    "zram_bytes": 1e20,
    "pressure_cpu_percent": 100,
    "pressure_io_percent": 100,
    "pressure_memory_percent": 100,
    "npu_percent": 100,
    "npu_clock_hz": 1e11,
    "gpu_memory_total_bytes": 1e18,
    "gpu_memory_used_bytes": 1e18,
    "power_w": 15_000,
    "fan_rpm": 1e5,
    "fan_percent": 100,
}
PIECES = [
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "nan",
    "",
    " ",
    "=",
    "\t",
    "\x00",
    "٣",
    "1_0",
    "kB",
    "\ufffd",
    "0x",
]


def check(sample: Sample) -> None:
    """Every value that is there lies in the range of its kind."""
    for name, most in BOUNDS.items():
        value = getattr(sample, name)
        assert isinstance(value, NA) or (math.isfinite(value) and 0 <= value <= most), (name, value)
    heat = [sample.temperature_c, sample.limit_c, *(v for _, v in sample.zones)]
    assert all(isinstance(v, NA) or -40 < v < 150 for v in heat), heat
    assert all(isinstance(v, NA) or 0 <= v <= 100 for v in sample.cores_percent)
    assert all(isinstance(v, NA) or 0 <= v <= 5000 for _, v in sample.rails)
    if not isinstance(sample.memory_available_bytes, NA) and not isinstance(sample.memory_total_bytes, NA):
        assert sample.memory_available_bytes <= sample.memory_total_bytes
    sample.to_json()


def mutate(text: str, chance: random.Random) -> str:
    """Cut, put in, or swap a piece somewhere."""
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.randrange(4))
    return text[:at] + chance.choice(["", chance.choice(PIECES), chance.choice(text or " ")]) + text[end:]


def mutate_lines(lines: tuple[str, ...], chance: random.Random) -> tuple[str, ...]:
    """One to five mutations, among them lines lost and doubled."""
    out = list(lines)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(out))
        match chance.randrange(6):
            case 0:
                del out[at]
            case 1:
                out.insert(at, chance.choice(out))
            case _:
                out[at] = mutate(out[at], chance)
    return tuple(out)


def outputs(chance: random.Random) -> dict[str, Output]:
    """Answers of vendor commands, most of them mutated."""
    return {
        name: Output(
            mutate(text, chance) if chance.random() < 0.7 else text, chance.choice([0, 0, 0, 1, None]), NOW
        )
        for name, text in ANSWERS.items()
    }


@pytest.mark.parametrize("board", TREES)
def test_mutated_frames_and_answers(board):
    hello, frame = read(TREES[board]())
    chance = random.Random(board)
    decoder = greet(hello)
    previous: Decoded | None = None
    for _ in range(1500):
        mutated = replace(frame, uptime=mutate(frame.uptime, chance), lines=mutate_lines(frame.lines, chance))
        previous = decoder.decode(mutated, previous, outputs(chance), NOW)
        check(previous.sample)


@pytest.mark.parametrize("board", TREES)
def test_mutated_hello(board):
    hello, frame = read(TREES[board]())
    chance = random.Random(board)
    for _ in range(600):
        decoder = greet(replace(hello, lines=mutate_lines(hello.lines, chance)))
        first = decoder.decode(frame, None, outputs(chance), NOW)
        check(decoder.decode(frame, first, outputs(chance), NOW).sample)


@pytest.mark.parametrize("board", TREES)
def test_frame_cut_at_any_byte_gives_no_value(board, tmp_path):
    output = run("dash", write(TREES[board](), tmp_path), b"s\ns\n")
    hello, first, second = (f"@{TOKEN}{part}".encode() for part in output.decode().split(f"@{TOKEN}")[1:])
    whole = FrameReader(TOKEN).feed(hello + first + second)
    for data, expected in ((hello, whole[0]), (first, whole[1])):
        for cut in range(len(data)):
            reader = FrameReader(TOKEN)
            assert reader.feed(data[:cut]) == []
            assert reader.feed(second) == whole[2:]
        assert FrameReader(TOKEN).feed(data) == [expected]


def test_a_hello_of_nonsense_is_still_a_decoder():
    for lines in ((), ("",), ("k0=/sys/class/thermal/thermal_zone0/temp", "f=", "=", "cpu=nan")):
        decoder = greet(Frame(0, "", "hello", lines))
        assert decoder.identity.family == "linux"
        assert not decoder.identity.simulated
        check(decoder.decode(Frame(1, "", "", ("k0=1", "cpu", "=", "load=")), None, {}, NOW).sample)
