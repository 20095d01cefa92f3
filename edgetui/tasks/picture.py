"""Reads a picture and makes sure that it is one, so that no board is asked about a broken file."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

from edgetui.errors import TaskError

FORMATS = ("PNG", "JPEG")
"""What every version of Ollama reads."""


def read_picture(path: Path) -> bytes:
    """The bytes of a PNG or JPEG that decodes to its last line. Raises TaskError."""
    path = path.expanduser()
    if path.is_dir():
        raise TaskError(f"{path}: is a folder", "give the picture in it")
    if not path.is_file():
        raise TaskError(f"{path}: there is no such file", "check the path")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TaskError(f"{path}: {error.strerror}", "check its permissions") from error
    _decode(path, data)
    return data


def _decode(path: Path, data: bytes) -> None:
    from PIL import Image, UnidentifiedImageError

    bombs = (Image.DecompressionBombWarning, Image.DecompressionBombError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                kind = picture.format
                picture.load()
    except UnidentifiedImageError:
        raise TaskError(f"{path}: is not a picture", "give a PNG or JPEG") from None
    except bombs:
        raise TaskError(f"{path}: has more pixels than any board could take", "make it smaller") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise TaskError(f"{path}: is damaged: {error}", "copy it again from where it came") from error
    if kind not in FORMATS:
        raise TaskError(f"{path}: is a {kind} picture", "convert it to PNG or JPEG")


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in px of a picture that has been read."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        return picture.size
