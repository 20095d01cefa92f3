"""What of a Store is handed on in a report: nothing that names this machine, its users or the boards' addresses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgetui.cli.record import hider
from edgetui.cluster.plan import Order, Question, plan_of
from edgetui.config import load
from edgetui.model import Metrics, na
from edgetui.model.script import Script
from edgetui.report.checking import make, verify
from edgetui.report.evidence import Evidence, read
from edgetui.report.making import gather
from edgetui.store import Store
from tests.report.conftest import START, replies


async def test_nothing_of_this_machine_and_no_address_is_published(evidence: Evidence, tmp_path: Path):
    config = load(tmp_path / "config.toml")
    said = "secret-host.example said: no /home/secret-user/model"
    words = dict.fromkeys(("reason", "evidence", "retried", "unloaded"), said)
    nowhere = Metrics(e2e_s=1.0, tok_per_s=na(said))
    script = Script(files=(("bench.py", "/home/secret-user/tasks/bench.py"),), command=("python3", "bench.py"))
    order = Order(
        task="count",
        kind="counting",
        prompt="How many?",
        script=script,
        items=(Question("five"),),
        models=("qwen2.5vl:3b",),
        boards=("pi5",),
    )
    async with await Store.open(tmp_path / "edgetui.db") as store:
        (record,) = await store.runs()
        await store.save_run(replace(record, plan=plan_of([order])))
        told = replace(replies()[3], **words, era=na(said), metrics=nowhere, figures=(("p99_ms", na(said)),))
        await store.save_reply(told)
        (record,) = await store.runs()
        hide = hider(config.board, set)
        made = await gather(store, config, [record], now=START, hide=hide)
    make(made, tmp_path / "open")
    for file in (tmp_path / "open").rglob("*"):
        assert file.is_dir() or b"secret" not in file.read_bytes(), file
    (asked,) = read(tmp_path / "open").runs[0]["plan"]["orders"]
    assert (asked["prompt"], asked["script"]["files"]) == ("How many?", ["bench.py"])
    assert verify(tmp_path / "open") == []
