"""What a board is asked: one script, one channel; each question bounded in time, its answer framed by a token."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from edgetui.doctor.check import Answer
from edgetui.probes.jetson import TEGRASTATS
from edgetui.probes.raspberry_pi import THROTTLED

LIMIT_S = 5
"""A question that takes longer is given up, where the board has ``timeout``."""

_EVERYWHERE = {
    "swaps": "cat /proc/swaps",
    "mounts": "cat /proc/self/mountinfo",
    "mmcblk0": "cat /sys/block/mmcblk0/device/type",
    "mmcblk1": "cat /sys/block/mmcblk1/device/type",
    # column st of a listening socket is 0A; a board with many connections would fill the answer without it
    "listeners": "grep -hs ' 0A ' /proc/net/tcp /proc/net/tcp6",
    # process 1 always matches, which proves that other people's processes may be seen
    "orphans": "grep -hs -e '^1 (' -e ' (llama-server) . 1 ' /proc/[0-9]*/stat",
    "kills": "journalctl -k --no-pager -o short-unix -n 1 -g 'Killed process'",
    "sshd": "cat /etc/ssh/sshd_config",
    "service": "systemctl show ollama -p LoadState -p Environment",
    "ollama": "ollama --version",
}
_OF_FAMILY: Mapping[str, Mapping[str, str]] = {
    "raspberry-pi": {"vcgencmd": THROTTLED.text},
    "jetson": {"tegrastats": TEGRASTATS.text, "nvpmodel": "nvpmodel -q", "mode": "cat /var/lib/nvpmodel/status"},
    "nvidia": {"nvidia-smi": "nvidia-smi --query-gpu=name --format=csv,noheader"},
    "ascend": {"npu-smi": "npu-smi info"},
}
"""Only where they make sense: on a Jetson nvidia-smi answers N/A to everything, npu-smi may block."""


def questions(family: str) -> dict[str, str]:
    """Name to command for a board of this family."""
    return {**_EVERYWHERE, **_OF_FAMILY.get(family, {})}


def room(service: str) -> str:
    """The command that tells the space where Ollama keeps its models; ``service``: the answer of that question.

    df answers for the deepest folder that this login may look at: the first row.
    """
    named = re.search(r'OLLAMA_MODELS=([^"\s]+)', service)
    if named:
        folder = shlex.quote(named[1])
        return f"df -Pk {folder} {folder}/.."
    if "LoadState=loaded" in service:
        return "df -Pk /usr/share/ollama/.ollama/models /usr/share/ollama /usr/share"
    return "df -Pk ~/.ollama/models ~/.ollama ~"


def script(asked: Mapping[str, str], token: str) -> str:
    """One line of sh that asks all of them; see ``answers``."""
    before, after = f"printf '@%s %s\\n' {token} \"$1\"", f"printf '\\n.%s %s\\n' {token} $?"
    return "; ".join(
        [
            "export LC_ALL=C PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/vc/bin",
            f"t=; timeout 1 true 2>/dev/null && t='timeout {LIMIT_S}'",
            f'ask() {{ {before}; $t sh -c "$2" 2>&1 </dev/null; {after}; }}',
            *(f"ask {name} {shlex.quote(command)}" for name, command in asked.items()),
        ]
    )


def answers(text: str, token: str) -> dict[str, Answer]:
    """What came back, by name; a question whose end is missing has no answer."""
    framed = re.compile(rf"^@{token} (\S+)\n(.*?)\n?^\.{token} ([0-9]+)$", re.MULTILINE | re.DOTALL)
    return {m[1]: Answer(m[2], int(m[3])) for m in framed.finditer(text)}


def asked_in(text: str) -> list[tuple[str, str]] | None:
    """Name and command of the questions in a script; None where it is none. For boards that are not real."""
    if "; ask() {" not in text:
        return None
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";")
    lexer.whitespace_split = True
    words = list(lexer)
    return [(words[i + 1], words[i + 2]) for i, word in enumerate(words[:-2]) if word == "ask"]


def token_in(text: str) -> str:
    """The token of such a script."""
    return text.partition(r"'@%s %s\n' ")[2].partition(" ")[0]
