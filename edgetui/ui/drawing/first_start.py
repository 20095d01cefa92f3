"""What a first start without boards says."""

from __future__ import annotations

from edgetui.ui.drawing.ink import Line


def first_start(config_path: str) -> list[Line]:
    """Three ways on; ``config_path``: where boards are kept."""
    ways = (
        ("edgetui demo", "eight simulated boards: look around, nothing can break"),
        ("edgetui boards import", "take over the hosts of your ~/.ssh/config"),
        ("edgetui boards add NAME HOST", "one board by hand"),
    )
    lines: list[Line] = [
        [],
        [("No board is configured yet.", "strong")],
        [("edgetui watches boards over SSH and fires vision-language tasks on all of them.", "text")],
        [],
        [("Quit with ", "muted"), ("q", "accent-strong"), (", then one of:", "muted")],
        [],
    ]
    for command, what in ways:
        lines += [[("  " + command, "accent-strong")], [("      " + what, "muted")], []]
    lines.append([("Boards are kept in ", "muted"), (config_path, "text")])
    return lines
