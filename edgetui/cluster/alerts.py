"""Rules over the boards' States: what is wrong for long enough becomes one event, until it has been right again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from edgetui.cluster.hook import Hook
from edgetui.cluster.symptoms import Seen, in_words, measured
from edgetui.config import AlertRule, Config
from edgetui.model import Event, State, known
from edgetui.model.hostile import one_line

CLEAR_S = 30.0
"""What was wrong must have been right for so long before it counts as over."""
LINK_CLEAR_S = 3.0
"""The same for a link: who has put the cable back waits for that; it takes seconds of silence to be raised anew."""
EVERY_S = 1.0
FOR_EACH_S = 0.005
"""Of each board: 500 are looked at every 2.5 s, which no rule's own time notices."""
Key = tuple[str, str]
"""Title of the rule, board."""

DEFAULTS = (
    AlertRule(name="near its temperature limit", metric="over_limit_k", above=-5.0, for_s=30.0),
    AlertRule(name="throttling", metric="throttled", above=0.0, for_s=2.0),
    AlertRule(name="under-voltage", metric="under_voltage", above=0.0),
    AlertRule(name="swap grows", metric="swap_growth_bytes", above=50e6),
    AlertRule(name="link down", metric="link_down", above=0.0, for_s=5.0),
    AlertRule(name="Ollama down", metric="ollama_down", above=0.0),
    AlertRule(name="kernel killed a program for memory", metric="new_oom_kills", above=0.0),
    AlertRule(name="rebooted", metric="rebooted", above=0.0),
    AlertRule(name="disk nearly full", metric="disk_free_percent", below=5.0),
)
"""In force without any configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One alert that is not over."""

    rule: AlertRule
    board: str
    since: float
    """Unix s when it was raised."""
    last: float
    """Unix s when it was last seen to be wrong."""
    text: str
    """As it was raised."""
    value: float = 1.0
    """Newest reading that was wrong, in the metric's unit; 1 for a condition."""
    told: bool = False
    """Somebody has been told; until then it was quiet."""
    acknowledged: bool = False
    silenced_until: float = 0.0
    """Unix s."""
    simulated: bool | None = None
    """Of a simulated board; None where it has not told yet what it is."""

    def is_open(self, now: float) -> bool:
        """Does it wait for a person at ``now``, Unix s: neither acknowledged nor silenced?"""
        return not self.acknowledged and self.silenced_until <= now

    def is_quiet(self, now: float) -> bool:
        """Does it go to the log alone at ``now``, Unix s?"""
        return not self.is_open(now) or self.rule.is_quiet(datetime.fromtimestamp(now).time())


@dataclass(slots=True)
class Memory:
    """What ``evaluate`` remembers between two looks."""

    standing: dict[Key, Standing] = field(default_factory=dict)
    pending: dict[Key, float] = field(default_factory=dict)
    """Unix s since when it has been wrong, not yet for long enough."""
    silenced: dict[Key, float] = field(default_factory=dict)
    """Unix s until when nobody is to be told."""
    seen: dict[str, Seen] = field(default_factory=dict)


def rules(config: Config) -> tuple[AlertRule, ...]:
    """The defaults and the configured ones, which replace those of the same name; each names its boards."""
    named = {rule.title: rule for rule in DEFAULTS} if config.alerts.defaults else {}
    named |= {rule.title: rule for rule in config.alert}
    return tuple(rule.model_copy(update={"boards": _boards(rule, config)}) for rule in named.values())


def evaluate(rules: Sequence[AlertRule], states: Mapping[str, State], memory: Memory, now: float) -> list[Event]:
    """One look, at ``now`` in Unix s: what is raised, told late or over. A missing reading changes nothing."""
    events: list[Event] = []
    for board, state in states.items():
        if state.attempts <= 1 and state.identity is None and state.link == "connecting":
            continue  # nothing is known of it yet: a fleet that comes up is spared this
        seen = memory.seen.get(board, Seen())
        judged = (_judge(rule, state, seen, memory, now) for rule in rules if board in rule.boards)
        events += [event for event in judged if event]
        memory.seen[board] = seen.next(state)
    return events


def _boards(rule: AlertRule, config: Config) -> frozenset[str]:
    """A set: every rule is asked for every board of a fleet, again and again."""
    everywhere = not rule.boards and not rule.tags
    wanted = set(rule.tags)
    return frozenset(b.name for b in config.board if everywhere or b.name in rule.boards or wanted & set(b.tags))


