"""What a request costs, what is told of that, and what the models say."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from tests.sim.served import PICTURES, POTHOLES, asking, chat, load, picture, served, text


def nonced(data: bytes) -> bytes:
    """The same picture with one lowest bit turned."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    red, green, blue = image.getpixel((0, 0))
    image.putpixel((0, 0), (red ^ 1, green, blue))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "item", "seconds"),
    [
        ("orin-nano", "count-potholes/five", 4.0),
        ("orin-nano", "read-text/report", 21.27),
        ("pi5", "count-potholes/five", 120),
        ("pi4-8g", "read-text/report", 302.41),
        ("rtx3060", "why-fell/cable", 2.48),
    ],
)
async def test_a_warm_answer_takes_the_published_time(kind, item, seconds):
    async with served(kind, "0.12.11", speed=300) as it:
        await load(it)
        last = (await chat(it, asking(PICTURES[item])))[-1]
    assert last["total_duration"] / 1e9 * 300 == pytest.approx(seconds, rel=0.15)


async def test_the_figures_of_era_b_leave_the_encoder_in_none_of_them():
    async with served("pi5", "0.24.0", speed=300) as it:
        last = (await chat(it, asking()))[-1]
    parts = last["load_duration"] + last["prompt_eval_duration"] + last["eval_duration"]
    other = (last["total_duration"] - parts) / last["total_duration"]
    assert 0.3 < other < 0.7
    assert last["prompt_eval_count"] > 360
    assert last["eval_count"] == 30


async def test_the_figures_of_era_c_have_it_in_the_prompt():
    async with served("pi5", "0.32.15", speed=1000) as it:
        last = (await chat(it, asking()))[-1]
    parts = last["load_duration"] + last["prompt_eval_duration"] + last["eval_duration"]
    assert parts == pytest.approx(last["total_duration"], rel=0.01)
    assert last["prompt_eval_count"] > 1024


async def test_the_same_request_again_is_falsely_fast_and_a_turned_bit_mends_that():
    async with served("pi5", speed=300) as it:
        first, again = (await chat(it, asking()))[-1], (await chat(it, asking()))[-1]
        other = (await chat(it, asking(words="Where are they?")))[-1]
        bit = await chat(it, asking(nonced(POTHOLES)))
    assert again["prompt_eval_count"] == first["prompt_eval_count"]
    assert again["prompt_eval_duration"] < first["prompt_eval_duration"] / 10
    assert again["total_duration"] < first["total_duration"] / 5
    assert other["total_duration"] < first["total_duration"] / 3
    assert bit[-1]["prompt_eval_duration"] == pytest.approx(first["prompt_eval_duration"], rel=0.3)
    assert "5 potholes" in text(bit)


async def test_models_answer_as_they_would():
    async with served("rtx3060", speed=300) as it:
        assert "5 potholes" in text(await chat(it, asking()))
        assert "3 potholes" in text(await chat(it, asking(model="moondream")))
        page = text(await chat(it, asking(PICTURES["read-text/report"])))
        assert "serial no. 4821-0396" in page
        assert "running" in text(await chat(it, asking(PICTURES["why-fell/cable"], model="moondream")))
        assert text(await chat(it, asking(base64.b64decode(picture(300, 200)))))


async def test_a_limit_cuts_the_answer_and_says_so():
    async with served(speed=300) as it:
        lines = await chat(it, asking(options={"num_predict": 5}))
        one = (await chat(it, asking(options={"num_predict": 1})))[-1]
    assert (lines[-1]["done_reason"], lines[-1]["eval_count"], len(lines)) == ("length", 5, 6)
    assert "eval_duration" not in one
