"""Themes are TOML files: the user's own first, then those that ship with edgetui."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from edgetui.errors import ConfigError

NEEDED = ("name", "primary", "foreground", "background", "success", "warning", "error", "accent")
"""Keys without which the app's own colours would be Textual's guesses."""
OWN_VARIABLES = {"muted": "#8390a5", "grid": "#323b4a"}
"""Variables of ours with what stands in where a theme does not set them."""
_FIELDS = {f.name: f.type for f in dataclasses.fields(Theme)}


def shipped_folder() -> Path:
    """The themes in the wheel, or those of the checkout."""
    package = Path(__file__).parents[1]
    inside = package / "_shipped" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def read_theme(path: Path) -> Theme:
    """One theme file. Raises ConfigError that names the file and the key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "Mend the file or take it out of the folder.") from error
    for key in NEEDED:
        if key not in data:
            raise ConfigError(f'{path}: "{key}" is missing.', f'Add {key} = "…".')
    for key, value in data.items():
        _check(path, key, value)
    return Theme(**data)


def _check(path: Path, key: str, value: Any) -> None:  # noqa: ANN401 - whatever TOML holds
    if key not in _FIELDS:
        near = difflib.get_close_matches(key, _FIELDS, 1)
        raise ConfigError(f'{path}: unknown key "{key}".', f'Did you mean "{near[0]}"?' if near else "Take it out.")
    if key == "variables":
        if not isinstance(value, Mapping):
            raise ConfigError(f'{path}: "variables" must be a table.', "Write [variables] above its keys.")
        for name, colour in value.items():
            _colour(path, f"variables.{name}", colour)
    elif key in ("dark", "ansi"):
        if not isinstance(value, bool):
            raise ConfigError(f'{path}: "{key}" must be true or false.', f"Write {key} = true.")
    elif key in ("luminosity_spread", "text_alpha"):
        if not isinstance(value, float):
            raise ConfigError(f'{path}: "{key}" must be a number like 0.15.', f"Write {key} = 0.15.")
    elif key == "name":
        if not isinstance(value, str) or not value:
            raise ConfigError(f'{path}: "name" must be a text.', f'Write name = "{path.stem}".')
    else:
        _colour(path, key, value)


def _colour(path: Path, key: str, value: object) -> None:
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError as error:
        raise ConfigError(f'{path}: "{key}" is no colour: {value!r}.', "Write it like #6cb6d9.") from error


def load_themes(own: Path) -> tuple[dict[str, Theme], list[ConfigError]]:
    """Themes by name, a theme of the user's folder ``own`` before the shipped one of its name; and what failed."""
    themes: dict[str, Theme] = {}
    failed: list[ConfigError] = []
    for folder in (own, shipped_folder()):
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = read_theme(path)
            except ConfigError as error:
                failed.append(error)
            else:
                themes.setdefault(theme.name, theme)
    return themes, failed


def chosen(name: str, themes: Mapping[str, Theme]) -> Theme:
    """The theme of this name. Raises ConfigError with the nearest name."""
    if name in themes:
        return themes[name]
    near = difflib.get_close_matches(name, themes, 1)
    have = ", ".join(sorted(themes))
    hint = f'Did you mean "{near[0]}"?' if near else f"There are: {have}."
    raise ConfigError(f'There is no theme "{name}" (ui.theme).', hint)
