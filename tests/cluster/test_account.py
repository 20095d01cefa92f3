"""What is kept of one cell while it runs."""

from __future__ import annotations

from edgetui.cluster.account import Account
from edgetui.cluster.live import LiveReply
from edgetui.model import Request, Sample, State, Throttle


def test_letters_of_throttles_stand_in_the_order_of_the_vocabulary_whenever_each_came() -> None:
    request = Request(run="r", board="b", task="t", kind="vqa", item="i", model="m", prompt="?")
    cell = LiveReply(request=request, fired=0.0)
    account = Account(cell, State(board="b"), None)
    for time, kinds in enumerate(("S", "TF", "")):
        account.suffer(Sample(time=float(time), throttle=tuple(Throttle(kind, "now", "it") for kind in kinds)))  # type: ignore[arg-type]
    assert cell.throttled == "FTS"
