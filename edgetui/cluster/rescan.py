"""A second look at a board whose probe made its list of files minutes ago: zones and drivers come and go."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from edgetui.cluster.pulse import Pulse
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.probes import Frame, program

EVERY_S = 300.0
"""Spread by a fifth, so that a fleet is not looked at all at once; costs the board one more start of the probe."""
LIMIT_S = 15.0
_WHO = ("pid=", "stat=", "f=")
"""Lines of a hello that differ though the same files are read."""


class Rescan:
    """What one board's probe reads, and whether another one would read other files."""

    def __init__(self, renew: Callable[[], None]) -> None:
        """``renew`` is called when the probe shall be started anew."""
        self._renew = renew
        self._files = 0
        """Hash of them: the lines themselves are 5 kB a board."""
        self._renewing = False

    def begun(self, hello: Frame) -> None:
        """A probe has begun."""
        self._files = hash(files(hello))
        self._renewing = False

    @property
    def renewing(self) -> bool:
        """The probe was ended for one that takes over at once."""
        return self._renewing

    async def watch(self, link: Link) -> None:
        """Look again, for ever. The probe goes on meanwhile: where nothing has changed, no frame is missed."""
        while True:
            await asyncio.sleep(EVERY_S * random.uniform(0.8, 1.2))
            hello = await _look(link)
            if hello is not None and hash(files(hello)) != self._files:
                self._renewing = True
                self._renew()


def files(hello: Frame) -> frozenset[str]:
    """What the frames after this hello can hold."""
    return frozenset(line for line in hello.lines if not line.startswith(_WHO))


async def _look(link: Link) -> Frame | None:
    """The hello of another probe, which ends with it; None where there is none in time."""
    said: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
    pulse = Pulse(lambda frame: None if said.done() else said.set_result(frame))
    try:
        async with asyncio.timeout(LIMIT_S):
            await pulse.open(link, program(pulse.token), greets=True)
            return await said
    except (LinkError, TimeoutError):
        return None
    finally:
        pulse.close()
