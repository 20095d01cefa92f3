"""By which rules a new version of a model or a script is judged against the old one: a TOML file of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from edgetui.config import Section
from edgetui.config.checks import validated
from edgetui.config.toml import read_toml
from edgetui.errors import UsageError

Percent = Annotated[float, Field(ge=0, le=100)]


class ShadowRules(Section):
    """What is not there is not judged; docs/deploy.md says what each means."""

    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """0-1: of every interval."""
    min_pairs: Annotated[int, Field(ge=1)] = 6
    """Fewer cannot tell: the range of six pairs is the first that holds a median with 95 %."""
    max_failures: Annotated[int, Field(ge=0)] = 0
    """Pairs in which A answered and B did not."""
    figure: str = "e2e_s"
    """What is compared, in s: a metric, or a figure that a script gave."""
    max_slower_percent: Annotated[float, Field(ge=-100, le=10_000)] | None = None
    """Of the median of B / A − 1; below 0: B must be faster."""
    agreement: Literal["text", "score", "boxes"] = "text"
    """When two answers are the same."""
    min_iou: Annotated[float, Field(gt=0, le=1)] = 0.5
    """From here on two boxes are the same."""
    min_agreement_percent: Percent | None = None
    """Of the items: B answers as A does."""
    min_accuracy_percent: Percent | None = None
    """Of the items that can be judged: B answers rightly."""

    @field_validator("figure")
    @classmethod
    def _is_a_time(cls, name: str) -> str:
        if not name.endswith("_s") or name.endswith("_per_s"):
            raise ValueError("must be a time: its name ends in _s")
        return name

    @model_validator(mode="after")
    def _judges_something(self) -> ShadowRules:
        if self.max_slower_percent is self.min_agreement_percent is self.min_accuracy_percent is None:
            raise ValueError(
                "there is no rule: give max_slower_percent, min_agreement_percent or min_accuracy_percent"
            )
        return self


def read_rules(path: Path) -> ShadowRules:
    """Raises UsageError with file, line, key and remedy."""
    source = read_toml(path, UsageError)
    return validated(ShadowRules, source, source.data)
