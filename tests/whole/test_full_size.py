"""``z`` in the app: a picture with its boxes by the terminal's own graphics, and the app whole again after it."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import io
import re
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

from edgetui.model import Reply, Request, RunRecord
from edgetui.model.score import Score
from edgetui.store import Store
from edgetui.ui.drawing.boxes import TRUTH, boxed_picture, framed
from tests.simulated import EDGETUI
from tests.terminal import ANSWERS, Terminal

COLUMNS, ROWS, CELL = 80, 24, (8, 16)
MEASURED = (rb"\x1b\[16t", b"\x1b[6;%d;%dt" % CELL[::-1])
QUERY = rb"\x1b_G(i=\d+),s=1,v=1,a=q,[^\x1b]*\x1b\\"
KITTY = ((QUERY, b"\x1b_Gi=4711;OK\x1b\\"), MEASURED, *ANSWERS)
SIXEL = (MEASURED, *((query, answer.replace(b"62;", b"62;4;")) for query, answer in ANSWERS))
SILENT = tuple((query, answer) for query, answer in ANSWERS if answer.endswith((b"y", b"u")))
SIZE = (64, 32)
TOP = ROWS - 2
"""Rows above the caption and the legend."""
LEFT = b"\x1b[?25h\x1b[?1049l"
"""How the picture's screen ends."""
RESUMED = re.compile(re.escape(LEFT) + rb".*\x1b\[\?1049h", re.DOTALL)
"""The app is back; what was typed before is dropped."""


def drawn() -> bytes:
    """A picture with a red square."""
    image, out = Image.new("RGB", SIZE, (20, 30, 200)), io.BytesIO()
    ImageDraw.Draw(image).rectangle((8, 8, 23, 23), fill=(200, 20, 20))
    image.save(out, "PNG")
    return out.getvalue()


def found(board: str, box: tuple[float, ...]) -> Reply:
    """What this board said of the square, in a task with a hostile name."""
    score = Score(value=0.5, passed=True, rule="", details=(("box_px", box),))
    names = {"run": "r1", "board": board, "task": "find\x1b]0;evil\x07", "kind": "grounding", "item": "square"}
    more = {"model": "qwen2.5vl:3b", "repeat": 1, "prompt": "Where?", "metric": "iou", "image_sha256": "abc"}
    asked = Request(**names, **more, truth={"box": [8, 8, 24, 24]})  # type: ignore[arg-type]
    at = {"fired_at": 1.0, "started_at": 1.0, "finished_at": 2.0}
    return Reply(request=asked, outcome="ok", text="there", score=score, sim_speed=20.0, **at)  # type: ignore[arg-type]


REPLIES = (found("pi5", (8.0, 8.0, 24.0, 24.0)), found("orin-nano", (30.0, 6.0, 60.0, 28.0)))


async def store(path: Path) -> None:
    async with await Store.open(path) as file:
        names = {"tasks": ("find",), "models": ("qwen2.5vl:3b",), "repeats": 1, "protocol": "quick-1"}
        boards = ("pi5", "orin-nano")
        await file.save_run(RunRecord(id="r1", fired_at=1.0, boards=boards, simulated=True, **names))  # type: ignore[arg-type]
        await file.save_pictures({"abc": drawn()})
        for reply in REPLIES:
            await file.save_reply(reply)


