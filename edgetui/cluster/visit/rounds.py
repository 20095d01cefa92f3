"""Goes round: asks the one board that somebody looks at, every few seconds, and nobody else."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Mapping

from edgetui.cluster.asking import Answer, Clock, answers, script
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.visit.questions import CLOCK, DEAR, PRELUDE, QUICK
from edgetui.cluster.visit.visit import Visit, visit
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import NA, na

QUICK_S, DEAR_S = 3.0, 30.0
"""Host s between two rounds, and between two of the dear ones."""
LEASE_S = 4.0
"""So long after the last look at it a board is still visited."""
QUICK_LIMIT_S, DEAR_LIMIT_S, CLOCK_LIMIT_S = 10.0, 40.0, 10.0


class Rounds:
    """Lives in the cluster's loop; ``seen`` may be read from any thread."""

    def __init__(self, keepers: Mapping[str, Keeper]) -> None:
        self.seen: Visit | None = None
        """The newest visit, of the board last looked at."""
        self._keepers = keepers
        self._board = ""
        self._until = 0.0
        """The loop's clock when the lease ends."""
        self._wake = asyncio.Event()
        self._dear_at: float | None = None
        """Monotonic s of the last dear round; None: one is due."""

    def look(self, board: str) -> None:
        """Somebody looks at this board: visit it, and go on for ``LEASE_S``."""
        self._until = asyncio.get_running_loop().time() + LEASE_S
        if board != self._board:
            self._board, self.seen, self._dear_at = board, None, None
        self._wake.set()

    @property
    def looked_at(self) -> str:
        """The board that somebody looks at now; empty: none."""
        return self._board if asyncio.get_running_loop().time() <= self._until else ""

    def again(self) -> None:
        """Ask everything anew at the next round: something was changed on the board."""
        self._dear_at = None

    async def run(self) -> None:
        """Visit for ever whoever is looked at."""
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() > self._until:
                self._wake.clear()
                await self._wake.wait()
                self._dear_at = None
            keeper = self._keepers.get(self._board)
            if keeper is not None and keeper.link is not None:
                await self._round(keeper, keeper.link)
            await self._rest()

    async def _rest(self) -> None:
        board = self._board
        for _ in range(int(QUICK_S / 0.25)):
            await asyncio.sleep(0.25)
            if board != self._board or self._dear_at is None:
                return

    async def _round(self, keeper: Keeper, link: Link) -> None:
        name, before = self._board, self.seen
        dear = self._dear_at is None or time.monotonic() - self._dear_at > DEAR_S
        clock: Clock | NA = before.clock if before else na("being asked")
        found = await ask_all(link, QUICK, QUICK_LIMIT_S)
        self._show(name, visit(name, time.time(), {**(before.answers if before else {}), **found}, clock, before))
        if dear and self._board == name:
            self._dear_at = time.monotonic()
            keeper.survey_soon()
            found |= await ask_all(link, DEAR, DEAR_LIMIT_S, PRELUDE)
            clock = await ask_clock(link)
            now = self.seen
            self._show(name, visit(name, time.time(), {**found, **_fresh(now)}, clock, before))

    def _show(self, name: str, seen: Visit) -> None:
        if name == self._board:
            self.seen = seen


def _fresh(seen: Visit | None) -> Mapping[str, Answer | NA]:
    """The quick answers of the same round, which the rates were made from."""
    return {} if seen is None else {name: seen.answers[name] for name in QUICK if name in seen.answers}


async def ask_all(
    link: Link, wanted: Mapping[str, str], timeout: float, prelude: str = ""
) -> dict[str, Answer | NA]:
    """Answers by name; what was not answered is NA with the reason."""
    token = secrets.token_hex(6)
    try:
        done = await link.run(script(wanted, token, prelude), timeout=timeout)
    except LinkError as error:
        return dict.fromkeys(wanted, na(error.message))
    except TimeoutError:
        return dict.fromkeys(wanted, na("the board did not answer in time"))
    found = answers(done.stdout, token)
    return {name: found.get(name, na("the board gave no whole answer")) for name in wanted}


async def ask_clock(link: Link) -> Clock | NA:
    """The board's clock, between the two moments at which we asked and heard."""
    asked = time.time()
    try:
        done = await link.run(CLOCK, timeout=CLOCK_LIMIT_S)
    except LinkError as error:
        return na(error.message)
    except TimeoutError:
        return na("the board did not answer in time")
    answered = time.time()
    found = re.match(r"(\d{1,12})(?:\.(\d{9}))?", done.stdout)
    if found is None:
        return na("date gave no number")
    if found[2] is None:  # busybox knows whole seconds only
        return Clock(float(found[1]), asked, answered)
    return Clock(int(found[1]) + int(found[2]) / 1e9, asked, answered, grain_s=0.0)
