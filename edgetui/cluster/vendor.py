"""A vendor's tool on a channel of its own: slow or hanging, it never delays the probe's frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping

from edgetui.cluster.pulse import Pulse
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.probes import Command, Frame, Output
from edgetui.probes.quantity import count

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


SLACK_S = 0.5
"""Half a tick: a tool that is due every 3 s is asked at every third tick, however these jitter."""


class Tool:
    """One tool of one board: asked for the life of a link, at ticks of the fleet's one clock.

    The newest output stands in ``outputs``. A tool that is silent for longer than ``timeout_s`` loses its channel;
    the next one comes a period later. The old output stays: its age tells the decoder that there is no answer.
    """

    def __init__(self, command: Command, outputs: MutableMapping[str, Output]) -> None:
        self._command = command
        self._outputs = outputs
        self._pulse: Pulse | None = None
        self._due = 0.0
        """The loop's clock in s when it is to be asked again."""

    def tick(self, now: float) -> None:
        """Ask where it is time to; notice a tool that hangs. ``now``: the loop's clock in s."""
        pulse = self._pulse
        if pulse is None:
            return
        if pulse.overdue_s(now) > self._command.timeout_s:
            pulse.give_up()
        elif now >= self._due and pulse.tick(now, b"\n"):
            self._due = now + self._command.period_s - SLACK_S

    async def run(self, link: Link) -> None:
        """Keep the tool at hand until the link is lost."""
        while True:
            try:
                await self._life(link)
            except LinkError:
                if link.lost.done():
                    return
            await asyncio.sleep(self._command.period_s)

    async def _life(self, link: Link) -> None:
        pulse = Pulse(self._keep, talks_unasked=self._command.stream)
        program = _HEAD + (_STREAM if self._command.stream else _POLL)
        text = program.format(text=self._command.text, token=pulse.token)
        try:
            channel = await pulse.open(link, text.encode(), greets=False)
            self._pulse = pulse
            self._due = 0.0
            self.tick(asyncio.get_running_loop().time())
            await pulse.ended(channel)
        finally:
            self._pulse = None
            pulse.close()

    def _keep(self, frame: Frame) -> None:
        *lines, last = frame.lines or ("",)
        status = last.removeprefix("exit=")
        self._outputs[self._command.name] = Output(
            text="\n".join(lines),
            exit_status=count(status),
            at=time.time(),
        )
