"""What a script's pane shows: its progress, then its figures; never a rate of tokens."""

from __future__ import annotations

import time

from edgetui.cluster.live import LiveReply
from edgetui.model import Reply, Request, na
from edgetui.model.script import Script
from edgetui.ui.drawing.ink import plain
from edgetui.ui.drawing.pane import Answer, pane

REQUEST = Request(
    run="r", board="b", task="t", kind="script", item="all", runner="script", model="threads=2", prompt="",
    script=Script(files=(), command=("x",)),
)  # fmt: skip


def drawn(live: LiveReply) -> str:
    answer = Answer(live, 56)
    answer.read()
    lines = pane(
        answer,
        60,
        16,
        focus=False,
        mono=time.monotonic(),
        current_c=na("no sensor"),
        cpu_percent=na("?"),
        done="",
        comparison="",
    )
    return "\n".join(map(plain, lines))


def test_progress_while_it_runs() -> None:
    live = LiveReply(REQUEST, fired=0.0, phase="upload", phase_since=time.monotonic(), started=time.monotonic())
    assert "has its files copied" in drawn(live)
    live.phase, live.told = "decode", "n 12  0.1 s\x1b[31m"
    live.pieces += ["provider: CPU\n", "x\n", "y\n"]
    live.first_piece, live.last_piece = 1.0, 2.0
    shown = drawn(live)
    assert "n 12 0.1 s" in shown
    assert "provider: CPU" in shown
    assert "tok" not in shown
    assert "\x1b" not in shown


def test_figures_when_it_is_done() -> None:
    figures = (
        ("iterations", 50), ("latency_median_s", 0.25), ("memory_copy_bytes_per_s", 1.25e10),
        ("cpu_percent", 180.0), ("peak_rss_bytes", 64_000_000), ("map50_percent", na("no labelled images")),
    )  # fmt: skip
    reply = Reply(request=REQUEST, outcome="ok", text="二\n", figures=figures)
    live = LiveReply(REQUEST, fired=0.0, phase="done", pieces=["二\n"], reply=reply)
    shown = drawn(live)
    assert "memory copy     12500 MB/s" in shown
    assert "map50           n/a (no labelled images)" in shown
    assert "n 50  median 0.25 s" in shown
    assert "CPU 180 %" in shown
    assert "tok" not in shown
