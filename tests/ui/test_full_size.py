"""What is made of a terminal's answers, and when the key for a picture in full size is there."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from edgetui.config import Interface, Pictures
from edgetui.ui.graphics import Graphics, understood
from tests.ui import fake
from tests.ui.stored import MODELS, reply, stored

XTERM = b"\x1b[6;17;8t\x1b[?1;0;16S\x1b[?2;0;1000;700S\x1b[?63;1;2;4;6;9;15;22c"
KITTY = b"\x1b_Gi=4711;OK\x1b\\\x1b[6;40;20t\x1b[?62;4;c"
PLAIN = b"\x1b[?1;2c"
SIZE = struct.pack("HHHH", 40, 120, 1200, 800)


@pytest.mark.parametrize(
    ("heard", "size", "wanted", "graphics"),
    [
        (XTERM, SIZE, "auto", Graphics("sixel", 120, 40, (8, 17), (1000, 700), 16)),
        (KITTY, SIZE, "auto", Graphics("kitty", 120, 40, (20, 40), (1600, 1600), 256)),
        (KITTY, SIZE, "sixel", Graphics("sixel", 120, 40, (20, 40), (1600, 1600), 256)),
        (PLAIN, SIZE, "auto", Graphics("", 120, 40, (10, 20), (1600, 1600), 256)),
        (PLAIN, SIZE, "kitty", Graphics("kitty", 120, 40, (10, 20), (1600, 1600), 256)),
        (b"\x1b[?64;14;24c", bytes(8), "auto", Graphics("", 80, 24, (8, 16), (1600, 1600), 256)),
        (
            b"\x1b[6;0;0t\x1b[?1;0;0S\x1b[?2;0;0;0S",
            SIZE,
            "sixel",
            Graphics("sixel", 120, 40, (8, 16), (1600, 1600), 2),
        ),
    ],
)
def test_what_terminals_say_of_themselves(heard: bytes, size: bytes, wanted: Pictures, graphics: Graphics) -> None:
    assert understood(heard, size, wanted) == graphics


async def of_a_picture(tmp_path: Path, pictures: Pictures) -> tuple[str, list[str]]:
    """The screen of a reply to a picture after ``z``, and what was notified."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "PNG")
    async with stored(tmp_path, ui=Interface(pictures=pictures)) as (stage, store):
        base = reply("pi5", MODELS[0], 9)
        late = replace(base, request=replace(base.request, image_sha256="abc"), finished_at=fake.NOW)
        await store.save_pictures({"abc": out.getvalue()})
        await store.save_reply(late)
        assert "52 replies" in await stage.press("5")
        assert "▀▀▀" in await stage.press("enter")
        screen = await stage.press("z")
        return screen, [notice.message for notice in stage.app._notifications]


async def test_a_screen_that_cannot_be_left_says_so(tmp_path: Path) -> None:
    screen, notices = await of_a_picture(tmp_path, "auto")
    assert "z Full size" in screen
    assert notices == ["This screen cannot be handed over to a picture; o opens it outside"]


async def test_the_key_is_not_offered_where_only_blocks_are_wanted(tmp_path: Path) -> None:
    screen, notices = await of_a_picture(tmp_path, "blocks")
    assert "Full size" not in screen
    assert notices == []
