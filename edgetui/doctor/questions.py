"""What the doctor asks a board, beside the frames of the probe; see ``cluster.asking`` for how."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from edgetui.cluster.asking import LISTENERS
from edgetui.probes.jetson import TEGRASTATS
from edgetui.probes.raspberry_pi import THROTTLED

_EVERYWHERE = {
    "swaps": "cat /proc/swaps",
    "mounts": "cat /proc/self/mountinfo",
    "mmcblk0": "cat /sys/block/mmcblk0/device/type",
    "mmcblk1": "cat /sys/block/mmcblk1/device/type",
    "listeners": LISTENERS,
    # process 1 always matches, which proves that other people's processes may be seen
    "orphans": "grep -hs -e '^1 (' -e ' (llama-server) . 1 ' /proc/[0-9]*/stat",
    "kills": "journalctl -k --no-pager -o short-unix -n 1 -g 'Killed process'",
    "sshd": "cat /etc/ssh/sshd_config",
    "service": "systemctl show ollama -p LoadState -p Environment",
    "ollama": "ollama --version",
}
_OF_FAMILY: Mapping[str, Mapping[str, str]] = {
    "raspberry-pi": {"vcgencmd": THROTTLED},
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
