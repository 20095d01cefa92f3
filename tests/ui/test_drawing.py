from __future__ import annotations

import random
from dataclasses import replace

import pytest

from edgetui.model import Identity, OllamaInfo, Reading, Throttle, na
from edgetui.model.score import Overruling, Score
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import bar, heatgraph, heatline
from edgetui.ui.drawing.card import FULL_ROWS, SHORT_ROWS, TALL_ROWS, TALLEST_ROWS, Look, card
from edgetui.ui.drawing.detail import detail
from edgetui.ui.drawing.ink import Line, cells, fit, plain, shorten, width
from edgetui.ui.drawing.pane import Answer, pane
from edgetui.ui.drawing.topline import topline
from edgetui.ui.drawing.words import short_model
from edgetui.ui.drawing.wrap import Wrapped, wrap
from tests.ui import fake


def text(lines: list[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (numbers.seconds(0.614), "0.61 s"),
        (numbers.seconds(99.94), "99.9 s"),
        (numbers.seconds(302.41), "302 s"),
        (numbers.seconds(725.0), "12 min 05"),
        (numbers.seconds(na("not timed")), "n/a"),
        (numbers.percent(0.0), "0%"),
        (numbers.percent(na("no counter")), "n/a"),
        (numbers.per_second(250.4), "250"),
        (numbers.ago(119.9), "119 s"),
        (numbers.ago(7199), "119 min"),
        (numbers.ratio(31.4), "31× slower"),
        (numbers.ratio(0.5), "2.0× faster"),
        (numbers.ratio(1.01), "as fast"),
    ],
)
def test_numbers(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_bar_of_nothing_is_blank_and_not_zero() -> None:
    assert plain(bar(na("no counter"), 100, 10)).strip() == ""
    assert plain(bar(0.0, 100, 10)) == "─" * 10
    assert plain(bar(100.0, 100, 10)) == "━" * 10
    assert plain(bar(55.0, 100, 10)) == "━━━━━╸────"


def test_sparklines_share_one_scale_and_leave_gaps() -> None:
    def drawn(*degrees: float | None) -> str:
        samples = [
            fake.sample("pi5", temperature_c=na("no frame")) if c is None else fake.sample("pi5", celsius=c)
            for c in degrees
        ]
        return plain(heatline(samples, 80.0, 5))

    assert drawn(30, 100) == "   ▁█"
    assert drawn(60, 60, 60, 60, 60) == drawn(60, 60, 60, 60, 60, 60, 60)
    assert drawn(95, 95)[-1] != drawn(40, 40)[-1]
    assert drawn(50, None, 50)[3] == " "


def test_a_higher_graph_has_the_same_scale() -> None:
    rows = heatgraph([fake.sample("pi5", celsius=c) for c in (30, 65, 100)], 80.0, 3, 3)
    assert [plain(row) for row in rows] == ["  █", " ▅█", "▁██"]
    assert [ink for _, ink in rows[2]] == ["area", "area-bad"]


@pytest.mark.parametrize("rows", [SHORT_ROWS, FULL_ROWS, TALL_ROWS, TALLEST_ROWS])
@pytest.mark.parametrize("columns", [36, 38, 39, 40, 57, 80])
def test_a_card_is_exactly_as_large_as_asked(columns: int, rows: int) -> None:
    states = fake.eight()
    states["late"] = replace(fake.up("late"), link="late", reason="no frame for 4 s")
    states["x" * 63] = fake.up("x" * 63)
    states["bare"] = replace(
        fake.up("bare"), ollama=None, identity=None, sample=fake.sample("bare", throttle=na("?"))
    )
    for state in states.values():
        lines = card(state, None, 3, Look(columns, rows, True, True), fake.NOW, 0.0)
        assert [width(line) for line in lines] == [columns] * rows
        assert state.link in plain(lines[0])


def test_a_board_of_32_bits_is_not_blamed_for_having_no_ollama() -> None:
    silent = OllamaInfo(asked_at=fake.NOW, reason="nothing answers on port 11434 of the board")
    for arch, words in (("armv7l", "there is none for 32 bits (armv7l)"), ("aarch64", "nothing answers")):
        identity = Identity("raspberry-pi", "Raspberry Pi 2 Model B", arch=arch)
        board = replace(fake.up("pi2", 44), identity=identity, ollama=silent)
        assert f"no Ollama: {words}" in text(card(board, None, 0, Look(80, FULL_ROWS), fake.NOW, 0.0))


def test_letters_in_force_stay_on_the_narrowest_card() -> None:
    hot = fake.up("pi5", 85, throttle=(Throttle("T", "now", "bit 2"), Throttle("U", "boot", "bit 16")))
    lines = card(hot, None, 0, Look(38, SHORT_ROWS), fake.NOW, 0.0)
    assert "▲ T" in text(lines)


def test_what_was_not_read_is_never_a_number() -> None:
    empty = replace(fake.up("pi5"), sample=fake.Sample(time=fake.NOW), ollama=None)
    for rows in (SHORT_ROWS, FULL_ROWS):
        body = text(card(empty, None, 0, Look(60, rows), fake.NOW, 0.0)[1:])
        assert "n/a" in body
        assert not any(char.isdigit() for char in body)


def test_detail_gives_every_missing_reading_its_reason() -> None:
    empty = replace(fake.up("pi5"), sample=fake.Sample(time=fake.NOW))
    shown = text(detail(fake.config(["pi5"]).board[0], empty, None, fake.NOW, 100))
    assert shown.count("n/a (not read yet)") >= 10


@pytest.mark.parametrize("columns", [72, 80, 100, 160])
def test_the_first_line_keeps_what_is_wrong(columns: int) -> None:
    line = topline(fake.eight().values(), "wall", [(" paused ", "warn-pill")], 2, fake.NOW, columns)
    assert width(line) == columns
    assert "simulated ×20" in plain(line)
    assert "▲ 1" in plain(line)


def test_mixed_real_and_simulated_boards_are_told_apart() -> None:
    states = [fake.up("a", speed=20.0), fake.up("b", speed=0.0)]
    assert "1 simulated ×20" in plain(topline(states, "wall", [], 0, fake.NOW, 160))
    assert "simulated" not in plain(topline(states[1:], "wall", [], 0, fake.NOW, 160))


def test_wrapping_piece_by_piece_gives_the_rows_of_the_whole() -> None:
    rng = random.Random(7)
    for _ in range(3000):
        whole = "".join(rng.choice("aaabc    é漢\n") for _ in range(rng.randint(1, 60)))
        columns = rng.randint(2, 14)
        grown, at = Wrapped(columns), 0
        while at < len(whole):
            step = rng.randint(1, 6)
            grown.append(whole[at : at + step])
            at += step
        assert grown.rows == [row for paragraph in whole.split("\n") for row in wrap(paragraph, columns)]
        assert all(cells(row.rstrip()) <= columns for row in grown.rows)
        assert "".join(grown.rows).replace(" ", "") == whole.replace(" ", "").replace("\n", "")


def test_a_megabyte_without_a_blank_is_one_pass() -> None:
    grown = Wrapped(40)
    grown.append("x" * 1_000_000 + "é" * 400_000)
    assert len(grown.rows) == 35_000
    assert all(cells(row) == 40 for row in grown.rows)


def test_wide_letters_are_cut_between_cells() -> None:
    assert shorten("漢字漢字", 5) == "漢字…"
    assert width(fit([("漢字漢字", "text")], 6)) == 6
    assert fit([("abc", "text")], 0) == []


@pytest.mark.parametrize(("columns", "rows"), [(38, 5), (40, 12), (120, 30)])
def test_a_pane_is_exactly_as_large_as_asked(columns: int, rows: int) -> None:
    run = fake.FakeBackground(fake.config()).fire(fake.order(fake.EIGHT))
    for live, phase in zip(
        run.replies, ("queued", "gate", "load", "upload", "encode", "prefill", "decode"), strict=False
    ):
        fake.begin(live, 3.0, phase, "many words " * 40)
    fake.finish(run.replies[7], "error", reason="x" * 900)
    for live in run.replies:
        answer = Answer(live, columns - 4)
        answer.read()
        lines = pane(
            answer,
            columns,
            rows,
            focus=False,
            mono=9.0,
            current_c=50.0,
            cpu_percent=na("?"),
            done="1/2",
            comparison="31× slower, same answer",
        )
        assert [width(line) for line in lines] == [columns] * rows


@pytest.mark.parametrize(
    ("model", "short"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", "Raspberry Pi 5 B"),
        ("NVIDIA Jetson Orin Nano Developer Kit", "Orin Nano"),
        ("NVIDIA GeForce RTX 3060", "GeForce RTX 3060"),
    ],
)
def test_models_without_what_all_of_a_kind_say(model: str, short: str) -> None:
    assert short_model(model) == short


@pytest.mark.parametrize(
    ("value", "passed", "overruled", "said"),
    [
        (1.0, True, None, "✓ pi5 right "),
        (0.5, False, None, "! pi5 wrong 0.50 "),
        (na("a broken runtime"), None, None, "✓ pi5 ok "),
        (0.0, False, Overruling(value=1.0, passed=True, why="I looked", at=0.0), "✓ pi5 right (person) "),
    ],
)
def test_a_pane_tells_the_verdict_in_words_and_why_it_is_wrong(
    value: Reading, passed: bool | None, overruled: Overruling | None, said: str
) -> None:
    live = fake.FakeBackground(fake.config()).fire(fake.order(["pi5"])).replies[0]
    score = Score(value=value, passed=passed, rule="the rule", truth="the truth", overruled=overruled)
    fake.finish(live, text="There are five potholes.", score=score)

    def shown(rows: int) -> str:
        answer = Answer(live, 56)
        answer.read()
        drawn = pane(
            answer, 60, rows, focus=False, mono=0.0, current_c=na("?"), cpu_percent=na("?"), done="", comparison=""
        )
        return text(drawn)

    assert said in shown(12)
    why = {1.0: "", 0.5: "the rule; truth: the truth", 0.0: ""}.get(value, "a broken runtime")  # type: ignore[call-overload]
    assert why in shown(12)
    assert ("the rule" in shown(12)) == (why.startswith("the rule"))
    assert "There are five potholes." in shown(3)
