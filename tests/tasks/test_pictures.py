"""Pictures as people have them: each is made fit to be sent, on record, or refused with a reason and a remedy."""

import base64
import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from edgetui.cluster.orders import chosen_items
from edgetui.errors import TaskError
from edgetui.tasks import find, load_tasks, read_picture, read_task
from edgetui.tasks.picture import LONGEST
from tests.runners.fake import FINAL, board, finished, request, said, stream

SIZE = (120, 80)


def scene(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """Dark above, bright below, a red corner at the left above: so that turning and inverting show."""
    picture = Image.new("RGB", size, (40, 40, 40))
    picture.paste((220, 220, 220), (0, size[1] // 2, *size))
    picture.paste((255, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    return picture if mode == "RGB" else picture.convert(mode)


def saved(picture: Image.Image, form: str = "PNG", **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def turned(orientation: int, form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(scene(), form, exif=exif)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def raw_png(width: int, height: int, bits: int, colour: int, rows: bytes, adam7: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, adam7)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def interlaced(passes: int = 7) -> bytes:
    """So many of the seven passes of 33×35 px in grey: pixels by row, and a byte in front of each row."""
    sizes = ((5, 5), (4, 5), (9, 4), (8, 9), (17, 9), (16, 18), (33, 17))
    return raw_png(33, 35, 8, 0, b"".join(bytes(h * (1 + w)) for w, h in sizes[:passes]), adam7=1)


def cut_inside() -> bytes:
    """A PNG of whole chunks, in which a part of the pixels lacks."""
    whole = raw_png(64, 64, 8, 2, (b"\0" + bytes(range(192))) * 64)
    return whole[:33] + chunk(b"IDAT", zlib.compress(bytes(range(256)) * 48)[:60]) + whole[-12:]


def rgb16() -> bytes:
    return raw_png(32, 32, 16, 2, (b"\0" + b"\x80\x7f" * 96) * 32)


def grey16() -> bytes:
    return raw_png(32, 32, 16, 0, (b"\0" + b"\xc0\x01" * 32) * 32)


def frames(form: str) -> bytes:
    more = [Image.new("RGB", SIZE, colour) for colour in ("blue", "green")]
    return saved(scene(), form, save_all=True, append_images=more)


def clear(mode: str, alpha: int = 0) -> Image.Image:
    picture = scene("RGBA")
    picture.putalpha(alpha)
    return picture.convert(mode)


def half_clear() -> Image.Image:
    picture = scene("RGBA")
    picture.paste((0, 0, 0, 0), (60, 0, 120, 40))
    return picture


def colour_key() -> bytes:
    return saved(scene(), transparency=(255, 0, 0))


PNG, JPEG = saved(scene()), saved(scene(), "JPEG")
BIG = saved(Image.effect_noise((400, 300), 60).convert("RGB"), "JPEG")
PROGRESSIVE = saved(Image.effect_noise((400, 300), 60).convert("RGB"), "JPEG", progressive=True)
THUMBED = JPEG[:2] + b"\xff\xe1" + (2 + len(JPEG)).to_bytes(2) + JPEG + BIG[2:]
"""With a picture in its metadata, as cameras write them."""


def zeroed(data: bytes, part: float) -> bytes:
    kept = int(len(data) * part)
    return data[:kept] + bytes(len(data) - kept)


REFUSED: dict[str, tuple[str, bytes, str]] = {
    # name: file name, bytes, reason
    "empty": ("a.jpg", b"", "is empty"),
    "one byte": ("a.png", b"\x89", "not a picture"),
    "text": ("a.jpg", b"hello, I am no picture", "not a picture"),
    "pdf": ("a.jpg", b"%PDF-1.7\n1 0 obj<<>>endobj", "but a PDF"),
    "html": ("a.jpg", b"\n<!DOCTYPE html><html>404</html>", "but a page of HTML"),
    "svg": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "XML or SVG"),
    "archive": ("a.jpg", b"PK\x03\x04" + bytes(40), "an archive"),
    "git lfs": ("a.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "a pointer of Git LFS"),
    "heic": ("a.jpg", b"\0\0\0\x18ftypheic" + bytes(40), "a HEIC or AVIF picture"),
    "avif": ("a.png", saved(scene(), "AVIF"), "a HEIC or AVIF picture"),
    "icon": ("a.png", saved(scene(), "ICO"), "an icon"),
    "photoshop": ("a.jpg", b"8BPS\0\1" + bytes(40), "a Photoshop file"),
    "postscript": ("a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    "png signature alone": ("a.png", PNG[:8], "damaged|not a picture"),
    "png cut in its head": ("a.png", PNG[:20], "damaged|not a picture"),
    "png cut in its pixels": ("a.png", PNG[: len(PNG) // 2], "damaged"),
    "png cut before its end": ("a.png", PNG[:-12], "cut off at its end"),
    "png cut by a byte": ("a.png", PNG[:-1], "cut off at its end"),
    "png with a broken checksum": ("a.png", PNG[:20] + b"\xff" + PNG[21:], "damaged|not a picture"),
    "png whose pixels end early": ("a.png", cut_inside(), "damaged"),
    "png with a row of many": ("a.png", raw_png(64, 64, 8, 2, b"\0" + bytes(192)), "cut off at its end"),
    "interlaced png without its last pass": ("a.png", interlaced(6), "cut off at its end|damaged"),
    "png that lacks its last row": ("a.png", raw_png(64, 64, 1, 0, b"\0" * 9 * 63), "cut off at its end"),
    "png whose header does not come first": (
        "a.png",
        PNG[:8] + chunk(b"tEXt", b"a\0b" * 9) + PNG[8:],
        "damaged: its header",
    ),
    "jpeg start alone": ("a.jpg", JPEG[:4], "damaged|not a picture"),
    "jpeg cut in its tables": ("a.jpg", JPEG[:200], "damaged|not a picture"),
    "jpeg cut at a tenth": ("a.jpg", BIG[: len(BIG) // 10], "damaged"),
    "jpeg cut in the middle": ("a.jpg", BIG[: len(BIG) // 2], "damaged"),
    "jpeg cut near its end": ("a.jpg", BIG[:-40], "damaged"),
    "jpeg without its end": ("a.jpg", BIG[:-2], "cut off at its end"),
    "jpeg half zeros": ("a.jpg", zeroed(BIG, 0.5), "damaged"),
    "jpeg half zeros, with a thumbnail": ("a.jpg", zeroed(THUMBED, 0.6), "damaged"),
    "progressive jpeg cut": ("a.jpg", PROGRESSIVE[: len(PROGRESSIVE) * 2 // 3], "damaged"),
    "gif cut": ("a.gif", saved(scene(), "GIF")[:60], "damaged|not a picture"),
    "bmp cut": ("a.bmp", saved(scene(), "BMP")[:-900], "damaged"),
    "tiff cut": ("a.tif", saved(scene(), "TIFF")[:-900], "damaged|not a picture"),
    "webp cut": ("a.webp", saved(scene(), "WEBP")[:-30], "damaged|not a picture"),
    "one pixel": ("a.png", saved(scene(size=(1, 1))), "1×1 px: too small"),
    "a line": ("a.png", saved(scene(size=(300, 1))), "300×1 px: too small"),
    "a strip": ("a.png", saved(scene(size=(5600, 28))), "a strip of 5600×28 px"),
    "wholly transparent": ("a.png", saved(clear("RGBA")), "wholly transparent"),
    "a bomb": ("a.png", raw_png(40_000, 40_000, 1, 0, b""), "more pixels than any board"),
    "a smaller bomb": ("a.png", raw_png(12_000, 12_000, 1, 0, b""), "more pixels than any board"),
    "a bomb of text": (
        "a.png",
        PNG[:33] + chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(72 << 20))) + PNG[33:],
        "damaged",
    ),
    "32-bit integers": ("a.tif", saved(Image.new("I", SIZE, 70_000), "TIFF"), "samples of 32 bits"),
    "floats": ("a.tif", saved(Image.new("F", SIZE, 0.5), "TIFF"), "samples of 32 bits"),
}

CONVERTED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # name: file name, bytes, what is on record
    "16-bit grey": ("a.png", grey16, "16 bits → 8"),
    "16-bit colour": ("a.png", rgb16, "16 bits → 8"),
    "16-bit grey tiff": (
        "a.tif",
        lambda: saved(Image.new("I;16", SIZE, 0xC001), "TIFF"),
        "TIFF → PNG, 16 bits → 8",
    ),
    "cmyk": ("a.jpg", lambda: saved(scene("CMYK"), "JPEG"), "CMYK → RGB"),
    "palette": ("a.png", lambda: saved(scene("P")), "palette → RGB"),
    "palette, partly clear": ("a.png", lambda: saved(scene("P"), transparency=0), "P → RGB on white"),
    "colour key": ("a.png", colour_key, "RGB → RGB on white"),
    "partly clear": ("a.png", lambda: saved(half_clear()), "RGBA → RGB on white"),
    "opaque alpha": ("a.png", lambda: saved(clear("RGBA", 255)), "RGBA → RGB"),
    "grey with alpha": ("a.png", lambda: saved(clear("LA", 128)), "LA → RGB on white"),
    "black and white": ("a.png", lambda: saved(scene("1")), "1 bit → RGB"),
    **{f"turned {n}": ("a.jpg", lambda n=n: turned(n), f"rotated by EXIF {n}") for n in range(2, 9)},
    "turned png": ("a.png", lambda: turned(6, "PNG"), "rotated by EXIF 6"),
    "turned tiff": ("a.tif", lambda: saved(scene(), "TIFF", tiffinfo={274: 6}), "TIFF → PNG, rotated by EXIF 6"),
    "gif": ("a.gif", lambda: saved(scene(), "GIF"), "GIF → PNG, palette → RGB"),
    "animated gif": ("a.gif", lambda: frames("GIF"), "GIF → PNG, the first of 3 frames"),
    "animated png": ("a.png", lambda: frames("PNG"), "the first of 3 frames"),
    "animated webp": ("a.webp", lambda: frames("WEBP"), "WEBP → PNG, the first of 3 frames"),
    "several pages": ("a.tif", lambda: frames("TIFF"), "TIFF → PNG, the first of 3 frames"),
    "two pictures in a jpeg": ("a.jpg", lambda: frames("MPO"), "MPO → PNG, the first of 3 frames"),
    "bmp": ("a.bmp", lambda: saved(scene(), "BMP"), "BMP → PNG"),
    "tiff": ("a.tif", lambda: saved(scene(), "TIFF"), "TIFF → PNG"),
    "webp": ("a.webp", lambda: saved(scene(), "WEBP", lossless=True), "WEBP → PNG"),
    "pnm": ("a.ppm", lambda: saved(scene(), "PPM"), "PPM → PNG"),
    "gif named jpg": ("a.jpg", lambda: saved(scene(), "GIF"), "GIF → PNG"),
    "huge": ("a.jpg", lambda: saved(scene(size=(8000, 6000)), "JPEG"), "resized 8000×6000 → 4096×3072"),
    "all at once": (
        "a.jpg",
        lambda: saved(scene("CMYK", (4200, 2100)), "JPEG", exif=b"Exif\0\0" + _exif(6)),
        "CMYK → RGB, rotated by EXIF 6, resized 2100×4200 → 2048×4096",
    ),
}


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0")


def test_there_are_bad_pictures_enough() -> None:
    assert len(REFUSED) + len(CONVERTED) >= 40


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sent_is_refused_with_its_name_and_a_remedy(name: str, tmp_path: Path) -> None:
    file, data, reason = REFUSED[name]
    (tmp_path / file).write_bytes(data)
    with pytest.raises(TaskError, match=reason) as caught:
        chosen_items(find(load_tasks(), "count-potholes"), str(tmp_path / file))
    assert caught.value.message.startswith(f"{tmp_path / file}: ")
    assert caught.value.remedy


@pytest.mark.parametrize("name", CONVERTED)
async def test_what_is_odd_is_converted_on_record_and_reaches_no_board_as_it_is(name: str, tmp_path: Path) -> None:
    file, make, record = CONVERTED[name]
    data = make()
    (tmp_path / file).write_bytes(data)
    (asked,) = chosen_items(find(load_tasks(), "count-potholes"), str(tmp_path / file))
    assert asked.picture.startswith(record)
    async with board(tmp_path) as pi:
        last = await finished(pi, stream(said("x"), FINAL), asked=request(image=asked.image, picture=asked.picture))
        (sent,) = pi.chats()[-1].json["messages"][0]["images"]
    sent = base64.b64decode(sent)
    assert sent != data
    assert (last.sent_sha256, last.sent_bytes) == (hashlib.sha256(sent).hexdigest(), len(sent))
    with Image.open(io.BytesIO(sent)) as picture:
        picture.load()
        assert (picture.format, picture.mode in ("RGB", "L"), picture.getexif().get(0x0112, 1)) == ("PNG", True, 1)
        assert getattr(picture, "n_frames", 1) == 1
        assert max(picture.size) <= LONGEST
        assert not picture.has_transparency_data


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_picture_is_set_upright_once(orientation: int, tmp_path: Path) -> None:
    """What it shows is what a viewer shows that heeds EXIF, and reading it again changes nothing."""
    stored = scene().transpose(_TURNED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    (tmp_path / "a.png").write_bytes(saved(stored, exif=exif))
    read = read_picture(tmp_path / "a.png")
    with Image.open(io.BytesIO(read.data)) as picture:
        assert picture.size == SIZE
        assert picture.tobytes() == scene().tobytes()
    (tmp_path / "b.png").write_bytes(read.data)
    assert read_picture(tmp_path / "b.png").changes == ""


def test_bits_are_scaled_and_not_cut(tmp_path: Path) -> None:
    for data, expected in ((grey16(), 0xC0), (rgb16(), (0x80, 0x80, 0x80))):
        (tmp_path / "a.png").write_bytes(data)
        with Image.open(io.BytesIO(read_picture(tmp_path / "a.png").data)) as picture:
            assert picture.getpixel((5, 5)) == expected


def test_what_is_clear_is_white_whatever_colour_lies_beneath(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(half_clear()))
    with Image.open(io.BytesIO(read_picture(tmp_path / "a.png").data)) as picture:
        assert picture.getpixel((100, 10)) == (255, 255, 255)
        assert picture.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("file", "data", "changes"),
    [
        ("a.png", PNG, ""),
        ("a.png", interlaced(), ""),
        ("a.png", saved(Image.effect_noise((1400, 900), 90).convert("RGB")), ""),
        ("a.png", raw_png(61, 33, 8, 0, bytes(62 * 33)), ""),
        ("a.JPG", JPEG, ""),
        ("a.jpeg", saved(scene("L"), "JPEG"), ""),
        ("a.jpg", PROGRESSIVE, ""),
        ("a.jpg", THUMBED, ""),
        ("a.jpg", BIG + b"\xff\xdatrailer of a camera", ""),
        ("a.jpg", PNG, "a PNG, though its name ends in .jpg"),
        ("a.png", JPEG, "a JPEG, though its name ends in .png"),
        ("a", PNG, ""),
    ],
)
def test_a_sound_picture_is_sent_byte_by_byte(file: str, data: bytes, changes: str, tmp_path: Path) -> None:
    (tmp_path / file).write_bytes(data)
    read = read_picture(tmp_path / file)
    assert (read.data, read.changes) == (data, changes)
    assert read.sha256 == read.file_sha256 == hashlib.sha256(data).hexdigest()


def test_the_truth_of_a_turned_picture_is_of_the_picture_as_it_is_sent(tmp_path: Path) -> None:
    data = turned(6)
    task = (
        'kind = "grounding"\ntitle = "T"\nprompt = "Where?"\nmetric = "iou"\n'
        '[[item]]\nname = "a"\nimage = "a.jpg"\n'
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"\n'
        'truth = { label = "corner", box = [60, 0, 80, 30], size = [SIZE] }\n'
    )
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(data)
    (folder / "task.toml").write_text(task.replace("SIZE", "80, 120"))
    (asked,) = chosen_items(read_task(folder))
    assert asked.picture == "rotated by EXIF 6"
    assert asked.image_sha256 == hashlib.sha256(asked.image).hexdigest()
    with Image.open(io.BytesIO(asked.image)) as picture:
        red, green, _ = picture.getpixel((70, 10))  # type: ignore[misc]
        assert red > 200 > 60 > green
    (folder / "task.toml").write_text(task.replace("SIZE", "120, 80"))
    with pytest.raises(TaskError, match="not of the size in its truth"):
        read_task(folder).items[0].load()


def test_a_file_that_is_too_long_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(101 << 20)
    with pytest.raises(TaskError, match="has 101 MB, 100 are allowed"):
        read_picture(tmp_path / "a.jpg")


_TURNED = {
    # EXIF orientation: how the upright scene was turned before it was stored
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("packed", ["tiff_lzw", "tiff_adobe_deflate"])
def test_nothing_but_our_own_words_is_printed_of_a_damaged_picture(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], packed: str
):
    whole = bytearray(saved(Image.effect_noise(SIZE, 50), "TIFF", compression=packed))
    whole[40:3000] = bytes(2960)
    file = tmp_path / "a.tif"
    file.write_bytes(whole)
    with pytest.raises(TaskError, match="damaged"):
        read_picture(file)
    assert capfd.readouterr() == ("", "")
