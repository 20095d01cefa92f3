"""Pictures as large as the terminal, by its own graphics, while the app waits behind them."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.strip import Strip

from edgetui.config import Pictures
from edgetui.model import Reply, hostile
from edgetui.ui.drawing import kitty
from edgetui.ui.drawing.boxes import Framed, boxed_picture, framed
from edgetui.ui.drawing.ink import Line, fit, spread, width
from edgetui.ui.drawing.sixel import sixel
from edgetui.ui.graphics import Graphics, ask, write
from edgetui.ui.palette import strip
from edgetui.ui.screens.reply import legend
from edgetui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture with what stands under it."""

    data: bytes
    """Out of the Store."""
    boxes: Sequence[Framed]
    title: str
    simulated: bool


def plate(data: bytes, replies: Sequence[Reply]) -> Plate:
    """The picture that these were asked about, and the boxes of all of them."""
    asked = replies[0].request
    boards = ", ".join(dict.fromkeys(reply.request.board for reply in replies))
    title = hostile.one_line(f"{asked.task} / {asked.item} · {asked.model} · {boards}", 300)
    return Plate(data, framed(replies), title, any(reply.sim_speed for reply in replies))


async def show_full_size(lines: Lines, wanted: Pictures, plates: Sequence[Plate]) -> str:
    """Until a key is pressed; in words, why it was not shown. ``lines``: whose app and colours."""
    words = ""
    try:
        # as for a shell: a painting app behind it would block for ever
        with lines.app.batch_update(), lines.app.suspend(), suppress(OSError, termios.error):
            words = await _shown(lines, wanted, plates)
    except SuspendNotSupported:
        words = "This screen cannot be handed over to a picture"
    return words


async def _shown(lines: Lines, wanted: Pictures, plates: Sequence[Plate]) -> str:
    assert sys.__stdin__ is not None
    assert sys.__stderr__ is not None
    keyboard, screen = sys.__stdin__.fileno(), sys.__stderr__.fileno()  # as Textual
    with _own_screen(keyboard, screen):
        graphics = ask(keyboard, screen, wanted)
        if not graphics.protocol:
            return "This terminal shows no pictures by Kitty or Sixel"
        number, key = 0, b" "
        while key == b" " and number < len(plates):
            write(screen, _page(lines, graphics, plates[number], last=number + 1 == len(plates)))
            key = await _key(keyboard)
            if graphics.protocol == "kitty":
                write(screen, kitty.REMOVAL)
            number += 1
    return ""


@contextmanager
def _own_screen(keyboard: int, screen: int) -> Iterator[None]:
    """Raw keys and a screen beside the user's; all as before at the end, and nothing unread."""
    before = termios.tcgetattr(keyboard)
    tty.setraw(keyboard)
    try:
        write(screen, b"\x1b[?1049h\x1b[?25l")
        yield
    finally:
        with suppress(OSError):
            write(screen, b"\x1b[?25h\x1b[?1049l")
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)


async def _key(keyboard: int) -> bytes:
    """What was typed; empty where the terminal has changed its size, or is gone."""
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    typed: list[bytes] = []

    def read() -> None:
        loop.remove_reader(keyboard)
        with suppress(OSError):
            typed.append(os.read(keyboard, 64))
        came.set()

    loop.add_reader(keyboard, read)
    loop.add_signal_handler(signal.SIGWINCH, came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(keyboard)
        loop.remove_signal_handler(signal.SIGWINCH)
    return b"".join(typed)


def _page(lines: Lines, graphics: Graphics, plate: Plate, *, last: bool) -> bytes:
    """The whole screen: the theme's ground, the picture, what stands under it."""
    columns, rows, (across, down) = graphics.columns, graphics.rows, graphics.cell
    words = _caption(lines, plate, columns, last=last)
    room = (columns * across, (rows - len(words)) * down)
    wide, high = (min(pair) for pair in zip(room, graphics.largest, strict=True))
    picture = boxed_picture(plate.data, plate.boxes, wide, high)
    ground = [Strip.blank(columns, lines.inks["text"])] * (rows - len(words))
    text = "".join(
        f"\x1b[{n};1H{row.render(lines.app.console)}" for n, row in enumerate([*ground, *words], 1)
    ).encode()
    if picture is None:
        return text + b"\x1b[1;2HThis picture cannot be drawn"
    if graphics.protocol == "sixel":
        left = max(0, columns - picture.width // across) // 2
        return b"%s\x1b[1;%dH%s" % (text, left + 1, sixel(picture, graphics.colours))
    scale = min(room[0] / picture.width, room[1] / picture.height)
    cells = round(picture.width * scale / across) or 1, round(picture.height * scale / down) or 1
    return b"%s\x1b[1;%dH%s" % (text, (columns - cells[0]) // 2 + 1, kitty.placed(_png(picture), *cells))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _caption(lines: Lines, plate: Plate, columns: int, *, last: bool) -> list[Strip]:
    """What it is and whose box has which colour."""
    keys: Line = [("  any key", "accent-strong"), (": back ", "muted")]
    if not last:
        keys = [("  space", "accent-strong"), (": next, ", "muted"), ("any other key", "accent-strong"), keys[1]]
    right: Line = [("  simulated", "warn"), *keys] if plate.simulated else keys
    left = fit([(f" {plate.title}", "text")], max(0, columns - width(right) - 1))
    head, ground = strip(spread(left, right, columns), lines.inks), lines.inks["text"]
    for each in lines.app.get_line_filters():  # NO_COLOR: of words; the legend has the picture's colours
        head = head.apply_filter(each, lines.background_colors[1])
    if not plate.boxes:
        return [head]
    names = [part for each in legend(plate.boxes, lines.inks) for part in (each, Strip.blank(2, ground))]
    return [head, Strip.join([Strip.blank(1, ground), *names]).adjust_cell_length(columns, ground)]
