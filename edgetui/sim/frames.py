"""The frames of a simulated board.

The probe itself says what it would read: its text runs once per kind of board under the host's own ``sh``, on the
board's files laid out in a folder, and its hello and one frame become the pattern. From then on the same frames are
made here, from the virtual files, at a hundredth of the cost.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edgetui.sim.board import Board
from edgetui.sim.files import Tree, tree
from edgetui.sim.plain import PROBE, files

_MEMORY = re.compile(r"(\w+): ")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the probe does on a kind of board."""

    hello: tuple[str, ...]
    """Lines of the hello; facts are read anew for every board."""
    keys: tuple[tuple[str, str], ...]
    """``kN``, ``sN`` (slow tier) or ``wN`` and the path whose first line, or every line, stands behind it."""
    memory: frozenset[str]
    """Names in /proc/meminfo that every frame has."""
    slow: frozenset[str]
    """Names that only the slow tier has."""


def lay_out(board: Board, files: Tree, folder: Path, commands: tuple[str, ...]) -> None:
    """Write the board's files, and its commands as empty executables, below ``folder``."""
    for path, content in files.items():
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else content(board), encoding="utf-8")
    for name in commands:
        target = folder / "usr/bin" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o755)


class Scanner:
    """Makes the patterns, once for every kind and text of the probe."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], asyncio.Task[Pattern]] = {}

    async def pattern(self, board: Board, program: str, commands: tuple[str, ...]) -> Pattern:
        """What ``program`` (whose first line sets the token) finds on this kind of board."""
        text = program.partition("\n")[2]
        key = (board.kind.name, sha256(text.encode()).hexdigest())
        if key not in self._made:
            self._made[key] = asyncio.get_running_loop().create_task(_scan(board, text, commands))
        return await asyncio.shield(self._made[key])


async def _scan(board: Board, text: str, commands: tuple[str, ...]) -> Pattern:
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="edgetui-sim-"))
    try:
        lay_out(board, tree(board.kind.name), folder, commands)
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", f"K=0\n{text}", env={"R": str(folder), "PATH": "/usr/bin:/bin"},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate(b"\ns\n")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)
    hello, fast, slow = _bodies(out.decode())
    keys = tuple((k, v) for k, _, v in (line.partition("=") for line in hello) if re.fullmatch(r"[kws]\d+", k))
    names = frozenset(re.split(r"[:\s=]", line)[0] for line in slow[len(fast) :])
    return Pattern(tuple(hello), keys, frozenset(m[1] for line in fast if (m := _MEMORY.match(line))), names)


def _bodies(text: str) -> list[list[str]]:
    bodies: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("@0 "):
            bodies.append([])
        elif not line.startswith(".0 "):
            bodies[-1].append(line)
    return bodies


class Frames:
    """One life of the probe on one board: a token, a sequence."""

    def __init__(self, board: Board, pattern: Pattern, token: str) -> None:
        self._board = board
        if not board.frames:
            board.probed_at_s = board.uptime_s
        self._token = token
        self._seq = 0
        self._files = tree(board.kind.name)
        self._pattern = pattern

    def read(self, path: str) -> str:
        """A file of the board; nothing where there is none, or none any more. A shell drops NULs."""
        content = "" if path in self._board.vanished else self._files.get(path, "")
        return (content if isinstance(content, str) else content(self._board)).replace("\0", "")

    def hello(self) -> str:
        """The first frame, with the speed of this board's world."""
        self._board.look()
        lines = [f"sim={self._board.world.speed:f}"]
        # the pattern's own process was one of the host's
        own = {"pid": PROBE, "stat": str(files(self._board)[f"/proc/{PROBE}/stat"]).rstrip()}
        for line in self._pattern.hello:
            key, _, value = line.partition("=")
            if key == "f":
                path = value.partition(" ")[0]
                line = f"f={path} {_first(self.read(path))}"
            elif key in own:
                line = f"{key}={own[key]}"
            lines.append(line)
        return self._frame("hello", lines)

    def tick(self, asked: str) -> str:
        """The frame for one line from the host."""
        self._board.look()
        self._board.frames += 1
        lines = [line for line in self.read("/proc/stat").split("\n") if line.startswith("cpu")]
        memory = [line for line in self.read("/proc/meminfo").split("\n") if line]
        lines += [line for line in memory if line.partition(":")[0] in self._pattern.memory]
        lines.append(f"load={_first(self.read('/proc/loadavg'))}")
        for key, path in self._pattern.keys:
            if key[0] == "k":
                lines += self._first_line(key, path)
            elif key[0] == "w":
                lines += [f"{key}={line}" for line in self.read(path).splitlines()]
        if asked.startswith("s"):
            rows = [line for line in self.read("/proc/vmstat").split("\n") if line] + memory
            lines += [line for line in rows if re.split(r"[:\s]", line)[0] in self._pattern.slow]
            for key, path in self._pattern.keys:
                if key[0] == "s":
                    lines += self._first_line(key, path)
        return self._frame(asked, lines)

    def _first_line(self, key: str, path: str) -> list[str]:
        text = _first(self.read(path))
        return [f"{key}={text}"] if text else []

    def _frame(self, asked: str, lines: list[str]) -> str:
        uptime = self.read("/proc/uptime").partition(" ")[0]
        seq, self._seq = self._seq, self._seq + 1
        body = "".join(f"{line}\n" for line in lines)
        return f"@{self._token} {seq} {uptime} {asked}\n{body}.{self._token} {seq} {len(lines)}\n"


def _first(text: str) -> str:
    return text.partition("\n")[0]
