"""What a server says that cannot be true is n/a with its own words, and waiting is told where it can be."""

from dataclasses import replace

import pytest

from edgetui.model import NA, LoadedModel, known
from edgetui.runners.figures import UNSAID, Figures, waited
from edgetui.runners.ollama_rows import installed_models, loaded_models, others_at_work
from edgetui.runners.timing import HostTimes, metrics, phases

from .fake import board, finished, ps, request, said, stream, tags, whole

FINAL = {
    "total_duration": 900_000_000,
    "load_duration": 100_000_000,
    "prompt_eval_duration": 400_000_000,
    "eval_duration": 200_000_000,
    "prompt_eval_count": 100,
    "eval_count": 9,
    "prompt_eval_cached_count": 40,
}
TIMES = HostTimes(0, 0, 0, 0.1, 0.8, 1.0)


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"eval_count": -3}, "output_tokens", "the server said -3"),
        ({"eval_count": 10**12}, "output_tokens", "the server said 1000000000000"),
        ({"eval_count": 9.5}, "output_tokens", "the server said 9.5"),
        ({"eval_count": "9"}, "output_tokens", 'the server said "9"'),
        ({"eval_count": "\x1b[2J9"}, "output_tokens", 'the server said "\\u001b[2J9"'),
        ({"eval_count": True}, "output_tokens", "the server said true"),
        ({"eval_count": 900}, "output_tokens", "the server said 900 tokens, 512 were allowed"),
        ({"prompt_eval_count": -1}, "prompt_tokens", "the server said -1"),
        ({"prompt_eval_cached_count": 101}, "cached_tokens", "the server said 101 cached of 100 tokens"),
        ({"eval_duration": -1}, "eval_s", "the server said -1"),
        ({"total_duration": 10**19}, "total_s", "the server said 10000000000000000000"),
        ({"total_duration": None}, "total_s", "not told"),
    ],
)
def test_what_cannot_be_is_not_available_in_the_servers_own_words(wrong, field, reason):
    figures = Figures.read({**FINAL, **wrong}, most_output=512)
    assert getattr(figures, field) == NA(reason)
    spent = phases(TIMES, figures)
    got = metrics(TIMES, spent, figures, fresh=False, only_new=False, pictured=False)
    if field == "total_s":
        assert isinstance(spent.prefill_s, NA)
    if field in ("output_tokens", "eval_s"):
        assert got.tok_per_s == NA(reason)
    if field.endswith("_tokens") and field != "cached_tokens":
        assert getattr(got, field) == NA(reason)
    if field == "cached_tokens":
        assert isinstance(got.prefill_tok_per_s, NA), "it may have been cached, and nobody knows how much"


def test_an_ollama_that_counts_new_tokens_only_may_have_more_in_its_cache():
    assert Figures.read({**FINAL, "prompt_eval_cached_count": 700}, only_new=True).cached_tokens == 700


def test_a_figure_that_was_not_given_is_no_zero():
    assert Figures.read({}) == Figures()
    assert Figures().output_tokens == UNSAID


SHORT = Figures.read(FINAL)


@pytest.mark.parametrize(
    ("total_s", "encodes", "told"),
    [(0.9, False, False), (1.5, False, False), (4.7, False, True), (4.7, True, False)],
)
def test_a_wait_is_told_where_no_picture_can_account_for_it(total_s, encodes, told):
    assert waited(replace(SHORT, total_s=total_s), encodes=encodes) is told


def test_a_long_answer_has_a_longer_rest_of_its_own():
    assert not waited(replace(SHORT, total_s=100.0, eval_s=98.0), encodes=False)


OURS, OTHER = LoadedModel("a", "a", 1, 0, expires_at=600.0), LoadedModel("b", "b", 1, 0, expires_at=500.0)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ([replace(OURS, expires_at=700.0), OTHER], False),
        ([OURS, replace(OTHER, expires_at=650.0)], True),
        ([OURS, replace(OTHER, expires_at=None)], False),
        ([OURS, OTHER, LoadedModel("c", "c", 1, 0)], True),
        ([OURS], False),
    ],
)
def test_another_client_shows_in_other_models_alone(after, told):
    assert others_at_work([OURS, OTHER], after, "a") is told


async def test_a_run_beside_another_client_is_marked_and_one_alone_is_not(tmp_path):
    other = {**ps()["models"][0], "name": "b", "model": "b", "digest": "b" * 64}
    for rows, marked in (([], False), ([other], True)):
        folder = tmp_path / str(marked)
        folder.mkdir()
        async with board(folder) as made:
            answers = iter((ps(), {"models": [*ps()["models"], *rows]}))
            made.routes["/api/ps"] = lambda call, out, answers=answers: whole(next(answers))(call, out)
            got = await finished(made, stream(said("three"), {**said(), "done": True, **FINAL}))
            assert ("shared-server?" in got.marks) is marked


def sizes(row):
    from ollama import ProcessResponse

    (model,) = loaded_models(ProcessResponse.model_validate({"models": [{"model": "m", "digest": "d", **row}]}))
    return model.size_bytes, model.size_vram_bytes


@pytest.mark.parametrize(
    ("row", "whole_", "part"),
    [
        ({"size": 200, "size_vram": 0}, 200, 0),
        ({"size": 200, "size_vram": 200}, 200, 200),
        ({"size": 0, "size_vram": 0}, NA("not told"), 0),
        ({}, NA("not told"), NA("not told")),
        ({"size": 200, "size_vram": 300}, 200, NA("the server said 300 of 200")),
        (
            {"size": 10**20, "size_vram": 10**21},
            NA(f"the server said {10**20}"),
            NA(f"the server said {10**21}"),
        ),
    ],
)
def test_sizes_that_cannot_be_are_not_available(row, whole_, part):
    assert sizes(row) == (whole_, part)


def test_a_model_without_size_stays_in_the_list():
    from ollama import ListResponse

    (model,) = installed_models(ListResponse.model_validate({"models": [{"model": "m", "digest": "d"}]}))
    assert not known(model.size_bytes)


async def test_a_list_that_did_not_come_is_no_missing_model(tmp_path):
    async with board(tmp_path) as made:
        made.routes["/api/tags"] = whole({"error": "out of order"}, 500)
        got = await finished(made, asked=request())
    assert got.digest == NA("Ollama gave no list of its models")
    async with board(tmp_path) as made:
        made.routes["/api/tags"] = whole(tags("other:latest"))
        got = await finished(made, asked=request())
    assert (got.outcome, got.digest) == ("not-installed", NA("not installed"))