def _judge(rule: AlertRule, state: State, seen: Seen, memory: Memory, now: float) -> Event | None:
    key = rule.title, state.board
    value = measured(rule.metric, state, seen, now)
    standing = memory.standing.get(key)
    if not known(value) or not rule.breached(value):
        memory.pending.pop(key, None)
        if known(value) and standing is not None:
            return _calm(standing, memory, now)
        return None
    if standing is not None:
        return _go_on(standing, value, memory, now)
    began = memory.pending[key] = min(now, memory.pending.get(key, now))  # the clock may have been set back
    if now - began < rule.for_s:
        return None
    del memory.pending[key]
    words = in_words(rule.metric, value, state)
    text = one_line(f"{rule.title}: {words}" if words else rule.title)
    until = memory.silenced.get(key, 0.0)
    raised = Standing(
        rule=rule,
        board=state.board,
        since=now,
        last=now,
        text=text,
        value=value,
        silenced_until=until,
        simulated=state.identity.simulated if state.identity is not None else None,
    )
    memory.standing[key] = replace(raised, told=not raised.is_quiet(now))
    return _event(raised, "raised", text, now)


def _calm(alert: Standing, memory: Memory, now: float) -> Event | None:
    """Over, if it has been right for long enough; a clock that was set back begins that time anew."""
    key = alert.rule.title, alert.board
    if now < alert.last:
        memory.standing[key] = replace(alert, last=now)
    if now - alert.last < (LINK_CLEAR_S if alert.rule.metric == "link_down" else CLEAR_S):
        return None
    del memory.standing[key]
    return _event(alert, "over", f"{alert.rule.title}: over", now, quiet=not alert.told)


def _go_on(alert: Standing, value: float, memory: Memory, now: float) -> Event | None:
    """What still stands when quiet hours or a silence end is told then."""
    due = not alert.told and not alert.is_quiet(now)
    memory.standing[alert.rule.title, alert.board] = replace(alert, last=now, value=value, told=alert.told or due)
    since = datetime.fromtimestamp(alert.since).strftime("%H:%M")
    return _event(alert, "stands", f"{alert.text}, since {since}", now) if due else None


def _event(alert: Standing, action: str, text: str, now: float, *, quiet: bool = False) -> Event:
    rule = alert.rule
    detail = {
        "action": action,
        "rule": rule.title,
        "metric": rule.metric,
        "value": alert.value,
        "quiet": quiet or alert.is_quiet(now),
        "simulated": alert.simulated,
    }
    return Event(time=now, board=alert.board, kind="alert", text=text, detail=detail)


class Alerts:
    """Looks once a second (at a fleet less often), tells what it finds and, unless it is quiet, the hook."""

    def __init__(self, config: Config, states: Mapping[str, State], tell: Callable[[Event], None]) -> None:
        self._rules = rules(config)
        self._states = states
        self.memory = Memory()
        """Written in the cluster's loop alone."""
        self._tell = tell
        self._hook = Hook(config.alerts.hook, tell)

    @property
    def standing(self) -> tuple[Standing, ...]:
        """Alerts that are not over, oldest first; for any thread, as a copy is made in one step."""
        return tuple(self.memory.standing.copy().values())

    async def run(self) -> None:
        """Look for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hook.run())
            while True:
                for event in evaluate(self._rules, self._states, self.memory, time.time()):
                    self._tell(event)
                    if not event.detail["quiet"]:
                        self._hook.send(event)
                await asyncio.sleep(max(EVERY_S, len(self._states) * FOR_EACH_S))

    def acknowledge(self, rule: str, board: str) -> None:
        """A person has seen it: it stands until it is over, and nobody is told of that. ``rule``: its title."""
        key = rule, board
        if (alert := self.memory.standing.get(key)) is not None and not alert.acknowledged:
            self.memory.standing[key] = seen = replace(alert, acknowledged=True)
            self._tell(_event(seen, "acknowledged", f"{rule}: acknowledged", time.time()))

    def silence(self, rule: str, board: str, until: float) -> None:
        """Keep this alert of this board in the log alone, until then in Unix s; what still stands then is told.

        A time that is over ends a silence.
        """
        now = time.time()
        self.memory.silenced[rule, board] = until
        if (alert := self.memory.standing.get((rule, board))) is not None:
            self.memory.standing[rule, board] = alert = replace(alert, silenced_until=until, told=False)
            words = datetime.fromtimestamp(until).strftime("silenced until %a %H:%M")
            text = f"{rule}: {words if until > now else 'no longer silenced'}"
            self._tell(_event(alert, "silenced", text, now))
