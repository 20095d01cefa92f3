"""The simulated frames are byte for byte what the real probe prints on the same files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from edgetui.model import known
from edgetui.probes import FrameReader, greet, program
from edgetui.sim import commands
from edgetui.sim.board import Board
from edgetui.sim.files import tree
from edgetui.sim.frames import Frames, Scanner, lay_out
from edgetui.sim.heat import Activity
from edgetui.sim.kinds import kinds
from edgetui.sim.world import World

OF_THE_PROCESS = ("pid=", "stat=", "timeout=", "sim=")
KINDS = [*kinds()]
PROBE = program("tok").decode().removesuffix("#END\n")


class Still(World):
    """Its time stands still."""

    def now(self) -> float:
        return 0.0


def board(kind: str) -> Board:
    return Board(kind, kinds()[kind], Still(20), 7, kinds()[kind].ollama)


class Real:
    """The probe itself, under dash, on a board's files in a folder."""

    def __init__(self, made: Board, folder: Path, process: subprocess.Popen[str]) -> None:
        self._made, self._folder, self._process = made, folder, process
        self.hello = self._frame("hello")

    def _frame(self, what: str) -> str:
        assert self._process.stdout is not None
        lines = [self._process.stdout.readline()]
        assert lines[0].rstrip("\n").endswith(what)
        while not lines[-1].startswith(".tok"):
            lines.append(self._process.stdout.readline())
        return "".join(lines)

    def tick(self, asked: str) -> str:
        lay_out(self._made, tree(self._made.kind.name), self._folder, ())
        for path in self._made.vanished:
            (self._folder / path.lstrip("/")).unlink()
        assert self._process.stdin is not None
        self._process.stdin.write(f"{asked}\n")
        self._process.stdin.flush()
        return self._frame(asked)


@contextmanager
def real(made: Board, folder: Path) -> Iterator[Real]:
    dash = shutil.which("dash")
    if dash is None:
        pytest.skip("dash is not installed (Debian package dash)")
    lay_out(made, tree(made.kind.name), folder, commands.installed(made))
    env = {"R": str(folder), "PATH": "/usr/bin:/bin"}
    pipe = subprocess.PIPE
    with subprocess.Popen([dash, "-c", PROBE], stdin=pipe, stdout=pipe, text=True, env=env) as process:
        yield Real(made, folder, process)
        assert process.stdin is not None
        process.stdin.close()


async def simulated(made: Board) -> Frames:
    return Frames(made, await Scanner().pattern(made, PROBE, commands.installed(made)), "tok")


@pytest.mark.parametrize("kind", KINDS)
async def test_frames_are_the_probes_own_also_hot_busy_and_with_a_file_gone(kind, tmp_path):
    made = board(kind)
    frames = await simulated(made)

    def told(hello: str) -> list[str]:
        return [line for line in hello.splitlines()[1:-1] if not line.startswith(OF_THE_PROCESS)]

    with real(made, tmp_path) as probe:
        assert told(frames.hello()) == told(probe.hello)
        assert frames.tick("") == probe.tick("")
        made.body.activity = Activity(1.0, cpu=0.9, gpu=0.8)
        made.body.advance(600)
        made.body.undervolt, made.resident_gb, made.killed_at = True, 1.2, [0.0] * 3
        assert frames.tick("s") == probe.tick("s")
        made.vanished.add("/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq")
        assert frames.tick("") == probe.tick("")


@pytest.mark.parametrize("kind", KINDS)
async def test_every_board_is_decoded_as_what_it_is(kind):
    made = board(kind)
    frames, reader = await simulated(made), FrameReader("tok")
    (hello,) = reader.feed(frames.hello().encode())
    decoder = greet(hello)
    assert decoder.identity.model == (
        kinds()[kind].model if kind != "rtx3060" else "Simulated " + kinds()[kind].model
    )
    assert decoder.identity.sim_speed == 20
    first = decoder.decode(reader.feed(frames.tick("s").encode())[0], None, {}, 0.0)
    made.body.activity = Activity(1.0, cpu=0.5, gpu=0.5)
    made.body.advance(made.body.time + 20)
    sample = decoder.decode(reader.feed(frames.tick("").encode())[0], first, {}, 1.0).sample
    assert sample.cpu_percent == pytest.approx(50, abs=2)
    assert sample.memory_total_bytes == kinds()[kind].memory_kb * 1024
    if kind != "rtx3060":  # its heat is the card's, and that speaks through nvidia-smi
        assert known(sample.temperature_c)
        assert sample.temperature_c == pytest.approx(made.body.celsius, abs=6)
    assert decoder.identity.findings == ()


def test_an_idle_board_is_as_idle_in_every_second():
    made = board("pi5")
    rows = []
    for second in range(1, 60):
        made.body.advance(second * 1.1)
        content = made_stat(made)
        rows.append([int(word) for word in content.split("\n")[0].split()[1:]])
    moved = [[b - a for a, b in zip(old, new, strict=True)] for old, new in pairwise(rows)]
    assert all(1.7 <= 100 * (1 - each[3] / sum(each)) <= 2.3 for each in moved)


def made_stat(made: Board) -> str:
    content = tree(made.kind.name)["/proc/stat"]
    assert callable(content)
    return content(made)
