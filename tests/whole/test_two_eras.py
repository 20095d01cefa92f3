"""Two boards of one kind, with Ollama from before 0.30 and after: what compares between them, and what not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edgetui.model.sound import SPOILS
from edgetui.store import Store
from edgetui.summary import QUANTITIES, compare
from edgetui.ui.drawing.compare import figures_page
from tests.simulated import Simulated, simulated

OLD, NEW = "pi5-2", "pi5"


def alike(one: float, other: float, within: float = 0.02) -> bool:
    return abs(one - other) <= within * max(one, other)


def the_run_says_the_same_times_and_why_prefill_is_another(ran: dict[str, Any]) -> None:
    by_board = {reply["board"]: reply for reply in ran["replies"]}
    new, old = by_board[NEW], by_board[OLD]
    assert (new["era"], new["ollama_version"]) == ("C", "0.32.15")
    assert (old["era"], old["ollama_version"]) == ("B", "0.24.0")
    assert new["sent_sha256"] == old["sent_sha256"], "they were asked about different pixels"
    for name in ("ttft_s", "e2e_s"):
        assert alike(new["metrics"][name], old["metrics"][name]), name
    assert alike(*(sum(r["phases"][name] or 0.0 for name in ("encode_s", "prefill_s")) for r in (new, old)))
    assert old["phases"]["encode_s"] > 0
    if new["phases"]["encode_s"] is None:  # the board's runner was not seen while it encoded
        assert "part of prefill" in new["phases"]["na"]["encode_s"]
        assert "encoding" in new["metrics"]["na"]["prefill_tok_per_s"]
    (words,) = ran["not_compared"]
    assert f"{NEW} (Ollama 0.32.15) encodes the picture within it, {OLD} (Ollama 0.24.0) before it" in words


async def the_screen_compares_what_compares_and_says_why_not_the_rest(sim: Simulated, ran: dict[str, Any]) -> None:
    store = await Store.open(sim.folder / "edgetui.db")
    try:
        replies = [stored.reply for stored in await store.stored_replies(ran["run"]["id"])]
    finally:
        await store.close()
    comparison = compare(replies, OLD, frozenset(SPOILS))
    old, new = (comparison.cell(board, "moondream", "count-potholes", "quick") for board in (OLD, NEW))
    assert old is not None
    assert new is not None
    for name in ("ttft_s", "e2e_s", "read_s"):
        medians = old.median(name), new.median(name)
        assert alike(*medians), name  # type: ignore[arg-type]
        page = "\n".join(
            "".join(text for text, _ in line) for line in figures_page(comparison, QUANTITIES[name], 120)
        )
        assert "prefill is not compared: pi5 (Ollama 0.32.15) encodes the picture within it" in page
        assert "encode + prefill and TTFT compare" in " ".join(page.split())
        assert OLD in page
    assert not any("prefill" in name for name in QUANTITIES), "it would stand side by side"


def the_command_compares_so_too(sim: Simulated, ran: dict[str, Any]) -> None:
    done = sim.edgetui("results", "compare", ran["run"]["id"], "--unsound")
    assert "prefill is not compared" in done.stdout
    said = json.loads(sim.edgetui("results", "compare", ran["run"]["id"], "--unsound", "--json").stdout)
    assert alike(*(cell["read_s"] for cell in said["cells"]))
    assert said["not_compared"] == ran["not_compared"]


async def test_what_compares_between_eras_and_what_not(tmp_path: Path) -> None:
    with simulated(tmp_path, speed=10, boards=11, cluster="mixed", ollama=f"{OLD}=0.24.0,{NEW}=0.32.15") as sim:
        done = sim.edgetui("run", "count-potholes", "-m", "moondream", "-b", NEW, "-b", OLD, "--json")
        assert "prefill is not compared" in done.stderr
        ran = json.loads(done.stdout)
        the_run_says_the_same_times_and_why_prefill_is_another(ran)
        await the_screen_compares_what_compares_and_says_why_not_the_rest(sim, ran)
        the_command_compares_so_too(sim, ran)
