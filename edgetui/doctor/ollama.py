"""A board's Ollama: reachable, of a version that works there, on the GPU, for us alone, nothing left behind."""

from __future__ import annotations

import re
import shlex

from edgetui.doctor.check import Check, Evidence, Grade, unknown
from edgetui.model import NA, LoadedModel, Reading, known, na
from edgetui.model.hostile import one_line

INSTALL = "curl -fsSL https://ollama.com/install.sh | sh"
_PINNED = "curl -fsSL https://ollama.com/install.sh | OLLAMA_VERSION=0.13.2 sh"
"""For JetPack 4: its glibc 2.27 starts nothing newer than about 0.18.2, and from 0.13.3 on some pictures crash."""
_DROP_IN = (
    "sudo mkdir -p /etc/systemd/system/ollama.service.d && printf '[Service]\\nEnvironment={0}\\n' |"
    " sudo tee /etc/systemd/system/ollama.service.d/zz-{1}.conf && sudo systemctl daemon-reload &&"
    " sudo systemctl restart ollama"
)
"""systemd takes the last drop-in's word for a variable."""
ONLY_LOOPBACK = _DROP_IN.format("OLLAMA_HOST=127.0.0.1", "loopback")
NO_CACHE = _DROP_IN.format("LLAMA_ARG_CACHE_RAM=0", "cache")
_CACHE_BYTES = 8 * 2**30
"""llama-server's default limit, whatever the board has (ollama#18264, #17351)."""
_LISTEN = re.compile(r"^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F:]+ 0A ", re.MULTILINE)
_FRAGILE = re.compile(r"(?:.*/)?(?:llava|bakllava|minicpm-v)")


def reachable(evidence: Evidence) -> Check:
    """Does it answer through the link?"""
    name, why = "ollama", "without it the board runs no model"
    ollama, identity = evidence.ollama, evidence.identity
    if ollama.version:
        return Check(name, "green", f"Ollama {ollama.version} answers on port {evidence.board.ollama_port}", why)
    if identity.arch.startswith(("armv6", "armv7", "i386", "i686")):
        return unknown(name, why, f"there is no Ollama for {identity.arch}, only for 64-bit systems")
    answer = evidence.answer("ollama")
    if isinstance(answer, NA) or not answer.not_found:
        return Check(name, "red", ollama.reason, why, "sudo systemctl restart ollama")
    heard = listening(evidence)
    install = _PINNED if _jetpack4(evidence) else INSTALL
    if isinstance(heard, NA):
        return Check(name, "red", f"{ollama.reason}; there is no command ollama here", why, install)
    if heard:  # something does listen: it is there, but not as a command
        looked = f"{ollama.reason}; there is no command ollama here, so it may be in a container"
        return Check(name, "red", looked, why, "docker restart ollama")
    return Check(name, "red", "Ollama is not installed", why, install)


def version(evidence: Evidence) -> Check | None:
    """Is it a version that is known to go wrong on this kind of board, or with a model that is installed?"""
    ollama = evidence.ollama
    if not ollama.version:
        return None
    name = "ollama version"
    number = _number(ollama.version)
    if number is None:
        return unknown(
            name, "some versions answer wrongly on some boards", f"{ollama.version} is a build of its own"
        )
    grade, why = _known_bad(number, evidence)
    remedy = "" if grade == "green" else _PINNED if _jetpack4(evidence) else INSTALL
    return Check(name, grade, f"Ollama {ollama.version}", why, remedy)


def _known_bad(number: tuple[int, int, int], evidence: Evidence) -> tuple[Grade, str]:
    """Sources: ollama#12142, #12209, llama.cpp#15034 (GGGG); ollama#13549, #16328 (llava)."""
    if evidence.identity.family == "jetson" and (0, 11, 5) <= number <= (0, 12, 5):
        return "red", "on the GPU of a Jetson 0.11.5 to 0.12.5 answer with GGGG… (ollama#12142)"
    if number < (0, 12, 7):
        return "amber", "before 0.12.7 errors come as HTTP 200, and qwen3-vl does not run"
    fragile = [m.name for m in evidence.ollama.installed if _FRAGILE.match(m.name)]
    if fragile and (0, 13, 3) <= number < (0, 30, 0):
        return "amber", f"0.13.3 to 0.24 crash on pictures with {', '.join(fragile)} (ollama#13549)"
    return "green", "some versions answer wrongly on some boards; nothing is known against this one here"


def on_gpu(evidence: Evidence) -> Check | None:
    """Is a loaded model computed by the CPU although the board has a GPU that Ollama knows?"""
    family = evidence.identity.family
    if family not in ("nvidia", "jetson") or _jetpack4(evidence) or not evidence.ollama.version:
        return None
    name, why = "GPU used", "a model on the CPU of a board with a GPU is slower several times, and nobody says so"
    loaded = evidence.ollama.loaded
    if not loaded:
        return unknown(name, why, "no model is loaded; ask it something, then look again")
    shares = {m.name: _share(m) for m in loaded}
    told = {model: share for model, share in shares.items() if known(share)}
    if not told:
        return unknown(name, why, next(share for share in shares.values() if isinstance(share, NA)))
    worst = min(told, key=told.__getitem__)
    looked = f"/api/ps: {', '.join(f'{model} {_on_gpu(share)}' for model, share in shares.items())}"
    if told[worst] >= 0.99:
        return Check(name, "green" if len(told) == len(shares) else "grey", looked, why)
    if told[worst] == 0:
        return Check(name, "red", looked, why, INSTALL if family == "jetson" else "sudo systemctl restart ollama")
    return Check(name, "amber", looked, f"{why}; freed, it is loaded anew", f"ollama stop {shlex.quote(worst)}")