@contextmanager
def boxes(folder: Path, answers: tuple[tuple[bytes, bytes], ...]) -> Iterator[Terminal]:
    """The app on the page that compares boxes."""
    asyncio.run(store(folder / "edgetui.db"))
    config = folder / "config.toml"
    config.write_text('[store]\npath = "edgetui.db"\n[[board]]\nname = "x"\nlocal = true\n')
    home = {f"XDG_{what}_HOME": str(folder) for what in ("STATE", "CONFIG", "DATA")}
    home |= {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    argv = [*EDGETUI, "--config", str(config)]
    with Terminal(argv, columns=COLUMNS, rows=ROWS, env=home, answers=answers) as terminal:
        terminal.wait_for("x up", "Quit")
        terminal.send("5")
        terminal.wait_for("2 replies of 1 run")
        terminal.send("c")
        terminal.wait_for("▸figures", "2 boards")
        terminal.send("\t\t")
        terminal.wait_for("▸boxes", "■ truth", "Full size")
        yield terminal


def shown(terminal: Terminal, picture: re.Pattern[bytes]) -> tuple[bytes, str]:
    """Press ``z``: the picture in the terminal's own words, and the words under it as they came."""
    begin = len(terminal.output)
    terminal.send("z")
    deadline = time.perf_counter() + 15
    while (match := picture.search(terminal.output, begin)) is None:
        assert time.perf_counter() < deadline
        terminal.pump(0.1)
    text = re.sub(r"\x1b\[[0-9;?>]*[a-zA-Z]", "", bytes(terminal.output[begin : match.start()]).decode())
    return match[0], text


def assert_back(terminal: Terminal, begin: int) -> None:
    """Its keys work, and no picture comes after ours has gone from the screen. ``begin``: before what ended it."""
    terminal.wait(lambda _: RESUMED.search(terminal.output, begin) is not None)
    terminal.send("\t")
    terminal.wait_for("▸heat")
    terminal.send("\x1b[Z")
    terminal.wait_for("▸boxes")
    rest = terminal.output[terminal.output.index(LEFT, begin) :]
    assert b"\x1b_G" not in rest
    assert b"\x1bP" not in rest


def expected() -> Image.Image:
    """What fits above the words."""
    picture = boxed_picture(drawn(), framed(REPLIES), COLUMNS * CELL[0], TOP * CELL[1])
    assert picture is not None
    assert picture.size == (640, 320)
    return picture


def assert_described(text: str) -> None:
    assert "find]0;evil / square · qwen2.5vl:3b · pi5, orin" in text
    assert "simulated  any key: back" in text
    assert "■ truth  ■ pi5  ■ orin-nano" in text


def decoded(sixel: bytes) -> Image.Image:
    """As a terminal reads it."""
    head = re.match(rb'\x1bPq"1;1;(\d+);(\d+)', sixel)
    assert head is not None
    image = Image.new("RGB", (int(head[1]), int(head[2])), (1, 2, 3))
    pixels, inks = image.load(), dict[int, tuple[int, ...]]()
    x = top = repeat = 0
    ink: tuple[int, ...] = ()
    for register, count, letter in re.findall(rb"#([\d;]+)|!(\d+)|([?-~$-])", sixel[head.end() : -2]):
        if register:
            number, *rest = map(int, register.split(b";"))
            if rest:
                inks[number] = tuple(round(value * 255 / 100) for value in rest[1:])
            ink = inks[number]
        elif count:
            repeat = int(count)
        elif letter == b"$":
            x = 0
        elif letter == b"-":
            x, top = 0, top + 6
        else:
            bits = ord(letter) - 63
            for column in range(x, x + (repeat or 1)):
                for row in range(6):
                    if bits >> row & 1:
                        pixels[column, top + row] = ink  # type: ignore[index]
            x, repeat = x + (repeat or 1), 0
    return image


def test_the_terminal_that_is_there_gets_the_picture_with_its_boxes(tmp_path: Path) -> None:
    with boxes(tmp_path, KITTY) as terminal:
        sent, text = shown(terminal, re.compile(rb"(\x1b_G[^;]*m=1;[^\x1b]*\x1b\\)*\x1b_G[^;]*m=0;[^\x1b]*\x1b\\"))
        assert_kitty(sent)
        assert_described(text)
        begin = len(terminal.output)
        terminal.send("q" * 100)  # any key: the app gets none of them
        assert_back(terminal, begin)
        assert terminal.output[begin:].startswith(b"\x1b_Ga=d,d=I,i=4711,q=2\x1b\\" + LEFT)

        terminal.answers = SIXEL  # as after another login to the same tmux
        sent, text = shown(terminal, re.compile(rb"\x1bP[^\x1b]*\x1b\\"))
        picture, wanted = decoded(sent), expected()
        assert picture.size == wanted.size
        worst = max(high for _, high in ImageChops.difference(picture, wanted).getextrema())
        assert worst <= 24  # a Sixel has percents of few colours
        assert_described(text)
        begin = len(terminal.output)
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS + 1, 0, 0))
        assert_back(terminal, begin)
        terminal.send("q")
        assert terminal.wait_exit() == 0


def assert_kitty(sent: bytes) -> None:
    """A PNG in pieces, whose pixels are those of the picture."""
    chunks = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert b"a=T,f=100" in chunks[0][0]
    assert b"c=80,r=20,C=1,q=2" in chunks[0][0]
    assert all(len(data) <= 4096 for _, data in chunks)
    with Image.open(io.BytesIO(base64.b64decode(b"".join(data for _, data in chunks)))) as picture:
        assert picture.format == "PNG"
        assert ImageChops.difference(picture, expected()).getbbox() is None
        colours = {colour for _, colour in picture.getcolors(1 << 20) or ()}
    assert {TRUTH, (255, 170, 40), (240, 90, 200)} <= colours  # the truth's, and two boards'


def test_where_the_terminal_can_do_neither_another_key_is_named(tmp_path: Path) -> None:
    with boxes(tmp_path, ANSWERS) as terminal:
        terminal.send("z")
        terminal.wait_for("shows no pictures by Kitty or Sixel; o", "opens it outside", "▸boxes")

        terminal.answers, begin = SILENT, len(terminal.output)
        terminal.send("z")
        terminal.wait(lambda _: RESUMED.search(terminal.output, begin) is not None)
        asked, left = (
            next(at for at, end in terminal.chunks if terminal.output.find(what, begin, end) >= 0)
            for what in (b"\x1b[6n", LEFT)
        )
        assert left - asked < 1.0  # 0.3 s, on a shared machine
        terminal.send("\x1b[1;1R\t")  # it answers after all, and no key is made of that
        terminal.wait_for("▸heat")
