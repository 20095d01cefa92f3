"""What the system around the models needs: space, swap, clock, sshd, memory; and what we ourselves cost it."""

from __future__ import annotations

import re
import shlex

from edgetui.cluster.asking import Clock
from edgetui.doctor.check import Check, Evidence, unknown
from edgetui.model import NA, known
from edgetui.model.hostile import one_line

NO_ROOM_BYTES = 2**30
LITTLE_ROOM_BYTES = 4 * 2**30
"""The usual vision models take 1.7 to 5.5 GB each."""
SKEW_S = 2.0
DAY_S = 86_400
TICK_MS = 10.0
"""1 % of one core at one tick a second."""
_EMPTY = re.compile(r"(-- .* --\n)?-- No entries --")
"""journalctl that may read everything; with anything else in it (a hint on rights) nothing is proven."""
_MMC = "179"
"""Major number of mmcblk devices (Linux Documentation/admin-guide/devices.txt)."""


def disk(evidence: Evidence) -> Check:
    """Is there room for another model?"""
    name, why = "models' disk", "Ollama checks no space: a pull that fills the disk fails, and logs stop with it"
    answer = evidence.answer("room")
    if isinstance(answer, NA):
        return unknown(name, why, answer)
    row = re.search(r"^\S+ +(\d{1,15}) +\d+ +(\d{1,15}) +\S+ +(/.*)$", answer.text, re.MULTILINE)
    if row is None:
        return unknown(name, why, f"df: {one_line(answer.text, 80) or 'no answer'}")
    free = int(row[2]) * 1024
    looked = f"df {one_line(row[3], 60)}: {free / 1e9:.1f} GB free of {int(row[1]) * 1024 / 1e9:.0f} GB"
    if free >= LITTLE_ROOM_BYTES:
        return Check(name, "green", looked, why)
    sizes = {m.name: m.size_bytes for m in evidence.ollama.installed if known(m.size_bytes)}
    remedy = f"ollama rm {shlex.quote(max(sizes, key=sizes.__getitem__))}" if sizes else "sudo apt clean"
    return Check(name, "red" if free < NO_ROOM_BYTES else "amber", looked, why, remedy)


def swap(evidence: Evidence) -> Check:
    """Does it swap to an SD card?"""
    name = "swap"
    why = "a model that swaps to an SD card takes minutes for seconds and wears the card; zram does neither"
    swaps, mounts = evidence.answer("swaps"), evidence.answer("mounts")
    if isinstance(swaps, NA) or swaps.exit_status:
        return unknown(name, why, swaps if isinstance(swaps, NA) else "/proc/swaps cannot be read")
    areas = [line.split()[0] for line in swaps.text.splitlines()[1:] if line.strip()]
    if not areas:
        return Check(name, "green", "no swap (/proc/swaps)", why)
    if (isinstance(mounts, NA) or mounts.exit_status) and any(not area.startswith("/dev/") for area in areas):
        return unknown(name, why, mounts if isinstance(mounts, NA) else "/proc/self/mountinfo cannot be read")
    text = "" if isinstance(mounts, NA) else mounts.text
    cards = [(area, card) for area in areas if (card := _card(area, text, evidence))]
    if not cards:
        return Check(name, "green", f"/proc/swaps: {one_line(', '.join(areas), 80)}, not on a card", why)
    looked = f"/proc/swaps: {one_line(', '.join(f'{area} on {card}' for area, card in cards), 100)}"
    off = " && ".join(f"sudo swapoff {shlex.quote(one_line(area))}" for area, _ in cards)
    keep = (
        "systemctl disable dphys-swapfile" if cards[0][0] == "/var/swap" else "sed -i '/ swap /s/^/#/' /etc/fstab"
    )
    return Check(name, "amber", looked, why, f"{off} && sudo {keep}")


def _card(area: str, mounts: str, evidence: Evidence) -> str:
    """``an SD card`` or ``eMMC`` where the area lies on one, else nothing."""
    device = area if area.startswith("/dev/") else _device_below(area, mounts)
    disk = re.match(r"/dev/(mmcblk\d+)", device)
    if disk is None:
        return ""
    kind = evidence.answer(disk[1])
    said = "" if isinstance(kind, NA) else kind.text.strip()
    return {"SD": "an SD card", "MMC": "eMMC"}.get(said, "a card or eMMC")


def _device_below(path: str, mounts: str) -> str:
    """The device of the file system that holds ``path``; ``/dev/root`` is named by its number."""
    rows = [line.split() for line in mounts.splitlines()]
    under = [row for row in rows if len(row) > 8 and f"{path}/".startswith(f"{row[4].rstrip('/')}/")]
    if not under:
        return ""
    mount = max(under, key=lambda row: len(row[4]))
    source = mount[mount.index("-") + 2] if "-" in mount[:-2] else ""
    return "/dev/mmcblk0" if source == "/dev/root" and mount[2].startswith(f"{_MMC}:") else source


