"""A run while it runs: written by the cluster's loop, read by any thread without locks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

import edgetui
from edgetui.model import Options, Phase, Reply, Request, RunRecord


class Question(NamedTuple):
    """One item of an order."""

    item: str
    image: bytes = b""
    """As sent; empty without a picture."""
    image_sha256: str = ""
    prompt: str = ""
    """Empty: the order's."""
    truth: Mapping[str, Any] | None = None
    """None: the answer is not scored."""
    canary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person asked for: one task's items on boards with models, so many times."""

    task: str
    kind: str
    runner: str = "ollama"
    prompt: str
    metric: str = ""
    """How answers are scored; empty: they are not."""
    items: tuple[Question, ...]
    models: tuple[str, ...]
    boards: tuple[str, ...]
    """In the order in which they are to be shown: the reference board first."""
    repeats: int = 1
    options: Options = field(default_factory=Options)
    timeout_s: float = 1800.0


@dataclass(slots=True, eq=False)
class LiveReply:
    """One cell in flight. ``pieces`` only grows: a reader remembers how many it has drawn."""

    request: Request
    fired: float
    """time.monotonic() when the order was given."""
    phase: Phase = "queued"
    phase_since: float = 0.0
    """time.monotonic()."""
    started: float | None = None
    """time.monotonic() when it left the queue; None while it waits."""
    first_piece: float | None = None
    last_piece: float | None = None
    """time.monotonic() of the first and the last non-empty piece."""
    pieces: list[str] = field(default_factory=list)
    """The answer so far."""
    thinking: list[str] = field(default_factory=list)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """Of each piece: time.monotonic(), and its characters, negative where it is of ``thinking``."""
    held: str = ""
    """Why it waits at the gate, with the reading; empty while nothing holds it."""
    peak_c: float | None = None
    """Hottest sample since it started."""
    throttled: str = ""
    """Letters of the throttles in force at any sample since it started, e.g. ``FT``."""
    reply: Reply | None = None
    """Set last, after it has been committed to the Store: what is finished on screen is on disk."""

    @property
    def done(self) -> bool:
        """Finished, whatever the outcome, and stored."""
        return self.reply is not None

    def elapsed_s(self, now: float | None = None) -> float:
        """Host s since it left the queue (0 while it waits), up to now or to its end."""
        if self.reply is not None:
            return self.reply.finished_at - self.reply.started_at
        if self.started is None:
            return 0.0
        return (time.monotonic() if now is None else now) - self.started


@dataclass(slots=True, eq=False)
class LiveRun:
    """What was fired, and its cells."""

    id: str
    orders: tuple[Order, ...]
    """One for each task; they share models, boards and repeats."""
    fired_at: float
    """Unix s."""
    replies: tuple[LiveReply, ...]
    """By task, repeat, item, model, then in the order's order of boards."""

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
            finished_at=max(ends) if self.done else None,
            tasks=tuple(o.task for o in self.orders),
            models=order.models,
            boards=order.boards,
            repeats=order.repeats,
            edgetui_version=edgetui.__version__,
            simulated=simulated,
        )


def make_run(orders: Sequence[Order], ports: Mapping[str, int]) -> LiveRun:
    """All cells of the orders, still ``queued``. ``ports``: board to the port of its Ollama."""
    now = time.time()
    run = time.strftime("%Y%m%d-%H%M%S-", time.localtime(now)) + secrets.token_hex(2)
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
                metric=order.metric,
                truth=asked.truth,
                canary=asked.canary,
                options=order.options,
                timeout_s=order.timeout_s,
                port=ports[board],
            ),
            fired=fired,
            phase_since=fired,
        )
        for order in orders
        for repeat, asked, model, board in product(
            range(1, order.repeats + 1), order.items, order.models, order.boards
        )
    )
    return LiveRun(id=run, orders=tuple(orders), fired_at=now, replies=replies)