def exposed(evidence: Evidence) -> Check:
    """Does it listen beyond the board's loopback?"""
    name, why = "ollama exposed", "it asks for no password: whoever reaches the port runs, reads and deletes models"
    port = evidence.board.ollama_port
    found = listening(evidence)
    if isinstance(found, NA):
        return unknown(name, why, found)
    beyond = [address for address in found if not _loopback(address)]
    if beyond:
        places = ", ".join("all addresses" if int(a, 16) == 0 else _dotted(a) for a in dict.fromkeys(beyond))
        return Check(name, "red", f"port {port} listens on {places} (/proc/net/tcp)", why, ONLY_LOOPBACK)
    if found:
        return Check(name, "green", f"port {port} listens on the loopback only (/proc/net/tcp)", why)
    if evidence.ollama.version:
        return unknown(name, why, f"port {port} answers but is not in /proc/net/tcp: it may be in a container")
    return Check(name, "green", f"nothing listens on port {port} (/proc/net/tcp)", why)


def listening(evidence: Evidence) -> list[str] | NA:
    """Addresses, as /proc/net/tcp writes them, on which something listens at Ollama's port."""
    answer = evidence.answer("listeners")
    if isinstance(answer, NA):
        return answer
    if answer.exit_status > 1 and not answer.text.strip():
        return na("/proc/net/tcp cannot be read")
    return [address for address, at in _LISTEN.findall(answer.text) if int(at, 16) == evidence.board.ollama_port]


def orphans(evidence: Evidence) -> Check:
    """Runners whose server was killed: they keep all their memory (measured with Ollama 0.32)."""
    name, why = "orphaned runners", "a llama-server whose Ollama was killed keeps a model's memory for ever"
    answer = evidence.answer("orphans")
    if isinstance(answer, NA):
        return unknown(name, why, answer)
    # a zombie (Z) has no memory left
    pids = re.findall(r"^(\d+) \(llama-server\) [^Z] 1 ", answer.text, re.MULTILINE)
    if pids:
        looked = f"llama-server with parent 1: process {', '.join(pids)} (/proc/*/stat)"
        return Check(name, "amber", looked, why, f"sudo kill {' '.join(pids)}")
    if not re.search(r"^1 \(", answer.text, re.MULTILINE):
        return unknown(name, why, "other users' processes cannot be seen")
    return Check(name, "green", "no llama-server with parent 1 (/proc/*/stat)", why)


def prompt_cache(evidence: Evidence) -> Check | None:
    """Ollama ≥ 0.30: every new picture leaves its state in llama-server's memory, up to 8 GiB."""
    ollama, sample = evidence.ollama, evidence.sample
    if ollama.era != "C" or sample is None or not known(sample.memory_total_bytes):
        return None
    if sample.memory_total_bytes >= 4 * _CACHE_BYTES:
        return None
    name = "prompt cache"
    why = (
        f"from 0.30 on every new picture leaves its state (moondream: 143 MB) in the runner, 8.6 GB in all, of"
        f" {sample.memory_total_bytes / 1e9:.1f} GB here; edgetui unloads in time, other programs do not"
    )
    answer = evidence.answer("service")
    if isinstance(answer, NA) or "LoadState=loaded" not in answer.text:
        started = "Ollama is no service of systemd here; start it with LLAMA_ARG_CACHE_RAM=0"
        return unknown(name, why, answer if isinstance(answer, NA) else started)
    found = re.search(r"LLAMA_ARG_CACHE_RAM=(-?\d{1,9})\b", answer.text)
    if found is None:
        return Check(name, "amber", "ollama.service does not set LLAMA_ARG_CACHE_RAM", why, NO_CACHE)
    looked = f"ollama.service: LLAMA_ARG_CACHE_RAM={found[1]}"
    little = 0 <= int(found[1]) * 2**20 <= sample.memory_total_bytes / 8  # MiB; -1 is without limit
    return Check(name, "green", looked, why) if little else Check(name, "amber", looked, why, NO_CACHE)


def _number(text: str) -> tuple[int, int, int] | None:
    """``0.33.0-rc2`` to numbers; None for what is no release (source builds say 0.0.0)."""
    found = re.match(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})", text)
    number = (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)
    return number if any(number) else None


def _jetpack4(evidence: Evidence) -> bool:
    return "JetPack 4" in evidence.identity.release


def _share(model: LoadedModel) -> Reading:
    part, whole = model.size_vram_bytes, model.size_bytes
    if part == 0 or not known(part):
        return part
    return part / whole if known(whole) else whole


def _on_gpu(share: Reading) -> str:
    return f"{share:.0%} on the GPU" if known(share) else f"on the GPU: {share}"


def _loopback(address: str) -> bool:
    """Hex as the kernel of a little-endian machine prints it: 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104."""
    if len(address) == 8:
        return address.endswith("7F")
    return address == "0" * 24 + "01000000" or (
        address.startswith("0" * 16 + "FFFF0000") and address.endswith("7F")
    )


def _dotted(address: str) -> str:
    tail = address[-8:] if len(address) == 8 or address.startswith("0" * 16 + "FFFF0000") else ""
    if not tail:
        return one_line(f"IPv6 {address}", 50)
    return ".".join(str(int(tail[i : i + 2], 16)) for i in (6, 4, 2, 0))
