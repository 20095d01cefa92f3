"""What every table of a TOML file of ours is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo


def _placed(path: Path, info: ValidationInfo) -> Path:
    """``~`` expanded; a relative path counts from the folder of the file that names it."""
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such user's home folder") from error
    return Path(info.context["folder"], path) if info.context else path


FilePath = Annotated[Path, AfterValidator(_placed)]
"""A path in the configuration."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
"""A board's name: it becomes a file name and a column head."""


class Section(BaseModel):
    """Unknown keys are errors; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)
