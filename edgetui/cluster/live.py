"""A run while it runs: written by the cluster's loop, read by any thread without locks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import edgetui
from edgetui.cluster.plan import Order, Question, plan_of
from edgetui.model import Phase, Reply, Request, RunRecord
from edgetui.model.own_time import own
from edgetui.model.progress import Progress, Usual

__all__ = ["LiveReply", "LiveRun", "Order", "Question", "in_turn", "make_run"]


@dataclass(slots=True, eq=False)
class LiveReply:
    """One cell in flight. ``pieces`` only grows, or is another list: a reader remembers how many it has drawn."""

    request: Request
    fired: float
    """time.monotonic() when the order was given."""
    salt: str = ""
    """What the nonce in its picture is made of when its turn comes; empty: it is sent as it is."""
    phase: Phase = "queued"
    phase_since: float = 0.0
    """time.monotonic()."""
    started: float | None = None
    """time.monotonic() when it left the queue; None while it waits."""
    asked: float | None = None
    """time.monotonic() when the timed request was about to be sent."""
    progress: Progress | None = None
    """What the board has told of it since; None: nothing."""
    usual: Usual | None = None
    """How long its first token took earlier; None: never measured there."""
    first_piece: float | None = None
    last_piece: float | None = None
    """time.monotonic() of the first and the last non-empty piece."""
    pieces: list[str] = field(default_factory=list)
    """The answer so far."""
    thinking: list[str] = field(default_factory=list)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """Of each piece: time.monotonic(), and its characters, negative where it is of ``thinking``."""
    told: str = ""
    """How far a script is, in its own words."""
    held: str = ""
    """Why it waits at the gate, with the reading; empty while nothing holds it."""
    peak_c: float | None = None
    """Hottest sample since it started."""
    throttled: str = ""
    """Letters of the throttles in force at any sample since it started, e.g. ``FT``."""
    sim_speed: float = 0.0
    """Of its board; 0: a real one, or it has not begun."""
    reply: Reply | None = None
    """Set last, after it has been committed to the Store: what is finished on screen is on disk."""

    @property
    def done(self) -> bool:
        """Finished, whatever the outcome, and stored."""
        return self.reply is not None

    def restart(self) -> None:
        """What came is dropped: it is asked again from the start."""
        self.phase, self.phase_since = "queued", time.monotonic()
        self.started = self.first_piece = self.last_piece = self.peak_c = None
        self.pieces, self.thinking, self.arrivals = [], [], []
        self.held = self.throttled = ""
        self.asked = self.progress = None

    def elapsed_s(self, now: float | None = None) -> float:
        """The board's own s since it left the queue (0 while it waits), up to now or to its end."""
        if self.reply is not None:
            return own("elapsed_s", self.reply.finished_at - self.reply.started_at, self.sim_speed)
        return self.since_s(self.started, time.monotonic() if now is None else now)

    def since_s(self, moment: float | None, now: float) -> float:
        """The board's own s from a moment until now, both time.monotonic(); 0 where it has not come yet."""
        return 0.0 if moment is None else own("since_s", max(0.0, now - moment), self.sim_speed)


@dataclass(slots=True, eq=False)
class LiveRun:
    """What was fired, and its cells."""

    id: str
    orders: tuple[Order, ...]
    """One for each task; they share models, boards and repeats."""
    fired_at: float
    """Unix s."""
    replies: tuple[LiveReply, ...]
    """By task, repeat, item, model, then in the order's order of boards. Repeats that turn out not to be needed are
    taken out."""
    session: str = ""
    """Another one each time it is gone on with: a picture that a board saw before a crash is never sent again."""
    paused: bool = False
    """What runs is finished, nothing is started."""

    @property
    def order(self) -> Order:
        """The first, and from the launcher the only one."""
        return self.orders[0]

    @property
    def done(self) -> bool:
        """Every cell has its Reply."""
        return all(r.done for r in self.replies)

    def record(self, *, simulated: bool) -> RunRecord:
        """The run as the Store keeps it; ``simulated``: whether any of its boards is."""
        order = self.order
        ends = [r.reply.finished_at for r in self.replies if r.reply]
        return RunRecord(
            id=self.id,
            fired_at=self.fired_at,
            finished_at=max(ends) if ends and self.done else None,
            tasks=tuple(o.task for o in self.orders),
            models=order.models,
            boards=order.boards,
            repeats=order.repeats,
            protocol=order.protocol.name,
            plan=plan_of(self.orders),
            edgetui_version=edgetui.__version__,
            simulated=simulated,
        )


def make_run(orders: Sequence[Order], ports: Mapping[str, int], resumed: RunRecord | None = None) -> LiveRun:
    """All cells of the orders, still ``queued``. ``ports``: board to the port of its Ollama.

    ``resumed``: the run that they belong to already.
    """
    now, session = time.time(), secrets.token_hex(4)
    run = time.strftime("%Y%m%d-%H%M%S-", time.localtime(now)) + session[:4]
    if resumed is not None:
        run, now = resumed.id, resumed.fired_at
    fired = time.monotonic()
    replies = tuple(
        LiveReply(
            request=Request(
                run=run,
                board=board,
                task=order.task,
                kind=order.kind,
                item=asked.item,
                runner=order.runner,
                model=model,
                repeat=repeat,
                prompt=asked.prompt or order.prompt,
                image=asked.image,
                image_sha256=asked.image_sha256,
                picture=asked.picture,
                metric=order.metric,
                truth=asked.truth,
                canary=asked.canary,
                options=order.options,
                timeout_s=order.timeout_s,
                port=ports[board],
                protocol=order.protocol,
                script=order.script,
            ),
            fired=fired,
            phase_since=fired,
        )
        for order in orders
        for repeat, asked, model, board in product(
            range(1, order.repeats + 1), order.items, order.models, order.boards
        )
    )
    return LiveRun(id=run, orders=tuple(orders), fired_at=now, replies=replies, session=session)


def in_turn(run: LiveRun) -> list[LiveReply]:
    """Cells in the order in which a board does them: model by model, so that none is loaded twice, repeats at last.

    Each board begins with another model, so that none has the advantage of the cold board. ``by_turns``: repeat by
    repeat, every other one in the opposite order of models.
    """
    order = run.order
    tasks = {each.task: number for number, each in enumerate(run.orders)}
    models = {name: number for number, name in enumerate(order.models)}
    boards = {name: number for number, name in enumerate(order.boards)}
    items = {(o.task, each.item): number for o in run.orders for number, each in enumerate(o.items)}

    def place(cell: LiveReply) -> tuple[int, ...]:
        r = cell.request
        turned = (models[r.model] - boards[r.board] - order.protocol.seed) % len(models)
        if order.protocol.by_turns:
            return tasks[r.task], items[r.task, r.item], r.repeat, turned if r.repeat % 2 else -turned
        return turned, tasks[r.task], items[r.task, r.item], r.repeat

    return sorted(run.replies, key=place)
