"""Orders on boards: over a real sshd with a sudo of our own, and on simulated boards, where they work for real."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edgetui.cluster.actions import Action, actions
from edgetui.cluster.performing import Done, perform
from edgetui.cluster.visit.visit import Visit
from edgetui.links import Link
from edgetui.links.roads import Roads
from edgetui.model import NA, known
from tests.cluster.fleet import Fleet, fleet
from tests.servers import Sshd
from tests.simulated import Simulated, simulated

SECRET = "pass word'$(touch x)\\"
SUDO = """#!/bin/sh
printf '%s\\n' "$*" >>"$HOME/argv"
case $1 in -n) echo 'sudo: a password is required' >&2; exit 1;; esac
shift 4
IFS= read -r given
if [ "$given" != "$(cat "$HOME/secret")" ]; then echo 'Sorry, try again.' >&2; IFS= read -r given; exit 1; fi
env >"$HOME/environment"; cat /proc/[0-9]*/cmdline >"$HOME/processes" 2>/dev/null
exec "$@"
"""
"""A sudo that asks, and keeps what a spy on the board would see."""


def order(*argv: str) -> Action:
    return Action(kind="ollama", title="Do it", effect="", argv=argv)


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[tuple[Link, Path]]:
    """A login that is no root as far as our commands can see."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in (("sudo", SUDO), ("id", "#!/bin/sh\necho 1000\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(stat.S_IRWXU)
    with Sshd(tmp_path, f"SetEnv PATH={tools}:/usr/bin:/bin HOME={tmp_path}") as server:
        (tmp_path / "secret").write_text(f"{SECRET}\n")
        roads = Roads(server.ssh())
        link = await roads.connect(server.board())
        yield link, tmp_path
        await link.close()
        await roads.close()


async def test_sudo_is_tried_without_a_password_first_then_gets_it_on_stdin_alone(board: tuple[Link, Path]) -> None:
    link, home = board
    wanted = order("touch", str(home / "done"))
    assert (await perform(link, 11434, wanted)).wants_password
    assert not (home / "done").exists()
    done = await perform(link, 11434, wanted, SECRET)
    assert (done.ok, done.exit_status, done.words) == (True, 0, "Do it: done, exit code 0")
    assert (home / "done").exists()
    for spy in ("argv", "environment", "processes"):
        assert "pass word" not in (home / spy).read_text(errors="replace"), spy


async def test_a_wrong_password_is_told_at_once_and_the_right_one_still_works(board: tuple[Link, Path]) -> None:
    link, _ = board
    async with asyncio.timeout(5):
        wrong = await perform(link, 11434, order("true"), "guess")
    assert (wrong.ok, wrong.wants_password) == (False, True)
    assert "guess" not in repr(wrong)
    assert (await perform(link, 11434, order("true"), SECRET)).ok


async def test_what_fails_tells_its_code_and_last_line_cleaned(board: tuple[Link, Path]) -> None:
    link, _ = board
    script = "printf 'first\\n\\033[31mUnit not found\\033[0m\\n' >&2; exit 5"
    done = await perform(link, 11434, order("sh", "-c", script), SECRET)
    assert (done.ok, done.exit_status) == (False, 5)
    assert done.words == "Do it: exit code 5: [31mUnit not found[0m"


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=3) as running:
        yield running


async def seen(it: Fleet, board: str) -> Visit:
    """A visit with all of its answers."""
    rounds = it.cluster.rounds
    rounds.seen = None
    rounds.again()

    def whole() -> bool:
        rounds.look(board)
        return rounds.seen is not None and rounds.seen.board == board and "df" in rounds.seen.answers

    await it.until(whole, 10, "a visit")
    assert rounds.seen is not None
    return rounds.seen


async def act(it: Fleet, board: str, title: str, password: str = "simulated") -> Done:
    found = actions(it.state(board), await seen(it, board))
    (chosen,) = [action for action in found if action.title == title]
    return await it.cluster.act(board, chosen, password)


