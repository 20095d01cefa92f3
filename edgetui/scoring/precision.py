"""INT8 is not faster everywhere: said where the same script was timed in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

_FP32, _INT8 = "precision=fp32", "precision=int8"


def slower(replies: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each board and variant on which INT8 is slower than FP32, out of replies in the JSON contract.

    Variants are told apart as ``precision=int8,threads=2``; of repeats the median of their medians counts.
    """
    times: defaultdict[tuple[str, str, str, str], defaultdict[str, list[float]]]
    times = defaultdict(lambda: defaultdict(list))
    for reply in replies:
        took = reply.get("figures", {}).get("latency_median_s")
        words = reply["model"].split(",")
        precision = next((word for word in words if word in (_FP32, _INT8)), "")
        if took is not None and precision and reply["outcome"] == "ok":
            rest = ", ".join(word for word in words if word != precision)
            times[reply["board"], reply["task"], reply["item"], rest][precision].append(took)
    sentences = []
    for (board, task, item, rest), of in times.items():
        if len(of) == 2 and (int8 := median(of[_INT8])) > (fp32 := median(of[_FP32])):
            where = ", ".join(filter(None, (board, f"{task} {item}", rest)))
            sentences.append(f"{where}: INT8 is slower than FP32: {1e3 * int8:.3g} ms against {1e3 * fp32:.3g} ms")
    return sentences
