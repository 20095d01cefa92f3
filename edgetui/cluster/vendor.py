"""A vendor's tool on a channel of its own: slow or hanging, it never delays the probe's frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping

from edgetui.cluster.pulse import Pulse
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.probes import Command, Frame, Output

_HEAD = """# edgetui vendor: {text}
export LC_ALL=C
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/vc/bin
nl='
'
set -f
T=; printf 'x\\n' | {{ read -t 1 a 2>/dev/null && [ "$a" = x ]; }} && T='-t 60'
i=0 n=1 p=
say() {{
  i=$((i+1)); printf '@{token} %s 0 vendor\\n%sexit=%s\\n.{token} %s %s\\n' $i "$p" $1 $i $n; n=1 p=
}}
"""
"""Prints the tool's output as one frame in the probe's grammar with ``exit=N`` last; blank lines are dropped.
``read -t`` ends it where the cable was cut and no FIN came."""
_POLL = """while IFS= read -r $T _; do
  o=$({text} 2>&1 </dev/null); s=$?
  IFS=$nl; for l in $o; do p=$p$l$nl; n=$((n+1)); done; unset IFS
  say $s
done
#END
"""
"""Waits for a line and runs the tool. One sh for life: opening a channel for every poll would cost the host 1.5 ms
each."""
_STREAM = """exec 2>/dev/null
{{ {text} 2>&1; echo exit=$?; }} </dev/null | {{
  b=-1 s=
  while IFS= read -r l; do
    case $l in '') continue;; exit=*) s=${{l#exit=}}; break;; esac
    if [ "${{l%%,*}}" -le "$b" ]; then say 0; fi
    b=${{l%%,*}} n=$((n+1)) p=$p$l$nl
  done
  say $s; kill $$
}} &
while IFS= read -r $T _; do :; done
kill $!
#END
"""
"""Runs the tool once; without the one who reads it, its next line ends it. The lines from the host only say that
somebody still listens."""


async def poll(link: Link, command: Command, outputs: MutableMapping[str, Output]) -> None:
    """Run ``command`` every ``period_s`` for the life of ``link``; the newest output stands in ``outputs``.

    One that is silent for longer than ``timeout_s`` loses its channel; the next comes a period later on a new one.
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
            text="\n".join(lines),
            exit_status=int(status) if status.isascii() and status.isdecimal() else None,
            at=time.time(),
        )
        arrived.set()

    pulse = Pulse(keep, talks_unasked=command.stream)
    loop = asyncio.get_running_loop()
    program = _HEAD + (_STREAM if command.stream else _POLL)
    try:
        channel = await pulse.open(
            link, program.format(text=command.text, token=pulse.token).encode(), greets=False
        )
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
