"""INT8 that is slower is called so."""

from __future__ import annotations

from typing import Any

from edgetui.scoring.precision import slower


def reply(variant: str, latency_s: float | None, board: str = "pi5", outcome: str = "ok") -> dict[str, Any]:
    said = {"board": board, "task": "detect-yolo", "item": "all", "model": variant, "outcome": outcome}
    return {**said, "figures": {"latency_median_s": latency_s}}


def test_it_is_said_for_the_variant_where_it_is_so_with_both_times() -> None:
    replies = [
        reply("precision=fp32,threads=1", 0.2), reply("precision=int8,threads=1", 0.1),
        reply("precision=fp32,threads=4", 0.08), reply("precision=int8,threads=4", 0.09),
    ]  # fmt: skip
    assert slower(replies) == ["pi5, detect-yolo all, threads=4: INT8 is slower than FP32: 90 ms against 80 ms"]


def test_of_repeats_the_median_counts_wherever_the_precision_stands() -> None:
    fast = [reply("threads=2,precision=int8", latency_s) for latency_s in (0.1, 0.11, 0.9)]
    assert slower([*fast, reply("threads=2,precision=fp32", 0.12)]) == []
    assert len(slower([*fast, reply("threads=2,precision=fp32", 0.105)])) == 1


def test_nothing_is_said_of_what_was_not_timed_in_both() -> None:
    assert slower([reply("precision=int8", 0.2), reply("precision=fp32", 0.1, board="pi4")]) == []
    assert slower([reply("precision=int8", 0.2), reply("precision=fp32", None)]) == []
    assert slower([reply("precision=int8", 0.2), reply("precision=fp32", 0.1, outcome="error")]) == []
    assert slower([reply("qwen2.5vl:3b", 0.2), reply("provider=cpu", 0.1)]) == []
