"""boards add and remove change a person's config.toml by exactly one block."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edgetui.config import load
from edgetui.config.edit import add_boards, remove_board
from edgetui.errors import ConfigError

FILE = """\
# my cluster
[ui]
theme = "edge-day" # for the balcony

# the fast one
[[board]]
name = "orin"
tags = [
  "rack", # left
]

[[board]]
name = "pi5"
host = "10.0.0.5"

# where things go
[store]
path = "/tmp/x.db"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return path


def test_adding_keeps_every_byte_that_was_there(file: Path) -> None:
    add_boards(file, [{"name": "pi4", "tags": ["a", 'b "c"'], "ambient_c": 21.5}, {"name": "pc", "local": True}])
    assert file.read_text().startswith(FILE)
    assert [board.name for board in load(file, {}).board] == ["orin", "pi5", "pi4", "pc"]
    assert load(file, {}).board[2].tags == ("a", 'b "c"')


def test_line_ends_of_another_system_stay(file: Path) -> None:
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    add_boards(file, [{"name": "pi4"}])
    remove_board(file, "pi4")
    assert file.read_bytes().rstrip() == FILE.replace("\n", "\r\n").encode().rstrip()


def test_adding_makes_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    add_boards(path, [{"name": "pi5"}])
    assert path.read_text() == '[[board]]\nname = "pi5"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("orin", FILE.replace('[[board]]\nname = "orin"\ntags = [\n  "rack", # left\n]\n\n', "")),
        ("pi5", FILE.replace('[[board]]\nname = "pi5"\nhost = "10.0.0.5"\n\n', "")),
    ],
)
def test_removing_cuts_one_block_and_keeps_comments(file: Path, name: str, left: str) -> None:
    remove_board(file, name)
    assert file.read_text() == left


def test_what_was_added_can_be_removed_again(file: Path) -> None:
    add_boards(file, [{"name": "pi4"}])
    remove_board(file, "pi4")
    assert file.read_text().rstrip() == FILE.rstrip()
    remove_board(file, "pi5")
    remove_board(file, "orin")
    assert load(file, {}).board == ()
    assert load(file, {}).ui.theme == "edge-day"


def test_a_file_that_is_already_wrong_is_left_alone(file: Path) -> None:
    wrong = FILE.replace("theme", "teme")
    file.write_text(wrong)
    with pytest.raises(ConfigError, match=r":3: ui\.teme: unknown key"):
        add_boards(file, [{"name": "pi4"}])
    assert file.read_text() == wrong
    assert [entry.name for entry in file.parent.iterdir()] == ["config.toml"]


def test_boards_written_as_a_list_are_not_cut_by_machine(file: Path) -> None:
    text = 'board = [{ name = "a" }, { name = "b" }]\n'
    file.write_text(text)
    with pytest.raises(ConfigError, match="within a list"):
        remove_board(file, "b")
    assert file.read_text() == text


def test_a_header_within_a_string_is_no_block(file: Path) -> None:
    text = FILE.replace('host = "10.0.0.5"', 'cooling = """\n[[board]]\nname = "fan"\n"""')
    file.write_text(text)
    try:
        remove_board(file, "pi5")
    except ConfigError:
        assert file.read_text() == text
    else:
        assert [board.name for board in load(file, {}).board] == ["orin"]


def test_a_link_to_the_file_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    add_boards(link, [{"name": "pi4"}])
    assert link.is_symlink()
    assert [board.name for board in load(file, {}).board] == ["orin", "pi5", "pi4"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        add_boards(tmp_path / "taken" / "config.toml", [{"name": "pi5"}])
