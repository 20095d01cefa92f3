"""Plain commands of a simulated board that a visit asks: files, logs, network, time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TypeAlias

from edgetui.sim import defects, journal, processes
from edgetui.sim.board import Board
from edgetui.sim.files import tree
from edgetui.sim.files.shapes import Tree
from edgetui.sim.vendors import Outcome

Tool: TypeAlias = Callable[[Board, list[str], str], Outcome]
"""Of the board, the words behind the name, and stdin."""

SESSION, PROBE, SHELL = 700, 701, 705
"""Process ids of sshd's end of our connection, of the probe and of a vendor's shell."""
_NETWORK_BYTES_S = (210.0, 160.0)
"""In and out, at rest: what the probe's frames take."""
_SD = ("/sys/block/mmcblk0/device/type", "SD\n")
_NVME = ("/sys/block/nvme0n1/device/model", "SIMULATED NVMe 128GB\n")


def files(board: Board) -> Tree:
    """Everything that can be read on the board."""
    card = board.kind.shape in ("pi", "jetson-t210")
    path, content = _SD if card else _NVME
    received, sent = (int(rate * board.uptime_s) for rate in _NETWORK_BYTES_S)
    own: Tree = {
        path: content,
        "/proc/net/dev": (
            "Inter-|   Receive                                                |  Transmit\n"
            " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo"
            " colls carrier compressed\n"
            "    lo: 52488 610 0 0 0 0 0 0 52488 610 0 0 0 0 0 0\n"
            f"  eth0: {received} {received // 130} 0 0 0 0 0 0 {sent} {sent // 120} 0 0 0 0 0 0\n"
        ),
        "/sys/class/net/eth0/speed": "100\n" if board.kind.name == "pi2" else "1000\n",
        "/sys/class/net/eth0/operstate": "up\n",
        "/sys/class/net/lo/operstate": "unknown\n",
        f"/proc/{SESSION}/stat": _stat(SESSION, "sshd", 690, board.frames * 0.00011, board.probed_at_s),
        f"/proc/{PROBE}/stat": _stat(PROBE, "sh", SESSION, board.frames * board.tick_ms / 1000, board.probed_at_s),
    }
    if board.kind.shape != "jetson-t210":
        cpu_s = board.frames * board.tick_ms / 2000
        own[f"/proc/{SHELL}/stat"] = _stat(SHELL, "sh", SESSION, cpu_s, board.probed_at_s)
    if board.processes is not None:
        own |= processes.files(board.processes)
    fixed = defects.files(board)
    if not card:
        fixed.pop(_SD[0], None)
        fixed["/proc/self/mountinfo"] = "25 1 259:2 / / rw,noatime shared:1 - ext4 /dev/nvme0n1p2 rw\n"
    return {**tree(board.kind.name), **own, **fixed}


def _stat(pid: int, name: str, parent: int, cpu_s: float, started_s: float) -> str:
    """As proc(5) has it, with the fields that somebody reads."""
    times = f"{int(cpu_s * 60)} {int(cpu_s * 40)} 0 0 20 0 1 0 {started_s * 100:.0f}"
    return f"{pid} ({name}) S {parent} {pid} {pid} 0 -1 4194560 1 0 0 0 {times} 0\n"


def _grep(board: Board, words: list[str], stdin: str) -> Outcome:
    """grep with -h, -H, -s, -i and -e; patterns are basic regular expressions without groups."""
    flags = {letter for word in words if word[0] == "-" and word != "-e" for letter in word[1:]}
    patterns = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "-e"]
    names = [word for i, word in enumerate(words) if word[0] != "-" and words[i - 1 : i] != ["-e"]]
    if not patterns:
        patterns, names = names[:1], names[1:]
    case = re.IGNORECASE if "i" in flags else re.NOFLAG
    wanted = [re.compile(p.replace("(", r"\(").replace(")", r"\)"), case) for p in patterns]
    known = files(board) if names else {"": stdin}
    paths = sorted(p for p in known if not names or any(fnmatchcase(p, name) for name in names))
    rows = []
    for path in paths:
        text = known[path] if path not in board.vanished else ""
        content = text if isinstance(text, str) else text(board)
        prefix = f"{path}:" if "H" in flags and names else ""
        rows += [prefix + row for row in content.splitlines() if any(w.search(row) for w in wanted)]
    return (0 if rows else 1), "".join(f"{row}\n" for row in rows)


