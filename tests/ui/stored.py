"""An app over a fake Background with a real Store that holds a small campaign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from edgetui.model import Metrics, Protocol, Reply, Request, RunRecord, na
from edgetui.model.score import Score
from edgetui.store import Store
from tests.ui import fake
from tests.ui.stage import Stage, staged

T = TypeVar("T")
TIMES = {"rtx3060": 2.5, "orin-nano": 4.0, "pi5": 120.0, "pi4-8g": 302.0}
MODELS = ("qwen2.5vl:3b", "moondream:1.8b")
OLD, NEW = "20260527-1000-aaaa", "20260528-1000-bbbb"


def reply(board: str, model: str, n: int, run: str = NEW, **more: Any) -> Reply:
    """A reply of the published order: the larger the board, the faster; pi4-8g throttles and miscounts."""
    hot = board == "pi4-8g"
    e2e = TIMES[board] * (1 + n / 50) * (0.5 if model.startswith("moon") else 1.0)
    text = "There are 4 potholes in the road." if hot else "There are 5 potholes in the road."
    fields: dict[str, Any] = {
        "request": Request(
            run=run,
            board=board,
            task="count-potholes",
            kind="counting",
            item="five",
            model=model,
            repeat=n,
            prompt="How many potholes are in the road?",
            metric="exact-count",
            truth={"count": 5},
            protocol=Protocol(mode="burst"),
        ),
        "outcome": "ok",
        "text": text,
        "fired_at": fake.NOW - 3600 + n,
        "started_at": fake.NOW - 3600 + n,
        "finished_at": fake.NOW - 3600 + n + e2e,
        "metrics": Metrics(
            e2e_s=e2e, ttft_s=e2e / 4, tok_per_s=80 / e2e, t100_s=e2e * 2, prompt_tokens=812.0, output_tokens=61.0
        ),
        "samples": (fake.sample(board, fake.NOW - 3600 + n + 1, 60.0 + 4 * n + 12 * hot),),
        "marks": ("throttled",) if hot else (),
        "score": Score(
            metric="exact-count",
            version=1,
            value=0.0 if hot else 1.0,
            passed=not hot,
            rule="the number that the answer gives",
            span=(10, 11),
            truth="5",
        ),
        "sim_speed": 20.0,
    }
    return Reply(**(fields | more))


async def campaign(store: Store, repeats: int = 5) -> None:
    """An older run of the Pi 5 alone, and a new one of four boards and two models."""
    names = {"tasks": ("count-potholes",), "models": MODELS, "repeats": repeats, "protocol": "burst-1"}
    for run, boards in ((OLD, ("pi5",)), (NEW, tuple(TIMES))):
        began = fake.NOW - (90_000 if run == OLD else 3600)
        await store.save_run(RunRecord(id=run, fired_at=began, boards=boards, simulated=True, **names))  # type: ignore[arg-type]
        for n in range(1, repeats + 1):
            for model in MODELS:
                for board in boards:
                    await store.save_reply(reply(board, model, n, run))
    broken = reply("pi4-8g", MODELS[0], repeats + 1, outcome="oom", text="", reason="killed for memory", marks=())
    lost = Metrics(e2e_s=na("did not get that far"))
    await store.save_reply(replace(broken, metrics=lost, score=na("no whole answer: oom"), samples=()))


@asynccontextmanager
async def stored(tmp_path: Path, **more: Any) -> AsyncIterator[tuple[Stage, Store]]:
    """The stage, with what ``campaign`` stored."""
    async with await Store.open(tmp_path / "edgetui.db") as store, staged(tmp_path, **more) as stage:
        await campaign(store)
        loop = asyncio.get_running_loop()

        def consult(question: Callable[[Store], Coroutine[Any, Any, T]]) -> Future[T]:
            return asyncio.run_coroutine_threadsafe(question(store), loop)

        stage.background.consult = consult  # type: ignore[attr-defined]
        yield stage, store
