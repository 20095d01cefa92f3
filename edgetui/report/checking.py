"""Writes a report, and works every figure of one out again from its raw files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import edgetui
from edgetui.errors import TaskError
from edgetui.model import NA
from edgetui.model.hostile import one_line
from edgetui.model.score import Score
from edgetui.report.evidence import Evidence, changed, read, write
from edgetui.report.figures import Figures, figures_of
from edgetui.report.markdown import markdown
from edgetui.report.markup import VOID
from edgetui.report.page import page
from edgetui.scoring import find_metric, score

FIGURES = "figures.json"
PAGE = "report.html"
PLAIN = "report.md"
_NONSENSE = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError)
"""What raw files that somebody changed may make the reckoning stumble over."""


def make(evidence: Evidence, folder: Path) -> None:
    """Raw files, figures and pages. What is read from the raw files later equals ``evidence``."""
    write(evidence, folder)
    found = figures_of(evidence)
    named = {name: figure.to_json() for name, figure in found.named.items()}
    (folder / FIGURES).write_text(json.dumps(named, indent=0) + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(found), encoding="utf-8")
    (folder / PLAIN).write_text(markdown(found), encoding="utf-8")


def verify(folder: Path) -> list[str]:
    """What does not hold, a sentence each; empty: everything is equal."""
    try:
        said = [f"raw/{one_line(name)} is not the file that was written" for name in changed(folder)]
        evidence = read(folder)
        found = figures_of(evidence)
    except _NONSENSE as error:
        return [f"no figure holds, for the raw files cannot be worked out: {one_line(str(error), 300)}"]
    try:
        written = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        wrong = [*_against_figures(written, found), *_against_pages(folder, written, found), *_scored(found)]
    except (OSError, *_NONSENSE) as error:
        return [*said, f"the report cannot be read: {one_line(str(error), 300)}"]
    if said and not wrong:
        wrong = ["every figure still holds: none depends on what was changed"]
    return [*said, *wrong]


def _against_figures(written: Mapping[str, Any], found: Figures) -> Iterator[str]:
    """Those of figures.json; another version may show more than that."""
    ours = found.evidence.settings["edgetui_version"] == edgetui.__version__
    for name in dict.fromkeys([*written, *(found.named if ours else ())]):
        now = found.named.get(name)
        then = written.get(name)
        if then and now and then["shown"] == now.shown and then != now.to_json():
            yield one_line(
                f"figure {name} holds, but {FIGURES} tells another definition or other replies of it", 600
            )
        elif then != (now and now.to_json()):
            yield _differs(FIGURES, name, then and then["shown"], now.shown if now else None)


def _differs(where: str, name: str, then: str | None, now: str | None) -> str:
    told = f"says {then!r}" if then is not None else "does not have it"
    holds = f"the raw files give {now!r}" if now is not None else "the raw files do not give it"
    return one_line(f"figure {name} no longer holds: {where} {told}, {holds}", 600)


def _against_pages(folder: Path, written: Mapping[str, Any], found: Figures) -> Iterator[str]:
    """Figures in the HTML that are wrong, and not as those ``written``; where all hold, each page as a whole."""
    html = (folder / PAGE).read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(html)
    now = {name: figure.shown for name, figure in found.named.items()}
    wrong = [(name, then) for name, then in dict.fromkeys(reader.figures) if now.get(name) != then]
    for name, then in wrong:
        if then != written.get(name, {}).get("shown"):
            yield _differs(PAGE, name, then, now.get(name))
    if wrong or found.evidence.settings["edgetui_version"] != edgetui.__version__:
        return  # another version draws another page around the same figures
    if place := _first_difference(html, page(found)):
        yield f"{PAGE} is not what the raw files give, near: {place}"
    if place := _first_difference((folder / PLAIN).read_text(encoding="utf-8"), markdown(found)):
        yield f"{PLAIN} is not what the raw files give, near: {place}"


def _first_difference(then: str, now: str) -> str:
    """The words around it; empty where both are equal."""
    if then == now:
        return ""
    place = next((i for i, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), min(len(then), len(now)))
    return one_line(then[max(0, place - 60) : place + 30]) or "its end"


def _scored(found: Figures) -> Iterator[str]:
    """Scores of rules that are still the same, judged again."""
    for number, reply in enumerate(found.replies, 1):
        then = reply.score
        if not isinstance(then, Score) or not then.metric:
            continue
        try:
            if find_metric(then.metric).version != then.version:
                continue
        except TaskError:
            continue
        now = score(reply)
        if isinstance(now, NA) or (now.value, now.passed, now.span) != (then.value, then.passed, then.span):
            told = now if isinstance(now, NA) else now.short
            yield f"figure reply/{number}/score no longer holds: its rule says {told} of this answer"


class _Reader(HTMLParser):
    """Collects what stands in elements that are named as figures."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self._open: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        name = dict(attrs).get("data-figure")
        self._open.append(name)
        if name is not None:
            self.figures.append((name, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """``<rect/>``: nothing is inside."""

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] is not None:
            name, words = self.figures[-1]
            self.figures[-1] = (name, words + data)
