"""What is compared, and in whose time: a simulated board that lives S times faster is told in its own seconds."""

from __future__ import annotations

from dataclasses import dataclass

from edgetui.model import Reading, Reply, known, na
from edgetui.model.own_time import own


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure of ``Metrics``, or of ``Phases``."""

    name: str
    """Of the field there."""
    label: str
    """As a table's head."""
    unit: str
    definition: str
    less_is_better: bool | None = True

    def of(self, reply: Reply) -> Reading:
        """In the board's own time."""
        told = reply.phases if self.name == "read_s" else reply.metrics
        value: Reading = getattr(told, self.name)
        return own(self.name, value, reply.sim_speed)


QUANTITIES: dict[str, Quantity] = {
    q.name: q
    for q in (
        Quantity("e2e_s", "end to end", "s", "the timed request from send to done, without load"),
        Quantity("ttft_s", "TTFT", "s", "send to the first non-empty piece"),
        Quantity("read_s", "encode+prefill", "s", "reading the picture and the prompt; apart they do not compare"),
        Quantity("tok_per_s", "tok/s", "tok/s", "(eval_count − 1) / eval_duration", less_is_better=False),
        Quantity("t100_s", "T100", "s", "TTFT + 99 inter-token latencies: an answer of 100 tokens"),
        Quantity("output_tokens", "tokens", "", "tokens of the answer", less_is_better=None),
        Quantity("image_tokens", "image tokens", "", "prompt tokens with the picture minus those without", None),
        Quantity("gross_j", "J/answer", "J", "energy of the timed request within its scope"),
        Quantity("net_j", "J net", "J", "the same minus the power at rest"),
        Quantity("throttled_percent", "throttled", "%", "share of readings with a throttle in force"),
    )
}
"""By name, in the order in which they are shown."""
MEASURED = ("ok", "truncated")
"""Outcomes whose times are those of a whole answer."""


def limit_s(reply: Reply) -> Reading:
    """For an answer that a time limit ended: the board's s for which it had been awaited, its load left out."""
    if reply.outcome != "timeout":
        return na("no time limit ended it")
    p = reply.phases
    if not known(p.total_s):
        return p.total_s
    waited = sum(s for s in (p.queue_s, p.gate_s, p.load_s) if known(s))
    return own("total_s", p.total_s - waited, reply.sim_speed)
