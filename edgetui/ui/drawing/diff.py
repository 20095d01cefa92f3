"""Answers side by side: what is the same stands once, the others as their difference by words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from edgetui.model import Reply, hostile
from edgetui.model.run import GOOD
from edgetui.model.score import Score
from edgetui.ui.drawing.ink import Ink, Line, cells, fit, shorten
from edgetui.ui.drawing.wrap import wrap

ALIKE = 0.3
"""Below this share of common words a difference says less than the answer itself."""
MOST_DIFFERENT = 12
"""Different answers to one question that are shown."""
MOST_WORDS = 1500
"""Words of an answer that are compared; a longer one is shown as it is."""


@dataclass(frozen=True, slots=True)
class Same:
    """Replies that said the same, blanks and case aside."""

    text: str
    """As the first of them said it, clean; empty where there is no answer."""
    replies: tuple[Reply, ...]

    @property
    def who(self) -> str:
        """``rtx3060 ×5, pi5 ×4``."""
        boards = Counter(reply.request.board for reply in self.replies)
        names = (f"{board} ×{count}" if count > 1 else board for board, count in boards.items())
        return hostile.one_line(", ".join(names), 400)


def folded(replies: Iterable[Reply]) -> list[Same]:
    """The largest group of whole answers first; broken ones, told apart by their outcome, last."""
    groups: defaultdict[tuple[str, str], list[Reply]] = defaultdict(list)
    for reply in replies:
        said = hostile.clean(reply.text).strip()
        key = (" ".join(said.split()).casefold(), "" if reply.outcome in GOOD else reply.outcome)
        groups[key].append(reply)
    found = [Same(hostile.clean(group[0].text).strip(), tuple(group)) for group in groups.values()]
    return sorted(found, key=lambda same: (same.replies[0].outcome not in GOOD, not same.text, -len(same.replies)))


def answers_page(replies: Iterable[Reply], columns: int) -> list[Line]:
    """By task, item and model."""
    asked: defaultdict[tuple[str, str, str], list[Reply]] = defaultdict(list)
    for reply in replies:
        asked[reply.request.task, reply.request.item, reply.request.model].append(reply)
    lines: list[Line] = []
    for (task, item, model), group in asked.items():
        same = folded(group)
        count = f"{len(same)} different answers" if len(same) > 1 else "all the same"
        title = hostile.one_line(f"{task} / {item or 'no picture'} · {model}", 90)
        lines.append(fit([(title, "accent-strong"), (f"  {len(group)} replies, {count}", "muted")], columns))
        for number, each in enumerate(same[:MOST_DIFFERENT]):
            lines += [_who(each, columns), *_said(each, None if not number else same[0], columns)]
        if (more := len(same) - MOST_DIFFERENT) > 0:
            lines.append([(f"     and {more} more that differ; compare fewer replies to see them", "muted")])
        lines.append([])
    return lines


def _who(same: Same, columns: int) -> Line:
    scores = {r.score.short for r in same.replies if isinstance(r.score, Score)}
    verdict = scores.pop() if len(scores) == 1 else ""
    passed = {r.score.final[1] for r in same.replies if isinstance(r.score, Score)}
    outcome = same.replies[0].outcome
    line: Line = [(f"{len(same.replies):>3}× ", "strong"), (shorten(same.who, max(10, columns - 40)), "strong")]
    if verdict:
        line.append((f"  {verdict}", "good" if passed == {True} else "bad" if passed == {False} else "text"))
    if outcome not in GOOD:
        line.append((f"  {outcome}", "warn"))
    if any(reply.sim_speed for reply in same.replies):
        line.append(("  simulated", "muted"))
    return fit(line, columns)


def _said(same: Same, base: Same | None, columns: int) -> Iterator[Line]:
    if not same.text:
        reason = hostile.one_line(same.replies[0].reason or "no answer", 300)
        yield from _indented(wrap(reason, columns - 5), "muted")
    elif base is None or not base.text:
        for paragraph in same.text.replace("\t", " ").split("\n"):
            yield from _indented(wrap(paragraph, columns - 5), "text")
    else:
        yield from flowed(word_diff(base.text, same.text), columns, 5)


def _indented(rows: Iterable[str], ink: Ink) -> Iterator[Line]:
    return ([("     ", "text"), (row, ink)] for row in rows)


def word_diff(base: str, other: str) -> Line:
    """Words of ``other``; what it has beyond ``base`` as ``+word``, what it lacks as ``-word``."""
    mine, theirs = other.split(), base.split()
    if len(mine) > MOST_WORDS or len(theirs) > MOST_WORDS:
        return [(word, "text") for word in mine]
    out: Line = []
    matcher = SequenceMatcher(None, _bare(theirs), _bare(mine), autojunk=False)
    if matcher.ratio() < ALIKE:
        return [(word, "text") for word in mine]
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            out += [(word, "muted") for word in mine[c:d]]
            continue
        out += [(f"-{word}", "bad") for word in theirs[a:b]]
        out += [(f"+{word}", "good") for word in mine[c:d]]
    return out


def _bare(words: Sequence[str]) -> list[str]:
    return [word.casefold() for word in words]


def flowed(words: Line, columns: int, indent: int) -> Iterator[Line]:
    """Words as rows; a word that is longer than a row is cut."""
    row: Line = [(" " * indent, "text")]
    used = indent
    for text, ink in words:
        text = shorten(text, columns - indent - 1)
        if used + cells(text) + 1 > columns and used > indent:
            yield row
            row, used = [(" " * indent, "text")], indent
        row.append((text + " ", ink))
        used += cells(text) + 1
    yield row
