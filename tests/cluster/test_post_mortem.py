"""A failure is explained by what the board's readings and remains say, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgetui.cluster.asking import Answer
from edgetui.cluster.post_mortem import Scene, asks_for_it, cause_of, explained, suffered
from edgetui.cluster.remains import read
from edgetui.model import NA, Outcome, Reply, Request, Sample, na

BEFORE = Sample(time=0.0, uptime_s=1000.0, oom_kills=3.0, swap_used_bytes=0.0)
REQUEST = Request(run="r", board="b", task="t", kind="vqa", item="i", model="m", prompt="?")
BOOT, OTHER = "11111111-aaaa", "22222222-bbbb"
SCENE = Scene(boot_id=BOOT, lasted_s=60.0)
LIVING = {
    "boot": Answer(f"{BOOT}\n5000.00 9000.00", 0),
    "service": Answer(
        "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nNRestarts=0\n"
        "ActiveEnterTimestampMonotonic=10000000",
        0,
    ),
    "processes": Answer(
        "1 (systemd) S 0 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 8 0 1 0 0\n"
        "900 (ollama) S 1 900 900 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 8 0 1000 0 0",
        0,
    ),
    "servers": Answer("/proc/900/cmdline:/usr/local/bin/ollama\0serve\0\n/proc/77/cmdline:grep\0ollama.serve\0", 0),
    "kills": Answer("-- No entries --", 1),
    "dmesg": Answer("", 1),
}
RUNNER_GONE = "an error was encountered while running the model: unexpected EOF"


def after(**changes: object) -> Sample:
    usual = {"uptime_s": 1060.0, "oom_kills": 3.0, "swap_used_bytes": 0.0}
    return Sample(time=60.0, **(usual | changes))  # type: ignore[arg-type]


def failed(outcome: Outcome = "aborted-by-runtime", reason: str = "it broke off", *samples: Sample) -> Reply:
    return Reply(request=REQUEST, outcome=outcome, reason=reason, samples=samples)


@pytest.mark.parametrize(
    ("outcome", "sample", "ends", "words"),
    [
        ("aborted-by-runtime", after(oom_kills=4.0), "oom", "killed a program for memory"),
        ("timeout", after(oom_kills=4.0), "timeout", "killed a program for memory"),
        ("error", after(swap_used_bytes=4e8), "error", "swap grew by 400 MB"),
    ],
)
def test_what_the_readings_add(outcome: Outcome, sample: Sample, ends: Outcome, words: str) -> None:
    found = suffered(failed(outcome, "it broke off", BEFORE, sample))
    assert found.outcome == ends
    assert found.reason.startswith("it broke off; ")
    assert words in found.reason


@pytest.mark.parametrize(
    "reply",
    [
        failed("error", "it broke off", BEFORE, after()),
        failed("aborted-by-runtime", "x", BEFORE, Sample(time=60.0, oom_kills=na("permission denied"))),
        failed("ok", "", BEFORE, after(oom_kills=9.0)),
        failed("timeout", "x"),
    ],
)
def test_nothing_is_made_up(reply: Reply) -> None:
    assert suffered(reply) == reply


@pytest.mark.parametrize(
    ("reply", "changed", "killed_by", "words"),
    [
        (
            failed("lost-link"),
            {"boot": f"{OTHER}\n12.00 9.0"},
            "board",
            "boot id 11111111 is now 22222222, up for 12 s",
        ),
        (failed("lost-link"), {}, "link", "the board ran on: boot id 11111111 as before, up for 83 min"),
        (failed("lost-link"), {"boot": ""}, None, "tells no boot id"),
        (
            failed(),
            {
                "service": "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nResult=signal\n"
                "NRestarts=2",
                "servers": "",
                "processes": "1 (systemd) S 0 1",
            },
            "server",
            "activating (auto-restart), Result=signal, NRestarts=2",
        ),
        (
            failed(),
            {
                "service": "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nResult=oom-kill",
                "servers": "",
                "processes": "1 (systemd) S 0 1",
                "kills": "Hint: You are currently not seeing messages from other users and the system.",
            },
            "kernel-oom",
            "the kernel killed a program of ollama.service for want of memory (Result=oom-kill)",
        ),
        (
            failed(),
            {"processes": LIVING["processes"].text.replace(" 1000 0 0", " 499500 0 0")},
            "server",
            "its process 900 was started 5 s ago, NRestarts=0",
        ),
        (
            failed(),
            {
                "processes": "",
                "servers": "",
                "service": LIVING["service"].text.replace("=10000000", "=4990000000"),
            },
            "server",
            "ollama.service was started anew 10 s ago, NRestarts=0",
        ),
        (
            failed(),
            {"service": "LoadState=not-found", "servers": "", "processes": "1 (systemd) S 0 1"},
            "server",
            "no process is 'ollama serve' any more, and there is no ollama.service",
        ),
        (failed(reason=RUNNER_GONE), {}, "runner", "its server (process 900) has run on for 83 min, NRestarts=0"),
        (
            failed(reason=RUNNER_GONE),
            {"kills": "[ 4980.123456] pi kernel: Out of memory: Killed process 950 (llama-server) total-vm:1kB"},
            "kernel-oom",
            "the kernel killed process 950 (llama-server)",
        ),
        (
            failed(reason=RUNNER_GONE),
            {"kills": "[ 4980.123456] pi kernel: Out of memory: Killed process 9 (chromium) total-vm:1kB"},
            "runner",
            "the kernel killed nothing of it",
        ),
        (
            failed(reason=RUNNER_GONE),
            {"kills": "[ 1980.123456] pi kernel: Out of memory: Killed process 950 (llama-server) total-vm:1kB"},
            "runner",
            "the kernel killed nothing of it",
        ),
        (
            failed(reason=RUNNER_GONE),
            {
                "kills": "Hint: You are currently not seeing messages from other users and the system.",
                "dmesg": "dmesg: read kernel buffer failed: Operation not permitted",
            },
            "runner",
            "whether the kernel did it is not known: this login may not read the kernel's log: sudo usermod",
        ),
        (failed(), {}, None, "what broke it off is not known: Ollama's server and the board have run on"),
        (
            failed(),
            {"processes": "", "servers": "", "service": ""},
            None,
            "this login sees no other users' processes, and there is no ollama.service",
        ),
    ],
)
def test_what_the_remains_say(reply: Reply, changed: dict[str, str], killed_by: str | None, words: str) -> None:
    told = LIVING | {name: Answer(text, 1 if "Hint" in text or not text else 0) for name, text in changed.items()}
    cause = cause_of(reply, read(told), SCENE)
    assert words in cause.evidence
    if killed_by is None:
        assert isinstance(cause.killed_by, NA)
    else:
        assert cause.killed_by == killed_by
    ends = explained(reply, cause)
    assert ends.reason.startswith(cause.evidence)
    assert ends.reason.endswith(reply.reason)
    assert ends.outcome == ("oom" if killed_by == "kernel-oom" else reply.outcome)


def test_a_runner_that_outlived_its_server_is_named() -> None:
    rows = LIVING["processes"].text.replace("900 (ollama)", "950 (llama-server)")
    left = read(LIVING | {"servers": Answer("", 1), "processes": Answer(rows, 0)})
    cause = cause_of(failed(), left, SCENE)
    assert cause.killed_by == "server"
    assert "a llama-server was left behind and keeps its memory (process 950)" in cause.evidence
    assert "sudo kill 950" in cause.evidence


def test_memory_is_not_blamed_where_the_kernel_killed_nothing() -> None:
    words = "llama-server process has terminated: signal: killed; take a smaller model, or a smaller num_ctx"
    reply = failed("oom", words)
    ends = explained(reply, cause_of(reply, read(LIVING), SCENE))
    assert (ends.outcome, ends.killed_by) == ("aborted-by-runtime", "runner")
    assert "smaller model" not in ends.reason
    hidden = LIVING | {"kills": Answer("", 127), "dmesg": Answer("dmesg: read failed", 1)}
    assert explained(reply, cause_of(reply, read(hidden), SCENE)).outcome == "oom", "as Ollama's words have it"


def test_only_what_may_have_been_killed_is_asked_about() -> None:
    assert asks_for_it(failed("lost-link"))
    assert asks_for_it(failed("error", "HTTP 500: something new"))
    assert not asks_for_it(failed("error", "option must be of type integer"))
    assert not asks_for_it(failed("oom", "model requires more system memory (5.0 GiB)"))
    assert not asks_for_it(failed("cancelled"))
    assert not asks_for_it(replace(failed(), marks=("degenerate",)))


def test_no_text_breaks_the_reader() -> None:
    for name in LIVING:
        for text in ("", "\0\xff[1mx", "=\n==", "[9.9] Killed process", "1 () S\n" * 9):
            left = read(LIVING | {name: Answer(text, 0)})
            cause_of(failed(reason=RUNNER_GONE), left, SCENE)