def clock(evidence: Evidence) -> Check:
    """Does the board's clock go with the host's? The way there and back bounds what can be known."""
    name, why = "clock", "logs cannot be matched with runs, and pulls fail where certificates seem out of date"
    if isinstance(evidence.clock, NA):
        return unknown(name, why, evidence.clock)
    least, most = evidence.clock.ahead_s
    looked = f"date: {_skew(evidence.clock)}"
    if least > SKEW_S or most < -SKEW_S:
        return Check(name, "amber", looked, why, "sudo timedatectl set-ntp true")
    if most - least > 2 * SKEW_S + 2:
        return unknown(name, why, f"the answer took {most - least - 1:.0f} s")
    return Check(name, "green", looked, why)


def _skew(said: Clock) -> str:
    least, most = said.ahead_s
    if least <= 0 <= most:
        return f"as the host's within {most - least:.1f} s"
    middle = (least + most) / 2
    return f"{abs(middle):.1f} s {'ahead' if middle > 0 else 'behind'} (± {(most - least) / 2:.1f} s)"


def sshd(evidence: Evidence) -> Check | None:
    """Does sshd open as many sessions on one connection as edgetui uses, and does it notice a lost host?"""
    if evidence.board.local:
        return None
    name = "sshd limits"
    why = (
        "probe, vendor tools and commands share one connection; a lost host is noticed by ClientAliveInterval only"
    )
    opened, wanted = evidence.sessions, evidence.wanted_sessions
    if isinstance(opened, NA):
        return unknown(name, why, opened)
    looked = f"{opened:.0f} of {wanted} sessions opened beside the probe"
    if opened < wanted:
        return Check(name, "amber", looked, why, _sshd_option("MaxSessions 20", "MaxSessions"))
    config = evidence.answer("sshd")
    if isinstance(config, NA) or config.exit_status:
        return Check(name, "green", looked, why)
    alive = re.search(r"^\s*ClientAliveInterval\s+(\d{1,9})", config.text, re.MULTILINE | re.IGNORECASE)
    if alive and int(alive[1]):
        return Check(name, "green", f"{looked}; ClientAliveInterval {alive[1]} (/etc/ssh/sshd_config)", why)
    looked += "; no ClientAliveInterval in /etc/ssh/sshd_config"
    return Check(name, "green", looked, why, _sshd_option("ClientAliveInterval 15", "ClientAliveInterval"))


def _sshd_option(line: str, name: str) -> str:
    """First in the file: the first word counts, and what follows a Match counts for that alone."""
    return f"sudo sed -i -e '1i {line}' -e '/^ *{name}/d' /etc/ssh/sshd_config && sudo systemctl reload ssh"


def memory(evidence: Evidence) -> Check:
    """Has the kernel killed a program for memory since boot, and when?"""
    name, why = "out of memory", "a killed runner loses its answer; a smaller model or num_ctx fits"
    sample = evidence.sample
    kills: float | NA = sample.oom_kills if sample else NA("no frame came")
    if known(kills) and kills == 0:
        return Check(name, "green", "no program was killed since boot (/proc/vmstat)", why)
    log = evidence.answer("kills")
    line = None if isinstance(log, NA) else re.search(r"^(\d{9,11})\.\d+ .*(Killed process .*)$", log.text, re.M)
    count = f"{kills:.0f} killed since boot (/proc/vmstat)" if known(kills) else ""
    if line:
        return _last_kill(evidence, name, why, float(line[1]), line[2], count)
    if not isinstance(log, NA) and _EMPTY.fullmatch(log.text.strip()) and not count:
        return Check(name, "green", "no program was killed since boot (kernel log)", why)
    if count:
        looked = f"{count}; the kernel log, which tells when and what, cannot be read"
        return Check(name, "amber", looked, why, "sudo usermod -aG systemd-journal $USER")
    return unknown(name, why, kills if isinstance(kills, NA) else "the kernel log cannot be read")


def _last_kill(evidence: Evidence, name: str, why: str, at: float, what: str, count: str) -> Check:
    now = evidence.clock.said if isinstance(evidence.clock, Clock) else None
    words = f"{one_line(what, 90)}" + (f"; {count}" if count else "")
    if now is None:
        return Check(name, "amber", f"kernel log: {words}", why, "sudo systemctl restart ollama")
    hours = max(0.0, now - at) / 3600
    looked = f"kernel log, {hours:.1f} h ago: {words}"
    if now - at > DAY_S:
        return Check(name, "green", looked, why)
    return Check(name, "amber", looked, why, "sudo systemctl restart ollama")


def probe(evidence: Evidence) -> Check:
    """What our own telemetry takes of the board's CPU."""
    name, why = "probe's cost", "what measures a board must not slow it"
    tick = evidence.tick_ms
    if isinstance(tick, NA):
        return unknown(name, why, tick)
    looked = f"{tick:.1f} ms of CPU a frame: {tick / 10:.2f} % of one core at one frame a second"
    if tick <= TICK_MS:
        return Check(name, "green", looked, why)
    return Check(name, "amber", looked, why, f"edgetui doctor {evidence.board.name} --telemetry-cost")
