"""``edgetui report`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgetui.cli import main


def report(folder: Path, *words: str) -> int:
    return main(["--config", str(folder.parent / "config.toml"), "report", *words])


def test_a_run_becomes_a_folder_that_is_equal(folder: Path, capsys: pytest.CaptureFixture[str]):
    out = folder.parent / "again"
    assert report(folder, "last", "-o", str(out)) == 0
    assert capsys.readouterr().out == f"{out / 'report.html'}\n"
    assert main(["report", "--verify", str(out)]) == 0
    assert capsys.readouterr().out == "equal\n"
    assert report(folder, "last", "-o", str(out)) == 0, "a report may be written over a report"


def test_marked_replies_count_where_they_are_asked_for(folder: Path):
    out = folder.parent / "with"
    assert report(folder, "last", "-o", str(out), "--with", "throttled", "--reference", "pi5") == 0
    figures = json.loads((out / "figures.json").read_text())
    assert figures["burst/count/qwen2.5vl:3b/pi5/n"]["shown"] == "3 of 3"
    assert figures["burst/count/qwen2.5vl:3b/pi5/ratio"]["shown"].startswith("1.00×")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "no run is named"),
        (["last"], "no folder is named for the report"),
        (["nothing", "-o", "x"], "no stored run 'nothing'"),
        (["last", "-o", "x", "--with", "throtled"], "did you mean 'throttled'?"),
        (["last", "-o", "x", "--reference", "pi6"], "did you mean 'pi5'?"),
        (["last", "-o", "."], "holds other files"),
        (["last", "--verify", "x"], "--verify takes"),
        (["--verify", "nowhere"], "name one that edgetui report RUN -o DIR has made"),
    ],
)
def test_what_is_asked_wrongly_ends_in_a_sentence(
    folder: Path,
    words: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(folder.parent)
    assert report(folder, *words) == 2
    assert complaint in capsys.readouterr().err
