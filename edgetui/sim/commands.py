"""Commands on a simulated board: the vendors' tools, and the few plain ones that are asked for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TypeAlias

from edgetui.cluster.asking import asked_in, token_in
from edgetui.links.files import MARK
from edgetui.runners import ollama_processes
from edgetui.sim import defects, plain, vendors
from edgetui.sim.board import Board
from edgetui.sim.files.shapes import Tree
from edgetui.sim.vendors import Outcome

_Tool: TypeAlias = Callable[[Board, list[str]], Outcome]
_PIECES = re.compile(r"""(?:;|&&|\|\||\|)|(?:'[^']*'|"[^"]*"|\\.|[^;&|'"\\]|&(?!&)|['"])+""")
_CACHE_RAM = re.compile(r"Environment=LLAMA_ARG_CACHE_RAM=(\d{1,6})\\n.*restart ollama")
"""Of the service, from the next load of a model on."""
_JOINTS = ("|", "||", "&&", ";")
_SILENCED = re.compile(r"\s*\d?(?:>|<|>>)\s*(?:&\d|/dev/null)")


def installed(board: Board) -> tuple[str, ...]:
    """Names of the vendor's tools that a scan finds."""
    found: tuple[str, ...] = {"pi": ("vcgencmd",), "pc": ("nvidia-smi",)}.get(
        board.kind.shape, ("tegrastats", "nvpmodel")
    )
    if "tools" in board.defects:
        found = tuple(name for name in found if name != "tegrastats")
    return (*found, *(("ollama",) if board.ollama_version else ()))


def run(board: Board, line: str) -> Outcome:
    """What a line of simple commands prints, joined by ``; && || |``; a name that is none is not found (127)."""
    board.look()
    if line.startswith(MARK):
        return 0, "unsupported=simulated boards run no scripts\n"
    if line == ollama_processes.QUESTION:
        return 0, _processes(plain.files(board))
    if board.processes is not None and (set_to := _CACHE_RAM.search(line)):
        board.processes.cache_mib = int(set_to[1])
        return 0, ""
    if defects.mend(board, line):
        return 0, ""
    if (asked := asked_in(line)) is not None:
        return 0, "".join(_framed(token_in(line), name, run(board, text)) for name, text in asked)
    text = line.strip().replace("$SESSION", str(plain.SESSION))
    text = _SILENCED.sub("", text).removeprefix("{").removesuffix("}")
    status, printed, joint = 0, [""], ";"
    for part in (found[0] for found in _PIECES.finditer(text)):
        if part in _JOINTS:
            joint = part
        elif part.strip() and not (joint == "&&" and status) and not (joint == "||" and not status):
            status, said = _one(board, part, printed.pop() if joint == "|" else "")
            printed.append(said)
    return status, "".join(printed)


def _processes(files: Tree) -> str:
    """What the loop over /proc prints that is no line of simple commands."""
    rows = []
    for path, name in files.items():
        if path.endswith("/comm") and isinstance(name, str) and name.startswith(("ollama", "llama-server")):
            status = str(files[f"{path.removesuffix('comm')}status"])
            told = dict(re.findall(r"^(PPid|VmRSS|RssFile):\s+(\d+)", status, re.MULTILINE))
            fields = " ".join(told.get(key, "-") for key in ("PPid", "VmRSS", "RssFile"))
            rows.append(f"{path.split('/')[2]} {fields} {name}")
    return "".join(rows)


def _framed(token: str, name: str, outcome: Outcome) -> str:
    status, printed = outcome
    return f"@{token} {name}\n{printed}\n.{token} {status}\n"


def _one(board: Board, part: str, stdin: str) -> Outcome:
    try:
        words = shlex.split(part, comments=True)
    except ValueError:
        return 2, "sh: 1: Syntax error: Unterminated quoted string\n"
    while words and re.fullmatch(r"\w+=.*|exec|command|sudo", words[0]):
        words.pop(0)
    if not words:
        return 0, ""
    name = words[0].rsplit("/", 1)[-1]
    if name in plain.TOOLS:
        return plain.TOOLS[name](board, words[1:], stdin)
    tool = _PLAIN.get(name) or (vendors.TOOLS.get(name) if name in installed(board) else None)
    return tool(board, words[1:]) if tool else (127, f"sh: 1: {words[0]}: not found\n")


def _uname(board: Board, words: list[str]) -> Outcome:
    kind = board.kind
    answers = {"-m": kind.arch, "-r": kind.kernel, "-n": board.name, "-s": "Linux"}
    whole = f"Linux {board.name} {kind.kernel} #1 SMP PREEMPT {kind.arch} GNU/Linux"
    return 0, (whole if "-a" in words else " ".join(answers.get(w, "Linux") for w in words or ["-s"])) + "\n"


_PLAIN: dict[str, _Tool] = {
    "true": lambda _b, _w: (0, ""),
    "false": lambda _b, _w: (1, ""),
    ":": lambda _b, _w: (0, ""),
    "echo": lambda _b, w: (0, " ".join(w) + "\n"),
    "hostname": lambda b, _w: (0, f"{b.name}\n"),
    "id": lambda _b, _w: (0, "uid=1000(edge) gid=1000(edge) groups=1000(edge),44(video)\n"),
    "uname": _uname,
    **defects.TOOLS,
}
