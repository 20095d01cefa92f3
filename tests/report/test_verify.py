"""A report that was tampered with, anywhere, is told from one that was not."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import edgetui
from edgetui.model import known
from edgetui.report.checking import verify
from edgetui.report.evidence import Evidence, read

RAW = (
    "replies.jsonl",
    "samples.jsonl",
    "runs.json",
    "boards.json",
    "setups.json",
    "settings.json",
    "digests.json",
    "protocol.md",
)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_an_untouched_report_is_equal(folder: Path):
    assert verify(folder) == []


def test_the_raw_files_hold_all_that_the_page_was_made_of(folder: Path, evidence: Evidence):
    assert read(folder) == evidence


@pytest.mark.parametrize("name", RAW)
def test_any_digit_of_any_raw_file_is_missed(folder: Path, name: str):
    file = folder / "raw" / name
    whole = file.read_text()
    places = [place for place, char in enumerate(whole) if char.isdigit()]
    chance = random.Random(name)
    for place in chance.sample(places, min(12, len(places))):
        digit = chance.choice([d for d in "0123456789" if d != whole[place]])
        file.write_text(whole[:place] + digit + whole[place + 1 :])
        said = verify(folder)
        assert f"raw/{name} is not the file that was written" in said or "cannot be worked out" in said[0], said
        assert len(said) > 1 or "no figure holds" in said[0], said
    file.write_text(whole)
    assert verify(folder) == []


def test_the_figure_that_no_longer_holds_is_named(folder: Path):
    edit(folder / "raw" / "replies.jsonl", '"e2e_s": 6.1', '"e2e_s": 8.1')
    said = "\n".join(verify(folder))
    assert "figure burst/count/qwen2.5vl:3b/pi5/e2e_s no longer holds" in said
    assert "says '123 [122–124] s', the raw files give '143 [124–162] s'" in said
    assert "figure reply/4/time no longer holds" in said
    assert "rtx3060/e2e_s" not in said


def test_a_reading_that_was_changed_moves_its_board(folder: Path):
    edit(folder / "raw" / "samples.jsonl", '"temperature_c": 72.25', '"temperature_c": 92.25')
    assert any("figure board/" in line and "/peak no longer holds" in line for line in verify(folder))


def test_a_number_changed_in_the_page_alone(folder: Path):
    edit(folder / "report.html", ">123 s<", ">113 s<")
    said = verify(folder)
    assert any("/pi5/time no longer holds: report.html says '113 s', the raw files give '123 s'" in s for s in said)


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("report.html", "ran out of memory", "were too hot", "figure verdict/1 no longer holds: report.html"),
        ("report.html", "about", "exactly", "report.html is not what the raw files give, near:"),
        ("report.md", "123", "113", "report.md is not what the raw files give, near:"),
        ("figures.json", "123 s", "113 s", "no longer holds: figures.json says '113 s'"),
        ("manifest.json", "0", "1", "is not the file that was written"),
        ("manifest.json", "runs.json", "../x.json", "names files that no report has"),
        ("raw/replies.jsonl", '"score": {', '"score": [', "cannot be worked out"),
    ],
)
def test_every_kind_of_tampering_is_told(folder: Path, name: str, old: str, new: str, complaint: str):
    edit(folder / name, old, new)
    assert any(complaint in line for line in verify(folder)), verify(folder)


def test_a_verdict_that_its_rule_does_not_give_is_told(folder: Path):
    """Whoever changes a score everywhere, the manifest included, still cannot change what the answer says."""
    file = folder / "raw" / "replies.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[5]["score"] |= {"value": 1.0, "passed": True}
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "figure reply/6/score no longer holds: its rule says ✗ of this answer" in verify(folder)


def test_a_missing_file_is_told(folder: Path):
    (folder / "raw" / "samples.jsonl").unlink()
    assert "samples.jsonl cannot be read" in verify(folder)[0]


def test_a_file_too_many_is_told(folder: Path):
    (folder / "raw" / "tasks").mkdir(exist_ok=True)
    (folder / "raw" / "tasks" / "more.toml").write_text("")
    assert "raw/tasks/more.toml is not the file that was written" in verify(folder)


def test_the_command_says_equal_or_what_is_not(folder: Path):
    def check() -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "edgetui", "report", "--verify", str(folder)]
        return subprocess.run(argv, capture_output=True, text=True)

    fine = check()
    assert (fine.returncode, fine.stdout) == (0, "equal\n")
    edit(folder / "raw" / "replies.jsonl", '"e2e_s": 6.1', '"e2e_s": 6.2')
    wrong = check()
    assert wrong.returncode == 1
    assert "no longer holds" in wrong.stdout


def test_what_a_board_was_like_is_a_figure_and_an_older_run_says_that_it_was_not_kept(folder: Path):
    figures = json.loads((folder / "figures.json").read_text())
    assert figures["board/pi5/setup/kernel"]["shown"] == "6.12.47"
    assert figures["board/pi5/setup/clock_max_hz"]["shown"] == "2.4 GHz"
    assert figures["board/pi5/setup/governor"]["shown"] == "n/a (not told)"
    assert figures["board/nano-2g/setup/kernel"]["shown"] == "n/a (not recorded by this version)"
    edit(folder / "raw" / "setups.json", "6.12.47", "6.12.48")
    said = "\n".join(verify(folder))
    assert "figure board/pi5/setup/kernel no longer holds: figures.json says '6.12.47'" in said


def test_a_report_of_an_older_version_need_not_have_the_newer_ones_figures(folder: Path):
    report = folder
    settings = report / "raw" / "settings.json"
    manifest = report / "manifest.json"
    was = hashlib.sha256(settings.read_bytes()).hexdigest()
    settings.write_text(settings.read_text().replace(edgetui.__version__, "0.0.9"))
    manifest.write_text(manifest.read_text().replace(was, hashlib.sha256(settings.read_bytes()).hexdigest()))
    figures = json.loads((report / "figures.json").read_text())
    del figures["board/pi5/limit"]
    (report / "figures.json").write_text(json.dumps(figures))
    assert verify(report) == []


def test_replies_of_an_older_version_need_not_have_the_newer_ones_keys(folder: Path):
    newer = ("picture", "retried", "sent_sha256", "sent_bytes", "killed_by", "evidence", "unloaded")
    raw = read(folder)
    assert set(newer) <= raw.replies[0].keys()
    old = replace(raw, replies=[{k: v for k, v in reply.items() if k not in newer} for reply in raw.replies])
    for reply in old.values():
        assert (reply.retried, reply.request.picture) == ("", "")
        assert not known(reply.sent_bytes)
        assert reply.sent_bytes.reason
