"""Whose time people read of a simulated board, and whose programs get."""

from __future__ import annotations

import argparse
import csv
import io
from dataclasses import replace

import pytest

from edgetui.cli.figures import emit_replies, spoken
from edgetui.cli.output import add_formats
from edgetui.model import Metrics, Reply, Request, na

FAST = Reply(
    request=Request(run="r", board="pi5", task="t", kind="vqa", item="i", model="m", repeat=1, prompt="?"),
    outcome="ok",
    text="Three.",
    metrics=Metrics(e2e_s=3.0, ttft_s=na("no piece came"), tok_per_s=150.0),
    sim_speed=15.0,
)


def printed(capsys: pytest.CaptureFixture[str], reply: Reply, *words: str) -> str:
    parser = argparse.ArgumentParser()
    add_formats(parser, "json", "jsonl", "csv", "markdown")
    emit_replies([reply.to_json()], parser.parse_args(words))
    return capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("--markdown",)])
def test_people_read_the_boards_own_time(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    said = printed(capsys, FAST, *words)
    assert {"45", "10", "n/a (no piece came)"} <= {cell.strip() for cell in said.replace("|", "  ").split("  ")}
    assert "simulated ×15" in said
    assert said.endswith("\nboards' own time, simulated ×15; the host's is in --csv and --json\n")


def test_programs_get_the_hosts_time(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = csv.DictReader(io.StringIO(printed(capsys, FAST, "--csv")))
    assert (row["e2e_s"], row["ttft_s"], row["tok_per_s"], row["simulated"]) == ("3.0", "", "150.0", "true")


def test_nothing_changes_for_a_real_board(capsys: pytest.CaptureFixture[str]) -> None:
    real = replace(FAST, sim_speed=0.0)
    said = printed(capsys, real)
    assert "  150  " in said
    assert "own time" not in said
    assert "3.00 s, 150.0 tok/s: Three." in spoken(real)


def test_a_finished_answer_is_told_in_the_boards_own_time() -> None:
    assert "45.00 s, 10.0 tok/s, boards' own time, simulated ×15: Three." in spoken(FAST)
