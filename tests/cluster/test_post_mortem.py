"""A failure is explained by what the board's readings say."""

from __future__ import annotations

import pytest

from edgetui.cluster.post_mortem import post_mortem
from edgetui.model import Outcome, Sample, na

BEFORE = Sample(time=0.0, uptime_s=1000.0, oom_kills=3.0, swap_used_bytes=0.0)


def after(**changes: object) -> Sample:
    usual = {"uptime_s": 1060.0, "oom_kills": 3.0, "swap_used_bytes": 0.0}
    return Sample(time=60.0, **(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "sample", "ends", "words"),
    [
        ("aborted-by-runtime", after(oom_kills=4.0), "oom", "killed a program for memory"),
        ("timeout", after(oom_kills=4.0), "timeout", "killed a program for memory"),
        ("error", after(swap_used_bytes=4e8), "error", "swap grew by 400 MB"),
        ("lost-link", after(uptime_s=12.0), "lost-link", "has booted meanwhile"),
    ],
)
def test_what_the_readings_add(outcome: Outcome, sample: Sample, ends: Outcome, words: str) -> None:
    found, reason = post_mortem(outcome, "it broke off", [BEFORE, sample])
    assert found == ends
    assert reason.startswith("it broke off; ")
    assert words in reason


def test_nothing_is_made_up() -> None:
    assert post_mortem("error", "it broke off", [BEFORE, after()]) == ("error", "it broke off")
    silent = Sample(time=60.0, oom_kills=na("permission denied"))
    assert post_mortem("aborted-by-runtime", "x", [BEFORE, silent]) == ("aborted-by-runtime", "x")
    assert post_mortem("ok", "", [BEFORE, after(oom_kills=9.0)]) == ("ok", "")
    assert post_mortem("timeout", "x", []) == ("timeout", "x")


def test_another_boot_id_is_a_boot_whatever_the_uptimes_say() -> None:
    found = post_mortem("lost-link", "it broke off", [BEFORE], ("one", "other"))
    assert found == ("lost-link", "it broke off; the board has booted meanwhile")
    assert post_mortem("lost-link", "x", [BEFORE], ("one", "one")) == ("lost-link", "x")
    assert post_mortem("lost-link", "x", [BEFORE], ("one", "")) == ("lost-link", "x")
