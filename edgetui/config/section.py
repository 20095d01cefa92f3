"""What every table of a TOML file of ours is made from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, WithJsonSchema

from edgetui.errors import UsageError


def expanded(path: Path) -> Path:
    """With the folder of whom ``~`` or ``~user`` names. Raises UsageError where there is none."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise UsageError(f"{path}: there is no such user's home folder", "check the path") from error


def _placed(path: Path, info: ValidationInfo) -> Path:
    """``~`` expanded; a relative path counts from the folder of the file that names it."""
    try:
        path = expanded(path)
    except UsageError as error:
        raise ValueError("there is no such user's home folder") from error
    return Path(info.context["folder"], path) if info.context else path


FilePath = Annotated[Path, AfterValidator(_placed)]
"""A path in the configuration."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name is made of letters, digits, . _ and -, begins with a letter or digit, at most 63")
    return name


Name = Annotated[str, AfterValidator(_named), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
"""A board's name: it becomes a file name and a column head."""


def _in_one_word(host: str) -> str:
    if any(letter.isspace() for letter in host):
        raise ValueError("a host has no spaces in it")
    return host


Host = Annotated[str, AfterValidator(_in_one_word)]
"""An address, a DNS name or an alias of an ssh_config."""


class Section(BaseModel):
    """Unknown keys are errors; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)
