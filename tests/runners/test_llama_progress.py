"""/slots and the log of a real llama-server (Ollama 0.32.15) as progress; and whatever else may stand there."""

import json
import random
from itertools import pairwise

import pytest

from edgetui.model import NA, known
from edgetui.model.progress import STEPS, Progress
from edgetui.runners.llama_log import RunnerLog, message_of
from edgetui.runners.llama_slots import IDLE, MOST_BYTES, Slot, slot_at_work

from .fake import GOLDEN


def recorded(run: str) -> list[bytes]:
    lines = (GOLDEN / "slots-0.32.15.jsonl").read_text(encoding="utf-8").splitlines()
    return [each["body"].encode() for each in map(json.loads, lines) if each["run"] == run]


def logged(title: str) -> list[str]:
    text = (GOLDEN / "runner-log-0.32.15.txt").read_text(encoding="utf-8")
    parts = {part.partition("\n")[0].partition(":")[0]: part for part in text.split("\n## ")}
    return parts[title].split("\n")[1:]


def steps(found: list[Progress]) -> list[tuple]:
    """Step, tokens read, tokens of all, tokens written; each once."""
    told = [
        (p.step, *(v if known(v) else None for v in (p.done_tokens, p.total_tokens, p.output_tokens)))
        for p in found
    ]
    return list(dict.fromkeys(told))


def test_the_slot_of_a_vision_request():
    slots = [slot_at_work(body) for body in recorded("vision")]
    assert slots[0] == IDLE
    assert steps([s.progress(pictured=True) for s in slots if isinstance(s, Slot)]) == [
        ("encode", 11, None, 0),
        ("prefill", 740, None, 0),
        ("decode", 771, 771, 17),
    ]


def test_the_slot_of_a_long_text():
    slots = [slot_at_work(body) for body in recorded("long text")]
    found = [s for s in slots if isinstance(s, Slot)]
    assert {s.cached for s in found} == {11}
    assert steps([s.progress(pictured=False) for s in found]) == [
        ("prefill", 11, None, 0),
        ("prefill", 523, None, 0),
        ("prefill", 1035, None, 0),
    ]


@pytest.mark.parametrize(
    ("title", "pictured", "cached", "told"),
    [
        ("vision", True, 0, [("encode", 0, 771), ("encode", 11, 771), ("prefill", 11, 771), ("prefill", 523, 771),
                              ("prefill", 740, 771)]),
        ("vision repeated", True, 770, [("encode", 0, 771), ("prefill", 770, 771)]),
        ("long text", False, 11, [("prefill", 0, 1522), ("prefill", 11, 1522), ("prefill", 523, 1522),
                                ("prefill", 1035, 1522)]),
        ("closed by the client in decode", False, 11, [("prefill", 0, 34), ("prefill", 11, 34)]),
    ],
)  # fmt: skip
def test_the_log_of_a_request(title, pictured, cached, told):
    log = RunnerLog(pictured=pictured)
    found = [p for at, line in enumerate(logged(title)) if (p := log.feed(line, float(at))) is not None]
    assert [each[:3] for each in steps(found)] == told
    assert log.cached_tokens == cached


def test_the_encoder_is_what_lies_between_encoding_and_the_first_batch():
    log = RunnerLog(pictured=True)
    for line in logged("vision"):
        log.feed(line, {"slot pr": 100.0, "decodin": 102.8}.get(line[:7], 110.0))
    assert log.encode_s == pytest.approx(2.8)


def test_a_picture_from_the_cache_was_not_encoded():
    log = RunnerLog(pictured=True)
    for line in logged("vision repeated"):
        log.feed(line, 1.0)
    assert log.encode_s == 0.0


def test_where_the_log_breaks_off_nothing_is_said_of_the_encoder():
    log = RunnerLog(pictured=True)
    for line in logged("vision"):
        if line.startswith("decoding"):
            break
        log.feed(line, 1.0)
    assert isinstance(log.encode_s, NA)


def test_where_somebody_elses_request_was_first_ours_is_the_next():
    log, last = RunnerLog(pictured=True), None
    for line in (*logged("long text"), *logged("closed by the client in decode")):
        if (told := log.feed(line, 1.0)) is not None:
            last = told.after(last)
    assert (last.task, last.total_tokens, last.done_tokens) == (78, 34, 11)
    slot = Slot(54, 1522, 1024, 11, 0)
    assert slot.progress(pictured=True).after(last) == last, "a look that was late"


