"""A vendor's tool on a channel of its own: slow or hanging, it never delays the probe's frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping

from edgetui.cluster.pulse import Pulse
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.probes import Command, Frame, Output

_PROGRAM = """# edgetui vendor: {text}
export LC_ALL=C
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/vc/bin
nl='
'
set -f
T=; printf 'x\\n' | {{ read -t 1 a 2>/dev/null && [ "$a" = x ]; }} && T='-t 60'
i=0
while IFS= read -r $T _; do
  i=$((i+1)); o=$({text} 2>&1 </dev/null); s=$?
  p=; n=1; IFS=$nl; for l in $o; do p=$p$l$nl; n=$((n+1)); done; unset IFS
  printf '@{token} %s 0 vendor\\n%sexit=%s\\n.{token} %s %s\\n' $i "$p" $s $i $n
done
#END
"""
"""Waits for a line, runs the tool, prints its output as one frame in the probe's grammar with ``exit=N`` last.
Blank lines of the output are dropped. One sh for life: opening a channel for every poll would cost the host 1.5 ms
each. ``read -t`` ends it where the cable was cut and no FIN came."""


async def poll(link: Link, command: Command, outputs: MutableMapping[str, Output]) -> None:
    """Run ``command`` every ``period_s`` for the life of ``link``; the newest output stands in ``outputs``.

    A call that takes longer than ``timeout_s`` loses its channel; the next one comes a period later on a new one.
    The old output stays: its age tells the decoder that the tool no longer answers.
    """
    while True:
        try:
            await _life(link, command, outputs)
        except LinkError:
            if link.lost.done():
                return
        await asyncio.sleep(command.period_s)


async def _life(link: Link, command: Command, outputs: MutableMapping[str, Output]) -> None:
    arrived = asyncio.Event()

    def keep(frame: Frame) -> None:
        *lines, last = frame.lines or ("",)
        status = last.removeprefix("exit=")
        outputs[command.name] = Output(
            text="\n".join(lines), exit_status=int(status) if status.isdigit() else None, at=time.time()
        )
        arrived.set()

    pulse = Pulse(keep)
    loop = asyncio.get_running_loop()
    program = _PROGRAM.format(text=command.text, token=pulse.token).encode()
    try:
        channel = await pulse.open(link, program, greets=False)
        while not channel.closed.done():
            arrived.clear()
            pulse.tick(loop.time(), b"\n")
            async with asyncio.timeout(command.timeout_s):
                await arrived.wait()
            await asyncio.sleep(command.period_s)
    except TimeoutError:
        pass
    finally:
        pulse.close()
