"""What a visit reads out of a board's answers: right values, and a reason where there is none."""

from __future__ import annotations

from typing import TypeVar

import pytest

from edgetui.cluster.asking import Answer, Clock
from edgetui.cluster.visit.cost import cost
from edgetui.cluster.visit.disks import volumes
from edgetui.cluster.visit.logs import JOIN, journal, kills
from edgetui.cluster.visit.memory import cache, paging, speed
from edgetui.cluster.visit.network import interfaces, traffic
from edgetui.cluster.visit.settings import governors, power_modes
from edgetui.cluster.visit.setup import models_on
from edgetui.cluster.visit.visit import visit
from edgetui.model import NA, na
from edgetui.ui.drawing.board.system import skew

DF = """Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/root         61252480 19000000  39700000      33% /
/dev/root         61252480 19000000  39700000      33% /
/dev/mmcblk0p1      522232    65000    457232      13% /boot/firmware
/dev/nvme0n1p1   244568380 88000000 144000000      38% /mnt/a b
"""
DRIVES = """/sys/block/mmcblk0/device/type:SD
/sys/block/nvme0n1/device/model:Samsung SSD 980 250GB
/sys/block/sda/device/type:0
"""
T = TypeVar("T")
NET = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier
    lo:  999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
  eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0
 wlan0:  500 1 0 0 0 0 0 0 600 1 0 0 0 0 0 0
