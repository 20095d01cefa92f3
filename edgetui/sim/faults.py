"""What can be done to a simulated board while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from edgetui.errors import UsageError, did_you_mean
from edgetui.sim.board import Board
from edgetui.sim.defects import DEFECTS
from edgetui.sim.ollama.odd_answers import ODD, Change
from edgetui.sim.ollama.server import Ollama
from edgetui.sim.plain import files
from edgetui.sim.station import Station
from edgetui.sim.supply import Line

RESTART_S = 3.0
"""Host s after which systemd starts a killed Ollama again."""
POWER_S = 2.0
"""Host s until a board that lost power answers again, if nothing else is said."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be done."""

    help: str
    do: Callable[[Station, str], Coroutine[None, None, None]]
    """Raises UsageError where this board or this value makes no sense."""


def _served(station: Station) -> Ollama:
    if station.ollama is None:
        raise UsageError(f"{station.board.name} has no Ollama", "choose a 64-bit board")
    return station.ollama


def _number(text: str, default: float) -> float:
    try:
        number = float(text) if text else default
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{text!r} is not a number")
    return number


async def _cut(station: Station, value: str) -> None:
    station.refuse()
    if value:
        station.soon(station.back(_number(value, 0.0)))


async def _half_open(station: Station, value: str) -> None:
    """Its sshd has not heard of the end: what was asked for goes on, for nobody."""
    if station.ollama is not None:
        for wire in station.ollama.wires:
            wire.deaf = True
    await _cut(station, value or "0")


async def _heal(station: Station, _value: str) -> None:
    board, sshd = station.board, station.sshd
    board.look()
    _heat(board, 0.0)
    board.body.undervolt = False
    board.vanished.clear()
    board.journal.readable = True
    board.line, board.room.filled = Line(), 0
    board.swapped_kb = 0
    board.defects.clear()
    sshd.lag_s, sshd.garbage = 0.0, False
    if station.ollama is not None:
        station.ollama.processes.tidy()
        station.ollama.start()
        station.ollama.runners_answer = True
    if not station.listening:
        await station.back()


async def _misset(station: Station, value: str) -> None:
    if value not in DEFECTS:
        raise UsageError(f"there is no defect {value!r}", did_you_mean(value, DEFECTS))
    station.board.defects.add(value)


async def _hang(station: Station, _value: str) -> None:
    station.hang()


async def _new_key(station: Station, _value: str) -> None:
    await station.new_key()


async def _slow(station: Station, value: str) -> None:
    station.sshd.lag_s = _number(value, 2.0)


async def _garbage(station: Station, _value: str) -> None:
    station.sshd.garbage = True


async def _hot(station: Station, value: str) -> None:
    board = station.board
    board.look()
    _heat(board, _number(value, board.kind.hard_c - board.body.celsius + 2))


def _heat(board: Board, kelvin: float) -> None:
    """The air around the board is so much hotter than the room, and so is the board, at once."""
    more = board.ambient_c + kelvin - board.body.ambient_c
    board.body.ambient_c += more
    board.body.board_c += more


async def _undervolt(station: Station, _value: str) -> None:
    station.board.look()
    station.board.body.undervolt = True


async def _swap(station: Station, value: str) -> None:
    board = station.board
    board.swapped_kb = min(board.kind.swap_kb, int(_number(value, 200.0) * 1000))


async def _reboot(station: Station, _value: str) -> None:
    await station.boot(0.0)


async def _power_loss(station: Station, value: str) -> None:
    station.soon(station.boot(_number(value, POWER_S)))


async def _vanish(station: Station, value: str) -> None:
    if not value:
        raise UsageError("vanish needs the path of a file", "for example /sys/class/thermal/thermal_zone0/temp")
    if value not in (known := files(station.board)):
        raise UsageError(f"{station.board.name} has no file {value!r}", did_you_mean(value, known))
    station.board.vanished.add(value)