def test_lines_of_another_request_are_passed_over():
    log = RunnerLog(pictured=False)
    log.feed(
        "slot   operator(): id  0 | task 5 | new prompt, n_ctx_slot = 2048, n_keep = 4, task.n_tokens = 100", 1
    )
    assert log.feed("slot   operator(): id  0 | task 6 | cached n_tokens = 99, memory_seq_rm [99, end)", 2) is None
    assert isinstance(log.cached_tokens, NA)


def test_steps_never_go_back_whatever_order_sources_tell_them_in():
    looks = [s.progress(pictured=True) for body in recorded("vision") if isinstance(s := slot_at_work(body), Slot)]
    log = RunnerLog(pictured=True)
    looks += [p for line in logged("vision") if (p := log.feed(line, 1.0)) is not None]
    chance = random.Random(1)
    for _ in range(200):
        chance.shuffle(looks)
        shown, last = [], None
        for look in looks:
            last = look.after(last)
            shown.append(last)
        for earlier, later in pairwise(shown):
            assert STEPS.index(later.step) >= STEPS.index(earlier.step)
            assert later.done_tokens >= earlier.done_tokens
            assert known(later.total_tokens) >= known(earlier.total_tokens)
        assert (last.step, last.done_tokens, last.total_tokens, last.source) == (
            "decode",
            771,
            771,
            "journal + slots",
        )


SLOT = {"id": 0, "is_processing": True, "id_task": 1, "n_prompt_tokens": 30, "n_prompt_tokens_processed": 10,
        "n_prompt_tokens_cache": 11, "next_token": [{"n_decoded": 0}]}  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"{}", b"[1]", b"[" * 100_000, b"null", b'{"error": {"code": 501}}', b"9" * 5000,
        json.dumps([SLOT, SLOT]).encode(), b" " * MOST_BYTES + b"[]",
        *(json.dumps([SLOT | {key: value}]).encode() for key in ("id_task", "n_prompt_tokens")
          for value in (-1, 1.5, True, "7", None, 10**30, [])),
        *(json.dumps([SLOT | {"next_token": value}]).encode()
          for value in ([], None, "x", [[]], [{"n_decoded": 31}], [{"n_decoded": -1}])),
    ],
)  # fmt: skip
def test_slots_that_are_none(body):
    assert isinstance(slot_at_work(body), NA)


def test_a_slot_never_has_read_more_than_it_holds():
    slot = slot_at_work(json.dumps([SLOT | {"n_prompt_tokens_processed": 10**6}]).encode())
    assert slot.done == 30


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"[" * 100_000, b'{"MESSAGE": "x"}', b'{"__MONOTONIC_TIMESTAMP": "1"}',
        b'{"MESSAGE": [1, 2], "__MONOTONIC_TIMESTAMP": "1"}', b'{"MESSAGE": "x", "__MONOTONIC_TIMESTAMP": "x"}',
        b'{"MESSAGE": "x", "__MONOTONIC_TIMESTAMP": null}', b'{"MESSAGE": "x", "__MONOTONIC_TIMESTAMP": 1e999}',
        b'{"MESSAGE": "x", "__MONOTONIC_TIMESTAMP": "' + b"9" * 400 + b'"}',
    ],
)  # fmt: skip
def test_lines_of_the_journal_that_are_none(line):
    assert message_of(line) is None


def test_a_line_of_the_journal():
    assert message_of(b'{"MESSAGE": "x", "__MONOTONIC_TIMESTAMP": "1500000"}') == ("x", 1.5)


def test_mutated_logs_raise_nothing_and_go_past_no_total():
    chance, lines = random.Random(2), logged("vision")
    for _ in range(300):
        log, last = RunnerLog(pictured=True), None
        for line in lines:
            at = chance.randrange(len(line) + 1)
            text = (
                line[:at] + chance.choice(["", "9" * 40, "\x00", line]) + line[at:]
                if chance.random() < 0.2
                else line
            )
            if (told := log.feed(text, chance.uniform(-1, 9))) is not None:
                last = told.after(last)
                assert not known(told.total_tokens) or told.done_tokens <= told.total_tokens
        assert isinstance(log.encode_s, NA) or log.encode_s >= 0
