"""Scripts on a real OpenSSH sshd and on this machine: what is measured, what is kept, and that nothing stays."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.links.local import LocalLink
from edgetui.links.roads import Roads
from edgetui.model import NA, Request
from edgetui.model.script import Need, Script
from edgetui.runners import Event, Finished, Piece, Told
from edgetui.runners.script import ScriptRunner, job_name
from edgetui.runners.script_needs import refusal
from tests.links.cable import Cable, FarSshd
from tests.links.cable import cable as cable  # a fixture
from tests.servers import Sshd, soon

SFTP = "Subsystem sftp internal-sftp"


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path, SFTP) as server:
        yield server


@pytest.fixture(params=["sshd", "local"])
async def link(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Link]:
    if request.param == "local":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        local = LocalLink()
        yield local
        await local.close()
        return
    server: Sshd = request.getfixturevalue("sshd")
    async with over(server, tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def over(server: Sshd, folder: Path, **changes: object) -> AsyncIterator[Link]:
    roads = Roads(server.ssh(), runtime_dir=folder / "run")
    made = await roads.connect(server.board(**changes))
    yield made
    await made.close()
    await roads.close()


def asked(folder: Path, text: str, **changes: object) -> Request:
    """A task of one Python file."""
    folder = folder / "task"
    folder.mkdir(exist_ok=True)
    (folder / "go.py").write_text(text)
    fields: dict[str, object] = {"files": (("go.py", str(folder / "go.py")),), "command": ("python3", "go.py")}
    variant = str(changes.pop("model", "default"))
    script = Script(**(fields | changes))  # type: ignore[arg-type]
    run = f"20260101-000000-{secrets.token_hex(4)}"
    told = {"board": "b", "task": "t", "kind": "script", "item": "all", "prompt": ""}
    return Request(**told, run=run, runner="script", model=variant, script=script)


async def outcome(link: Link, request: Request) -> tuple[Finished, str, list[Event]]:
    events: list[Event] = [event async for event in ScriptRunner().run(request, link)]
    assert isinstance(events[-1], Finished)
    return events[-1], "".join(e.text for e in events if isinstance(e, Piece)), events


def of(request: Request) -> list[psutil.Process]:
    """Processes of the script, wherever they have fled to, and those that look after it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            name = job_name(request)
            ours = process.environ().get("EDGETUI_RUN") == name or name in " ".join(process.cmdline())
            if ours and process.status() != "zombie":
                found.append(process)
    return found


MEASURED = """
import json, os, sys
def tell(event, **members): print(json.dumps({"event": event, **members}, ensure_ascii=False), flush=True)
tell("meta", load_s=0.5, provider="CPU", 街=1)
tell("iteration", latency_s=9, warmup=True)
for n in range(20): tell("iteration", latency_s=n / 10, boxes=n)
print("not JSON", {})
print('{"event": "result", "wall_s": 1e-9, "bad_s": NaN, "none_s": null, "big": 1e999, "on": true}')
tell("na", name="map50_percent", reason="no labels\\x1b[31m")
x = bytearray(60 << 20); x[::4096] = b"1" * len(x[::4096])
import time; end = time.time() + 0.8
while time.time() < end: pass
said = ["二", os.environ["EDGETUI_VARIANT"], open("文/名 1.txt").read().strip(), *sys.argv[1:]]
tell("result", text=" ".join(said), map_percent=1.5)
"""


async def test_what_is_printed_and_what_is_measured(link: Link, tmp_path: Path) -> None:
    other = tmp_path / "名.txt"
    other.write_text("街 ", encoding="utf-8")
    request = asked(
        tmp_path,
        MEASURED,
        files=(("go.py", str(tmp_path / "task" / "go.py")), ("文/名 1.txt", str(other))),
        command=("python3", "go.py", "{{{n}}}", "$HOME; *"),
        variants=(("n=1", (("n", "1"),)), ("n=2", (("n", "2"),))),
        model="n=2",
    )
    finished, text, events = await outcome(link, request)
    assert (finished.outcome, finished.reason) == ("ok", "")
    assert text == "provider: CPU\nnot JSON {}\n二 n=2 街 {2} $HOME; *\n"
    figures = dict(finished.figures)
    assert (figures["iterations"], figures["latency_median_s"], figures["boxes"]) == (20, 0.95, 9.5)
    assert figures["latency_p90_s"] == pytest.approx(1.71)
    assert (figures["load_s"], figures["map_percent"], figures["exit_status"]) == (0.5, 1.5, 0)
    assert figures["map50_percent"] == NA("no labels[31m")
    assert figures["none_s"] == NA("the script gave none")
    assert not {"bad_s", "big", "on", "街", "n"} & set(figures)
    wall, cpu, rss = (figures[name] for name in ("wall_s", "cpu_percent", "peak_rss_bytes"))
    assert isinstance(wall, float)
    assert 0.8 <= wall < 8
    assert isinstance(cpu, float)
    assert 20 < cpu <= 130
    assert isinstance(rss, int)
    assert 60 << 20 < rss < 120 << 20
    assert finished.metrics.e2e_s == wall
    assert any(isinstance(e, Told) and e.words.startswith("n 20") for e in events)


