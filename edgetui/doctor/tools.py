"""The vendors' tools: are they there, may this login use them, and what the firmware says of supply and heat."""

from __future__ import annotations

import re
from collections.abc import Callable

from edgetui.cluster.asking import Answer
from edgetui.doctor.check import Check, Evidence, unknown
from edgetui.model import NA, WORDS, known
from edgetui.model.hostile import one_line
from edgetui.probes import ascend, raspberry_pi

_SUPPLY = "a supply that sags slows the board down and corrupts SD cards; every timing taken meanwhile is too slow"


def vcgencmd(evidence: Evidence) -> Check | None:
    """May this login ask the firmware of a Raspberry Pi? It needs group video."""
    if evidence.identity.family != "raspberry-pi":
        return None
    name, why = "vcgencmd", "throttling, the real clock and a Pi 5's power are told by the firmware alone"
    answer = evidence.answer("vcgencmd")
    if isinstance(answer, NA):
        return unknown(name, why, answer)
    if answer.not_found:
        return Check(name, "amber", "vcgencmd is not installed", why, "sudo apt install raspi-utils")
    word = raspberry_pi.throttled(answer.text)
    if known(word):
        return Check(name, "green", f"get_throttled: {one_line(answer.text, 40)}", why)
    if word == raspberry_pi.refusal("can't open device file"):
        looked = f"get_throttled: {one_line(answer.text, 80)}"
        return Check(name, "amber", looked, why, "sudo usermod -aG video $USER")
    return unknown(name, why, f"get_throttled: {one_line(answer.text, 80)}")


def supply(evidence: Evidence) -> Check | None:
    """Has the board had too little voltage since it was started?"""
    name, family = "power supply", evidence.identity.family
    if family == "raspberry-pi":
        answer = evidence.answer("vcgencmd")
        limits = answer if isinstance(answer, NA) else raspberry_pi.throttled(answer.text)
    elif family == "jetson":
        limits = evidence.sample.throttle if evidence.sample else NA("no frame came")
    else:
        return None
    if isinstance(limits, NA):
        return unknown(name, _SUPPLY, limits)
    low = {limit.when: limit.source for limit in limits if limit.kind == "U"}
    why = f"{_SUPPLY}: use a stronger supply and a shorter cable; a restart clears the flag"
    if "now" in low:
        return Check(name, "red", f"under-voltage now ({low['now']})", why, "sudo reboot")
    if low:
        return Check(name, "amber", f"under-voltage since boot ({low['boot']})", why, "sudo reboot")
    if family == "jetson":
        # the families' other sources answer for heat and current; only some modules count under-voltage
        return unknown(name, _SUPPLY, "no under-voltage was counted, and not every Jetson counts it")
    return Check(name, "green", "no under-voltage since boot (vcgencmd get_throttled bits 0 and 16)", _SUPPLY)


def throttling(evidence: Evidence) -> Check | None:
    """Has the firmware of a Raspberry Pi slowed it down since it was started? Under-voltage is ``supply``'s."""
    if evidence.identity.family != "raspberry-pi":
        return None
    name, why = "throttling", "a board that is slowed down takes longer for every answer"
    answer = evidence.answer("vcgencmd")
    if isinstance(answer, NA):
        return unknown(name, why, answer)
    limits = raspberry_pi.throttled(answer.text)
    if isinstance(limits, NA):
        return unknown(name, why, limits)
    held = {(limit.kind, limit.when) for limit in limits if limit.kind != "U"}
    if not held:
        return Check(name, "green", "none since boot (vcgencmd get_throttled bits 1 to 3 and 17 to 19)", why)
    now = [words for kind, words in WORDS.items() if (kind, "now") in held]
    past = [words for kind, words in WORDS.items() if (kind, "boot") in held and (kind, "now") not in held]
    told = [f"{', '.join(words)} {when}" for words, when in ((now, "now"), (past, "since boot")) if words]
    cure = "where the power supply is well it was heat: add a cooler or a fan, or let air to it"
    looked = f"{'; '.join(told)} ({one_line(answer.text, 40)})"
    return Check(name, "amber", looked, f"{why}: {cure}; a restart clears the flags", "sudo reboot")


def tegrastats(evidence: Evidence) -> Check | None:
    """NVIDIA's monitor: fills in where the kernel's files lack the GPU or the rails."""
    return _tool(
        evidence,
        "jetson",
        "tegrastats",
        "it tells GPU load and power where the kernel's files do not",
        says=lambda text: "RAM " in text,
        install="sudo apt install nvidia-l4t-tools",
        mend="sudo chmod a+rx /usr/bin/tegrastats",
    )


def npu_smi(evidence: Evidence) -> Check | None:
    """The Ascend driver's tool; the group is that of /dev/davinci_manager."""
    return _tool(
        evidence,
        "ascend",
        "npu-smi",
        "nothing else on the board tells load, heat and power of the NPU",
        says=lambda text: known(ascend.chips(text)),
        install="sudo ./Ascend-hdk-*-npu-driver_*.run --full --install-for-all",
        mend="sudo usermod -aG HwHiAiUser $USER",
    )


def nvidia_smi(evidence: Evidence) -> Check | None:
    """The driver's tool; library and kernel module part company at every driver update until the next boot."""
    return _tool(
        evidence,
        "nvidia",
        "nvidia-smi",
        "the card's load, heat and throttling are told by its driver alone, and Ollama needs the same driver",
        says=lambda text: bool(text.strip()) and "NVML" not in text and "has failed" not in text,
        install="sudo ubuntu-drivers install",
        mend="sudo reboot",
    )


def nvpmodel(evidence: Evidence) -> Check | None:
    """Which power mode was set? Its file is written by nvpmodel.service and may be read by all."""
    if evidence.identity.family != "jetson":
        return None
    name, why = "nvpmodel", "the power mode caps clocks and cores: timings of two modes do not compare"
    tool, mode = evidence.answer("nvpmodel"), evidence.answer("mode")
    if not isinstance(mode, NA) and (found := re.match(r"pmode:0*([0-9]{1,4})\b", mode.text)):
        return Check(name, "green", f"/var/lib/nvpmodel/status: mode {found[1]}", why)
    if isinstance(tool, NA) or isinstance(mode, NA):
        return unknown(name, why, tool if isinstance(tool, NA) else "/var/lib/nvpmodel/status was not read")
    if tool.not_found:
        return Check(name, "amber", "nvpmodel is not installed", why, "sudo apt install nvidia-l4t-nvpmodel")
    looked = f"/var/lib/nvpmodel/status: {one_line(mode.text, 80) or 'empty'}"
    return Check(name, "amber", looked, why, "sudo systemctl restart nvpmodel")


def _tool(
    evidence: Evidence,
    family: str,
    name: str,
    why: str,
    *,
    says: Callable[[str], bool],
    install: str,
    mend: str,
) -> Check | None:
    """A vendor's tool was tried: not there, or there and without an answer, or well."""
    if evidence.identity.family != family:
        return None
    answer: Answer | NA = evidence.answer(name)
    if isinstance(answer, NA):
        return unknown(name, why, answer)
    if answer.not_found or "not found" in answer.text:
        return Check(name, "amber", f"{name} is not installed", why, install)
    said = one_line(answer.text.strip("+-=| \n"), 80)
    if answer.exit_status == 0 and says(answer.text):
        return Check(name, "green", said, why)
    if answer.exit_status == 124:
        return unknown(name, why, f"{name} did not answer in time")
    return Check(name, "amber", said or f"exit status {answer.exit_status}", why, mend)
