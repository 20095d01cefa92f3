"""What a run comes to at its end: every board has a line, also where nothing may stand in a summary."""

from __future__ import annotations

from dataclasses import replace

from edgetui.cli.summing import chosen, summed
from edgetui.config import Config
from edgetui.model import Metrics, Protocol, Reply, Request


def reply(repeat: int, e2e: float, *marks: str) -> Reply:
    request = Request(
        run="r", board="pi5", task="t", kind="vqa", item="i", model="m", repeat=repeat, prompt="?",
        protocol=Protocol(mode="burst"),
    )  # fmt: skip
    return Reply(request=request, outcome="ok", metrics=Metrics(e2e_s=e2e), marks=marks)


def test_what_is_left_out_is_told_with_its_reason() -> None:
    (line,) = summed([reply(1, 10.0), reply(2, 12.0), reply(3, 30.0, "throttled")], every=False)
    assert line.startswith("pi5, t, m: 11.0 [10.0–12.0] s, n = 2")
    assert "left out: it was throttled ×1" in line


def test_answers_that_broke_off_are_told_beside_the_figure_of_the_others() -> None:
    broken = replace(reply(2, 1.0), outcome="aborted-by-runtime", metrics=Metrics())
    (line,) = summed([reply(1, 10.0), broken, replace(broken)], every=False)
    assert line == "pi5, t, m: 10.0 s, n = 1; no whole answer: aborted-by-runtime ×2"


def test_a_board_that_always_throttles_has_a_summary_when_asked_for() -> None:
    hot = [reply(n, 30.0 + n, "throttled") for n in range(1, 6)]
    (without,) = summed(hot, every=False)
    assert "no figure: it was throttled ×5" in without
    assert "--all" in without
    (with_all,) = summed(hot, every=True)
    assert "33.0 [31.0–35.0] s, n = 5; all throttled" in with_all


def test_a_run_of_several_boards_ends_with_the_one_to_take() -> None:
    other = reply(1, 4.0)
    other = replace(other, request=replace(other.request, board="orin"))
    (words,) = chosen([reply(1, 10.0), other], Config(), every=False)
    assert words.startswith(
        "t with m: take orin (4.00 s burst, n = 1, not judged), the fastest. To learn what heat costs on orin: "
    )
    assert list(chosen([other], Config(), every=False)) == []
