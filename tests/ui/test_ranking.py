from __future__ import annotations

from edgetui.model import na
from edgetui.model.score import Score
from edgetui.ui.drawing.ink import plain
from edgetui.ui.drawing.ranking import compared, ranking, ranking_line
from tests.ui import fake


def test_fastest_first_with_ratio_and_agreement() -> None:
    run = fake.FakeBackground(fake.config()).fire(fake.order(("rtx3060", "orin-nano", "pi5", "pi4-4g")))
    reference, orin, pi5, pi4 = run.replies
    fake.finish(reference, text="Three potholes.", e2e=4.0)
    fake.finish(orin, text=" three  POTHOLES.\n", e2e=3.0)
    fake.finish(pi5, text="Four.", e2e=124.0)
    fake.finish(pi4, "oom", reason="out of memory")
    ranks = ranking(run, "rtx3060")
    assert [rank.board for rank in ranks] == ["orin-nano", "rtx3060", "pi5"]
    assert [compared(rank, "rtx3060") for rank in ranks] == [
        "1.3× faster than rtx3060, same answer",
        "",
        "31× slower than rtx3060, another answer",
    ]
    assert plain(ranking_line(ranks, 200)).startswith("1 orin-nano 60.0 s 1.3× faster =   2 rtx3060 80.0 s   3 pi5")
    assert plain(ranking_line(ranks, 50)).endswith("+2 more")


def test_without_a_good_answer_of_the_reference_nothing_is_compared() -> None:
    run = fake.FakeBackground(fake.config()).fire(fake.order(("rtx3060", "pi5")))
    fake.finish(run.replies[0], "timeout")
    fake.finish(run.replies[1], text="3", e2e=100.0)
    (rank,) = ranking(run, "rtx3060")
    assert (rank.ratio, rank.same, compared(rank, "rtx3060")) == (None, None, "")


def test_a_simulated_and_a_real_board_are_compared_in_the_boards_own_time() -> None:
    run = fake.FakeBackground(fake.config()).fire(fake.order(("rtx3060", "pi5")))
    fake.finish(run.replies[0], text="3", e2e=4.0, sim_speed=0.0)
    fake.finish(run.replies[1], text="3", e2e=6.0, sim_speed=20.0)
    assert [(rank.board, rank.seconds) for rank in ranking(run, "rtx3060")] == [("rtx3060", 4.0), ("pi5", 120.0)]
    assert ranking(run, "rtx3060")[1].ratio == 30.0


def test_only_cells_that_both_answered_are_paired() -> None:
    run = fake.FakeBackground(fake.config()).fire(fake.order(("rtx3060", "pi5"), repeats=2))
    by = {(live.request.board, live.request.repeat): live for live in run.replies}
    fake.finish(by["rtx3060", 1], text="3", e2e=2.0)
    fake.finish(by["pi5", 1], text="3", e2e=20.0)
    fake.finish(by["pi5", 2], text="5", e2e=900.0)
    pi5 = ranking(run, "rtx3060")[1]
    assert (pi5.ratio, pi5.same) == (10.0, True)


def test_the_ranking_tells_who_was_right() -> None:
    run = fake.FakeBackground(fake.config()).fire(fake.order(("rtx3060", "pi5", "orin-nano"), repeats=2))
    verdicts = {("rtx3060", 1): True, ("rtx3060", 2): False, ("pi5", 1): True, ("pi5", 2): None}
    for live in run.replies:
        if (key := (live.request.board, live.request.repeat)) in verdicts:
            passed = verdicts[key]
            value = na("a broken runtime") if passed is None else float(passed)
            fake.finish(live, text="3", e2e=4.0, score=Score(value=value, passed=passed, rule="r"))
        else:
            fake.finish(live, text="3", e2e=9.0)
    line = plain(ranking_line(ranking(run, "rtx3060"), 200))
    assert "rtx3060 80.0 s 1/2 right" in line
    assert "pi5 80.0 s as fast = right" in line
    assert line.rstrip().endswith("=")
