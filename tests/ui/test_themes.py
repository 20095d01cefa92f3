from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from edgetui.errors import ConfigError
from edgetui.ui.themes import load_themes, read_theme, shipped_folder

GOOD = (shipped_folder() / "edge-night.toml").read_text()


def test_three_themes_ship_and_all_are_whole(tmp_path: Path) -> None:
    themes, failed = load_themes(tmp_path)
    assert {"edge-night", "edge-paper", "edge-contrast"} <= set(themes)
    assert failed == []


@pytest.mark.parametrize(("name", "least"), [("edge-night", 4.5), ("edge-paper", 4.5), ("edge-contrast", 7.0)])
def test_every_word_can_be_read(tmp_path: Path, name: str, least: float) -> None:
    """WCAG 2.1, 1.4.3 and 1.4.6: relative contrast of text against what it stands on."""
    theme = load_themes(tmp_path)[0][name]
    for ground in ("background", "surface", "panel"):
        on = Color.parse(getattr(theme, ground))
        for ink in ("foreground", "accent", "success", "warning", "error"):
            assert contrast(Color.parse(getattr(theme, ink)), on) >= least, (ground, ink)
        assert contrast(Color.parse(theme.variables["muted"]), on) >= least, (ground, "muted")


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    parts = [c / 255 for c in colour.rgb]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('accent = "#6cb6d9"', 'accent = "#6cb6"x', "not TOML"),
        ('accent = "#6cb6d9"', 'accent = "blurple"', "accent"),
        ('accent = "#6cb6d9"', "accent = 3", "accent"),
        ('accent = "#6cb6d9"', "", "accent is missing"),
        ("surface =", "surfase =", "surfase"),
        ("dark = true", 'dark = "yes"', "dark"),
        ('muted = "#8390a5"', 'muted = "grayish"', "muted"),
    ],
)
def test_a_broken_theme_is_told_with_file_and_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigError) as error:
        read_theme(path)
    assert "mine.toml" in error.value.message
    assert words in error.value.message
    assert error.value.remedy


def test_the_users_own_theme_comes_first_and_a_broken_one_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD.replace('background = "#12151b"', 'background = "#000001"'))
    (tmp_path / "b.toml").write_text("nonsense")
    themes, failed = load_themes(tmp_path)
    assert themes["edge-night"].background == "#000001"
    assert len(failed) == 1
    assert "b.toml" in failed[0].message
