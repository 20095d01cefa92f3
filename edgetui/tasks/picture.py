"""Reads a picture and makes it one that every Ollama reads alike, on record, or says why it cannot be asked about.

Runtimes differ in what they make of a bad file: a JPEG cut in the middle was recorded to be answered as if it were
whole by Ollama 0.32 and refused by 0.24. So none is sent before it was decoded here to its last line.
"""

from __future__ import annotations

import hashlib
import io
import logging
import struct
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgetui.errors import TaskError
from edgetui.tasks.picture_end import complete

if TYPE_CHECKING:
    from PIL import Image

AS_THEY_ARE = ("PNG", "JPEG")
"""What every version of Ollama reads."""
FORMATS = (*AS_THEY_ARE, "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""What is decoded at all; a JPEG of several pictures comes as ``MPO``."""
MOST_BYTES = 100 << 20
LONGEST = 4096
"""px: a photo of 12 MP is as long as that; models see 2.3 MP and less of it, and the board has to unpack it."""
SHORTEST, STRIP = 28, 200
"""qwen2.5vl's runner dies of a side of less than 28 px, and of one that is 200 times the other."""
_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_SIGNS = (
    # at, bytes, what it is
    (0, b"%PDF", "a PDF"),
    (0, b"version https://git-lfs", "a pointer of Git LFS to a picture"),
    (0, b"<", "a page of HTML, XML or SVG"),
    (0, b"PK\x03\x04", "an archive or an office document"),
    (4, b"ftyp", "a HEIC or AVIF picture, or a film"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\0\0\1\0", "an icon"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What can be sent."""

    data: bytes
    """PNG or JPEG of 8 bits, upright, opaque: the file's own bytes where nothing had to be done."""
    file_sha256: str = ""
    changes: str = ""
    """What was done, in words: ``CMYK → RGB, rotated by EXIF 6, resized 8000×6000 → 4096×3072``."""

    @property
    def sha256(self) -> str:
        """Of ``data``; empty without any."""
        return hashlib.sha256(self.data).hexdigest() if self.data else ""


def read_picture(path: Path) -> Picture:
    """The picture in the file. Raises TaskError with what is wrong with it and what to do."""
    with suppress(RuntimeError):  # no such user
        path = path.expanduser()
    data = _bytes(path)
    from PIL import Image, UnidentifiedImageError

    _hush()
    bombs = (Image.DecompressionBombWarning, Image.DecompressionBombError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                kind, orientation = picture.format or "", picture.getexif().get(0x0112, 1)
                picture.load()
                made, changes = _made(path, picture, orientation, _bits(picture, data))
    except UnidentifiedImageError:
        raise TaskError(f"{path}: is {_what(data)}", "give a PNG or JPEG") from None
    except bombs:
        raise TaskError(f"{path}: has more pixels than any board could take", "make it smaller") from None
    # whatever a decoder stumbles over in bytes that anybody may have written
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        struct.error,
        LookupError,
        TypeError,
        OverflowError,
    ) as error:
        raise TaskError(f"{path}: is damaged: {error}", "copy it again from where it came") from error
    if not complete(kind, data):
        raise TaskError(f"{path}: is damaged: it is cut off at its end", "copy it again from where it came")
    return _kept(path, data, kind, made, changes)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise TaskError(f"{path}: is a folder", "give the picture in it")
        if not path.is_file():
            raise TaskError(f"{path}: there is no such file", "check the path")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise TaskError(f"{path}: has {size >> 20} MB, {MOST_BYTES >> 20} are allowed", "make it smaller")
        data = path.read_bytes()
    except OSError as error:
        raise TaskError(f"{path}: {error.strerror}", "check its permissions") from error
    if not data:
        raise TaskError(f"{path}: is empty", "copy it again from where it came")
    return data


def _hush() -> None:
    """libtiff and Pillow tell of damaged files on stderr, which may be the app's screen."""
    import ctypes

    from PIL import _imaging

    logging.getLogger("PIL").setLevel(logging.CRITICAL + 1)
    with suppress(AttributeError, OSError):  # a Pillow without libtiff, or with one that cannot be reached
        loaded = ctypes.CDLL(_imaging.__file__)  # its symbols are those of what it was linked with, too
        loaded.TIFFSetErrorHandler(None)
        loaded.TIFFSetWarningHandler(None)


def _kept(path: Path, data: bytes, kind: str, made: Image.Image, changes: list[str]) -> Picture:
    """As the file is, where that is what every Ollama reads; else as a PNG."""
    digest = hashlib.sha256(data).hexdigest()
    if kind in AS_THEY_ARE and not changes:
        named = _SUFFIXES.get(path.suffix.lower(), kind)
        return Picture(data, digest, f"a {kind}, though its name ends in {path.suffix}" if named != kind else "")
    if kind not in AS_THEY_ARE:
        changes = [f"{kind} → PNG", *changes]
    made.info = {}  # a profile or a transparent colour would not fit it any more
    out = io.BytesIO()
    made.save(out, "PNG")
    return Picture(out.getvalue(), digest, ", ".join(changes))


def _made(path: Path, picture: Image.Image, orientation: object, bits: int) -> tuple[Image.Image, list[str]]:
    """Upright, in RGB or grey of 8 bits, no longer than ``LONGEST``; and what had to be done for it."""
    from PIL import ImageOps

    changes = []
    if (frames := getattr(picture, "n_frames", 1)) > 1:
        changes.append(f"the first of {frames} frames")
    made, colour = _in_colour(path, picture.copy(), bits)
    changes += colour
    if isinstance(orientation, int) and 2 <= orientation <= 8:
        made = ImageOps.exif_transpose(made)
        changes.append(f"rotated by EXIF {orientation}")
    width, height = made.size
    if min(made.size) < SHORTEST:
        raise TaskError(
            f"{path}: is {width}×{height} px: too small, models take {SHORTEST} px and more", "give a bigger one"
        )
    if max(made.size) >= STRIP * min(made.size):
        raise TaskError(f"{path}: is a strip of {width}×{height} px, which runtimes die of", "cut a part out of it")
    if max(made.size) > LONGEST:
        made.thumbnail((LONGEST, LONGEST))
        changes.append(f"resized {width}×{height} → {made.width}×{made.height}")
    return made, changes


def _in_colour(path: Path, picture: Image.Image, bits: int) -> tuple[Image.Image, list[str]]:
    """In RGB or grey of 8 bits, what is transparent on white."""
    from PIL import Image

    mode, changes = picture.mode, []
    if mode in ("I", "F"):
        raise TaskError(
            f"{path}: has samples of 32 bits, whose black and white nobody knows", "save it with 8 bits"
        )
    if bits == 16:
        changes.append("16 bits → 8")
    if mode.startswith("I;16"):
        return picture.point(lambda sample: sample / 256).convert("L"), changes
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        low, high = seen.getchannel("A").getextrema()
        if high == 0:
            raise TaskError(
                f"{path}: is wholly transparent: there is nothing to see", "save it without transparency"
            )
        if low == 255:
            return seen.convert("RGB"), [*changes, f"{mode} → RGB"]
        sheet = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(sheet, seen).convert("RGB"), [*changes, f"{mode} → RGB on white"]
    if mode in ("RGB", "L"):
        return picture, changes
    return picture.convert("RGB"), [*changes, f"{_MODES.get(mode, mode)} → RGB"]


_MODES = {"P": "palette", "1": "1 bit"}


def _bits(picture: Image.Image, data: bytes) -> int:
    """Of a sample: Pillow takes the upper half of most with 16 and says nothing of it."""
    if picture.format == "PNG":
        if data[12:16] != b"IHDR":  # PNG, 3rd edition, 5.6; Pillow is content with it anywhere
            raise ValueError("its header does not come first")
        return data[24]
    told = getattr(picture, "tag_v2", {}).get(258, 8)  # TIFF's BitsPerSample
    return max(told) if isinstance(told, tuple) else int(told)


def _what(data: bytes) -> str:
    """What a file is that is no picture, by its first bytes."""
    head = data[:64].lstrip()
    for at, sign, words in _SIGNS:
        if (head if at == 0 else data).startswith(sign, at):
            return f"not a picture that can be read, but {words}"
    return "not a picture"


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in px of a picture that has been read."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        return picture.size
