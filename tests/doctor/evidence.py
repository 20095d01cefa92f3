"""What a healthy board of each family answers, to be made worse by tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edgetui.cluster.asking import Answer, Clock
from edgetui.config import Board
from edgetui.doctor.check import Evidence
from edgetui.model import Identity, InstalledModel, OllamaInfo, Sample

NOW = 1_790_000_000.0
FAMILIES = ("raspberry-pi", "jetson", "nvidia", "ascend", "rockchip", "linux")
NPU = """\
+--------------------------------------------------------------------------------------------------------+
| npu-smi 23.0.0                                   Version: 23.0.0                                       |
+-------------------------------+-----------------+------------------------------------------------------+
| NPU     Name                  | Health          | Power(W)     Temp(C)           Hugepages-Usage(page) |
| Chip    Device                | Bus-Id          | AICore(%)    Memory-Usage(MB)                        |
+===============================+=================+======================================================+
| 0       310B4                 | OK              | 9.0          51                15    / 15            |
| 0       0                     | NA              | 0            3628 / 15609                            |
+===============================+=================+======================================================+
"""
HEALTHY = {
    "swaps": "Filename Type Size Used Priority\n/dev/zram0 partition 524284 0 100\n",
    "mounts": "25 1 179:2 / / rw shared:1 - ext4 /dev/mmcblk0p2 rw\n30 25 8:1 / /data rw - ext4 /dev/sda1 rw\n",
    "mmcblk0": "SD\n",
    "listeners": "   0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000 997 0 1\n",
    "orphans": "1 (systemd) S 0 1 1 0 -1\n",
    "kills": "-- No entries --\n",
    "sshd": "Include /etc/ssh/sshd_config.d/*.conf\nClientAliveInterval 15\n",
    "service": "LoadState=loaded\nEnvironment=LLAMA_ARG_CACHE_RAM=0 PATH=/usr/bin\n",
    "ollama": "ollama version is 0.24.0\n",
    "room": "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/root 61000000 9 52000000 15% /\n",
    "vcgencmd": "throttled=0x0\n",
    "tegrastats": "RAM 1382/7620MB (lfb 4x4MB) SWAP 0/3810MB (cached 0MB)\n",
    "nvpmodel": "NV Power Mode: 15W\n0\n",
    "mode": "pmode:0000 fmode:quiet\n",
    "nvidia-smi": "NVIDIA GeForce RTX 3060\n",
    "npu-smi": NPU,
}
OLLAMA = OllamaInfo(
    asked_at=NOW, version="0.24.0", era="B", installed=(InstalledModel("moondream:latest", "55fc", 1_738_451_197),)
)
SAMPLE = Sample(time=NOW, memory_total_bytes=8e9, oom_kills=0, throttle=())


def said(text: str, status: int = 0) -> Answer:
    """An answer."""
    return Answer(text, status)


NOT_FOUND = said("sh: 1: it: not found\n", 127)


def healthy(family: str = "raspberry-pi", **changes: Any) -> Evidence:
    """A board with nothing wrong; ``changes`` are fields of Evidence, or names of questions with their Answer."""
    fields = {name: changes.pop(name) for name in tuple(changes) if name in Evidence.__dataclass_fields__}
    answers = {name: said(text) for name, text in HEALTHY.items()}
    answers |= {name.replace("_smi", "-smi"): answer for name, answer in changes.items()}
    evidence = Evidence(
        board=Board(name="it"),
        identity=Identity(family=family, model="It", arch="aarch64"),
        sample=SAMPLE,
        ollama=OLLAMA,
        answers=answers,
        clock=Clock(int(NOW), NOW, NOW + 0.02),
        sessions=6.0,
        wanted_sessions=6,
        tick_ms=1.4,
    )
    return replace(evidence, **fields)
