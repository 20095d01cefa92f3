"""Ollama's lists of models as values; what cannot be true is n/a with what the server said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from edgetui.model import InstalledModel, LoadedModel, Reading, na
from edgetui.model.hostile import one_line

CLOCK_STEP_S = 1.0
"""By so much an expiry moves at least when somebody asks again."""

if TYPE_CHECKING:
    from ollama import ListResponse, ProcessResponse


def installed_models(answer: ListResponse) -> tuple[InstalledModel, ...]:
    """Rows of ``/api/tags``."""
    return tuple(
        InstalledModel(
            name=one_line(row.model),
            digest=_digest(row.digest),
            size_bytes=_size(row.size),
            quantization=one_line((row.details and row.details.quantization_level) or ""),
            parameters=one_line((row.details and row.details.parameter_size) or ""),
        )
        for row in answer.models
        if row.model
    )


def loaded_models(answer: ProcessResponse) -> tuple[LoadedModel, ...]:
    """Rows of ``/api/ps``."""
    return tuple(
        LoadedModel(
            name=one_line(row.model),
            digest=_digest(row.digest),
            size_bytes=_size(row.size),
            size_vram_bytes=_on_gpu(row.size_vram, row.size),
            context_length=_sound(row.context_length) or None,
            expires_at=_unix(row.expires_at),
        )
        for row in answer.models
        if row.model
    )


def row_of(loaded: Sequence[LoadedModel], digest: str) -> LoadedModel | None:
    """The model with this digest, where it is loaded."""
    return next((row for row in loaded if row.digest == digest), None)


def others_at_work(before: Sequence[LoadedModel], after: Sequence[LoadedModel], digest: str) -> bool:
    """Was another model than ``digest`` loaded between two lists, or did a request for one end?

    Only such a one shows. Ollama moves a model's expiry when its last request ends, so one for the same model
    hides behind ours: a wait for the slot of the same model cannot be told from encoding a picture.
    """
    known_before = {row.digest: row.expires_at for row in before}
    others = [row for row in after if row.digest != digest]
    return any(row.digest not in known_before or _later(row.expires_at, known_before[row.digest]) for row in others)


def _later(now: float | None, before: float | None) -> bool:
    return now is not None and before is not None and now > before + CLOCK_STEP_S


def _size(number: int | None) -> Reading:
    """No model has no bytes: Ollama leaves a zero out or prints it where it does not know."""
    return _sound(number) or na("not told" if not number else _said(number))


def _on_gpu(part: int | None, whole: int | None) -> Reading:
    """0 is an answer here: the CPU computes it."""
    if part is None:
        return na("not told")
    if _sound(part) is None:
        return na(_said(part))
    return na(f"the server said {part} of {whole}") if whole is not None and part > whole else part


def _said(number: int) -> str:
    return f"the server said {one_line(str(number), 30)}"


def _sound(number: int | None) -> int | None:
    """Nothing for a number that no database takes or no memory has."""
    return int(number) if number is not None and 0 <= number < 1 << 63 else None


def _unix(moment: datetime | None) -> float | None:
    """None for what no clock shows: the package takes any year."""
    try:
        return moment.timestamp() if moment is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _digest(text: str | None) -> str:
    """Tags say it without ``sha256:``, pulls with it."""
    return one_line(text or "").removeprefix("sha256:")
