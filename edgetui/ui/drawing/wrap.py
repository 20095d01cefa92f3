"""Word wrap that only looks at its last row again when text is added."""

from __future__ import annotations

import re

from edgetui.ui.drawing.ink import cells

_WORDS = re.compile(r" *[^ ]+| +$")


def wrap(text: str, columns: int) -> list[str]:
    """Rows of one paragraph (no line end in it), at least one; only blanks at a row's end may stand over."""
    columns = max(2, columns)  # room for one wide character, or the last loop would never end
    if cells(text) <= columns:
        return [text]
    rows: list[str] = []
    row, used = "", 0
    for part in _WORDS.findall(text):
        size = cells(part)
        if used + size <= columns or part.isspace():
            row += part
            used += size
            continue
        if row:
            rows.append(row)
        *full, row = _chop(part.lstrip(" "), columns)
        rows += full
        used = cells(row)
    return [*rows, row]


def _chop(word: str, columns: int) -> list[str]:
    """A word in pieces that fill the columns; one pass, however long it is."""
    if word.isascii():
        return [word[at : at + columns] for at in range(0, len(word), columns)]
    pieces, start, used = [], 0, 0
    for index, char in enumerate(word):
        size = cells(char)
        if used + size > columns:
            pieces.append(word[start:index])
            start, used = index, 0
        used += size
    return [*pieces, word[start:]]


class Wrapped:
    """Text that only grows, as rows of one width."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[str] = [""]

    def append(self, text: str) -> None:
        """Add clean text; cost follows its length, not what is there already."""
        first, *others = text.replace("\t", "    ").split("\n")
        self.rows[-1:] = wrap(self.rows[-1] + first, self.columns)
        for paragraph in others:
            self.rows += wrap(paragraph, self.columns)
