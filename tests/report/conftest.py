"""A small campaign in a real Store: one board too small, a throttled repeat, boxes on a picture, hostile words."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from edgetui.config import load
from edgetui.model import Metrics, Phases, Protocol, Reply, Request, RunRecord, Sample, Throttle, na
from edgetui.model.setup import Setup
from edgetui.report.checking import make
from edgetui.report.evidence import Evidence
from edgetui.report.making import gather
from edgetui.scoring import score
from edgetui.store import Store

EVIL = "There are 5 </td><script>alert(1)</script> & <img src=x onerror=alert(2)> | `*_\x1b[31m\u202e"
START = 1795230245.0


def sample(at: float, celsius: float, *, hot: bool = False) -> Sample:
    held = (Throttle("T", "now", "vcgencmd"),) if hot else ()
    return Sample(time=at, temperature_c=celsius, limit_c=80.0, throttle=held, power_w=6.5)


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (56, 56), "navy").save(out, "PNG")
    return out.getvalue()


def reply(board: str, task: str, repeat: int, e2e_s: float, text: str, **changes) -> Reply:
    counting = task == "count"
    request = Request(
        run="20261121-0304-ab",
        board=board,
        task=task,
        kind="counting" if counting else "grounding",
        item="five",
        model="qwen2.5vl:3b",
        repeat=repeat,
        prompt="How many <b>potholes</b>?" if counting else "Where is it?",
        image_sha256="" if counting else hashlib.sha256(picture()).hexdigest(),
        metric="exact-count" if counting else "iou",
        truth={"count": 5} if counting else {"label": "it", "box": [10, 10, 30, 30], "size": [56, 56]},
        protocol=Protocol(mode="burst"),
    )
    at = START + 10 * repeat
    made = Reply(
        request=request,
        outcome="ok",
        text=text,
        era="B",
        digest="fb90415cde1e",
        ollama_version="0.12.11",
        fired_at=START,
        started_at=at,
        finished_at=at + e2e_s,
        metrics=Metrics(e2e_s=e2e_s, ttft_s=e2e_s / 2, tok_per_s=100.0, t100_s=e2e_s, cold_load_s=0.351),
        samples=(sample(at, 61.5), sample(at + e2e_s, 72.25, hot="throttled" in changes.get("marks", ()))),
        sim_speed=20.0,
    )
    made = replace(made, figures=(("median_ms", 89.25), ("p99_ms", na("too few \ud83d"))), **changes)
    return replace(made, score=score(made))


def replies() -> list[Reply]:
    box = '{"bbox_2d": [11, 10, 31, 30]}'
    dead = {"outcome": "oom", "reason": "secret-host.example requires <more> memory", "metrics": Metrics()}
    waited = {"outcome": "timeout", "metrics": Metrics(), "phases": Phases(queue_s=1.0, total_s=31.0)}
    return [
        *(reply("rtx3060", "count", n, 0.12 + n / 1000, "5 potholes", sim_speed=20.0) for n in (1, 2, 3)),
        *(reply("pi5", "count", n, 6.0 + n / 10, EVIL) for n in (1, 2)),
        reply("pi5", "count", 3, 7.5, "about 4", marks=("throttled",)),
        *(reply("nano-2g", "count", n, 1.0, "", **dead) for n in (1, 2, 3)),
        reply("rtx3060", "find", 1, 0.25, box),
        reply("pi5", "find", 1, 1.0, "", **waited),
        replace(reply("nano-2g", "find", 1, 1.0, "", **dead), score=na("no answer")),
    ]


CONFIG = """
[store]
path = "edgetui.db"
[[board]]
name = "rtx3060"
host = "secret-host.example"
key = "secret-key"
reference = true
[[board]]
name = "pi5"
cooling = "bare"
ambient_c = 25.0
[[board]]
name = "nano-2g"
"""


@pytest.fixture
async def evidence(tmp_path: Path) -> Evidence:
    """Of the campaign, as it comes out of the Store."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    record = RunRecord(
        id="20261121-0304-ab",
        fired_at=START,
        tasks=("count", "find"),
        models=("qwen2.5vl:3b",),
        boards=("rtx3060", "pi5", "nano-2g"),
        repeats=3,
        protocol="burst-1",
        edgetui_version="0.1.0",
        simulated=True,
    )
    async with await Store.open(tmp_path / "edgetui.db") as store:
        await store.save_run(record)
        await store.save_pictures({hashlib.sha256(picture()).hexdigest(): picture()})
        for each in replies():
            await store.save_reply(each)
        nothing = dict.fromkeys((f.name for f in fields(Setup)), na("not told"))
        pi5 = {"run": record.id, "board": "pi5", "told_at": START, "kernel": "6.12.47", "ambient_c": 25.0}
        await store.save_setup(Setup(**{**nothing, **pi5, "clock_max_hz": 2.4e9, "sim_speed": 20.0}))
        return await gather(store, load(file), [record], now=START + 100)


@pytest.fixture
def folder(tmp_path: Path, evidence: Evidence) -> Path:
    """A report."""
    make(evidence, tmp_path / "report")
    return tmp_path / "report"
