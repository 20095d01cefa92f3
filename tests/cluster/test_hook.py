"""The user's command gets each alert as it is, and what goes wrong with it is told."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import psutil
import pytest

from edgetui.cluster.hook import Hook
from edgetui.model import Event
from tests.servers import soon

WRITES = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (WRITES, ""),
        ("raise SystemExit(3)", "exit status 3"),
        ("import time; time.sleep(60)", "no end within 2 s"),
        (None, "it cannot be started: No such file or directory"),
    ],
)
async def test_the_hook_gets_the_event_and_its_failure_is_one(tmp_path: Path, code: str | None, why: str) -> None:
    out, told = tmp_path / "$(touch x); out", list[Event]()
    argv = (sys.executable, "-c", code, str(out)) if code else (str(tmp_path / "absent"),)
    hook = Hook(argv, told.append, timeout_s=2.0)
    task = asyncio.create_task(hook.run())
    hook.send(Event(time=0.0, board="pi", kind="alert", text='hot "$(id)"', detail={"action": "raised"}))
    await soon(lambda: bool(told) if why else out.exists() and out.read_text() != "", within=20)
    task.cancel()
    await asyncio.wait({task})
    if why:
        assert why in told[0].text
        assert told[0].detail["action"] == "hook-failed"
    else:
        document = json.loads(out.read_text())
        assert (document["board"], document["text"], document["detail"]) == (
            "pi",
            'hot "$(id)"',
            {"action": "raised"},
        )
        assert not told


def test_a_command_that_reads_nothing_leaves_no_pipe_to_a_loop_that_ends(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()

    async def live() -> None:
        began = tmp_path / "began"
        code = f"import time; open({str(began)!r}, 'w').close(); time.sleep(60)"
        hook = Hook((sys.executable, "-c", code), lambda _: None)
        task = asyncio.create_task(hook.run())
        hook.send(Event(time=0.0, board="pi", kind="alert", text="x" * 1_000_000))
        await soon(began.exists, within=20)
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(live())
    assert psutil.Process().num_fds() <= before
