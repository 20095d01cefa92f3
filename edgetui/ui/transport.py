"""What a background of the past can do beyond one of the present."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

PACES = (1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Recorded seconds per second."""


@runtime_checkable
class Transport(Protocol):
    """Plays a recording."""

    playing: bool
    pace: float

    @property
    def generation(self) -> int:
        """Grows whenever cells of its runs became other objects: a view that holds some takes them anew."""

    @property
    def over(self) -> bool:
        """Is the end shown?"""

    def play(self) -> None:
        """Go on."""

    def pause(self) -> None:
        """Hold the moment."""

    def speed(self, pace: float) -> None:
        """Recorded seconds per second."""

    def step(self, seconds: float) -> None:
        """Pause, and move on by so many recorded s; back where negative."""

    def next_event(self) -> None:
        """Go to when the next thing happened: an event, a run fired, an answer finished."""

    def previous_event(self) -> None:
        """Go to when the last thing happened before this moment."""


def next_pace(pace: float, step: int) -> float:
    """The next of ``PACES`` above (1) or below (−1)."""
    others = [p for p in PACES if (p > pace if step > 0 else p < pace)]
    return (min if step > 0 else max)(others, default=pace)


def told(transport: Transport) -> str:
    """``recording ▶ ×5``, or that it is paused or over."""
    if transport.playing:
        return f"recording ▶ ×{transport.pace:g}"
    return "end of the recording" if transport.over else "recording paused"