async def test_every_simulated_board_answers_a_visit(sim: Simulated) -> None:
    async with fleet(sim) as it:
        for board in sim.boards:
            visit = await seen(it, board)
            assert not isinstance(visit.volumes, NA), visit.volumes
            assert visit.volumes[0].drive in ("SD card", "NVMe SIMULATED NVMe 128GB")
            assert not isinstance(visit.interfaces, NA), visit.interfaces
            assert visit.interfaces[0].addresses
            assert known(visit.memory.cache)
            assert not isinstance(visit.clock, NA)
            assert visit.clock.ahead_s[0] <= 0 <= visit.clock.ahead_s[1]
            assert visit.kills.reason == visit.log.reason == ""
            assert known(visit.governor)
            assert known(visit.power_mode) == (board == "orin-nano")
        await it.until(
            lambda: known(it.cluster.rounds.seen and it.cluster.rounds.seen.cost) or again(it), 20, "cost"
        )


def again(it: Fleet) -> bool:
    it.cluster.rounds.look("pi5")
    it.cluster.rounds.again()
    return False


async def test_power_mode_and_governor_change_caps_and_clocks(sim: Simulated) -> None:
    async with fleet(sim, "orin-nano") as it:
        refused = await act(it, "orin-nano", "Power mode 7W", "")
        assert refused.wants_password
        assert not it.cluster.events, "nothing was done yet"
        assert (await act(it, "orin-nano", "Power mode 7W", "wrong")).wants_password
        done = await act(it, "orin-nano", "Power mode 7W")
        assert done.ok, done
        await it.until(lambda: "power mode 7W" in caps(it, "orin-nano"), 5, "the mode is seen")
        assert any(cap.startswith("CPU capped") for cap in caps(it, "orin-nano"))
        assert (await act(it, "orin-nano", "Power mode 15W")).ok
        await it.until(lambda: "power mode 15W" in caps(it, "orin-nano"), 5, "the mode is seen")
        assert (await act(it, "orin-nano", "Governor performance")).ok
        await it.until(lambda: clock(it, "orin-nano") == 1.5104e9, 5, "the clock stays up")
        event = it.cluster.events[-1]
        assert (event.kind, event.board, event.text) == (
            "action",
            "orin-nano",
            "Governor performance: done, exit code 0",
        )
        assert "simulated" not in repr(tuple(it.cluster.events)).replace("simulated=", "")


def caps(it: Fleet, board: str) -> tuple[str, ...]:
    sample = it.state(board).sample
    return sample.caps if sample else ()


def clock(it: Fleet, board: str) -> object:
    sample = it.state(board).sample
    return sample.clock_hz if sample else None


async def test_models_are_unloaded_and_ollama_restarted(sim: Simulated) -> None:
    async with fleet(sim, "rtx3060") as it:

        def loaded() -> int:
            ollama = it.state("rtx3060").ollama
            return len(ollama.loaded) if ollama else -1

        for title in ("Unload moondream:latest", "Restart Ollama"):
            await it.until_done(await it.fire("rtx3060"))
            await it.until(lambda: loaded() == 1, 10, "the model is seen")
            assert (await act(it, "rtx3060", title)).ok
            await it.until(lambda: loaded() == 0, 10, f"nothing is loaded after {title}")


async def test_a_reboot_ends_the_link_which_comes_back_by_itself(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as it:
        before = it.state("pi5")
        assert before.identity
        assert (await act(it, "pi5", "Reboot", "")).ok, "the first user of a Pi needs no password"
        await it.until_link("pi5", "down")
        await it.until_link("pi5", "up", 15)
        after = it.state("pi5")
        assert after.identity
        assert after.identity.boot_id != before.identity.boot_id
        assert after.sample
        assert known(after.sample.uptime_s)
        assert after.sample.uptime_s < 600


async def test_a_board_is_asked_only_while_somebody_looks(sim: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgetui.cluster.visit.rounds.LEASE_S", 0.3)
    monkeypatch.setattr("edgetui.cluster.visit.rounds.QUICK_S", 0.25)
    async with fleet(sim, "pi5") as it:
        rounds, loop = it.cluster.rounds, asyncio.get_running_loop()
        begun = await seen(it, "pi5")

        def going_on() -> bool:
            rounds.look("pi5")
            return rounds.seen is not begun

        await it.until(going_on, 5, "the next round")
        looked = loop.time()
        await it.until(lambda: loop.time() > looked + 1.0, 5, "the lease has ended, and a round that had begun")
        last = rounds.seen
        await it.until(lambda: loop.time() > looked + 2.0, 5, "four rounds' time")
        assert rounds.seen is last
