from __future__ import annotations

import pytest

from edgetui.config import Board, Config
from edgetui.ui.journal import KEPT, Journal
from edgetui.ui.selection import matches, reference, select
from tests.ui import fake


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("PI5", True),
        ("roof", True),
        ("throttled", True),
        ("raspberry up", True),
        ("jetson", False),
        ("pi5 down", False),
    ],
)
def test_every_word_must_match_name_tag_state_or_family(query: str, found: bool) -> None:
    assert matches(query, Board(name="pi5", tags=("roof",)), fake.eight()["pi5"]) is found


def test_the_reference_is_the_one_configured_or_the_first() -> None:
    assert reference(Config()) == ""
    assert reference(Config(board=(Board(name="a"), Board(name="b")))) == "a"
    assert reference(Config(board=(Board(name="a"), Board(name="b", reference=True)))) == "b"


def test_the_hottest_and_the_broken_come_up() -> None:
    boards, states = fake.config().board, fake.eight()
    assert select(boards, states, "", "temperature", "rtx3060")[:3] == ["rtx3060", "pi5", "pi4-8g"]
    assert select(boards, states, "", "state", "rtx3060")[:3] == ["rtx3060", "nano-4g", "nano-2g"]
    assert select(boards, states, "", "throttle", "")[0] == "pi5"


def test_the_journal_tells_changes_once_and_forgets_the_oldest() -> None:
    journal = Journal()
    states = {"pi5": fake.eight()["pi5"]}
    for _ in range(3):
        journal.fold(states, [], "", fake.NOW)
    assert [entry.text for entry in journal.entries] == ["up", "FT: frequency capped, thermal throttling"]
    journal.fold({"pi5": fake.up("pi5")}, [], "", fake.NOW)
    assert journal.entries[-1].text == "no longer throttled"
    for index in range(KEPT + 5):
        journal.note(fake.NOW, "edgetui", str(index))
    assert len(journal.entries) == KEPT
