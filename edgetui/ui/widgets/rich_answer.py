"""A finished answer as Markdown, rendered once to strips: the Markdown widget would cost hundreds of widgets."""

from __future__ import annotations

from rich.console import Console
from rich.markdown import Markdown
from rich.style import Style
from rich.theme import Theme
from textual.strip import Strip

from edgetui.ui.palette import Palette


def render(text: str, columns: int, inks: Palette) -> list[Strip]:
    """``text``: clean. No hyperlinks: a model's URL must not become a live link. No cell has another background."""
    accent, strong, muted = inks["accent-strong"], inks["strong"], inks["muted"]
    names = {f"markdown.h{level}": accent for level in range(1, 8)}
    names |= {"markdown.code": inks["accent"], "markdown.code_block": inks["accent"], "markdown.strong": strong}
    names |= {"markdown.item.bullet": accent, "markdown.item.number": accent, "markdown.block_quote": muted}
    names |= {"markdown.hr": inks["grid"], "markdown.h1.border": inks["grid"], "markdown.table.header": strong}
    console = Console(width=columns, theme=Theme(names), color_system="truecolor", force_terminal=True)
    markdown = Markdown(text, hyperlinks=False, code_theme="ansi_dark")
    ground = Style(bgcolor=inks["text"].bgcolor)
    lines = console.render_lines(markdown, console.options, style=inks["text"], pad=True)
    return [
        Strip([seg._replace(style=(seg.style or ground) + ground) for seg in line if not seg.control])
        for line in lines
    ]
