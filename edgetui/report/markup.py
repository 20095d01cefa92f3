"""HTML by function calls: every string is cleaned and escaped unless it was made here."""

from __future__ import annotations

from html import escape

from edgetui.model.hostile import clean

VOID = frozenset({"img", "meta", "br", "rect", "line", "path", "circle", "polyline"})
"""Elements without content."""


class Markup(str):
    """Made by ``tag``: safe to be inside another."""

    __slots__ = ()


def text(words: str) -> Markup:
    """Anybody's words."""
    return words if isinstance(words, Markup) else Markup(escape(clean(words)))


def tag(name: str, /, *inside: str, **attributes: str | float | None) -> Markup:
    """``tag("td", "3 s", class_="num")``; ``_`` at the end is dropped, others become ``-``; None: left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_plain(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID and not inside:
        return Markup(f"<{name}{said}>" if name in ("img", "meta", "br") else f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{''.join(map(text, inside))}</{name}>")


def quote(words: str) -> Markup:
    """Somebody's own words, or a name: digits in it are no figure of ours."""
    return tag("span", words, data_quote="")


def joined(*parts: str, between: str = "") -> Markup:
    """Parts beside each other."""
    return Markup(text(between).join(map(text, parts)))


def _plain(value: str | float) -> str:
    return escape(clean(value)) if isinstance(value, str) else f"{value:.6g}"
