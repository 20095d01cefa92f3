"""What happened to a board, and what to do about it, in sentences. Pure; only what the readings bear out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgetui.model import NA, WORDS, HistoryPoint, Identity, Sample, known
from edgetui.model.throttle import Kind
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.ink import Ink
from edgetui.ui.spans import WorkSpan

SWAP_BYTES = 256 * 1024 * 1024
"""Growth of swap that is worth a sentence."""
UNSEEN_S = 2.5
"""The first reading of an answer may come so late."""
LEAST_S, LEAST_CHARACTERS, LEAST_SLOWER = 3.0, 40, 0.05
"""Before and after the throttle began there must be so much of an answer to compare its speed."""

WELL_BELOW_C = 10.0
"""So far below its limit a board is not throttled by heat; hysteresis and slow sensors are smaller."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finding; the gravest come first."""

    text: str
    ink: Ink


@dataclass(frozen=True, slots=True)
class Force:
    """How one kind of throttle was in force in a stretch of time."""

    times: int
    seconds: float
    begins: float
    """Unix s of the first reading with it."""
    first: Sample
    exact: bool
    """False where readings are so coarse or so far apart that it may have been more often."""


def explain(points: Sequence[HistoryPoint], span: WorkSpan | None, identity: Identity | None) -> list[Sentence]:
    """Of the answer ``span``, or of all ``points`` where there is none. Never empty."""
    told = [p for p in points if span is None or span.since - p.span_s < p.sample.time <= span.until]
    during = f" during {span.words}" if span else ""
    asked = [p for p in told if known(p.sample.throttle)]
    whole = span is None or (bool(asked) and asked[0].sample.time <= span.since + UNSEEN_S)
    found = {kind: held for kind in WORDS if (held := force(asked, kind, whole=whole))}
    out = [*_forces(found, asked, during, identity, span), *_swap(told, during)]
    return [*(out or [_calm(told, asked, during)]), *_before(asked, found), *_held_back(told)]


def _calm(told: Sequence[HistoryPoint], asked: Sequence[HistoryPoint], during: str) -> Sentence:
    if not told:
        return Sentence(f"no readings{during}", "muted")
    if not asked:
        throttle = told[-1].sample.throttle
        reason = f": {throttle.reason}" if isinstance(throttle, NA) else ""
        return Sentence(f"whether it throttled{during} is not known{reason}", "muted")
    return Sentence(f"not throttled{during}{_hottest(told)}", "muted")


def force(points: Sequence[HistoryPoint], kind: Kind, *, whole: bool) -> Force | None:
    """None where it was not in force; a sticky bit that appears between two readings counts as once.

    ``whole``: the readings reach back to the beginning of what is told.
    """
    times, seconds, begins, first = 0, 0.0, 0.0, None
    before: HistoryPoint | None = None
    for point in points:
        if _on(kind, point, before):
            if before is None or not _on_now(kind, before):
                times += 1
            if first is None:
                begins, first = point.sample.time, point.sample
            if _on_now(kind, point):
                seconds += point.span_s
        before = point
    if first is None:
        return None
    return Force(times, seconds, begins, first, whole and all(p.span_s == 1 for p in points))


def _whens(kind: Kind, point: HistoryPoint) -> set[str]:
    throttle = point.sample.throttle
    return {t.when for t in throttle if t.kind == kind} if known(throttle) else set()


def _on_now(kind: Kind, point: HistoryPoint) -> bool:
    return "now" in _whens(kind, point)


def _on(kind: Kind, point: HistoryPoint, before: HistoryPoint | None) -> bool:
    whens = _whens(kind, point)
    return "now" in whens or ("boot" in whens and before is not None and not _whens(kind, before))


def _forces(
    found: Mapping[Kind, Force],
    asked: Sequence[HistoryPoint],
    during: str,
    identity: Identity | None,
    span: WorkSpan | None,
) -> Iterator[Sentence]:
    """The supply first: while it sags, neither a throttled nor a capped clock tells anything of heat."""
    low, hot, capped, limited = found.get("U"), found.get("T") or found.get("S"), found.get("F"), found.get("P")
    # a capped clock is how the board obeys the other limits; alone it is a finding of its own
    effect = "" if hot or not capped else _clock(asked, "F") + slowdown(span, capped.begins)
    again = "" if low else during  # which answer it was is said once
    if low:
        times = "once" if low.times == 1 else f"{low.times} times"
        least = "" if low.exact else "at least "
        words = f"under-voltage {least}{times}{_lasting(low)}{during}: {_supply(identity)}"
        yield Sentence(words + effect, "bad")
    if hot:
        kind: Kind = "T" if "T" in found else "S"
        longer = f"; clock capped{_lasting(capped)}" if capped and capped.seconds > hot.seconds + 1 else ""
        fell = longer + _clock(asked, kind) + slowdown(span, hot.begins)
        yield Sentence(_heat(kind, hot, asked, again, low is not None) + fell, "bad")
        again = ""
    elif capped and not low and not limited:
        yield Sentence(f"clock capped{_lasting(capped)}{during}: look at heat and supply{effect}", "bad")
    if limited:
        why = "mend the supply first" if low else "it asked for more than its power mode or supply gives"
        less = "" if low or hot else effect
        yield Sentence(f"power or current limit{_lasting(limited)}{again}: {why}{less}", "warn")