async def _line(station: Station, value: str) -> None:
    station.board.line.bytes_s = _number(value, 20.0) * 1e6 / 8
    station.board.line.state = "up"


async def _offline(station: Station, _value: str) -> None:
    station.board.line.state = "lost"


async def _stall(station: Station, _value: str) -> None:
    station.board.line.state = "stalled"


async def _fill(station: Station, value: str) -> None:
    station.board.room.fill(int(_number(value, 300.0) * 1e6))


async def _oom(station: Station, _value: str) -> None:
    _served(station).residence.doomed = "kernel"


async def _no_slots(station: Station, _value: str) -> None:
    _served(station).runners_answer = False


async def _no_journal(station: Station, _value: str) -> None:
    station.board.journal.readable = False


async def _kill_runner(station: Station, _value: str) -> None:
    _served(station).residence.doomed = "person"


async def _by_hand(station: Station, _value: str) -> None:
    _served(station).processes.by_hand = True


async def _kill(station: Station, value: str) -> None:
    _served(station).kill(restart_s=_number(value, RESTART_S))


async def _stop(station: Station, _value: str) -> None:
    _served(station).kill(restart_s=None)


async def _start(station: Station, _value: str) -> None:
    _served(station).start()


def _answers(make: Callable[[str, bool], Change]) -> Callable[[Station, str], Coroutine[None, None, None]]:
    async def do(station: Station, value: str) -> None:
        ollama = _served(station)
        ollama.answering.next_answers.append(make(value, ollama.era_c))

    return do


FAULTS: Mapping[str, Fault] = {
    "cut": Fault("drop every connection and refuse new ones, for VALUE s, else until heal", _cut),
    "half-open": Fault("the same for VALUE s (0), but its sshd does not notice and keeps what runs", _half_open),
    "power-loss": Fault(f"it loses power and boots anew after VALUE s ({POWER_S:g})", _power_loss),
    "hang": Fault("accept connections, but say nothing any more, until heal", _hang),
    "heal": Fault("undo every lasting fault", _heal),
    "slow": Fault("every frame and command VALUE s late (2), until heal", _slow),
    "newkey": Fault("sshd starts anew with another host key", _new_key),
    "garbage": Fault("the next frame has 1 MB of garbage inside", _garbage),
    "swap": Fault("VALUE MB (200) are swapped out, until heal", _swap),
    "reboot": Fault("it boots anew, at once", _reboot),
    "vanish": Fault("the file VALUE cannot be read any more, until heal", _vanish),
    "hot": Fault("the air around it is VALUE K hotter (enough for its limit), until heal", _hot),
    "misset": Fault(f"VALUE is wrong ({', '.join(DEFECTS)}), until its mending command or heal", _misset),
    "undervolt": Fault("its power supply is too weak, until heal", _undervolt),
    "line": Fault("its line to the internet has VALUE Mbit/s (20), until heal", _line),
    "offline": Fault("it loses its line to the internet, until line or heal", _offline),
    "stall": Fault("no byte comes over its line any more, until line or heal", _stall),
    "fill-disk": Fault("all but VALUE MB (300) of its disk is taken, until heal", _fill),
    "oom": Fault("the kernel kills Ollama's runner, at work or as soon as it works", _oom),
    "no-slots": Fault("the ports of its Ollama's runners are refused, until heal", _no_slots),
    "no-journal": Fault("the login may not read its journal, until heal", _no_journal),
    "kill-runner": Fault("a person kills Ollama's runner, at work or as soon as it works", _kill_runner),
    "by-hand": Fault("Ollama was started by hand: nothing brings it back, nor ends the runner it leaves", _by_hand),
    "kill-ollama": Fault("Ollama dies and is started anew after VALUE s (3)", _kill),
    "stop-ollama": Fault("Ollama dies and stays away, until start-ollama or heal", _stop),
    "start-ollama": Fault("Ollama is started", _start),
    **{name: Fault(words, _answers(make)) for name, (words, make) in ODD.items()},
}
