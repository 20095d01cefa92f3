"""Numbers of thousands of digits, which Python refuses to read, are no numbers to us either: nobody raises."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from edgetui.cluster.asking import Answer, answers
from edgetui.cluster.visit.cost import cost
from edgetui.cluster.visit.memory import Paging, speed
from edgetui.cluster.visit.network import Traffic, interfaces
from edgetui.errors import CommandError
from edgetui.model import NA, na
from edgetui.model.script import Need
from edgetui.probes.disks import disks
from edgetui.runners.ollama_folder import parse_manifest
from edgetui.runners.ollama_server import era_of
from edgetui.runners.script_job import cpu_s
from edgetui.runners.script_needs import _lack

LONG = "9" * 5000
UNTOLD = na("not asked")


def paging(page: str) -> object:
    return speed(Paging(2.0, (4, 4)), Paging(1.0, (2, 2)), Answer(page, 0))[0]


def wired(speed: str) -> object:
    links = Answer(f"/sys/class/net/eth0/operstate:up\n/sys/class/net/eth0/speed:{speed}\n", 0)
    (found,) = interfaces(Traffic(1.0, {"eth0": (1, 1)}), UNTOLD, links, UNTOLD, UNTOLD) or ()
    return found.link_bits_s


def own_cost(ticks: str) -> object:
    rest = " ".join(["0"] * 9 + [ticks] * 4 + ["0"] * 4 + [ticks])
    return cost(Answer(f"1 (sshd) S 0 {rest}\n2 (sh) S 1 {rest}\n", 0), 100.0)


READ: dict[str, tuple[Callable[[str], object], object]] = {
    "exit status": (lambda number: answers(f"@t a\nx\n.t {number}\n", "t"), {}),
    "free space": (lambda number: isinstance(disks(f"/dev/sda1 {number} {number} {number} 1% /"), NA), True),
    "page size": (lambda number: isinstance(paging(number), NA), True),
    "speed of a line": (lambda number: isinstance(wired(number), NA), True),
    "processor time": (lambda number: isinstance(own_cost(number), NA), True),
    "version": (lambda number: era_of(f"{number}.{number}.{number}"), ""),
    "memory": (lambda number: _lack(Need(memory_bytes=1), {("memory", number): ""}), None),
    "times of a script": (lambda number: cpu_s(f"0m0s 0m0s\n{number}m0s infm0s\n"), None),
}


@pytest.mark.parametrize("what", READ)
def test_no_number_of_a_board_is_too_long(what: str):
    reader, nothing = READ[what]
    assert reader(LONG) == nothing


def test_a_layer_of_impossible_size_is_no_manifest():
    said = json.dumps({"layers": [{"digest": f"sha256:{'0' * 64}", "size": 10**400}]})
    with pytest.raises(CommandError, match="cannot be read"):
        parse_manifest(said.encode())