def _heat(kind: Kind, hot: Force, asked: Sequence[HistoryPoint], during: str, low: bool) -> str:
    """What throttled it, and what to do; heat is blamed only where the temperature bears it out."""
    name = "throttled" if kind == "T" else "soft temperature limit"
    here = [hot.first, *(p.sample for p in asked if _on_now(kind, p))]
    warmest = max((s.temperature_c for s in here if known(s.temperature_c)), default=None)
    limit = min((s.limit_c for s in here if known(s.limit_c)), default=None)
    if kind == "T" and warmest is not None and limit is not None and warmest < limit - WELL_BELOW_C:
        at = f" at {numbers.celsius(warmest)}C of {numbers.celsius(limit)}C"
        why = "that is its supply, not heat; mend the supply" if low else "that is not heat; look at its supply"
        return f"{name}{at}{_lasting(hot)}{during}: {why}"
    at = f" from {numbers.celsius(hot.first.temperature_c)}C on" if known(hot.first.temperature_c) else ""
    return f"{name}{at}{_lasting(hot)}{during}: {'mend the supply first, then ' if low else ''}{_cooling(here)}"


def _cooling(here: Sequence[Sample]) -> str:
    """What a board with or without a fan of its own needs."""
    turns = [s.fan_rpm for s in here if known(s.fan_rpm)]
    if not turns:
        return "add a fan or a heatsink"
    return "give its fan a larger heatsink or cooler air" if max(turns) > 0 else "see why its fan stands still"


def _before(asked: Sequence[HistoryPoint], found: Mapping[Kind, Force]) -> Iterator[Sentence]:
    """What was since boot, but not in these readings."""
    past = [WORDS[kind] for kind in WORDS if asked and kind not in found and "boot" in _whens(kind, asked[0])]
    if past:
        yield Sentence(f"since boot, but before this: {', '.join(past)}", "muted")


def _held_back(told: Sequence[HistoryPoint]) -> Iterator[Sentence]:
    """Caps that somebody set; they are no throttling."""
    caps = dict.fromkeys(cap for p in told for cap in p.sample.caps)
    if caps:
        yield Sentence(f"held back, not throttled, by {', '.join(caps)}", "muted")


def _lasting(held: Force) -> str:
    about = "" if held.exact else "about "
    return f" for {about}{numbers.ago(held.seconds)}" if held.seconds else ""


def _supply(identity: Identity | None) -> str:
    """The firmware's threshold is 4.63 V ± 5 % on every Pi that tells (raspberrypi.com, "Power supplies")."""
    if identity is None or identity.family != "raspberry-pi":
        return "its supply sags; use a stronger one and a shorter, thicker cable"
    amperes = 5 if "Raspberry Pi 5" in identity.model else 3
    return f"below 4.63 V; use a 5 V {amperes} A supply with a short, thick cable"


def _clock(asked: Sequence[HistoryPoint], kind: Kind) -> str:
    """How far the real clock fell meanwhile."""
    samples = [p.sample for p in asked if _on_now(kind, p)]
    clocks = [s.clock_hz for s in samples if known(s.clock_hz) and s.clock_source == "real"]
    most = samples[-1].clock_max_hz if samples else None
    if not clocks or not known(most) or min(clocks) >= most * 0.98:
        return ""
    return f"; its clock fell to {numbers.gigahertz(min(clocks))} of {numbers.gigahertz(most)} GHz"


def slowdown(span: WorkSpan | None, begins: float) -> str:
    """How much slower its text came from ``begins`` on, Unix s; empty where too little came to tell."""
    if span is None or len(span.arrivals) < 2:
        return ""
    first, last = span.arrivals[0][0], span.arrivals[-1][0]
    before = sum(characters for at, characters in span.arrivals[1:] if at <= begins)
    after = sum(characters for at, characters in span.arrivals[1:] if at > begins)
    if min(begins - first, last - begins) < LEAST_S or min(before, after) < LEAST_CHARACTERS:
        return ""
    slower = 1 - after / (last - begins) / (before / (begins - first))
    return f"; its text came {slower:.0%} slower than before" if slower >= LEAST_SLOWER else ""


def _swap(told: Sequence[HistoryPoint], during: str) -> Iterator[Sentence]:
    used = [p.sample.swap_used_bytes for p in told if known(p.sample.swap_used_bytes)]
    if used and (grown := max(used) - used[0]) >= SWAP_BYTES:
        words = f"swap grew by {numbers.gibibytes(grown)} GiB{during}: take a smaller model or a shorter context"
        yield Sentence(words, "warn")


def _hottest(told: Sequence[HistoryPoint]) -> str:
    values = [(p.temperature_max_c, p.sample.limit_c) for p in told if known(p.temperature_max_c)]
    if not values:
        return ""
    hottest, limit = max(values, key=lambda value: value[0])
    of = f" of {numbers.celsius(limit)}C" if known(limit) else ""
    return f"; hottest {numbers.celsius(hottest)}C{of}"
