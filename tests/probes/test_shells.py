"""The probe text in dash, busybox ash and bash over made-up boards: the same bytes from all of them."""

from __future__ import annotations

import re

import pytest

from tests.probes.files import write
from tests.probes.shells import SHELLS, frames, run
from tests.probes.trees import TREES

OWN = re.compile(rb"^(pid|stat|timeout)=.*\n", re.MULTILINE)


@pytest.mark.parametrize("board", TREES)
def test_all_shells_print_the_same_bytes(board, tmp_path):
    root = write(TREES[board](), tmp_path / "a board")
    printed = {shell: run(shell, root, b"\ns\n\n") for shell in SHELLS}
    assert len({OWN.sub(b"", output) for output in printed.values()}) == 1
    for output in printed.values():
        hello, *ticks = frames(output)
        assert (hello.seq, hello.tick) == (0, "hello")
        assert [(t.seq, t.tick) for t in ticks] == [(1, ""), (2, "s"), (3, "")]
        assert ticks[0].lines == ticks[2].lines
        assert set(ticks[1].lines) - set(ticks[0].lines) >= {"oom_kill 2"}


@pytest.mark.parametrize("shell", SHELLS)
def test_hello_announces_every_key_of_the_frames(shell, tmp_path):
    hello, tick = frames(run(shell, write(TREES["orin"](), tmp_path), b"\n"))
    announced = {key for key, _, _ in (line.partition("=") for line in hello.lines)}
    used = {key for key, found, _ in (line.partition("=") for line in tick.lines) if found}
    assert used - {"load"} <= announced
    assert not any(str(tmp_path) in line for line in hello.lines)


@pytest.mark.parametrize("shell", SHELLS)
def test_read_timeout_where_the_shell_has_it(shell, tmp_path):
    (hello,) = frames(run(shell, write(TREES["vm"](), tmp_path), b""))
    assert f"timeout={'none' if shell == 'dash' else '-t15'}" in hello.lines
