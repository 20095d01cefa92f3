"""Inks to colours: the only place where a theme's variables become styles of the line API."""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from edgetui.ui.drawing.ink import Ink, Line

Palette = dict[Ink, Style]


def palette(variables: Mapping[str, str], background: Color) -> Palette:
    """A style for every ink on ``background``. ``variables``: ``App.theme_variables``."""

    def style(name: str, bold: bool = False, on: str = "") -> Style:
        ground = Color.parse(variables[on]) if on else background
        return Style(color=Color.parse(variables[name]).rich_color, bgcolor=ground.rich_color, bold=bold)

    def area(name: str) -> Style:
        return Style(
            color=background.blend(Color.parse(variables[name]), 0.6).rich_color, bgcolor=background.rich_color
        )

    def heat(*names: str) -> Style:
        tint = Color.parse(variables[names[0]])
        if len(names) > 1:
            tint = tint.blend(Color.parse(variables[names[1]]), 0.5)
        ground = background.blend(tint, 0.35)
        return Style(color=Color.parse(variables["foreground"]).rich_color, bgcolor=ground.rich_color)

    return {
        "text": style("foreground"),
        "strong": style("foreground", bold=True),
        "muted": style("muted"),
        "grid": style("grid"),
        "accent": style("accent"),
        "accent-strong": style("accent", bold=True),
        "good": style("success"),
        "warn": style("warning"),
        "bad": style("error"),
        "area": area("accent"),
        "area-warn": area("warning"),
        "area-bad": area("error"),
        "bad-pill": style("background", bold=True, on="error"),
        "warn-pill": style("background", bold=True, on="warning"),
        "cursor-pill": style("block-cursor-foreground", bold=True, on="block-cursor-background"),
        "mark": style("accent", bold=True),
        "heat-0": style("foreground", on="panel"),
        "heat-1": heat("success"),
        "heat-2": heat("success", "warning"),
        "heat-3": heat("warning"),
        "heat-4": heat("error"),
    }


def strip(line: Line, inks: Palette) -> Strip:
    """One line as Textual wants it; the text is never read as markup."""
    return Strip([Segment(text, inks[ink]) for text, ink in line])
