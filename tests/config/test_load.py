"""A person edits config.toml: what is right is read, what is wrong is named with its line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from edgetui.config import Config, load
from edgetui.errors import ConfigError

GOOD = """\
# my boards
[[board]]
name = "pi5"
host = "10.0.0.5"
port = 2222
tags = ["rack", "a76"]
ambient_c = 21
key = "keys/pi5"

[[board]]
name = "pc"
local = true
reference = true

[store]
path = "~/edge.db"

[ui]
theme = "edge-day"
keys = { "wall.run" = "r,f5" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def complaint(file: Path, text: str) -> ConfigError:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    return caught.value


def test_every_value_of_a_good_file_is_read(file: Path) -> None:
    file.write_text(GOOD)
    config = load(file, {})
    pi5, pc = config.board
    assert (pi5.name, pi5.address, pi5.port, pi5.tags, pi5.ambient_c) == (
        "pi5",
        "10.0.0.5",
        2222,
        ("rack", "a76"),
        21,
    )
    assert pc.local
    assert pc.reference
    assert config.ui.keys == {"wall.run": "r,f5"}
    assert config.path == file


def test_paths_count_from_the_files_folder_and_tilde_is_home(file: Path) -> None:
    file.write_text(GOOD)
    config = load(file, {})
    assert config.board[0].key == file.parent / "keys/pi5"
    assert config.store_path == Path.home() / "edge.db"


def test_without_any_file_everything_is_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = load(None, {})
    assert config == Config()
    assert config.path is None


def test_the_default_file_is_found_under_xdg_config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "edgetui").mkdir()
    (tmp_path / "edgetui" / "config.toml").write_text(GOOD)
    assert len(load(None, {}).board) == 2


@pytest.mark.parametrize("by_flag", [True, False])
def test_a_file_that_was_asked_for_must_exist(file: Path, by_flag: bool) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(file, {}) if by_flag else load(None, {"EDGETUI_CONFIG": str(file)})


def test_flag_beats_variable_beats_file_beats_default(file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD)
    other = tmp_path / "other.toml"
    other.write_text("[ui]\ntheme = 'other'\n")
    assert load(file, {"EDGETUI_CONFIG": str(other)}).ui.theme == "edge-day"
    assert load(None, {"EDGETUI_CONFIG": str(other)}).ui.theme == "other"
    config = load(file, {"EDGETUI_UI__THEME": "edge-contrast", "EDGETUI_SSH__CONNECT_TIMEOUT_S": "7.5"})
    assert (config.ui.theme, config.ssh.connect_timeout_s, config.ssh.login_timeout_s) == ("edge-contrast", 7.5, 15)
    assert config.sources["ui.theme"] == "EDGETUI_UI__THEME"
    assert config.sources["store.path"] == "line 16"
    assert config.sources["board.pi5.port"] == "line 5"
    assert "ssh.login_timeout_s" not in config.sources
    assert config.path == file


def test_every_section_can_be_overruled_by_a_variable(file: Path) -> None:
    file.write_text(GOOD)
    told = {"EDGETUI_OLLAMA__MEMORY_WATCH": "false", "EDGETUI_MODELS__PARALLEL": "2", "EDGETUI_DEPLOY__KEEP": "5"}
    config = load(file, told)
    assert (config.ollama.memory_watch, config.models.parallel, config.deploy.keep) == (False, 2, 5)
    assert load(file, {}).ollama.memory_watch


