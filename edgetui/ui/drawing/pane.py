"""One board's answer as a pane: header in the upper edge, figures in the lower one, text between."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import NA, Reading, hostile, known
from edgetui.model.own_time import all_own, own
from edgetui.model.score import Score
from edgetui.ui.drawing import numbers, script, words
from edgetui.ui.drawing.box import boxed
from edgetui.ui.drawing.ink import Ink, Line, cells, plain, shorten, width
from edgetui.ui.drawing.silence import silence
from edgetui.ui.drawing.work import held_words, phase_words, pieces_per_second
from edgetui.ui.drawing.wrap import Wrapped, wrap

FIGURES_S = 0.5
"""So long the figures of a running answer stand still: nobody reads digits that change with every frame."""


class Answer:
    """A live reply as wrapped rows: ``read`` takes in what has come since the last time."""

    def __init__(self, live: LiveReply, columns: int) -> None:
        self.live = live
        self.columns = columns
        self._figures = ("", "", "")
        self._figured = 0.0
        self._begin()

    def _begin(self) -> None:
        self._text, self._thinking = Wrapped(self.columns), Wrapped(self.columns)
        self._drawn, self._heard = [0, 0], self.live.pieces

    def read(self) -> bool:
        """True where there is something new."""
        grown = False
        if self._heard is not self.live.pieces:  # it is asked again
            self._begin()
        for index, pieces, wrapped in ((0, self.live.pieces, self._text), (1, self.live.thinking, self._thinking)):
            count = len(pieces)
            if count > self._drawn[index]:
                wrapped.append(hostile.clean("".join(pieces[self._drawn[index] : count])))
                self._drawn[index] = count
                grown = True
        return grown

    def tail(self, count: int) -> tuple[list[Line], int]:
        """The last ``count`` rows and how many stand above them: the answer, then why it failed.

        While there is no answer, what the model thinks.
        """
        ink: Ink = "text" if self._drawn[0] else "muted"
        rows = (self._text if self._drawn[0] else self._thinking).rows
        filled = len(rows) if rows != [""] else 0
        reason = self.reason()
        if (
            not reason and filled + len(why := self.verdict()) <= count
        ):  # where it does not fit the answer is worth more
            reason = why
        if len(reason) > count:
            reason = [*reason[: count - 1], [(shorten(plain(reason[count - 1]) + " …", self.columns), "bad")]]
        kept = max(0, count - len(reason))
        shown: list[Line] = [[(row, ink)] for row in rows[max(0, filled - kept) : filled]]
        return [*shown, *reason][-count:], max(0, filled + len(reason) - count)

    def figures(self, mono: float) -> tuple[str, str, str]:
        """(tok/s, tokens, TTFT) as words; while it runs, as of at most ``FIGURES_S`` before ``mono``."""
        if self.live.done or mono - self._figured >= FIGURES_S or not self._figures[1]:
            self._figures, self._figured = _figures(self.live), mono
        return self._figures

    def everything(self) -> list[Line]:
        """All rows of the answer, and why it failed."""
        return self.tail(1 << 30)[0]

    def thoughts(self) -> list[Line]:
        """What the model thought before it answered."""
        return [[(row, "muted")] for row in self._thinking.rows] if self._drawn[1] and self._drawn[0] else []

    def reason(self) -> list[Line]:
        """Why it is not ``ok``, in words."""
        reply = self.live.reply
        if reply is None:
            return []
        if reply.reason:
            ink = words.outcome(reply.outcome)[1]
            return [[(row, ink)] for row in wrap(hostile.one_line(reply.reason, 400), self.columns)]
        return []

    def verdict(self) -> list[Line]:
        """Why an answer is not right: the rule and the truth, or what a person said. Of a script: its figures."""
        if self.live.reply is not None and self.live.request.script is not None:
            return [[(row, "text")] for row in script.rows(self.live.reply)]
        score = self.live.reply.score if self.live.reply else None
        if not isinstance(score, Score) or score.final[1]:
            return []
        if score.overruled:
            why = score.overruled.why
        elif isinstance(score.value, NA):
            why = score.value.reason
        else:
            why = f"{score.rule}; truth: {score.truth}"
        return [[(row, "muted")] for row in wrap(hostile.one_line(why, 400), self.columns)]


def header(live: LiveReply, mono: float, current_c: Reading, columns: int) -> tuple[Line, Line]:
    """(left, right) of the upper edge: outcome and board; phase and stopwatch."""
    board, reply = live.request.board, live.reply
    if reply is None:
        waits = live.phase == "queued"
        mark: Line = [(words.WAITING + " ", "muted")] if waits else [(words.RUNNING + " ", "accent")]
        left: Line = [*mark, (shorten(board, max(6, columns - 24)), "strong")]
        right: Line = [(phase_words(live, mono), "muted" if waits else "accent")]
        if not waits and live.elapsed_s(mono) - live.since_s(live.phase_since, mono) > 1:
            right.append((f" of {numbers.stopwatch(live.elapsed_s(mono))}", "muted"))
        return left, right
    glyph, ink = words.outcome(reply.outcome)
    passed = reply.score.final[1] if isinstance(reply.score, Score) else None
    said: Line = [(reply.outcome, ink)]
    if isinstance(reply.score, Score) and passed is not None:
        verdict = words.verdict(reply.score)
        said = [verdict] if reply.outcome == "ok" else [*said, (" · ", "muted"), verdict]
    if reply.outcome == "ok" and passed is False:
        glyph, ink = "!", "warn"
    left = [(glyph + " ", ink), (shorten(board, max(6, columns - 30)), "strong"), (" ", ink), *said]
    e2e = own("e2e_s", reply.metrics.e2e_s, reply.sim_speed)
    return left, [(numbers.seconds(e2e if known(e2e) else live.elapsed_s()), "text")]


def figures(answer: Answer, mono: float, current_c: Reading, cpu_percent: Reading, columns: int) -> Line:
    """Throttle, tok/s, TTFT, temperature, tokens, or CPU while there are none: what has room, in this order."""
    live = answer.live
    parts: list[Line] = []
    if live.throttled:
        parts.append([(f"▲ {live.throttled}", "bad")])
    scripted = live.request.script is not None
    if scripted:
        parts += script.parts(live)
    rate, tokens, ttft = ("", "", "") if scripted else answer.figures(mono)
    if rate:
        parts.append([(rate, "text"), (" tok/s", "muted")])
    if ttft:
        parts.append([("ttft ", "muted"), (ttft, "text")])
    if temperature := _temperature(live, current_c):
        parts.append([(temperature, "text")])
    if tokens:
        parts.append([(tokens, "text"), (" tok", "muted")])
    elif live.reply is None and live.started is not None and known(cpu_percent):
        parts.append([("CPU ", "muted"), (numbers.percent(cpu_percent), "text")])
    line: Line = []
    for part in parts:
        if width(line) + width(part) + 2 <= columns:
            line += [("  ", "text"), *part] if line else part
    return line


def _figures(live: LiveReply) -> tuple[str, str, str]:
    """(tok/s, tokens, TTFT) as words; measured by the server once done, with ``~`` before."""
    if live.reply is not None:
        m = all_own(live.reply.metrics, live.reply.sim_speed)
        values = (
            (m.tok_per_s, numbers.per_second),
            (m.output_tokens, _whole),
            (m.ttft_s, numbers.seconds),
        )
        rate, tokens, ttft = ("" if isinstance(v, NA) else show(v) for v, show in values)
        return rate, tokens, ttft
    now = pieces_per_second(live)
    count = len(live.pieces) + len(live.thinking)
    return f"~{numbers.per_second(now)}" if now else "", f"~{count}" if count else "", ""


def _whole(value: Reading) -> str:
    return f"{value:.0f}" if known(value) else numbers.NOT_KNOWN


def _temperature(live: LiveReply, current_c: Reading) -> str:
    peak = live.peak_c
    if live.reply is not None:
        return f"peak {peak:.0f}°" if peak is not None else ""
    if not known(current_c):
        return ""
    return f"{current_c:.0f}°" + (f" peak {peak:.0f}°" if peak is not None and peak > current_c + 1 else "")


def _silent(live: LiveReply, mono: float, columns: int, rows: int) -> list[Line]:
    """What it does, or waits for, while there is nothing to read."""
    if live.held:
        return [[(row, "warn")] for row in wrap(held_words(live, live.held, mono), columns)[:rows]]
    if live.request.script is not None:
        return [[(script.doing(live) or words.PHASE[live.phase], "muted")]]
    return silence(live, mono, columns, rows)


def pane(
    answer: Answer,
    columns: int,
    rows: int,
    *,
    focus: bool,
    mono: float,
    current_c: Reading,
    cpu_percent: Reading,
    done: str,
    comparison: str,
) -> list[Line]:
    """Exactly ``rows`` lines. ``done``: ``2/6`` where the board has several cells; ``comparison`` may be empty."""
    live = answer.live
    left, right = header(live, mono, current_c, columns)
    if done:
        right = [(f"{done}  ", "muted"), *right]
    room = rows - 2
    tail: list[Line] = [[(shorten(comparison, columns - 4), "muted")]] if comparison and room >= 3 else []
    shown, hidden = answer.tail(room - len(tail))
    if not shown and live.reply is None:
        shown = _silent(live, mono, columns - 4, room - len(tail))
    shown = [*shown, *([] for _ in range(room - len(tail) - len(shown))), *tail]
    over = f"↑{hidden}" if hidden else ""
    foot = figures(answer, mono, current_c, cpu_percent, columns - 6 - (cells(over) + 2 if over else 0))
    return boxed(
        shown,
        columns,
        rows,
        ink="accent" if focus else "grid",
        heavy=focus,
        title=left,
        title_right=right,
        foot=foot,
        foot_right=[(over, "muted")] if over else [],
    )