docker0:   0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
"""


def alone(found: tuple[T, ...] | NA) -> T:
    """The first of what was found."""
    assert not isinstance(found, NA), found
    return found[0]


def said(text: str, status: int = 0) -> Answer:
    return Answer(text, status)


def test_disks_are_named_by_what_they_lie_on() -> None:
    found = volumes(said(DF), said("25 1 179:2 / / rw - ext4 /dev/root rw\n"), said(DRIVES))
    assert not isinstance(found, NA)
    assert [(v.mount, v.drive) for v in found] == [
        ("/", "SD card"),
        ("/mnt/a b", "NVMe Samsung SSD 980 250GB"),
        ("/boot/firmware", "SD card"),
    ]
    assert found[0].free_bytes == 39_700_000 * 1024


def test_a_drive_that_nothing_names_stays_unnamed() -> None:
    row = "/dev/sda1 1000 10 990 1% /\n"
    found = alone(volumes(said(row), na("no"), said(DRIVES)))
    assert found.drive == "", "a SCSI type is a number and no name"
    assert "hangs" in str(volumes(said("", 124), na("no"), na("no")))
    assert "not found" in str(volumes(said("sh: 1: df: not found\n", 127), na("no"), na("no")))


def test_network_rates_addresses_and_link_speed() -> None:
    links = (
        "/sys/class/net/eth0/speed:1000\n/sys/class/net/wlan0/operstate:up\n/sys/class/net/docker0/operstate:down\n"
    )
    addresses = (
        "2: eth0    inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0\\  valid_lft forever\n"
        "2: eth0    inet6 fe80::1/64 scope link \\  valid_lft forever\n"
    )
    radio = " face | tus | link level noise |\n wlan0: 0000   60.  -50.  -256        0\n"
    before, now = traffic(said(NET), 100.0), traffic(said(NET.replace("1000 1", "6000 9")), 105.0)
    found = interfaces(now, before, said(links), said(addresses), said(radio))
    assert not isinstance(found, NA)
    eth, wlan = found
    assert (eth.name, eth.addresses, eth.link_bits_s) == ("eth0", ("192.0.2.5/24",), 1e9)
    assert (eth.received_bytes_s, eth.sent_bytes_s) == (1000.0, 0.0)
    assert "wireless" in str(wlan.link_bits_s)


def test_rates_need_two_looks_of_one_boot() -> None:
    now = traffic(said(NET), 5.0)
    for before in (na("first"), traffic(said(NET), 9000.0)):
        eth = alone(interfaces(now, before, na("-"), said("", 127), na("-")))
        assert isinstance(eth.received_bytes_s, NA)
        assert "not installed" in str(eth.addresses)
    pages = said("pswpin 100\npswpout 7\n")
    first, later = paging(pages, 10.0), paging(said("pswpin 600\npswpout 7\n"), 20.0)
    assert speed(later, first, said("16384\n")) == (500 * 16384 / 10, 0.0)
    assert all(isinstance(v, NA) for v in speed(later, first, said("getconf: not found\n", 127)))
    assert all(isinstance(v, NA) for v in speed(first, later, said("4096\n")))
    assert isinstance(paging(said(""), 10.0), NA)


def test_cache_that_can_be_had_back_leaves_tmpfs_out() -> None:
    rows = "MemTotal:       1000 kB\nBuffers:          10 kB\nCached:          500 kB\nShmem:            60 kB\n"
    assert cache(said(rows + "SReclaimable:     40 kB\n")) == 490 * 1024
    assert isinstance(cache(said("MemTotal: 1 kB\n")), NA)


HINT = (
    "Hint: You are currently not seeing messages from other users and the system.\n"
    "      Users in groups 'adm', 'systemd-journal' can see all messages.\n-- No entries --\n"
)


@pytest.mark.parametrize(
    ("text", "status", "lines", "reason"),
    [
        ("-- No entries --\n", 1, 0, ""),
        (HINT, 1, 0, "may not read"),
        ("No journal files were opened due to insufficient permissions.\n", 1, 0, "may not read"),
        ("No journal files were found.\n-- No entries --\n", 1, 0, "keeps no journal"),
        ("sh: 1: journalctl: not found\n", 127, 0, "no journalctl"),
        ("", 124, 0, "no answer within 5 s"),
        ("", 1, 0, "exit status 1"),
        ("Compiled without pattern matching support\n", 1, 0, "pattern matching"),
        ("2026 pi kernel: Out of memory\x1b[31m: Killed process 7 (ollama)\n", 0, 1, ""),
    ],
)
def test_logs_tell_nothing_there_from_nothing_to_be_seen(text: str, status: int, lines: int, reason: str) -> None:
    log = journal(said(text, status), "the log")
    assert len(log.lines) == lines
    assert reason in log.reason
    assert bool(log.reason) == bool(reason)
    assert (log.remedy == JOIN) == ("may not" in reason)
    assert not any("\x1b" in line for line in log.lines)


def test_the_ring_buffer_answers_where_the_journal_does_not() -> None:
    assert kills(said(HINT, 1), said("[1.0] Out of memory: Killed process 7\n")).lines != ()
    refused = kills(said(HINT, 1), said("dmesg: read kernel buffer failed: Operation not permitted\n"))
    assert refused.remedy == JOIN
    assert kills(said("-- No entries --\n", 1), said("")).reason == ""


def stat(pid: int, name: str, parent: int, ticks: int, started_s: float) -> str:
    return f"{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {started_s * 100:.0f} 0 0\n"


def test_our_cost_is_the_mean_since_each_program_began() -> None:
    rows = (
        stat(9, "sshd", 1, 30, 40) + stat(10, "sh", 9, 60, 40) + stat(11, "sh", 9, 6, 70) + stat(12, "sh", 9, 5, 99)
    )
    found = cost(said(rows), 100.0)
    assert not isinstance(found, NA)
    assert found.programs == 2, "the youngest is the question itself"
    assert found.programs_ms == pytest.approx(600 + 60 * 2)
    assert found.carrier_ms == pytest.approx(300)
    assert found.grain_ms == pytest.approx(10)
    assert isinstance(cost(said(rows), 45.0), NA)
    assert isinstance(cost(said("nonsense\n"), 100.0), NA)


def test_settings_come_from_the_board_and_fit_a_shell() -> None:
    base = "/sys/devices/system/cpu/cpufreq/policy"
    text = "".join(
        f"{base}{n}/scaling_governor:{g}\n{base}{n}/scaling_available_governors:performance powersave userspace\n"
        for n, g in ((0, "powersave"), (4, "performance"))
    )
    found = governors(said(text + f"{base}8/scaling_governor:$(reboot)\n"))
    assert not isinstance(found, NA)
    assert (found.now, [v for v, _ in found.options]) == ("performance,powersave", ["performance", "powersave"])
    modes = "< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL ID=2 NAME=MAXN_SUPER >\n< POWER_MODEL ID=3 NAME=a;b >\n"
    power = power_modes(said(modes), said("pmode:0002 fmode:quiet\n"))
    assert not isinstance(power, NA)
    assert (power.name, power.options) == ("MAXN_SUPER", (("0", "15W"), ("2", "MAXN_SUPER")))


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (Clock(1000.010, 1000.000, 1000.020, 0.0), "as ours, ± 10 ms"),
        (Clock(1005.0, 1000.0, 1000.2, 0.0), "4.9 s ahead of ours, ± 100 ms"),
        (Clock(900.0, 1000.0, 1000.0), "99.5 s behind ours, ± 500 ms"),
    ],
)
def test_clock_skew_says_how_well_it_is_known(clock: Clock, words: str) -> None:
    assert skew(clock)[0] == words


def test_no_text_makes_a_visit_raise_or_a_number_up() -> None:
    texts = (DF, DRIVES, NET, HINT, stat(9, "sshd", 1, 3, 4), "9" * 5000, "\x00\x1b[2J", "é漢" * 99)
    names = (
        "df",
        "drives",
        "kills",
        "ours",
        "now",
        "page",
        "governors",
        "modes",
    )
    for text in texts:
        for cut in range(0, len(text), max(1, len(text) // 40)):
            seen = visit("b", 0.0, dict.fromkeys(names, said(text[:cut])), na("-"), None)
            assert isinstance(seen.memory.swap_in, NA)
    empty = visit("b", 0.0, {}, na("-"), None)
    assert isinstance(empty.volumes, NA)
    assert isinstance(empty.cost, NA)


def test_models_lie_on_the_drive_of_their_own_folder() -> None:
    card, nvme = "/dev/mmcblk0p2 100 50 50 50% /", "/dev/nvme0n1p1 100 50 50 50% /mnt/models"
    head, nothing = "Filesystem 1024-blocks Used Available Capacity Mounted on", said("")

    def on(*rows: str) -> str | NA:
        return models_on(said("\n".join((head, *rows))), nothing, said(DRIVES))

    assert on(card, nvme) == "NVMe Samsung SSD 980 250GB"
    assert on(card, card) == "SD card"
    assert on(card) == na("no folder of models that we may read")
    assert models_on(na("the line broke"), nothing, nothing) == na("the line broke")
