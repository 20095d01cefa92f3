"""Every answer: what was asked, what was said, which words of it counted and why."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Sequence

from edgetui.errors import TaskError
from edgetui.model import NA, Reply
from edgetui.model.hostile import clean, one_line
from edgetui.model.score import Detail, Score
from edgetui.report.figures import Figures
from edgetui.report.markup import Markup, joined, quote, tag
from edgetui.report.shown import figure, row, simulated, table
from edgetui.tasks.picture import picture_size

LONGEST = 4000
"""Characters of an answer that are shown; the raw file has all of them."""


def answers(found: Figures) -> Markup:
    """By task and item; whoever said the same with the same verdict shares a row."""
    items: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, reply in enumerate(found.replies, 1):
        asked = reply.request
        items[asked.task, asked.item, asked.prompt, asked.image_sha256].append(number)
    parts, task = [], ""
    for (name, item, *_), numbers in items.items():
        if name != task:
            parts.append(tag("h3", quote(name)))
            task = name
        parts.append(_item(found, item, numbers))
    return joined(*parts)


def _item(found: Figures, item: str, numbers: Sequence[int]) -> Markup:
    asked = found.replies[numbers[0] - 1].request
    truth = "nobody wrote it down" if asked.truth is None else json.dumps(dict(asked.truth), ensure_ascii=False)
    left = [_picture(found, asked.image_sha256, numbers)]
    left += [
        tag(
            "p",
            tag("b", quote(item)),
            " ",
            tag("span", "easy for any model", class_="small") if asked.canary else "",
        )
    ]
    left += [tag("p", quote(f"“{one_line(asked.prompt, 600)}”")), tag("p", "Truth: ", quote(one_line(truth, 300)))]
    groups: dict[tuple[object, ...], list[int]] = {}
    for number in numbers:
        groups.setdefault(_same(found.replies[number - 1]), []).append(number)
    rows = [_answer(found, group) for group in groups.values()]
    heads = ("model", "board, each repeat", "answer", "score")
    return tag("div", tag("div", *left), table(heads, rows), class_="item")


def _same(reply: Reply) -> tuple[object, ...]:
    asked, score = reply.request, reply.score
    told: tuple[object, ...] = (str(score),)
    if isinstance(score, Score):
        told = score.short, score.rule, score.span, score.details, score.marks, score.overruled
    return asked.model, asked.protocol.mode, reply.outcome, reply.reason, reply.text, told, reply.sim_speed


def _answer(found: Figures, numbers: Sequence[int]) -> Markup:
    first = found.replies[numbers[0] - 1]
    sim = simulated(first.sim_speed)
    boards: dict[str, list[int]] = {}
    for number in numbers:
        boards.setdefault(found.replies[number - 1].request.board, []).append(number)
    who = [tag("div", tag("b", quote(name)), " ", _times(found, each)) for name, each in boards.items()]
    return row(
        first.request.model,
        tag("td", *who, sim),
        tag("td", tag("div", _said(first), class_="answer"), sim),
        tag("td", *_judged(found, first, numbers[0]), " ", sim),
    )


def _times(found: Figures, numbers: Sequence[int]) -> Markup:
    times = joined(*(figure(found, f"reply/{number}/time") for number in numbers), between=" · ")
    printed = [
        tag(
            "div",
            joined(*(figure(found, f"reply/{number}/{each}") for each in _printed(found, number)), between=" · "),
        )
        for number in numbers
        if _printed(found, number)
    ]
    if not printed:
        return times
    return joined(
        times, tag("details", tag("summary", "what its script measured"), *printed, class_="small"), between=""
    )


def _printed(found: Figures, number: int) -> list[str]:
    """Names of what a script said of itself."""
    return [one_line(name, 80) for name, _ in found.replies[number - 1].figures]


def _said(reply: Reply) -> Markup:
    words = clean(reply.text)
    if not words.strip():
        return quote(f"({one_line(reply.reason) or reply.outcome})")
    begin, end = (0, 0)
    if isinstance(reply.score, Score) and reply.score.span is not None:
        begin, end = reply.score.span
    cut = words[:LONGEST]
    marked = tag("mark", cut[begin:end]) if end > begin else Markup("")
    rest = "…" if len(words) > LONGEST else ""
    why = [tag("span", one_line(reply.reason), class_="small")] if reply.reason else []
    return tag("span", cut[:begin], marked, cut[end:] if end > begin else cut[begin:], rest, *why, data_quote="")


def _judged(found: Figures, reply: Reply, number: int) -> list[Markup]:
    score = reply.score
    if not isinstance(score, Score):
        return [figure(found, f"reply/{number}/score", "none"), tag("span", quote(score.reason), class_="small")]
    passed = score.final[1]
    shown = figure(found, f"reply/{number}/score", {True: "good", False: "bad", None: "none"}[passed])
    why = [one_line(score.rule, 400)]
    if isinstance(score.value, NA):
        why.append(one_line(score.value.reason, 400))
    why += [f"{name}: {_plain(value)}" for name, value in score.details if value != ()]
    why += [", ".join(score.marks)] if score.marks else []
    if score.overruled is not None:
        why.append(f"a person said: {one_line(score.overruled.why, 400)}")
    return [shown, *(tag("span", quote(words), class_="small") for words in why)]


def _plain(value: Detail) -> str:
    each = value if isinstance(value, tuple) else (value,)
    return one_line(", ".join(part if isinstance(part, str) else f"{part:.4g}" for part in each))


def _picture(found: Figures, digest: str, numbers: Sequence[int]) -> Markup:
    data = found.evidence.pictures.get(digest)
    if data is None:
        return Markup("")
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    source = f"data:image/{kind};base64,{b64encode(data).decode()}"
    boxes = _boxes(found, numbers)
    try:
        size = picture_size(data)
    except TaskError:
        return Markup("")
    if not boxes:
        return tag("img", src=source, alt="the picture that was asked about")
    inside = [tag("image", href=source, width=float(size[0]), height=float(size[1])), *boxes]
    return tag("svg", *inside, viewBox=f"0 0 {size[0]} {size[1]}", class_="seen", role="img", aria_label="boxes")


def _boxes(found: Figures, numbers: Sequence[int]) -> list[Markup]:
    """The true box in white, what boards said in colour."""
    truth = found.replies[numbers[0] - 1].request.truth or {}
    drawn = [_box(truth["box"], "true", "true")] if "box" in truth else []
    said: dict[tuple[float, ...], list[str]] = {}
    for number in numbers:
        reply = found.replies[number - 1]
        box = dict(reply.score.details).get("box_px") if isinstance(reply.score, Score) else None
        if isinstance(box, tuple) and len(box) == 4:
            names = said.setdefault(tuple(float(edge) for edge in box), [])
            names.append(f"{reply.request.board}, {reply.request.model}")
    return [*drawn, *(_box(box, "said", "; ".join(dict.fromkeys(names))) for box, names in said.items())]


def _box(box: Sequence[float], class_: str, title: str) -> Markup:
    x1, y1, x2, y2 = (float(edge) for edge in box)
    size = {"x": x1, "y": y1, "width": max(0.0, x2 - x1), "height": max(0.0, y2 - y1)}
    return tag("g", tag("title", title, data_quote=""), tag("rect", **size, class_=class_))
