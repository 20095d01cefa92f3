"""What a pane and the reader show of an answer that has not begun."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgetui.model import na
from edgetui.model.progress import Progress, Usual
from edgetui.ui.drawing.ink import plain, width
from edgetui.ui.drawing.pane import Answer, pane
from edgetui.ui.drawing.reader import preamble
from tests.ui import fake

SLOTS = Progress(step="prefill", source="slots", done_tokens=1024, cached_tokens=11)
BOTH = Progress(
    step="prefill", source="journal + slots", done_tokens=1024, total_tokens=1522, cached_tokens=0, output_tokens=0
)
ENCODES = Progress(step="encode", source="journal", done_tokens=11, total_tokens=771, cached_tokens=0)
HELD_BACK = Progress(step="decode", source="slots", done_tokens=771, total_tokens=771, output_tokens=31)


def silent(progress: Progress | None, usual: Usual | None = None, *, pictured: bool = True):  # type: ignore[no-untyped-def]
    """Asked 70 s ago."""
    live = fake.FakeBackground(fake.config()).fire(fake.order(["pi5"])).replies[0]
    fake.begin(live, 80.0, progress.step if progress else "encode")
    live.asked, live.phase_since, live.progress, live.usual = 30.0, 40.0, progress, usual
    live.started = 20.0
    return live


def drawn(live, columns: int = 100, rows: int = 9) -> list[str]:  # type: ignore[no-untyped-def]
    answer = Answer(live, columns - 4)
    lines = pane(
        answer, columns, rows, focus=False, mono=100.0, current_c=71.0, cpu_percent=98.0, done="", comparison=""
    )
    assert [width(line) for line in lines] == [columns] * rows
    return [plain(line).strip("│ ") for line in lines]


@pytest.mark.parametrize(
    ("progress", "said", "by"),
    [
        (SLOTS, "prompt: 1024 tokens read", "told by /slots"),
        (BOTH, "prompt: 1024 of 1522 tokens read", "told by /slots and the journal"),
        (replace(ENCODES, source="slots"), "encodes or reads the picture", "told by /slots"),
        (ENCODES, "encodes the picture", "told by the journal"),
        (HELD_BACK, "answers: 31 tokens, none to be read yet", "told by /slots"),
    ],
)
def test_what_the_board_tells_and_how_that_is_known(progress: Progress, said: str, by: str) -> None:
    lines = drawn(silent(progress, Usual(115.0, 7)))
    assert f"{progress.step} 60 s" in lines[0]
    assert lines[1] == said
    assert "70 s since it was asked · first token usually after 115 s (n=7)" in lines
    assert by in lines
    assert "71°" in lines[-1]
    assert "CPU 98%" in lines[-1]


def test_all_that_runs_of_a_simulated_board_is_told_in_its_own_time() -> None:
    live = silent(SLOTS, Usual(115.0, 7))
    live.sim_speed = 2.0
    lines = drawn(live)
    assert "prefill 120 s of 160 s" in lines[0]
    assert "140 s since it was asked · first token usually after 230 s (n=7)" in lines
    live.started, live.pieces, live.first_piece, live.last_piece = 20.0, ["a"] * 101, 50.0, 60.0
    assert "~5.0 tok/s" in drawn(live)[-1]


def test_a_bar_stands_only_where_the_whole_is_known() -> None:
    assert "━" in drawn(silent(BOTH))[2]
    assert not any("━" in line for line in drawn(silent(SLOTS))[1:-1])


def test_with_nothing_told_no_phase_is_claimed_and_no_share_of_anything() -> None:
    lines = drawn(silent(None, Usual(115.0, 7)))
    assert "no token 60 s" in lines[0]
    assert "encode " not in lines[0]
    assert "first token usually after 115 s (n=7)" in "\n".join(lines)
    assert "only the clock tells" in lines
    assert "%" not in "\n".join(lines[:-1])


def test_what_was_never_measured_is_left_out() -> None:
    assert "usually" not in "\n".join(drawn(silent(None)))


def test_in_a_narrow_pane_the_clock_and_the_usual_time_stand_below_each_other() -> None:
    lines = drawn(silent(SLOTS, Usual(115.0, 7)), 38)
    assert lines[1:4] == ["prompt: 1024 tokens read", "70 s since it was asked", "usually 115 s (n=7)"]
    assert lines[4] == "11 tokens from the cache"
    low = drawn(silent(BOTH, Usual(115.0, 7)), 38, 5)
    assert low[1:4] == ["prompt: 1024 of 1522 tokens read", "70 s since it was asked", "usually 115 s (n=7)"]


def test_the_reader_shows_the_same() -> None:
    live = silent(BOTH, Usual(115.0, 7))
    text = "\n".join(plain(line) for line in preamble(live, 100.0, "", 100))
    assert "prompt: 1024 of 1522 tokens read" in text
    assert "usually after 115 s" in text
    live.first_piece = 99.0
    assert "usually" not in "\n".join(plain(line) for line in preamble(live, 100.0, "", 100))


def test_counts_that_are_not_known_are_said_to_be_so() -> None:
    assert (
        drawn(silent(Progress(step="prefill", source="slots", done_tokens=na("?"))))[1] == "prompt: tokens n/a read"
    )