async def test_memory_that_grows_to_the_end_has_no_peak(link: Link, tmp_path: Path) -> None:
    text = "import os, time\nprint('x', flush=True)\nheld = []\nfor _ in range(16):\n    time.sleep(0.05)\n"
    request = asked(tmp_path, f"{text}    held.append(b'x' * 20_000_000)\nos._exit(0)")
    figures = dict((await outcome(link, request))[0].figures)
    assert re.fullmatch(r"n/a \(it grew until it ended: \d+ MB or more\)", str(figures["peak_rss_bytes"]))


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("import sys; print('x'); sys.exit('the model is 坏')", "error", "exit code 1: the model is 坏"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "aborted-by-runtime", "killed by SIGSEGV"),
        ("raise MemoryError", "oom", "exit code 1: MemoryError"),
        ("pass", "empty", "it printed nothing"),
        ("import os; os.write(1, b'\\xff\\xfe no end of line')", "ok", ""),
    ],
)
async def test_how_it_ends(link: Link, tmp_path: Path, text: str, expected: str, words: str) -> None:
    finished, said, _ = await outcome(link, asked(tmp_path, text))
    assert (finished.outcome, finished.reason) == (expected, words)
    if expected in ("error", "oom"):
        assert "stderr" in said
    if expected == "ok":
        assert said == "�� no end of line\n"


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need(command="no-such", install="get it"), "no no-such on this board; run on the board: get it"),
        (Need(package="no-such-package>=2"), "no-such-package>=2 is not on this board"),
        (Need(memory_bytes=1 << 60), "MB of memory are available"),
        (Need(command="sh"), ""),
    ],
)  # fmt: skip
async def test_what_is_missing_is_told_before_anything_is_sent(
    link: Link, tmp_path: Path, need: Need, words: str
) -> None:
    finished, _, _ = await outcome(link, asked(tmp_path, "print(1)", needs=(need,)))
    assert words in finished.reason
    expected = "unsupported" if need.memory_bytes else "not-installed" if words else "ok"
    assert finished.outcome == expected
    told = await refusal(link, Script(files=(), command=("sh",), needs=(need,)))
    assert told == ("" if need.package else finished.reason)  # whether a package is there, Python alone knows


async def test_an_environment_of_its_own(link: Link, tmp_path: Path) -> None:
    request = asked(tmp_path, "import sys; print(sys.prefix != sys.base_prefix, sys.prefix)", venv=True)
    finished, said, _ = await outcome(link, request)
    if "no Python environment" in finished.reason:
        pytest.skip("this machine's python3 makes no environments: apt install python3-venv")
    assert said.startswith("True ")
    assert "/edgetui/venvs/" in said


FLEEING = """
import os, subprocess, sys, time, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(600)
    os._exit(0)
subprocess.Popen(["sh", "-c", "sleep 600; :"], start_new_session=True)
name = os.environ["EDGETUI_RUN"]
subprocess.Popen(["env", "-i", "/bin/sh", "-c", "/bin/sleep 600; : " + name], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""


async def until_ready(link: Link, request: Request) -> tuple[asyncio.Task[None], asyncio.Event]:
    ready = asyncio.Event()

    async def drive() -> None:
        async with contextlib.aclosing(ScriptRunner().run(request, link)) as events:
            async for event in events:
                if isinstance(event, Piece):
                    ready.set()

    task = asyncio.create_task(drive())
    await asyncio.wait_for(ready.wait(), 15)
    return task, ready


async def test_a_cancelled_script_leaves_nothing_behind(link: Link, tmp_path: Path) -> None:
    request = asked(tmp_path, FLEEING)
    task, _ = await until_ready(link, request)
    assert len(of(request)) >= 4
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await soon(lambda: not of(request), 5, "the end of all its processes")
    await soon(lambda: not [*tmp_path.rglob("edgetui/jobs/*")], 5, "the end of its folder")


async def test_a_killed_supervisor_leaves_nothing_behind(link: Link, tmp_path: Path) -> None:
    request = asked(tmp_path, FLEEING)
    task, _ = await until_ready(link, request)
    guards = [each for each in of(request) if "edgetui runs a script" in " ".join(each.cmdline())]
    (first,) = (each for each in guards if each.ppid() not in {other.pid for other in guards})
    first.kill()
    await soon(lambda: not of(request), 5, "the end of all its processes")
    await task


async def test_a_cut_cable_ends_the_script(cable: Cable, tmp_path: Path) -> None:
    """The board's sshd does not notice for minutes: only the heartbeat tells."""
    request = asked(tmp_path, FLEEING)
    with FarSshd(tmp_path, cable) as board:
        board.options = (SFTP,)
        board.stop()
        board.start()
        async with over(board, tmp_path) as link:
            task, _ = await until_ready(link, request)
            cable.set("down")
            took = await soon(lambda: not of(request), 15, "the end of all its processes")
            assert took > 3, "a stall of a moment must not end it"
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, LinkError):
                await task


async def test_a_detached_script_runs_on_and_loses_no_byte(sshd: Sshd, tmp_path: Path) -> None:
    text = (
        "import os, time\n"
        "for n in range(4000):\n"
        "    os.write(1, b'%d \\xff\\x00 \\xe8\\xa1\\x97\\n' % n)\n"
        "    if n in (10, 2000): time.sleep(1)\n"
    )
    request = asked(tmp_path, text, detach=True)
    async with over(sshd, tmp_path) as link:
        task, _ = await until_ready(link, request)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert of(request), "it runs on when nobody listens"
    expected = b"".join(b"%d \xff\x00 \xe8\xa1\x97\n" % n for n in range(4000)).decode("utf-8", "replace")
    async with over(sshd, tmp_path) as link:
        finished, said, _ = await outcome(link, request)
    assert finished.outcome == "ok"
    assert said == expected
    assert not [*sshd.home.rglob("edgetui/jobs/*")]


async def test_a_board_without_sftp_says_so(tmp_path: Path) -> None:
    with Sshd(tmp_path) as server:
        async with over(server, tmp_path) as link:
            finished, _, _ = await outcome(link, asked(tmp_path, "print(1)"))
    assert finished.outcome == "unsupported"
    assert "openssh-sftp-server" in finished.reason
