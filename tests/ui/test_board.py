"""The board screen: everything with its reason, at three widths, and orders with their questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgetui.cluster.asking import Answer, Clock
from edgetui.cluster.performing import Done
from edgetui.cluster.visit.visit import Visit, visit
from edgetui.config import Interface
from edgetui.model import Sample, State, na
from edgetui.ui.drawing.detail import detail
from edgetui.ui.drawing.ink import plain, width
from tests.ui import fake
from tests.ui.stage import Stage, staged

GOVERNOR = "/sys/devices/system/cpu/cpufreq/policy0/scaling_"
TEXTS = {
    "now": (
        "500.00 900.00\nMemTotal: 8000000 kB\nBuffers:  100 kB\nCached:  2000000 kB\n"
        "  eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\npswpin 0\npswpout 0\n"
    ),
    "page": "4096\n",
    "df": "/dev/mmcblk0p2 61252480 19000000 39700000 33% /\n",
    "drives": "/sys/block/mmcblk0/device/type:SD\n",
    "addresses": "2: eth0    inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0\\ \n",
    "listeners": "   0: 00000000:2CAA 00000000:0000 0A 00000000:00000000\n",
    "kills": "2026-11-21 pi5 kernel: Out of memory: Killed process 1834 (ollama)\n",
    "log": "Hint: You are currently not seeing messages from other users and the system.\n",
    "governors": f"{GOVERNOR}governor:ondemand\n{GOVERNOR}available_governors:ondemand performance\n",
}


def seen(board: str, **more: str) -> Visit:
    answers = {name: Answer(text, 0) for name, text in (TEXTS | more).items()}
    clock = Clock(fake.NOW + 30.0, fake.NOW, fake.NOW + 0.02, 0.0)
    first = visit(board, fake.NOW - 5, answers, clock, None)
    later = TEXTS["now"].replace("500.00", "505.00").replace("pswpin 0", "pswpin 1000")
    later = later.replace("1000 1", "6001000 9")
    return visit(board, fake.NOW, answers | {"now": Answer(later, 0)}, clock, first)


def shown(state: State, found: Visit | None, columns: int) -> str:
    lines = detail(fake.config([state.board]).board[0], state, found, fake.NOW, columns)
    assert all(width(line) <= columns for line in lines)
    return "\n".join(plain(line) for line in lines)


@pytest.mark.parametrize("columns", [78, 118, 198])
def test_all_that_was_seen_stands_there(columns: int) -> None:
    text = shown(fake.up("pi5"), seen("pi5"), columns)
    for words in (
        *("1.9 GiB, given back by itself", "819 kB/s in, 0.0 kB/s out", "SD card", "40.7 GB free of 63"),
        *("192.0.2.5/24", "↓ 1.2 MB/s", "30.0 s ahead of ours, ± 10 ms", "Killed process 1834"),
        *("ondemand (or performance)", "sudo usermod -aG systemd-journal $USER", "▲ ollama exposed"),
    ):
        assert words in text, words


def test_a_model_on_the_cpu_of_a_board_with_a_gpu_is_a_red_line() -> None:
    text = shown(fake.up("orin-nano"), seen("orin-nano"), 118)
    assert "▲ GPU used: /api/ps: qwen2.5vl:3b 0% on the GPU" in text
    assert "GPU used" not in shown(fake.up("pi5"), seen("pi5"), 118)


def test_without_a_visit_everything_has_its_reason_and_nothing_is_0() -> None:
    text = shown(fake.up("pi5"), None, 118)
    assert text.count("n/a (nobody asked the board then)") == 3
    empty = replace(fake.up("pi5"), sample=Sample(time=fake.NOW), ollama=None)
    nothing = visit("pi5", fake.NOW, {}, na("date gave no number"), None)
    assert shown(empty, nothing, 118).count("n/a (") > 15


async def pressed(stage: Stage, *keys: str) -> str:
    """As ``Stage.press``, but an order waits for the person, not the person for the order."""
    for key in keys:
        await stage.pilot.press(key)
        await stage.pilot.pause()
    stage.app.tick()
    await stage.pilot.pause()
    return stage.text()


async def test_an_order_is_confirmed_and_told(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.visits = {name: seen(name) for name in fake.EIGHT}
        await pressed(stage, "enter", "o")
        text = await pressed(stage, "down")
        assert "Unload qwen2.5vl:3b" in text
        assert "Its memory is free at once" in text
        text = await pressed(stage, "enter")
        assert "Unload qwen2.5vl:3b on rtx3060?" in text
        assert not stage.called("act")
        await pressed(stage, "y")
        assert stage.called("act") == [("rtx3060", "Unload qwen2.5vl:3b", "")]
        assert any("Unload qwen2.5vl:3b: done" in entry.text for entry in stage.app.journal.entries)


async def test_no_means_no(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await pressed(stage, "enter", "o", "escape")
        await pressed(stage, "o", "enter", "n")
        await pressed(stage, "o", "enter", "enter", "escape")
        assert not stage.called("act")


async def test_while_a_run_works_there_it_is_asked_twice(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        _, cells = stage.fire()
        stage.background.working["rtx3060"] = cells["rtx3060"]
        text = await pressed(stage, "enter", "o", "enter", "y")
        assert "rtx3060 is at work" in text
        await pressed(stage, "n")
        assert not stage.called("act")
        await pressed(stage, "o", "enter", "y", "y")
        assert len(stage.called("act")) == 1


async def test_the_password_is_asked_masked_and_kept_nowhere(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        wants = Done(False, "Restart Ollama: sudo asks for a password", 1, wants_password=True)
        stage.background.dones = [wants, wants, Done(True, "Restart Ollama: done", 0)]
        text = await pressed(stage, "enter", "o", "enter", "y")
        assert "Password of the login on rtx3060" in text
        text = await pressed(stage, *"geheim")
        assert "geheim" not in text
        assert "••••••" in text
        text = await pressed(stage, "enter")
        assert "sudo did not take it" in text
        text = await pressed(stage, *"recht", "enter")
        assert [call[2] for call in stage.called("act")] == ["", "geheim", "recht"]
        told = "".join(entry.text for entry in stage.app.journal.entries) + text
        assert "geheim" not in told
        assert "recht" not in told


async def test_giving_up_at_the_password_does_nothing_more(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.dones = [Done(False, "sudo asks", 1, wants_password=True)]
        await pressed(stage, "enter", "o", "enter", "y")
        await pressed(stage, "escape")
        assert len(stage.called("act")) == 1
        assert "nothing was done" in stage.app.journal.entries[-1].text


async def test_readonly_hides_actions_and_shells(tmp_path: Path) -> None:
    async with staged(tmp_path, ui=Interface(readonly=True), size=(200, 60)) as stage:
        text = await pressed(stage, "enter")
        assert "Back" in text
        assert "Actions" not in text
        assert "Shell" not in text
        await pressed(stage, "o", "exclamation_mark")
        assert len(stage.app.screen_stack) == 1


async def test_a_board_without_a_link_takes_no_orders(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await pressed(stage, "enter")
        for _ in range(fake.EIGHT.index("nano-2g")):
            await pressed(stage, "right")
        await pressed(stage, "o")
        assert len(stage.app.screen_stack) == 1
        assert "has no link" in stage.app.journal.entries[-1].text
