"""How a board's Ollama is set: its environment, and the arguments of the runner that holds a model. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from edgetui.cluster.asking import Answer
from edgetui.model import NA, na

ENVIRONMENT: Final[Mapping[str, str]] = {
    "service": "systemctl show ollama -p LoadState -p Environment",
    # what the running server found as it began; with a file of its environment or by hand, only this tells
    "started": "journalctl -u ollama --no-pager -o cat -b -g 'msg=.server config' -n 1",
}
"""Questions for ``environment``."""
RUNNERS: Final[Mapping[str, str]] = {
    "runners": "grep -Has -e llama-server -e 'ollama.runner' /proc/[0-9]*/cmdline",
}
"""Question for ``runner_options``; arguments are parted by NUL, which ``.`` stands for."""

_TOLD: Final = (
    "FLASH_ATTENTION",
    "KV_CACHE_TYPE",
    "NUM_PARALLEL",
    "CONTEXT_LENGTH",
    "KEEP_ALIVE",
    "MAX_LOADED_MODELS",
    "GPU_OVERHEAD",
    "LLM_LIBRARY",
    "NEW_ENGINE",
    "IGPU_ENABLE",
    "SCHED_SPREAD",
)
"""What changes figures. Nothing else of an environment is kept: the rest names addresses, folders and keys."""
_VALUE = r"([A-Za-z0-9][\w.:-]{0,39})"
_OPTIONS: Final[Mapping[str, str]] = {
    "--flash-attn": "--flash-attn",
    "-fa": "--flash-attn",
    "--kv-cache-type": "--kv-cache-type",
    "--cache-type-k": "--cache-type-k",
    "-ctk": "--cache-type-k",
    "--cache-type-v": "--cache-type-v",
    "-ctv": "--cache-type-v",
    "--parallel": "--parallel",
    "-np": "--parallel",
    "--ctx-size": "--ctx-size",
    "-c": "--ctx-size",
    "--batch-size": "--batch-size",
    "-b": "--batch-size",
    "--ubatch-size": "--ubatch-size",
    "-ub": "--ubatch-size",
    "--threads": "--threads",
    "-t": "--threads",
    "--n-gpu-layers": "--n-gpu-layers",
    "-ngl": "--n-gpu-layers",
    "--image-min-tokens": "--image-min-tokens",
    "--ollama-engine": "--ollama-engine",
    "--no-mmproj-offload": "--no-mmproj-offload",
}
"""Arguments that are kept, by how they are written: nothing that names a file or a port."""
_RUNNERS = ("ollama", "llama-server", "ollama_llama_server")


def environment(service: Answer | NA, started: Answer | NA) -> Mapping[str, str] | NA:
    """Settings by name without ``OLLAMA_``: as the running server told when it began, else of its service."""
    if not isinstance(started, NA) and "server config" in started.text:
        found = dict(re.findall(rf"\bOLLAMA_([A-Z_]+):{_VALUE}(?=[ \]])", started.text))
        return {name: found[name] for name in _TOLD if name in found}
    if isinstance(service, NA):
        return service
    if "LoadState=loaded" not in service.text:
        return na("no service named ollama, and no log tells how it was started")
    line = next((row for row in service.text.splitlines() if row.startswith("Environment=")), "")
    found = dict(re.findall(rf"[ =\"]OLLAMA_([A-Z_]+)={_VALUE}(?=[\" ]|$)", line))
    return {name: found[name] for name in _TOLD if name in found}


def flash_attention(settings: Mapping[str, str] | NA) -> str | NA:
    """``on`` where it is switched on for every model. Servers that decide by model print false all the same."""
    if isinstance(settings, NA):
        return settings
    if settings.get("FLASH_ATTENTION", "").lower() in ("1", "true"):
        return "on"
    return na("not switched on: Ollama decides by model; what its runner tells stands beside")


def kv_type(settings: Mapping[str, str] | NA) -> str | NA:
    """Of the KV cache, where it is set."""
    if isinstance(settings, NA):
        return settings
    return settings.get("KV_CACHE_TYPE", "") or na("not set: Ollama's default")


def num_parallel(settings: Mapping[str, str] | NA) -> str | NA:
    """Requests that one model answers at a time, where it is set."""
    if isinstance(settings, NA):
        return settings
    told = settings.get("NUM_PARALLEL", "")
    return told if told.isdigit() and told != "0" else na("not set: Ollama's default")


def listed(settings: Mapping[str, str] | NA) -> str | NA:
    """All of them on one line."""
    if isinstance(settings, NA):
        return settings
    return ", ".join(f"{name}={value}" for name, value in settings.items()) or "nothing set"


def runner_options(answer: Answer | NA) -> str | NA:
    """Program and options of the one runner that is there, as ``llama-server --flash-attn auto --parallel 1``."""
    if isinstance(answer, NA):
        return answer
    lines = [line.partition(":")[2].split("\0") for line in answer.text.splitlines()]
    runners = [argv for argv in lines if argv[0].rpartition("/")[2] in _RUNNERS]
    if not runners:
        return na("no runner is seen among the programs that this login may look at")
    if len(runners) > 1:
        return na(f"{len(runners)} runners: nothing tells which of them holds the model")
    program, *argv = runners[0]
    name = program.rpartition("/")[2]
    return " ".join([f"{name} runner" if argv[:1] == ["runner"] else name, *_kept(argv)])


def _kept(argv: list[str]) -> list[str]:
    found = []
    for place, word in enumerate(argv):
        name, _, value = word.partition("=")
        if name not in _OPTIONS:
            continue
        value = value or next(iter(argv[place + 1 : place + 2]), "")
        said = re.fullmatch(_VALUE, value)
        found.append(f"{_OPTIONS[name]} {said[1]}" if said else _OPTIONS[name])
    return found
