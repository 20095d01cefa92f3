"""The keys of a recording, which work on every view of the app; without one they are not there."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from edgetui.ui.drawing.ink import Span
from edgetui.ui.themed import Themed
from edgetui.ui.transport import Transport, next_pace, told


class Playing(Themed):
    """An app that may show the past."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "play", "Play/pause", id="replay.play_here", tooltip="Let the recording go on, or hold it"),
        Binding("less_than_sign", "pace(-1)", "Slower", id="replay.slower", tooltip="Down to the pace it had"),
        Binding("greater_than_sign", "pace(1)", "Faster", id="replay.faster", tooltip="Up to 60 times its pace"),
        Binding("comma", "second(-1)", "Step back", id="replay.back", tooltip="Hold it, a second earlier"),
        Binding("full_stop", "second(1)", "Step on", id="replay.on", tooltip="Hold it, a second later"),
        Binding("n", "happening(True)", "Next event", id="replay.next", tooltip="Event, run or answer"),
        Binding("N", "happening(False)", "Event before", id="replay.previous", tooltip="The one before this"),
    ]
    transport: Transport | None = None
    """None in the present."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a recording can be played."""
        if action in ("play", "pace", "second", "happening"):
            return self.transport is not None
        return super().check_action(action, parameters)

    def tape_notes(self) -> list[Span]:
        """``recording ▶ ×5``, for the first line; nothing in the present."""
        if (tape := self.transport) is None:
            return []
        return [(told(tape), "accent" if tape.playing else "warn-pill")]

    def action_play(self) -> None:
        """Go on, or hold the moment."""
        if (tape := self.transport) is not None:
            (tape.pause if tape.playing else tape.play)()
            self.tick()

    def action_pace(self, step: int) -> None:
        """Faster or slower."""
        if (tape := self.transport) is not None:
            tape.speed(next_pace(tape.pace, step))
            self.tick()

    def action_second(self, seconds: int) -> None:
        """A recorded second on or back."""
        if (tape := self.transport) is not None:
            tape.step(float(seconds))
            self.tick()

    def action_happening(self, forward: bool) -> None:
        """To the next thing that happened, or the one before."""
        if (tape := self.transport) is not None:
            (tape.next_event if forward else tape.previous_event)()

    def tick(self) -> None:
        """Show what is now."""
        raise NotImplementedError
