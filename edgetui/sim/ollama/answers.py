"""What a model says to a picture: looked up by the picture's pixels, whose lowest bits do not count."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from PIL import Image, UnidentifiedImageError

from edgetui.sim.ollama.wire import go_json


class NoPicture(Exception):
    """These bytes are no picture."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as the model gets it."""

    size: tuple[int, int]
    """px."""
    pixels: str
    """Digest of the pixels without their lowest bits."""


class CutPicture(Exception):
    """A picture whose end is missing; ``seen`` is what its beginning tells."""

    def __init__(self, seen: Seen) -> None:
        super().__init__("cut")
        self.seen = seen


@lru_cache(maxsize=256)
def see(data: bytes) -> Seen:
    """Decode a picture. Raises NoPicture, CutPicture."""
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError as e:
        raise NoPicture from e
    try:
        rgb = image.convert("RGB")
    except (OSError, SyntaxError) as e:
        raise CutPicture(Seen(image.size, "")) from e
    high = rgb.point(lambda value: value & 0xFE)
    return Seen(rgb.size, hashlib.sha256(high.tobytes()).hexdigest())


@dataclass(frozen=True, slots=True)
class Answer:
    """What will be said."""

    text: str
    """Lone surrogates are bytes of no character, as in ``surrogateescape``."""
    tokens: int
    per_s: float = 0.0
    """Tokens per host s, whatever the board can and the client allows; 0: as the board can."""
    at_once: int = 0
    """Tokens said at once after the first, before ``per_s`` holds."""

    @property
    def pieces(self) -> list[bytes]:
        """The text cut into exactly ``tokens`` pieces, at words where that is possible, else within characters."""
        words = [word.encode(errors="surrogateescape") for word in re.findall(r"\s*\S+|\s+$", self.text)]
        while len(words) < self.tokens and any(len(w) > 1 for w in words):
            at = max(range(len(words)), key=lambda i: len(words[i]))
            word = words[at]
            words[at : at + 1] = [word[: len(word) // 2], word[len(word) // 2 :]]
        count = min(self.tokens, len(words)) or 1
        edges = [round(i * len(words) / count) for i in range(count + 1)]
        return [b"".join(words[a:b]) for a, b in pairwise(edges)]


class Letters:
    """Tokens become text: what is left of a character waits until it is whole, so a line can hold several."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, piece: bytes) -> str:
        """What can be read now, maybe nothing. Raises UnicodeDecodeError for bytes that are no character's."""
        return self._decoder.decode(piece)

    def salvage(self, error: UnicodeDecodeError) -> str:
        """What stood before such bytes; they and what came after them are lost."""
        self._decoder.reset()
        return error.object[: error.start].decode()


def _tokens(text: str) -> int:
    return max(1, round(len(text) / 4.2))


@dataclass(frozen=True, slots=True)
class Known:
    """Something that models have an answer to."""

    name: str
    """``task/item``, as in answers.toml."""
    data: bytes
    """A picture; empty where only text is asked."""
    prompt: str
    truth: Mapping[str, str]
    """What may stand in braces in an answer."""


class Gallery:
    """The pictures that are known, and what each model says of them."""

    def __init__(self, pictures: Iterable[Known]) -> None:
        text = resources.files(__package__).joinpath("answers.toml").read_text(encoding="utf-8")
        self._said: dict[str, Any] = tomllib.loads(text)
        known = tuple(pictures)
        self._known = {see(each.data).pixels: each for each in known if each.data}
        self._asked = {each.prompt.strip(): each for each in known if not each.data}

    def answer(self, model: str, seen: tuple[Seen, ...], prompt: str) -> Answer:
        """What ``model`` says."""
        known = self._known.get(seen[0].pixels) if seen else self._asked.get(prompt.strip())
        name = known.name if known and known.name in self._said else "unknown" if seen else "text"
        entry = self._said[name].get(model.partition(":")[0], self._said[name]["any"])
        said: str = entry["text"]
        for key, truth in (known.truth if known else {"prompt": prompt.strip()[:60]}).items():
            said = said.replace(f"{{{key}}}", truth.strip())
        return Answer(said, entry.get("tokens") or _tokens(said))


def as_json(answer: Answer) -> Answer:
    """The same where ``format`` asks for JSON."""
    text = go_json({"answer": answer.text})
    return Answer(text, max(answer.tokens, _tokens(text)))
