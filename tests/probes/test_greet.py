"""Who a board is, and which vendor commands it is asked, from the probe's first frame."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgetui.probes import greet
from edgetui.probes.frames import Frame
from tests.probes.boards import read
from tests.probes.trees import TREES, pi5


def test_families_and_identities():
    found = {name: greet(read(tree())[0]).identity for name, tree in TREES.items()}
    assert {name: i.family for name, i in found.items()} == {
        "nano": "jetson",
        "nano-2g": "jetson",
        "orin": "jetson",
        "pi2": "raspberry-pi",
        "pi4": "raspberry-pi",
        "pi5": "raspberry-pi",
        "vm": "linux",
        "pc": "nvidia",
        "thor": "jetson",
        "aipro": "ascend",
        "rk3588": "rockchip",
        "rk3566": "rockchip",
    }
    assert found["orin"].release == "L4T R36.4.7 (JetPack 6)"
    assert found["nano"].release == "L4T R32.5.1 (JetPack 4)"
    assert found["pi5"].model == "Raspberry Pi 5 Model B Rev 1.0"
    assert found["pi5"].os == "Debian GNU/Linux 12 (bookworm)"
    assert found["pi5"].kernel == "6.6.51+rpt-rpi-v8"
    assert (found["pi5"].arch, found["pi2"].arch) == ("aarch64", "")
    assert found["pi5"].boot_id == "6f1c4c0e-1b3a-4a55-9b1c-0d9a1f4f6f11"
    assert (found["pc"].model, found["vm"].model) == ("ASUS PRIME Z690", "x86_64 machine")
    assert not found["pi5"].simulated


def test_simulated_board_says_so():
    hello = read(pi5())[0]
    identity = greet(replace(hello, lines=(*hello.lines, "sim=20"))).identity
    assert (identity.sim_speed, identity.simulated) == (20.0, True)


@pytest.mark.parametrize("said", ["", "0", "nan", "-3", "×20", "1e9", "9" * 5000, "20 ", "0.0000001"])
def test_a_board_that_says_it_is_simulated_is_never_a_real_one(said: str):
    identity = greet(Frame(0, "", "hello", (f"sim={said}",))).identity
    assert (identity.sim_speed, identity.simulated) == (20.0 if said == "20 " else 1.0, True)


def test_commands_of_each_board():
    names = {name: [c.name for c in greet(read(tree())[0]).commands] for name, tree in TREES.items()}
    assert names == {
        "nano": [],
        "nano-2g": ["tegrastats"],
        "orin": [],
        "pi2": ["vcgencmd"],
        "pi4": ["vcgencmd"],
        "pi5": ["vcgencmd"],
        "vm": [],
        "pc": ["nvidia-smi", "nvidia-smi-limits"],
        "thor": ["tegrastats"],
        "aipro": ["npu-smi", "npu-smi-details", "npu-smi-health"],
        "rk3588": [],
        "rk3566": [],
    }
