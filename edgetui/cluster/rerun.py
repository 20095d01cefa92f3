"""A stored run as it was while it ran: what its cells showed at any moment. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edgetui.cluster.legible import checked_reply
from edgetui.cluster.live import LiveReply, LiveRun, Order, Question
from edgetui.model import Phase, Reply, RunRecord, known
from edgetui.store import StoredReply

_PHASES: tuple[Phase, ...] = ("gate", "load", "upload", "encode", "prefill", "decode")


class Rerun:
    """Shows one run as of a moment by changing its LiveRun in place, as the cluster does while it runs.

    ``stored`` must not be empty. Raises ValueError for what is no reply.
    """

    def __init__(self, record: RunRecord, stored: Sequence[StoredReply]) -> None:
        self.fired_at = record.fired_at
        self._cells = [_Cell(each) for each in sorted(stored, key=lambda s: _place(record, s.reply))]
        self._ended_at = max(cell.reply.finished_at for cell in self._cells)
        self._at = -1.0
        self.run = LiveRun(
            id=record.id,
            orders=tuple(_order(record, task, stored) for task in record.tasks),
            fired_at=record.fired_at,
            replies=tuple(cell.live for cell in self._cells),
        )

    @property
    def moments(self) -> set[float]:
        """When it was fired and when its cells ended, Unix s."""
        return {self.fired_at, *(cell.reply.finished_at for cell in self._cells)}

    def show(self, at: float, mono: float) -> bool:
        """Make it as it was at ``at``, Unix s, which is ``mono`` on the clock of live replies.

        True where something was taken back: then those cells are other objects than before.
        """
        before, self._at = self._at, at
        if max(before, at) < self.fired_at or min(before, at) >= self._ended_at:
            return False
        back = [cell.show(at, mono) for cell in self._cells]
        if any(back):
            self.run.replies = tuple(cell.live for cell in self._cells)
        return any(back)


class _Piece(NamedTuple):
    at: float
    text: str
    thinking: bool


class _Cell:
    def __init__(self, stored: StoredReply) -> None:
        self.reply = checked_reply(stored.reply)
        self._stored = stored
        self._pieces = list(_pieces(stored.reply))
        self._times = [piece.at for piece in self._pieces]
        self._begins = list(_begins(stored.reply))
        self.live = LiveReply(stored.reply.request, 0.0, sim_speed=stored.reply.sim_speed)

    def show(self, at: float, mono: float) -> bool:
        reply, shift = self.reply, mono - at
        come = bisect_right(self._times, at)
        ended, began = at >= reply.finished_at, at >= reply.started_at
        before = self.live
        if come < len(before.arrivals) or (before.done and not ended) or (before.started is not None and not began):
            self.live = LiveReply(reply.request, 0.0, sim_speed=reply.sim_speed)
        live = self.live
        live.fired = reply.fired_at + shift
        live.phase_since = live.fired
        self._hear(come, shift)
        if began:
            live.started = reply.started_at + shift
            live.phase, since = self._phase(at, come)
            live.phase_since = since + shift
        if ended:
            live.phase, live.peak_c, live.throttled = "done", self._stored.peak_c, self._stored.throttled
            live.reply = reply
        return live is not before

    def _hear(self, come: int, shift: float) -> None:
        live = self.live
        for piece in self._pieces[len(live.arrivals) : come]:
            (live.thinking if piece.thinking else live.pieces).append(piece.text)
            live.arrivals.append((piece.at, len(piece.text)))
        if come:
            live.first_piece, live.last_piece = self._times[0] + shift, self._times[come - 1] + shift

    def _phase(self, at: float, come: int) -> tuple[Phase, float]:
        """The phase at ``at`` and since when, Unix s: as measured, but text is proof of ``decode``."""
        phase, since = [(p, s) for p, s in self._begins if s <= at][-1]
        return ("decode", self._times[0]) if come and phase != "decode" else (phase, since)


def _pieces(reply: Reply) -> Iterator[_Piece]:
    """What came when; text of which that was not kept comes at the end."""
    text = thoughts = 0
    for after_s, characters in reply.arrivals:
        at = reply.started_at + after_s
        if characters > 0:
            yield _Piece(at, reply.text[text : text + characters], False)
            text += characters
        else:
            yield _Piece(at, reply.thinking[thoughts : thoughts - characters], True)
            thoughts -= characters
    for rest, thinking in ((reply.thinking[thoughts:], True), (reply.text[text:], False)):
        if rest:
            yield _Piece(reply.finished_at, rest, thinking)


def _begins(reply: Reply) -> Iterator[tuple[Phase, float]]:
    """When each phase began, Unix s; one that was not measured took no time."""
    at = reply.started_at
    for phase in _PHASES:
        spent = getattr(reply.phases, f"{phase}_s")
        if phase == "gate" or known(spent):
            yield phase, at
        at += spent if known(spent) else 0.0


def _place(record: RunRecord, reply: Reply) -> tuple[object, ...]:
    """Where a cell stands among those of its run: as ``make_run`` orders them."""
    r = reply.request
    return record.tasks.index(r.task), r.repeat, r.item, record.models.index(r.model), record.boards.index(r.board)


def _order(record: RunRecord, task: str, stored: Sequence[StoredReply]) -> Order:
    """What was asked, without the pictures."""
    asked = [s.reply.request for s in stored if s.reply.request.task == task]
    items = {r.item: r.image_sha256 for r in asked}
    return Order(
        task=task,
        kind="",
        prompt=asked[0].prompt if asked else "",
        items=tuple(Question(name, b"", digest) for name, digest in items.items()),
        models=record.models,
        boards=record.boards,
        repeats=record.repeats,
    )
