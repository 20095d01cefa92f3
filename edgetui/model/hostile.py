"""Every string of a board or a model is hostile until it has passed here."""

from __future__ import annotations

import re

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls: ESC, CSI, OSC, DEL; \t and \n stay
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"  # soft hyphen and other invisible marks
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # zero width, line separators, bidi controls
    "\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"  # variation selectors, skin tones: terminals disagree on their width
    "\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"  # interlinear marks, tags, surrogates
)
_ACTIVE = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|#&!~"})


def clean(text: str) -> str:
    """Text that may go to a terminal: no control, bidi or zero-width character; line ends are ``\\n``."""
    return _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 200) -> str:
    """The same on one line, blanks folded, cut at ``limit`` characters with an ellipsis."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def inert(text: str) -> str:
    """Text that acts neither as Markdown nor as HTML where it is rendered."""
    return text.translate(_ACTIVE)
