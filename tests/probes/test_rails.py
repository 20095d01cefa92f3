"""Power rails of every JetPack: what is the total, and what is only a part of it."""

from __future__ import annotations

import pytest

from edgetui.model import NA
from edgetui.probes import greet, tegrastats
from edgetui.probes.jetson import total
from tests.probes.boards import decode, read, said
from tests.probes.files import Tree, chip, proc
from tests.probes.trees import thor


def jetson(soc: str, *rails: Tree) -> Tree:
    """A Jetson that has nothing but rails."""
    tree = proc(4, 8_000_000) | {"/proc/device-tree/compatible": f"nvidia,{soc}\0"}
    for rail in rails:
        tree |= rail
    return tree


def iio(address: str, **milliwatts: int) -> Tree:
    """An INA3221 of JetPack 4."""
    folder = f"/sys/bus/i2c/devices/{address}/iio:device{address[-1]}"
    tree: Tree = {}
    for n, (name, power) in enumerate(milliwatts.items()):
        tree |= {f"{folder}/rail_name_{n}": f"{name}\n", f"{folder}/in_power{n}_input": f"{power}\n"}
    return tree


def ina3221(n: int, **milliamperes: int | None) -> Tree:
    """One of JetPack 5 and later at 5 V; None: a channel without a current."""
    files: dict[str, object] = {"in7_label": "sum of shunt voltages", "in7_input": 9}
    for channel, (name, current) in enumerate(milliamperes.items(), start=1):
        files |= {f"in{channel}_label": name, f"in{channel}_input": 5000}
        if current is not None:
            files[f"curr{channel}_input"] = current
    return chip(n, "ina3221", **files)


BOARDS = {
    "Nano, JetPack 4": (
        jetson("tegra210", iio("6-0040", POM_5V_IN=4531, POM_5V_GPU=1113, POM_5V_CPU=539)),
        (4.531, "board input", 3),
    ),
    "TX2, JetPack 4": (
        jetson(
            "tegra186",
            iio("0-0040", VDD_SYS_GPU=400, VDD_SYS_SOC=400, VDD_4V0_WIFI=0),
            iio("0-0041", VDD_IN=2003, VDD_SYS_CPU=320, VDD_SYS_DDR=240),
        ),
        (2.003, "module input", 6),
    ),
    "AGX Xavier, JetPack 4": (
        jetson("tegra194", iio("1-0040", GPU=600, CPU=700, SOC=1500), iio("1-0041", CV=0, VDDRQ=300, SYS5V=1900)),
        (5.0, "sum of the module's rails", 6),
    ),
    "AGX Xavier that does not tell one of them": (
        jetson("tegra194", iio("1-0040", GPU=600, CPU=700, SOC=1500), iio("1-0041", CV=0, VDDRQ=300)),
        (NA("no rail of this board is its total"), NA("no rail of this board is its total"), 5),
    ),
    "Xavier NX, JetPack 5": (
        jetson("tegra194", ina3221(4, VDD_IN=1000, VDD_CPU_GPU_CV=300, VDD_SOC=200)),
        (5.0, "module input", 3),
    ),
    "AGX Orin, JetPack 6": (
        jetson(
            "tegra234",
            ina3221(3, VDD_GPU_SOC=1000, VDD_CPU_CV=200, VIN_SYS_5V0=800),
            ina3221(4, NC=0, VDDQ_VDD2_1V8AO=100, VDD_3V3=None),
        ),
        (10.0, "sum of the module's rails", 4),
    ),
    "AGX Thor, JetPack 7": (thor(), (26.0, "module input", 2)),
}


@pytest.mark.parametrize("board", BOARDS)
def test_total_of_each_board(board):
    tree, (power_w, scope, rails) = BOARDS[board]
    sample = decode(tree)
    assert (sample.power_w, sample.power_scope, len(sample.rails)) == (power_w, scope, rails)


def test_thor_tells_no_gpu_load_in_its_files_nor_by_tegrastats():
    line = "RAM 1/2MB CPU [0%@972] GR3D_FREQ @[1000,1000,1000] cpu@41C/41C tj@42.5C VIN 26000mW/25000mW/26000mW"
    sample = decode(thor(), outputs=said(tegrastats=line))
    assert sample.gpu_percent == NA("tegrastats shows no GPU load")
    assert sample.gpu_clock_hz == 1e9
    assert greet(read(thor())[0]).identity.release == "L4T R38.2.0 (JetPack 7)"


def test_orin_of_jetpack_7_whose_gpu_file_is_not_there_yet_asks_tegrastats():
    line = (
        "11-20-2026 10:00:00 RAM 1/2MB CPU [1%@729] GR3D_FREQ 12%@[1300,1299] cpu@52.968C/52.968C "
        "VDD_IN 4761mW/4778mW/4761mW VDD_SOC 1428mW/1428mW/1428mW"
    )
    stats = tegrastats.parse(line)
    assert not isinstance(stats, NA)
    assert (stats.gpu_percent, stats.gpu_clock_hz) == (12.0, 1.3e9)
    assert stats.rails == (("VDD_IN", 4.761), ("VDD_SOC", 1.428))
    assert total(dict(stats.rails)) == (4.761, "module input")
    board = jetson("tegra234", ina3221(1, VDD_IN=1000)) | {"/usr/bin/tegrastats": ""}
    sample = decode(board, outputs=said(tegrastats=line))
    assert (sample.gpu_percent, sample.gpu_clock_hz, sample.power_w) == (12.0, 1.3e9, 5.0)


def test_a_line_of_tegrastats_cut_anywhere_never_lies():
    line = (
        "RAM 1/2MB SWAP 1/9MB IRAM 0/252kB CPU [5%@1224] GR3D_FREQ 86%@921 CPU@40C "
        "POM_5V_IN 4531/3285 POM_5V_GPU 1113/213"
    )
    for cut in range(len(line)):
        stats = tegrastats.parse(line[:cut])
        if not isinstance(stats, NA):
            assert stats.gpu_percent in (86.0, NA("tegrastats shows no GPU load"))
            assert stats.gpu_clock_hz in (921e6, NA("tegrastats shows the GPU clock to root only"))
            assert dict(stats.rails).items() <= {"POM_5V_IN": 4.531, "POM_5V_GPU": 1.113}.items()
