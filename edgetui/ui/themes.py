"""Themes are TOML files: the user's own first, then those that ship with edgetui."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.theme import Theme

from edgetui.config.toml import TomlFile, read_toml
from edgetui.errors import ConfigError, did_you_mean

NEEDED = ("name", "primary", "foreground", "background", "success", "warning", "error", "accent")
"""Keys without which the app's own colours would be Textual's guesses."""
OWN_VARIABLES = {"muted": "#8390a5", "grid": "#323b4a"}
"""Variables of ours with what stands in where a theme does not set them."""
_FIELDS = [field.name for field in dataclasses.fields(Theme)]
_PLAIN: dict[str, tuple[type, str]] = {
    "name": (str, '"edge-night"'),
    "dark": (bool, "true"),
    "ansi": (bool, "false"),
    "luminosity_spread": (float, "0.15"),
    "text_alpha": (float, "0.95"),
}
"""Keys that are no colours: type and an example."""


def shipped_folder() -> Path:
    """The themes in the wheel, or those of the checkout."""
    package = Path(__file__).parents[1]
    inside = package / "_shipped" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def read_theme(path: Path) -> Theme:
    """One theme file. Raises ConfigError that names the file, the line and the key."""
    source = read_toml(path, ConfigError)
    for key in NEEDED:
        if key not in source.data:
            raise source.problem((), f"{key} is missing", f"add {key} = …")
    for key, value in source.data.items():
        _check(source, key, value)
    return Theme(**source.data)


def _check(source: TomlFile, key: str, value: object) -> None:
    if key not in _FIELDS:
        raise source.problem((key,), "unknown key", did_you_mean(key, _FIELDS))
    if key == "variables":
        if not isinstance(value, Mapping):
            raise source.problem((key,), "must be a table", "write [variables] above its keys")
        for name, colour in value.items():
            _colour(source, (key, name), colour)
    elif key in _PLAIN:
        kind, example = _PLAIN[key]
        if not isinstance(value, kind):
            raise source.problem((key,), f"must be like {example}", f"write {key} = {example}")
    else:
        _colour(source, (key,), value)


def _colour(source: TomlFile, place: tuple[str, ...], value: object) -> None:
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError:
        raise source.problem(place, f"{value!r} is no colour", "write it like #6cb6d9") from None


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
    raise ConfigError(f"ui.theme: there is no theme {name!r}", did_you_mean(name, sorted(themes)))