def _cat(board: Board, words: list[str], _stdin: str) -> Outcome:
    known, status, printed = files(board), 0, []
    for path in words:
        content = known.get(path)
        if content is None or path in board.vanished:
            status = 1
            printed.append(f"cat: {path}: No such file or directory\n")
        else:
            printed.append(content if isinstance(content, str) else content(board))
    return status, "".join(printed)


def _cut(_board: Board, words: list[str], stdin: str) -> Outcome:
    """head and tail: so many lines."""
    count = re.search(r"\d+", words[-1]) if words[1:] else None
    lines, most = stdin.splitlines(keepends=True), int(count[0]) if count else 10
    return 0, "".join(lines[:most] if words[0] == "head" else lines[-most:])


def _date(board: Board, words: list[str], _stdin: str) -> Outcome:
    now = time.time() - (defects.BEHIND_S if "clock" in board.defects else 0)
    return 0, f"{now:.9f}\n" if "%N" in "".join(words) else f"{int(now)}\n"


def _journal(board: Board, words: list[str], _stdin: str) -> Outcome:
    """The kernel's lines on memory that ran out, or Ollama's own."""
    style = words[words.index("-o") + 1] if "-o" in words else "short"
    if not board.journal.readable:
        return 1, journal.REFUSED
    rows = _kernel(board) if "-k" in words else _ollama(board)
    if "-n" in words:
        rows = rows[-int(words[words.index("-n") + 1]) :]
    if not rows:
        return 1, "-- No entries --\n"
    return 0, "".join(f"{_when(board, at, style)} {board.name} {text}\n" for at, text in rows)


def _when(board: Board, at: float, style: str) -> str:
    if style == "short-unix":
        return f"{at:.6f}"
    if style == "short-monotonic":
        return f"[{board.uptime_now() - (time.time() - at) * board.world.speed:12.6f}]"
    return datetime.fromtimestamp(at).astimezone().isoformat("T", "seconds")


def _kernel(board: Board) -> list[tuple[float, str]]:
    words = f"kernel: Out of memory: Killed process {board.victim} total-vm:4194304kB, anon-rss:1572864kB"
    return [(at, words) for at in board.killed_at]


def _ollama(board: Board) -> list[tuple[float, str]]:
    if not board.ollama_version:
        return []
    begun = time.time() - board.uptime_s / board.world.speed
    place = "[::]" if "exposed" in board.defects else "127.0.0.1"
    text = f'level=INFO source=routes.go msg="Listening on {place}:11434 (version {board.ollama_version})"'
    rows = [(begun, f"ollama[997]: {text}")]
    if board.resident_gb:
        text = f'level=INFO source=server.go msg="llama runner started" size="{board.resident_gb:.1f} GB"'
        rows.append((time.time(), f"ollama[997]: {text}"))
    uptime = board.uptime_now()
    told = board.processes.log if board.processes is not None else []
    rows += [(time.time() - (uptime - at) / board.world.speed, text) for at, text in told]
    rows += [(entry.at, f"ollama[997]: {entry.text}") for entry in board.journal.entries]
    return sorted(rows)


def _dmesg(board: Board, _words: list[str], _stdin: str) -> Outcome:
    rows = _kernel(board)
    return 0, "".join(
        f"{_when(board, at, 'short-monotonic')} {text.removeprefix('kernel: ')}\n" for at, text in rows
    )


def _ip(board: Board, _words: list[str], _stdin: str) -> Outcome:
    last = 10 + sum(board.name.encode()) % 200
    return 0, (
        "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n"
        f"2: eth0    inet 192.0.2.{last}/24 brd 192.0.2.255 scope global dynamic eth0\\       valid_lft 70113sec\n"
    )


def _page(board: Board, _words: list[str], _stdin: str) -> Outcome:
    return 0, "16384\n" if board.kind.name == "pi5" else "4096\n"


TOOLS: Mapping[str, Tool] = {
    "cat": _cat,
    "grep": _grep,
    "head": lambda b, w, s: _cut(b, ["head", *w], s),
    "tail": lambda b, w, s: _cut(b, ["tail", *w], s),
    "date": _date,
    "journalctl": _journal,
    "dmesg": _dmesg,
    "ip": _ip,
    "getconf": _page,
}
