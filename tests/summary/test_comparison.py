"""What many replies come to: in whose time, what stays out and why, and against whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgetui.model import NA, Metrics, Options, Phases, Protocol, Reply, Request, na
from edgetui.model.score import Score
from edgetui.summary import choices, cold_start, compare, rivals, shown, span


def reply(board="pi5", repeat=1, e2e_s=6.0, mode="burst", item="five", outcome="ok", **changes) -> Reply:
    request = Request(
        run="r", board=board, task="count", kind="counting", item=item, model="m", repeat=repeat, prompt="?",
        protocol=Protocol(mode=mode),
    )  # fmt: skip
    metrics = Metrics(e2e_s=e2e_s, tok_per_s=100.0) if outcome == "ok" else Metrics()
    return Reply(**{"request": request, "outcome": outcome, "metrics": metrics, **changes})


def judged(passed: bool | None) -> Score:
    return Score(value=na("no") if passed is None else float(passed), passed=passed, rule="r")


def only(*replies, **options):
    (cell,) = compare(replies, **options).cells
    return cell


def test_a_simulated_board_is_told_in_its_own_seconds():
    cell = only(*(reply(repeat=n, e2e_s=s, sim_speed=20.0) for n, s in enumerate((6.0, 5.9, 6.25), 1)))
    assert span(cell.spreads["e2e_s"], "s") == "120 [118–125] s"
    assert cell.median("tok_per_s") == 5.0
    assert (cell.n, cell.sim_speed) == (3, 20.0)


def test_a_marked_reply_stays_out_with_the_reason_unless_it_is_asked_for():
    replies = [reply(e2e_s=6.0), reply(repeat=2, e2e_s=8.0, marks=("throttled",))]
    cell = only(*replies)
    assert (cell.n, cell.median("e2e_s")) == (1, 6.0)
    assert [(r.request.repeat, why) for r, why in cell.excluded] == [(2, "it was throttled")]
    assert cell.marks == (("throttled", 1),)
    asked = only(*replies, spared={"throttled"})
    assert (asked.n, asked.median("e2e_s"), asked.excluded) == (2, 7.0, ())


def test_a_cell_without_a_number_says_why():
    oom = [reply(repeat=n, outcome="oom") for n in (1, 2)]
    hot = reply(repeat=3, marks=("throttled",))
    assert only(*oom, hot).spreads["e2e_s"] == na("oom ×2, it was throttled ×1")
    assert only(replace(reply(), metrics=Metrics(e2e_s=1.0))).median("net_j") == Metrics().net_j


def test_time_limits_are_kept_as_longer_than_they_were_awaited():
    ended = Phases(queue_s=400.0, gate_s=15.0, load_s=0.0, total_s=445.0)
    replies = [reply(repeat=n, outcome="timeout", phases=ended, sim_speed=20.0) for n in (1, 2)]
    cell = only(*replies)
    assert span(cell.spreads["e2e_s"], "s") == "> 600 s"
    assert (cell.n, cell.outcomes) == (2, (("timeout", 2),))
    mixed = only(*replies, *(reply(repeat=n, e2e_s=29.0, sim_speed=20.0) for n in (3, 4, 5)))
    assert span(mixed.spreads["e2e_s"], "s") == "580 [580–> 600] s"
    beyond = only(*replies, reply(repeat=3, e2e_s=29.0, sim_speed=20.0))
    assert span(beyond.spreads["e2e_s"], "s") == "> 600 [580–> 600] s", "the middle one was awaited for 600 s"
    both = compare([*replies, reply("rtx", e2e_s=2.0)], "rtx")
    assert isinstance(both.cell("pi5", "m", "count", "burst").ratio, NA)


def test_boards_are_ordered_and_measured_against_the_reference():
    oom = reply("nano", outcome="oom")
    late = reply("pi4", outcome="timeout", phases=Phases(total_s=600.0))
    replies = [oom, late, reply("pi5", e2e_s=100.0), reply("pi5", repeat=2, e2e_s=120.0), reply("rtx", e2e_s=2.0)]
    comparison = compare(replies, "rtx")
    assert comparison.boards == ("rtx", "nano", "pi4", "pi5")
    assert [c.board for c in comparison.ranked("m", "count", "burst")] == ["rtx", "pi5", "pi4", "nano"]
    ratio = comparison.cell("pi5", "m", "count", "burst").ratio
    assert (ratio.value, ratio.low, ratio.high) == (55.0, 50.0, 60.0)
    other = compare([reply("rtx", e2e_s=2.0, item="three"), reply("pi5")], "rtx")
    assert other.cell("pi5", "m", "count", "burst").ratio == na("not the same items")


def test_the_load_is_told_apart_from_the_answer():
    first = replace(reply(sim_speed=20.0), metrics=Metrics(e2e_s=0.123, cold_load_s=0.351))
    cell = only(first, reply(repeat=2, e2e_s=0.122, sim_speed=20.0))
    assert cold_start(cell) == "9.5 s = 7.0 load + 2.5"
    assert cell.cold_s == pytest.approx(9.47)
    assert cold_start(only(reply())) == ""


def test_repeats_of_one_item_are_no_further_evidence():
    replies = [reply(repeat=n, score=judged(True)) for n in range(1, 6)]
    replies += [reply(item="none", repeat=n, score=judged(n == 1)) for n in (1, 2, 3)]
    replies += [reply(item="one", score=judged(None))]
    cell = only(*replies)
    assert cell.items == (1, 2)
    assert cell.right.value == 0.5
    assert cell.right.low < 0.1 < 0.9 < cell.right.high
    assert isinstance(only(reply()).right, NA)


def test_a_sustained_series_is_its_last_three_and_taxes_the_burst():
    series = [reply(repeat=n, e2e_s=s, mode="sustained", marks=("throttled",)) for n, s in enumerate((6, 7, 8), 1)]
    series += [reply(repeat=n, e2e_s=7.8, mode="sustained", marks=("throttled",)) for n in (4, 5)]
    assert only(*series).n == 0
    series[-1] = replace(series[-1], marks=("throttled", "steady"))
    comparison = compare([*series, reply(e2e_s=6.0)])
    sustained = comparison.cell("pi5", "m", "count", "sustained")
    assert (sustained.n, sustained.median("e2e_s")) == (3, 7.8)
    assert [why for _, why in sustained.excluded] == ["not steady yet"] * 2
    assert comparison.tax("pi5", "m", "count") == pytest.approx(1.3)
    assert isinstance(comparison.tax("pi5", "other", "count"), NA)


def test_as_many_digits_as_it_is_worth():
    assert [shown(v) for v in (2.456, 21.27, 145.43, 99.96, 0.0)] == ["2.46", "21.3", "145", "100", "0.00"]
    assert shown(na("why")) == "n/a (why)"


def answers(model: str, right: str, board: str = "pi5") -> list[Reply]:
    """``right``: a letter an item, ``+`` or ``-``."""
    made = []
    for number, sign in enumerate(right):
        plain = reply(board=board, item=f"i{number}")
        request = replace(plain.request, model=model)
        made.append(replace(plain, request=request, score=judged(sign == "+")))
    return made


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("++++++++", "--------", "differs: p = 0.0078, 8 discordant of 8 items"),
        ("++++++--", "------+-", "cannot tell: p = 0.12, 7 discordant of 8 items"),
        ("+++++", "-----", "cannot tell: 5 discordant of 5 items, 6 is the least"),
        ("+++", "+++", "cannot tell: 0 discordant of 3 items, 6 is the least"),
    ],
)
def test_two_models_are_told_apart_by_the_items_that_one_alone_had_right(one, other, why):
    (pair,) = rivals(compare([*answers("a", one), *answers("b", other)]))
    assert (pair.board, pair.first, pair.second, pair.why) == ("pi5", "a", "b", why)


def test_models_are_compared_on_the_items_of_both_and_on_one_board():
    apart = [*answers("a", "++"), *answers("b", "--", board="orin")]
    assert rivals(compare(apart)) == ()
    (pair,) = rivals(compare([*answers("a", "++++"), *answers("b", "-+")]))
    assert (pair.items, pair.only_first, pair.only_second, len(pair.replies)) == (2, 1, 0, 4)


def test_the_choice_is_the_fastest_of_those_that_are_right_and_tells_what_heat_costs_there():
    fast_and_wrong = [reply("nano", e2e_s=1.0, score=judged(False))]
    pc = [reply("pc", e2e_s=0.5, score=judged(True))]
    pi = [reply("pi5", e2e_s=4.0, score=judged(True))]
    garbled = [reply("orin", e2e_s=0.6, score=judged(True)), reply("orin", 2, outcome="aborted-by-runtime")]
    (choice,) = choices(compare([*fast_and_wrong, *garbled, *pc, *pi], reference="pc"))
    assert choice.words == (
        "count with m: take pi5 (4.00 s burst, n = 1, 1 of 1 right), the fastest of those that are right apart from"
        " the reference; the reference is pc (0.50 s burst, n = 1, 1 of 1 right);"
        " left out: orin (its runtime is broken); nano (faster, but 0 of 1 right)."
        " To learn what heat costs on pi5: edgetui run count -m m -b pi5 --mode sustained"
        " && edgetui results compare last last-1"
    )
    steady = [reply("pi5", n, 5.0, "sustained", marks=("steady",)) for n in (1, 2, 3)]
    (choice,) = choices(compare([*pc, *pi, *steady], reference="pc"))
    assert choice.words.endswith("Heat costs 25 % on pi5: sustained takes 1.25 times as long as burst.")


def test_a_board_that_throttles_in_every_answer_and_is_faster_is_not_passed_over():
    slow = reply("pi4", e2e_s=9.0, score=judged(True))
    hot = [reply("pi5", n, s, score=judged(True), marks=("throttled",)) for n, s in ((1, 4.0), (2, 6.0))]
    (choice,) = choices(compare([slow, *hot], reference="pi4"))
    assert (
        "take pi4 (9.00 s burst, n = 1, 1 of 1 right), the only one whose time counts;"
        " pi5 took 5.00 s, but throttled in every answer and does not count." in choice.words
    )
    wrong = [replace(each, score=judged(False)) for each in hot]
    (choice,) = choices(compare([slow, *wrong], reference="pi4"))
    assert "left out: pi5 (it was throttled ×2)." in choice.words


def test_where_no_board_is_right_the_choice_says_so():
    both = [reply("pi4", e2e_s=9.0, score=judged(False)), reply("pi5", e2e_s=4.0, score=judged(False))]
    hot = reply("orin", e2e_s=5.0, score=judged(False), marks=("co-run",))
    (choice,) = choices(compare([*both, hot]))
    assert choice.words == (
        "count with m: no board answered right, so there is none to take; the fastest is"
        " pi5 (4.00 s burst, n = 1, 0 of 1 right); left out: orin (another board of its stack heated it ×1)."
    )
    (choice,) = choices(compare([*both, replace(hot, score=judged(True))]))
    assert "no board whose time counts answered right" in choice.words


def test_many_boards_that_are_left_out_for_one_reason_are_counted():
    lost = [reply(f"nano-{n}", outcome="oom") for n in range(9)]
    (choice,) = choices(compare([reply("pi5"), *lost]))
    assert "not judged), the only one whose time counts; left out: 9 boards (oom ×1)." in choice.words


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"digest": "b" * 64}, f"builds of the model ({'a' * 12}, {'b' * 12})"),
        ({"ollama_version": "0.24.0"}, "versions of Ollama (0.12.3, 0.24.0)"),
        ({"sim_speed": 20.0}, "speeds of simulation (0.0, 20.0)"),
        ({"options": Options(num_ctx=8192)}, "num_ctx (4096, 8192)"),
        ({"idle_c": 48.0}, "starts (without the gate, at the gate)"),
        ({"prompt": "How many?"}, "prompts"),
        ({"image_sha256": "c"}, "pictures"),
    ],
)
def test_answers_that_were_not_made_alike_have_no_median_together(changes, why):
    one = reply(digest="a" * 64, ollama_version="0.12.3")
    asked = {name: value for name, value in changes.items() if name in ("options", "prompt", "image_sha256")}
    told = {name: value for name, value in changes.items() if name not in asked}
    other = replace(one, request=replace(one.request, repeat=2, **asked), **told)
    cell = only(one, other)
    assert (cell.n, cell.spreads["e2e_s"]) == (0, na(f"of different {why} ×2"))
    assert only(one, replace(other, digest=na("?"), ollama_version=na("?"))).n == (
        0 if asked or {"sim_speed", "idle_c"} & told.keys() else 2
    )


def test_heat_is_told_of_the_same_items_alone():
    burst, steady = (
        reply(item="easy", e2e_s=2.0),
        reply(mode="sustained", item="hard", e2e_s=8.0, marks=("steady",)),
    )
    assert "same items" in compare([burst, steady]).tax("pi5", "m", "count").reason
    assert compare([reply(item="hard", e2e_s=4.0), steady]).tax("pi5", "m", "count") == 2.0


def test_an_answer_that_never_came_differs_from_nothing():
    lost = replace(reply(repeat=2, outcome="lost-link"), sim_speed=0.0)
    assert only(reply(sim_speed=20.0, e2e_s=6.0), lost).median("e2e_s") == 120.0


def test_times_of_different_questions_have_no_ratio_and_of_different_versions_they_have():
    mine, theirs = reply("pi5", ollama_version="0.12.3"), reply("pc", e2e_s=3.0, ollama_version="0.24.0")
    assert compare([mine, theirs], "pc").cell("pi5", "m", "count", "burst").ratio.value == 2.0
    other = replace(theirs, request=replace(theirs.request, prompt="How many?"))
    assert compare([mine, other], "pc").cell("pi5", "m", "count", "burst").ratio == na("of different prompts")
    long = reply(mode="sustained", ollama_version="0.24.0", marks=("steady",))
    assert "versions of Ollama" in compare([mine, long], "").tax("pi5", "m", "count").reason