def test_a_path_in_the_environment_counts_from_where_one_stands(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(GOOD)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    config = load(file, {"EDGETUI_STORE__PATH": "x.db"})
    assert config.store_path == here / "x.db"
    assert config.board[0].key == file.parent / "keys/pi5"


@pytest.mark.parametrize(
    ("text", "line", "words", "remedy"),
    [
        ("[[board]]\nname = 'a'\nhots = 'b'\n", 3, "board.hots: unknown key", "'host'"),
        ("[ui]\n\nthem = 'b'\n", 3, "ui.them: unknown key", "'theme'"),
        ("[ollama]\nmemory_wach = false\n", 2, "ollama.memory_wach: unknown key", "'memory_watch'"),
        ("[ollama]\nmemory_watch = 'now and then'\n", 2, "ollama.memory_watch: input should be a valid b", "mend"),
        ("\n[stor]\npath = 'b'\n", 2, "stor: unknown key", "'store'"),
        ("path = 'x'\n", 1, "path: unknown key", "known:"),
        (
            "[[board]]\nname = 'a'\nport = '22'\n",
            3,
            "port: input should be a valid integer, not '22'",
            "mend",
        ),
        ("[[board]]\nname = 'a'\nport = 70000\n", 3, "board.port: input should be less than or equal", "mend"),
        ("[[board]]\nname = 'a b'\n", 2, "board.name: a name is made of letters", "mend"),
        ("[[board]]\nname = 'a'\nhost = 'a b'\n", 3, "board.host: a host has no spaces in it, not 'a b'", "mend"),
        ("[[board]]\nnmae = 'a'\n", 2, "board.nmae: unknown key", "'name'"),
        ("# no name\n[[board]]\nhost = 'x'\n", 2, "board.name: is missing", "add it"),
        ("[board]\nname = 'x'\n", 1, "board: input should be a valid", "[[board]]"),
        ("ssh = 3\n", 1, "ssh: ", "[ssh]"),
        ("[[board]]\nname = 'a'\n[[board]]\nname = 'b'\n[[board]]\nname = 'a'\n", 6, "board of line 2", "rename"),
        ("[run]\ntimeout_s = nan\n", 2, "run.timeout_s", "mend"),
        ("[run]\nkeep_alive = 2026-01-01\nseed = true\n", 3, "run.seed", "mend"),
        (
            "[[board]]\nname='a'\nreference=true\n[[board]]\nname='b'\nreference=true\n",
            6,
            "line 3 already",
            "keep one",
        ),
        ("[[board]]\nname = 'a'\nkey = '~nobody-of-that-name/k'\n", 3, "board.key", "mend"),
        ("\n[guard]\nhold_c = 90\ncancel_c = 50\n", 2, "guard: cancel_c = 50 is below hold_c = 90", "mend"),
        ("[ui]\ntheme = \n", 2, "not TOML", "mend that line"),
        ("[ui]\ntheme = '''\n", 3, "not TOML", "mend that line"),
    ],
)
def test_a_wrong_file_is_one_sentence_with_line_and_remedy(
    file: Path, text: str, line: int, words: str, remedy: str
) -> None:
    error = complaint(file, text)
    assert error.message.startswith(f"{file}:{line}: ")
    assert words in error.message
    assert "{'" not in error.message
    assert remedy in error.remedy
    assert error.exit_code == 2


def test_lines_are_right_after_multi_line_strings_and_arrays(file: Path) -> None:
    text = '[[board]]\nname = "a"\ncooling = """\n[ui]\nhots = 1\n"""\ntags = [\n  "x",\n]\nhots = 1\n'
    assert complaint(file, text).message.startswith(f"{file}:10: board.hots")


def test_an_inline_boards_complaint_names_the_line_around_it(file: Path) -> None:
    error = complaint(file, '\nboard = [{ name = "a", hots = "x" }]\n')
    assert error.message.startswith(f"{file}:2: board.hots: unknown key")


def test_bytes_that_are_no_text_and_a_folder(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"[ui]\ntheme = '\xff'\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(file, {})
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("EDGETUI_UI_THEME", "x", "EDGETUI_UI__THEME"),
        ("EDGETUI_RUN__TIMEOUT_S", "soon", "EDGETUI_RUN__TIMEOUT_S"),
        ("EDGETUI_RUN__NUM_CTX", "1", "greater than or equal to 256"),
    ],
)
def test_a_wrong_variable_is_named(file: Path, variable: str, value: str, words: str) -> None:
    file.write_text(GOOD)
    with pytest.raises(ConfigError) as caught:
        load(file, {variable: value})
    assert words in caught.value.message + caught.value.remedy


def test_values_do_not_change_after_loading(file: Path) -> None:
    file.write_text(GOOD)
    with pytest.raises(ValidationError):
        load(file, {}).ui.theme = "x"  # type: ignore[misc]
