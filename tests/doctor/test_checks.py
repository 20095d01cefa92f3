"""Every check as a table: what the board said, and the grade and the command that follow."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from edgetui.cluster.asking import Clock
from edgetui.doctor import ollama, system, tools
from edgetui.doctor.check import Check, Evidence
from edgetui.doctor.report import CHECKS, CheckOf, checklist
from edgetui.model import Finding, Identity, InstalledModel, LoadedModel, OllamaInfo, Throttle, na
from tests.doctor.evidence import FAMILIES, HEALTHY, NOT_FOUND, NOW, OLLAMA, SAMPLE, healthy, said

DENIED = said("Can't open device file: /dev/vcio\n", 255)
LISTEN = "   0: {}:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000 997 0 1\n"
DF = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/root 61000000 9 {} 15% /mnt\n"
SWAPS = "Filename Type Size Used Priority\n{} file 524284 0 -2\n"
JP4 = Identity(family="jetson", model="NVIDIA Jetson Nano", arch="aarch64", release="L4T R32.7.6 (JetPack 4)")
KILL = "1789996400.123456 pi5 kernel: Out of memory: Killed process 812 (ollama) total-vm:9000kB\n"
ALONE = OllamaInfo(asked_at=NOW, reason="nothing answers on port 11434 of the board (connection refused)")


def version(text: str, *models: str) -> dict[str, Any]:
    installed = tuple(InstalledModel(name, "d", 1) for name in models)
    return {"ollama": replace(OLLAMA, version=text, installed=installed)}


def loaded(vram: int) -> dict[str, Any]:
    return {"ollama": replace(OLLAMA, loaded=(LoadedModel("moondream:latest", "d", 100, vram),))}


def under_voltage(*when: Any) -> dict[str, Any]:
    return {"sample": replace(SAMPLE, throttle=tuple(Throttle("U", w, "soctherm oc1_event_cnt") for w in when))}


def ram(size: float, environment: str) -> dict[str, Any]:
    return {
        "ollama": replace(OLLAMA, version="0.32.15", era="C"),
        "sample": replace(SAMPLE, memory_total_bytes=size),
        "service": said(f"LoadState=loaded\nEnvironment={environment}\n"),
    }


TABLE: list[tuple[CheckOf, str, dict[str, Any], str, str, str]] = [
    # check, family, what is different, grade, part of the remedy, part of what was looked at
    (tools.vcgencmd, "raspberry-pi", {}, "green", "", "throttled=0x0"),
    (tools.vcgencmd, "raspberry-pi", {"vcgencmd": DENIED}, "amber", "usermod -aG video $USER", "/dev/vcio"),
    (tools.vcgencmd, "raspberry-pi", {"vcgencmd": said("VCHI initialization failed\n")}, "amber", "video", "VCHI"),
    (tools.vcgencmd, "raspberry-pi", {"vcgencmd": NOT_FOUND}, "amber", "apt install raspi-utils", "not installed"),
    (tools.vcgencmd, "raspberry-pi", {"vcgencmd": said("error=1\n")}, "grey", "", "could not look"),
    (tools.supply, "raspberry-pi", {}, "green", "", "no under-voltage since boot"),
    (tools.supply, "raspberry-pi", {"vcgencmd": said("throttled=0x50005\n")}, "red", "sudo reboot", "now"),
    (tools.supply, "raspberry-pi", {"vcgencmd": said("throttled=0x50000\n")}, "amber", "sudo reboot", "bit 16"),
    (tools.supply, "raspberry-pi", {"vcgencmd": said("throttled=0xe0000\n")}, "green", "", "no under-voltage"),
    (tools.supply, "raspberry-pi", {"vcgencmd": DENIED}, "grey", "", "could not look: permission denied"),
    (tools.throttling, "raspberry-pi", {}, "green", "", "none since boot"),
    (
        tools.throttling,
        "raspberry-pi",
        {"vcgencmd": said("throttled=0xe0000\n")},
        "amber",
        "sudo reboot",
        "frequency capped, thermal throttling, soft temperature limit since boot (throttled=0xe0000)",
    ),
    (
        tools.throttling,
        "raspberry-pi",
        {"vcgencmd": said("throttled=0xe0008\n")},
        "amber",
        "sudo reboot",
        "soft temperature limit now; frequency capped, thermal throttling since boot",
    ),
    (tools.throttling, "raspberry-pi", {"vcgencmd": said("throttled=0x10001\n")}, "green", "", "none since boot"),
    (tools.throttling, "raspberry-pi", {"vcgencmd": DENIED}, "grey", "", "could not look: permission denied"),
    (tools.supply, "jetson", under_voltage("boot", "now"), "red", "sudo reboot", "oc1_event_cnt"),
    (tools.supply, "jetson", under_voltage("boot"), "amber", "sudo reboot", "since boot"),
    (tools.supply, "jetson", {}, "grey", "", "not every Jetson counts it"),
    (tools.supply, "jetson", {"sample": None}, "grey", "", "no frame came"),
    (tools.tegrastats, "jetson", {}, "green", "", "RAM 1382/7620MB"),
    (tools.tegrastats, "jetson", {"tegrastats": NOT_FOUND}, "amber", "apt install nvidia-l4t-tools", ""),
    (tools.tegrastats, "jetson", {"tegrastats": said("sh: 1: tegrastats: not found\n")}, "amber", "l4t-tools", ""),
    (tools.tegrastats, "jetson", {"tegrastats": said("Permission denied\n", 126)}, "amber", "chmod a+rx", "denied"),
    (tools.tegrastats, "jetson", {"tegrastats": said("", 124)}, "grey", "", "did not answer in time"),
    (tools.nvpmodel, "jetson", {}, "green", "", "mode 0"),
    (tools.nvpmodel, "jetson", {"mode": said("cat: no\n", 1)}, "amber", "systemctl restart nvpmodel", "cat: no"),
    (tools.nvpmodel, "jetson", {"mode": said("", 1), "nvpmodel": NOT_FOUND}, "amber", "nvidia-l4t-nvpmodel", ""),
    (tools.nvidia_smi, "nvidia", {}, "green", "", "RTX 3060"),
    (
        tools.nvidia_smi,
        "nvidia",
        {"nvidia_smi": said("Failed to initialize NVML: Driver/library version mismatch\n", 18)},
        "amber",
        "sudo reboot",
        "mismatch",
    ),
    (tools.nvidia_smi, "nvidia", {"nvidia_smi": NOT_FOUND}, "amber", "ubuntu-drivers install", "not installed"),
    (tools.npu_smi, "ascend", {}, "green", "", "npu-smi 23.0.0"),
    (tools.npu_smi, "ascend", {"npu_smi": said("DrvMngGetConsoleLogLevel failed\n", 1)}, "amber", "HwHiAiUser", ""),
    (tools.npu_smi, "ascend", {"npu_smi": NOT_FOUND}, "amber", "npu-driver", "not installed"),
    (ollama.reachable, "linux", {}, "green", "", "0.24.0 answers on port 11434"),
    (ollama.reachable, "linux", {"ollama": ALONE}, "red", "systemctl restart ollama", "connection refused"),
    (ollama.version, "linux", version("0.24.0"), "green", "", "0.24.0"),
    (ollama.version, "jetson", version("0.11.4"), "amber", "ollama.com/install.sh", ""),
    (ollama.version, "jetson", version("0.11.5"), "red", "ollama.com/install.sh | sh", "0.11.5"),
    (ollama.version, "jetson", version("0.12.5"), "red", "ollama.com/install.sh | sh", ""),
    (ollama.version, "raspberry-pi", version("0.12.5"), "amber", "install.sh", ""),
    (ollama.version, "jetson", version("0.12.7"), "green", "", ""),
    (ollama.version, "linux", version("0.13.2", "llava:7b"), "green", "", ""),
    (ollama.version, "linux", version("0.13.3", "llava:7b"), "amber", "install.sh | sh", ""),
    (ollama.version, "linux", version("0.24.0", "hf.co/x/minicpm-v:latest"), "amber", "install.sh", ""),
    (ollama.version, "linux", version("0.24.0", "moondream"), "green", "", ""),
    (ollama.version, "linux", version("0.30.0-rc1", "llava:7b"), "green", "", ""),
    (ollama.version, "linux", version("0.0.0"), "grey", "", "build of its own"),
    (ollama.version, "jetson", {"identity": JP4, **version("0.12.3")}, "red", "OLLAMA_VERSION=0.13.2", ""),
    (ollama.on_gpu, "nvidia", {}, "grey", "", "no model is loaded"),
    (ollama.on_gpu, "nvidia", loaded(100), "green", "", "moondream:latest 100% on the GPU"),
    (ollama.on_gpu, "nvidia", loaded(0), "red", "systemctl restart ollama", "0% on the GPU"),
    (ollama.on_gpu, "jetson", loaded(0), "red", "install.sh", "0% on the GPU"),
    (ollama.on_gpu, "nvidia", loaded(43), "amber", "ollama stop moondream:latest", "43%"),
    (ollama.exposed, "linux", {}, "green", "", "loopback only"),
    (
        ollama.exposed,
        "linux",
        {"listeners": said(LISTEN.format("00000000"))},
        "red",
        "OLLAMA_HOST=127.0.0.1",
        "all",
    ),
    (
        ollama.exposed,
        "linux",
        {"listeners": said(LISTEN.format("0" * 32))},
        "red",
        "restart ollama",
        "all addresses",
    ),
    (
        ollama.exposed,
        "linux",
        {"listeners": said(LISTEN.format("0A00A8C0"))},
        "red",
        "loopback.conf",
        "192.168.0.10",
    ),
    (
        ollama.exposed,
        "linux",
        {"listeners": said(LISTEN.format("0" * 24 + "01000000"))},
        "green",
        "",
        "loopback only",
    ),
    (ollama.exposed, "linux", {"listeners": said("", 1)}, "grey", "", "container"),
    (ollama.exposed, "linux", {"listeners": said("", 1), "ollama": ALONE}, "green", "", "nothing listens"),
    (ollama.exposed, "linux", {"listeners": said("", 2), "ollama": ALONE}, "grey", "", "cannot be read"),
    (ollama.orphans, "linux", {}, "green", "", "no llama-server"),
    (
        ollama.orphans,
        "linux",
        {
            "orphans": said(
                "1 (init) S 0 1\n76 (llama-server) Z 1 70\n77 (llama-server) S 1 70\n78 (llama-server) R 1 70\n"
            )
        },
        "amber",
        "sudo kill 77 78",
        "process 77, 78",
    ),
    (ollama.orphans, "linux", {"orphans": said("", 1)}, "grey", "", "cannot be seen"),
    (ollama.prompt_cache, "linux", ram(8e9, "LLAMA_ARG_CACHE_RAM=0"), "green", "", "LLAMA_ARG_CACHE_RAM=0"),
    (ollama.prompt_cache, "linux", ram(8e9, "LLAMA_ARG_CACHE_RAM=512"), "green", "", "LLAMA_ARG_CACHE_RAM=512"),
    (ollama.prompt_cache, "linux", ram(8e9, "LLAMA_ARG_CACHE_RAM=8192"), "amber", "CACHE_RAM=0", "=8192"),
    (ollama.prompt_cache, "linux", ram(8e9, "LLAMA_ARG_CACHE_RAM=-1"), "amber", "CACHE_RAM=0", "=-1"),
    (ollama.prompt_cache, "linux", ram(8e9, ""), "amber", "Environment=LLAMA_ARG_CACHE_RAM=0", "does not set"),
    (ollama.prompt_cache, "linux", {**ram(8e9, ""), "service": NOT_FOUND}, "grey", "", "no service"),
    (system.disk, "linux", {}, "green", "", "53.2 GB free"),
    (system.disk, "linux", {"room": said(DF.format(3_000_000))}, "amber", "ollama rm moondream:latest", "3.1 GB"),
    (system.disk, "linux", {"room": said(DF.format(300_000), 1)}, "red", "ollama rm", "0.3 GB free of 62 GB"),
    (system.disk, "linux", {"room": said(DF.format(0)), "ollama": ALONE}, "red", "apt clean", "0.0 GB"),
    (system.disk, "linux", {"room": NOT_FOUND}, "grey", "", "not found"),
    (system.swap, "linux", {}, "green", "", "/dev/zram0"),
    (system.swap, "linux", {"swaps": said("Filename Type Size Used Priority\n")}, "green", "", "no swap"),
    (system.swap, "linux", {"swaps": said(SWAPS.format("/var/swap"))}, "amber", "swapoff /var/swap", "an SD card"),
    (system.swap, "linux", {"swaps": said(SWAPS.format("/data/swap"))}, "green", "", "not on a card"),
    (system.swap, "linux", {"swaps": said(SWAPS.format("/dev/mmcblk0p3"))}, "amber", "/etc/fstab", "an SD card"),
    (system.swap, "linux", {"swaps": said(SWAPS.format("/dev/mmcblk2p1"))}, "amber", "swapoff", "a card or eMMC"),
    (system.swap, "linux", {"swaps": said("", 1)}, "grey", "", "/proc/swaps cannot be read"),
    (
        system.swap,
        "linux",
        {"swaps": said(SWAPS.format("/var/swap")), "mounts": said("25 1 179:2 / / rw - ext4 /dev/root rw\n")},
        "amber",
        "dphys-swapfile",
        "/var/swap on",
    ),
    (system.clock, "linux", {}, "green", "", "as the host's"),
    (
        system.clock,
        "linux",
        {"clock": Clock(int(NOW) - 90, NOW, NOW + 0.02)},
        "amber",
        "set-ntp true",
        "89.5 s behind",
    ),
    (system.clock, "linux", {"clock": Clock(int(NOW) + 7, NOW, NOW + 1)}, "amber", "timedatectl", "7.0 s ahead"),
    (system.clock, "linux", {"clock": Clock(int(NOW) - 2, NOW, NOW + 1)}, "green", "", "behind"),
    (system.clock, "linux", {"clock": Clock(int(NOW), NOW - 9, NOW + 9)}, "grey", "", "took 18 s"),
    (system.sshd, "linux", {}, "green", "", "ClientAliveInterval 15"),
    (system.sshd, "linux", {"sessions": 3.0}, "amber", "MaxSessions 20", "3 of 6"),
    (
        system.sshd,
        "linux",
        {"sshd": said("#ClientAliveInterval 0\n")},
        "green",
        "ClientAliveInterval 15",
        "no Client",
    ),
    (system.sshd, "linux", {"sshd": said("denied", 1)}, "green", "", "6 of 6"),
    (system.memory, "linux", {}, "green", "", "no program was killed"),
    (
        system.memory,
        "linux",
        {"sample": replace(SAMPLE, oom_kills=2), "kills": said(KILL)},
        "amber",
        "systemctl restart ollama",
        "1.0 h ago: Killed process 812 (ollama)",
    ),
    (
        system.memory,
        "linux",
        {"sample": replace(SAMPLE, oom_kills=2), "kills": said(KILL.replace("17899", "17897"))},
        "green",
        "",
        "56.6 h ago",
    ),
    (
        system.memory,
        "linux",
        {"sample": replace(SAMPLE, oom_kills=2), "kills": said("Hint: You are currently not\n-- No entries --\n")},
        "amber",
        "usermod -aG systemd-journal $USER",
        "2 killed since boot",
    ),
    (system.memory, "linux", {"sample": replace(SAMPLE, oom_kills=na("old kernel"))}, "green", "", "kernel log"),
    (
        system.memory,
        "linux",
        {"sample": replace(SAMPLE, oom_kills=na("old kernel")), "kills": said("Hint: none\n-- No entries --\n")},
        "grey",
        "",
        "old kernel",
    ),
    (system.probe, "linux", {}, "green", "", "1.4 ms of CPU a frame"),
    (system.probe, "linux", {"tick_ms": 31.0}, "amber", "edgetui doctor it --telemetry-cost", "3.10 % of one core"),
]


@pytest.mark.parametrize(
    ("make", "family", "changes", "grade", "remedy", "looked"),
    TABLE,
    ids=[f"{row[0].__name__}-{row[3]}-{n}" for n, row in enumerate(TABLE)],
)
def test_grade_and_remedy(
    make: CheckOf, family: str, changes: dict[str, Any], grade: str, remedy: str, looked: str
) -> None:
    check = make(healthy(family, **changes))
    assert check is not None
    assert (check.grade, remedy in check.remedy, looked in check.looked) == (grade, True, True), check
    assert bool(check.remedy) is bool(remedy)
    assert check.why


def test_the_table_has_every_check() -> None:
    assert {row[0] for row in TABLE} == set(CHECKS)


@pytest.mark.parametrize(
    ("make", "family", "changes"),
    [
        (tools.vcgencmd, "jetson", {}),
        (tools.supply, "linux", {}),
        (tools.throttling, "jetson", {}),
        (tools.nvidia_smi, "jetson", {}),
        (ollama.on_gpu, "raspberry-pi", loaded(0)),
        (ollama.on_gpu, "jetson", {"identity": JP4, **loaded(0)}),
        (ollama.version, "linux", {"ollama": ALONE}),
        (ollama.prompt_cache, "linux", {}),
        (ollama.prompt_cache, "linux", ram(64e9, "")),
    ],
)
def test_a_check_that_makes_no_sense_here_is_left_out(make: CheckOf, family: str, changes: dict[str, Any]) -> None:
    assert make(healthy(family, **changes)) is None


def test_what_listens_and_does_not_answer_is_not_called_not_installed() -> None:
    silent = healthy("linux", ollama=replace(ALONE, reason="Ollama did not answer in time"))
    silent = replace(silent, answers={**silent.answers, "ollama": NOT_FOUND})
    found = ollama.reachable(silent)
    assert found.looked.startswith("Ollama did not answer in time; there is no command ollama here")
    assert found.remedy == "docker restart ollama"
    blind = replace(silent, answers={**silent.answers, "listeners": said("", 2)})
    assert ollama.reachable(blind).looked == "Ollama did not answer in time; there is no command ollama here"


@pytest.mark.parametrize(
    ("size", "vram", "grade", "looked"),
    [
        (na("not told"), 100, "grey", "could not look: not told"),
        (100, na("the server said 300 of 100"), "grey", "could not look: the server said 300 of 100"),
        (na("not told"), 0, "red", "/api/ps: m 0% on the GPU"),
    ],
)
def test_a_share_that_is_not_known_is_not_called_the_whole(size: Any, vram: Any, grade: str, looked: str) -> None:
    told = replace(healthy().ollama, loaded=(LoadedModel("m", "d", size, vram),))
    found = ollama.on_gpu(healthy("nvidia", ollama=told))
    assert found is not None
    assert (found.grade, found.looked) == (grade, looked)


def test_what_ollama_needs_where_it_was_never_installed() -> None:
    bare = healthy("linux", ollama=ALONE)
    bare = replace(bare, answers={**bare.answers, "ollama": NOT_FOUND, "listeners": said("", 1)})
    assert ollama.reachable(bare).looked == "Ollama is not installed"
    assert ollama.reachable(bare).remedy == "curl -fsSL https://ollama.com/install.sh | sh"
    old = replace(bare, identity=JP4)
    assert "OLLAMA_VERSION=0.13.2" in ollama.reachable(old).remedy
    small = replace(bare, identity=replace(JP4, arch="armv7l", family="raspberry-pi"))
    assert ollama.reachable(small).grade == "grey"


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_green_that_was_not_looked_at(family: str) -> None:
    gone = na("the link was lost")
    blank = replace(
        healthy(family),
        sample=None,
        ollama=OllamaInfo(asked_at=NOW, reason="the link was lost"),
        answers=dict.fromkeys(HEALTHY, gone),
        clock=gone,
        sessions=gone,
        tick_ms=gone,
    )
    grades = {check.name: check.grade for check in checklist(blank)}
    assert grades.pop("ollama") == "red", "that it does not answer is known"
    assert set(grades.values()) == {"grey"}, grades


@pytest.mark.parametrize("family", FAMILIES)
def test_the_worst_comes_first_and_a_healthy_board_is_green(family: str) -> None:
    grades = [check.grade for check in checklist(healthy(family))]
    assert set(grades) <= {"green", "grey"}
    worse = checklist(healthy(family, listeners=said(LISTEN.format("00000000")), tick_ms=99.0))
    assert [check.grade for check in worse][:2] == ["red", "amber"]


def test_what_a_family_finds_is_told_once() -> None:
    identity = healthy().identity
    group = Finding("throttling, real clock", "vcgencmd is not permitted", "sudo usermod -aG video $USER")
    file = Finding("/sys/x", "permission denied", "sudo chmod a+r /sys/x")
    lost = Finding("NPU", "no driver")
    checks = checklist(healthy(identity=replace(identity, findings=(group, file, lost)), vcgencmd=DENIED))
    told = {check.name: check for check in checks}
    assert group.what not in told
    assert (told["/sys/x"].grade, told["/sys/x"].remedy) == ("amber", file.remedy)
    assert (told["NPU"].grade, told["NPU"].looked) == ("grey", "could not look: no driver")


EVIL = "\x1b[31m\u202e$(reboot)\u200b\n'; rm -rf / #"


def _shown(checks: tuple[Check, ...]) -> str:
    return "".join(part for check in checks for part in (check.name, check.looked, check.why, check.remedy))


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_answers_neither_reach_the_terminal_nor_the_shell(family: str) -> None:
    evil = healthy(family)
    for question in HEALTHY:
        for text in (EVIL, HEALTHY[question] + EVIL, EVIL + HEALTHY[question]):
            checks = checklist(replace(evil, answers={**evil.answers, question: said(text)}))
            assert not set("\x1b\u202e\u200b\n") & set(_shown(checks)), question
    swap = healthy(swaps=said(SWAPS.format("/var/$(reboot)")), ollama=version("0.24.0", "x; reboot")["ollama"])
    swap = replace(swap, answers={**swap.answers, "room": said(DF.format(0))})
    assert "swapoff '/var/$(reboot)'" in system.swap(swap).remedy
    assert system.disk(swap).remedy == "ollama rm 'x; reboot'"


@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize("family", FAMILIES)
def test_endless_numbers_raise_nothing(family: str, digits: int) -> None:
    whole, ollama_info = healthy(family), replace(OLLAMA, version="9" * digits + ".1.2")
    checklist(replace(whole, ollama=ollama_info))
    for question, text in HEALTHY.items():
        endless = re.sub(r"\d+", "9" * digits, text)
        checklist(replace(whole, answers={**whole.answers, question: said(endless)}))


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_cut_anywhere_raise_nothing(family: str) -> None:
    whole: Evidence = healthy(family)
    for question, text in HEALTHY.items():
        for end in range(len(text)):
            checklist(replace(whole, answers={**whole.answers, question: said(text[:end])}))
