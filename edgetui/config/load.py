"""From a file and the environment to a Config, or to one sentence that names file, line, key and remedy."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from edgetui.config.checks import in_words, validated
from edgetui.config.schema import Config
from edgetui.config.section import Section, expanded
from edgetui.config.toml import TomlFile, read_toml
from edgetui.errors import ConfigError, did_you_mean

PREFIX = "EDGETUI_"
FILE_VARIABLE = "EDGETUI_CONFIG"

_SECTIONS = {key: type(f.default) for key, f in Config.model_fields.items() if isinstance(f.default, Section)}
"""Every table that is no list, by its name."""


def locate(path: Path | None, environ: Mapping[str, str] = os.environ) -> tuple[Path, bool]:
    """The file to read and whether someone asked for it: the flag's, else ``EDGETUI_CONFIG``, else the default.

    Raises UsageError.
    """
    if path is not None:
        return expanded(path), True
    if asked := environ.get(FILE_VARIABLE):
        return expanded(Path(asked)), True
    return Path(platformdirs.user_config_path("edgetui"), "config.toml"), False


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration: environment over file over defaults; ``path`` is the flag's, None without it.

    Where nobody asked for a file and the default one is absent, every value is its default.
    Raises ConfigError.
    """
    file, asked = locate(path, environ)
    config = checked(read_toml(file, ConfigError)) if asked or file.exists() else Config()
    return _with_environment(config, environ)


def checked(source: TomlFile) -> Config:
    """The Config of one file alone. Raises ConfigError."""
    config = validated(Config, source, source.data)
    _check_boards(source, config)
    return config.read_from(source.path, lambda: _file_sources(source))


def _check_boards(source: TomlFile, config: Config) -> None:
    first: dict[str, int] = {}
    for index, board in enumerate(config.board):
        place = ("board", index, "name")
        if board.name in first:
            earlier = source.line(("board", first[board.name], "name"))
            raise source.problem(place, f"{board.name!r} is the board of line {earlier} too", "rename one of them")
        first[board.name] = index
    references = [index for index, board in enumerate(config.board) if board.reference]
    for index in references[1:]:
        earlier = source.line(("board", references[0], "reference"))
        raise source.problem(
            ("board", index, "reference"), f"line {earlier} already names the reference board", "keep one of them"
        )


def _file_sources(source: TomlFile) -> dict[str, str]:
    """``ui.theme`` and ``board.pi5.host`` to ``line 12``."""
    sources: dict[str, str] = {}
    for section in _SECTIONS:
        for key in source.data.get(section, {}):
            sources[f"{section}.{key}"] = f"line {source.line((section, key))}"
    for index, rule in enumerate(source.data.get("alert", ())):
        for key in rule:
            sources[f"alert.{index + 1}.{key}"] = f"line {source.line(('alert', index, key))}"
    for index, board in enumerate(source.data.get("board", ())):
        for key in board:
            sources[f"board.{board['name']}.{key}"] = f"line {source.line(('board', index, key))}"
    return sources


def _with_environment(config: Config, environ: Mapping[str, str]) -> Config:
    """Lay ``EDGETUI_<SECTION>__<KEY>`` over the file's values; an empty variable counts as unset."""
    known = {
        f"{PREFIX}{section}__{key}".upper(): (section, key)
        for section, model in _SECTIONS.items()
        for key, field in model.model_fields.items()
        if field.annotation != dict[str, str]
    }
    changed: dict[str, Section] = {}
    told: dict[str, str] = {}
    for variable, text in sorted(environ.items()):
        if not text or not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        if variable not in known:
            raise ConfigError(
                f"{variable}: unknown environment variable", did_you_mean(variable, [*known, FILE_VARIABLE])
            )
        section, key = known[variable]
        before: Any = changed.get(section, getattr(config, section))
        changed[section] = _overlaid(before, variable, key, text)
        told[f"{section}.{key}"] = variable
    if not changed:
        return config
    return config.model_copy(update=changed).read_from(config.path, lambda: {**config.sources, **told})


def _overlaid(section: Section, variable: str, key: str, text: str) -> Section:
    try:
        return type(section).model_validate({**section.model_dump(), key: text}, context={"folder": Path.cwd()})
    except ValidationError as error:
        raise ConfigError(f"{variable}: {in_words(error.errors()[0])}", "mend or unset it") from None
