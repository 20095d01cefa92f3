"""The small pieces that every part of the page is made of."""

from __future__ import annotations

from edgetui.report.figures import Figures
from edgetui.report.markup import Markup, quote, tag


def figure(found: Figures, name: str, class_: str | None = None) -> Markup:
    """One figure, with its name: what is checked later. KeyError for one that nobody worked out."""
    return tag("span", found.named[name].shown, data_figure=name, class_=class_)


def simulated(speed: float) -> Markup:
    """``simulated`` where it is so: in every cell that holds something of such a board."""
    return tag("span", "simulated", class_="sim") if speed else Markup("")


def head(*names: str) -> Markup:
    """Heads of a table."""
    return tag("thead", tag("tr", *(tag("th", quote(name), scope="col") for name in names)))


def table(heads: tuple[str, ...], rows: list[Markup]) -> Markup:
    """A table that scrolls where the page is narrow."""
    return tag("div", tag("table", head(*heads), tag("tbody", *rows)), class_="wide")


def row(name: str, *cells: str) -> Markup:
    """One row with its head."""
    return tag("tr", tag("th", quote(name), scope="row"), *cells)
