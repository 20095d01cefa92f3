"""The shadow test: version B of a model or a script against A, on the same boards and the same questions. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from edgetui.model import NA, Reading, Reply, known, na
from edgetui.model.run import UNMEASURED
from edgetui.model.score import Score
from edgetui.model.sound import why_unsound
from edgetui.scoring.statistics import Interval, median_interval, wilson
from edgetui.summary.agreement import agree
from edgetui.summary.quantity import MEASURED
from edgetui.summary.shadow_rules import ShadowRules

Verdict: TypeAlias = Literal["promote", "reject", "cannot tell"]
Holds: TypeAlias = Literal["holds", "broken", "cannot tell"]
Pair: TypeAlias = tuple[Reply, Reply]
"""A's and B's reply to the same question on the same board, of the same number of repeat."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one rule."""

    rule: str
    holds: Holds
    sum: str
    """In words, with every figure that the verdict stands on."""
    n: int
    """Pairs, or items where repeats are no further evidence."""
    percent: Interval | None = None
    """The figure and between what it may lie, in percent; None for plain counts."""
    limit: float = 0.0
    """Percent, or a count."""

    def to_json(self) -> dict[str, Any]:
        """One element of ``rules``."""
        p = self.percent
        return {
            "rule": self.rule,
            "verdict": self.holds,
            "n": self.n,
            "value_percent": p and p.value,
            "low_percent": p and p.low,
            "high_percent": p and p.high,
            "confidence": p and p.confidence,
            "limit": self.limit,
            "sum": self.sum,
        }


@dataclass(frozen=True, slots=True)
class Shadow:
    """What a shadow test says."""

    findings: tuple[Finding, ...]
    pairs: int
    excluded: tuple[tuple[str, int], ...]
    """Why pairs were taken out, most frequent first."""
    sim_speed: float
    """0 for real boards."""

    @property
    def verdict(self) -> Verdict:
        """Reject where one rule is broken, promote where every rule holds."""
        told = {finding.holds for finding in self.findings}
        return "reject" if "broken" in told else "cannot tell" if "cannot tell" in told else "promote"

    def to_json(self) -> dict[str, Any]:
        """``shadow`` in the document of ``results shadow --json``."""
        return {
            "verdict": self.verdict,
            "pairs": self.pairs,
            "excluded": dict(self.excluded),
            "rules": [finding.to_json() for finding in self.findings],
            "simulated": self.sim_speed > 0,
            "sim_speed": self.sim_speed or None,
        }


def shadow(a: Iterable[Reply], b: Iterable[Reply], rules: ShadowRules) -> Shadow:
    """Judge B against A. Each side: the replies of one version, no cell twice."""
    old, new = ({_cell(reply): reply for reply in side} for side in (a, b))
    pairs: list[Pair] = []
    excluded: Counter[str] = Counter()
    failures = 0
    for cell in dict.fromkeys((*old, *new)):
        if cell not in old or cell not in new:
            excluded["only one of them was asked"] += 1
            continue
        pair = old[cell], new[cell]
        if _failed(pair):
            failures += 1
        elif why := _why_not(pair):
            excluded[why] += 1
        else:
            pairs.append(pair)
    findings = [_enough(len(pairs), rules), _failures(failures, rules)]
    if rules.max_slower_percent is not None:
        findings.append(_slower(pairs, rules.max_slower_percent, rules))
    if rules.min_agreement_percent is not None:
        told = [(pair, agree(*pair, rules)) for pair in pairs]
        findings.append(_share("agreement", "B answers as A", told, rules.min_agreement_percent, rules))
    if rules.min_accuracy_percent is not None:
        told = [(pair, _right(pair[1])) for pair in pairs]
        findings.append(_share("accuracy", "B is right", told, rules.min_accuracy_percent, rules))
    speed = max((reply.sim_speed for reply in (*old.values(), *new.values())), default=0.0)
    return Shadow(tuple(findings), len(pairs), tuple(excluded.most_common()), speed)


def _cell(reply: Reply) -> tuple[str, str, str, int]:
    asked = reply.request
    return asked.board, asked.task, asked.item, asked.repeat


def _failed(pair: Pair) -> bool:
    """B alone gave no whole answer. Heat excuses a time limit, and nothing else."""
    a, b = pair
    if a.outcome not in MEASURED or b.outcome in MEASURED or b.outcome in UNMEASURED or not _same(pair):
        return False
    return b.outcome != "timeout" or not any(map(_unsound, pair))


def _why_not(pair: Pair) -> str:
    """In words, why nothing can be learned of this pair; empty where something can."""
    if not _same(pair):
        return "not the same question"
    for reply in pair:
        if reply.outcome in UNMEASURED:
            return f"not measured: {reply.outcome}"
    for reply in pair:
        if why := _unsound(reply):
            return why
    return "" if pair[0].outcome in MEASURED else f"A gave no answer: {pair[0].outcome}"


def _same(pair: Pair) -> bool:
    asked = [
        (r.request.prompt, r.request.image_sha256, r.request.options, r.request.protocol.mode, r.sim_speed)
        for r in pair
    ]
    return asked[0] == asked[1]


def _unsound(reply: Reply) -> str:
    return why_unsound(reply.marks, reply.request.protocol.mode)


def _right(reply: Reply) -> bool | None:
    return reply.score.final[1] if isinstance(reply.score, Score) else None


def _enough(n: int, rules: ShadowRules) -> Finding:
    return Finding(
        "pairs",
        "holds" if n >= rules.min_pairs else "cannot tell",
        f"{n} pairs; at least {rules.min_pairs} are wanted",
        n,
        limit=rules.min_pairs,
    )


def _failures(n: int, rules: ShadowRules) -> Finding:
    return Finding(
        "failures",
        "holds" if n <= rules.max_failures else "broken",
        f"{n} times A answered and B did not; at most {rules.max_failures} allowed",
        n,
        limit=rules.max_failures,
    )


def _figure(reply: Reply, name: str) -> Reading:
    if name in reply.metrics.__slots__:
        metric: Reading = getattr(reply.metrics, name)
        return metric
    return dict(reply.figures).get(name, na(f"no figure {name}"))


def _slower(pairs: Sequence[Pair], limit: float, rules: ShadowRules) -> Finding:
    """Part by which B takes longer, pair by pair: boards of all speeds count alike."""
    both = [(_figure(a, rules.figure), _figure(b, rules.figure)) for a, b in pairs]
    parts = [100 * (b / a - 1) for a, b in both if known(a) and known(b) and a > 0]
    found = median_interval(parts, rules.confidence)
    if found is None:
        why = next((v.reason for two in both for v in two if isinstance(v, NA)), "no pairs")
        return Finding("slower", "cannot tell", f"{rules.figure}: n/a ({why})", 0, limit=limit)
    told = f"{rules.figure}: B takes {_signed(found)} of A, median of {len(parts)} pairs; at most {limit:+g} %"
    if found.confidence < rules.confidence:
        told += f"; so few pairs reach {found.confidence:.1%} and not {rules.confidence:.1%}"
        return Finding("slower", "cannot tell", told, len(parts), found, limit)
    holds: Holds = "broken" if found.low > limit else "holds" if found.high <= limit else "cannot tell"
    return Finding("slower", holds, told, len(parts), found, limit)


def _signed(found: Interval) -> str:
    return f"{found.value:+.1f} % [{found.low:+.1f}, {found.high:+.1f}]"


def _share(
    rule: str, words: str, told: Sequence[tuple[Pair, bool | None]], limit: float, rules: ShadowRules
) -> Finding:
    """Repeats and boards vote on an item: at temperature 0 they are no further evidence."""
    votes: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for (_, b), said in told:
        if said is not None:
            votes[b.request.task, b.request.item].append(said)
    n, yes = len(votes), sum(2 * sum(each) > len(each) for each in votes.values())
    share = wilson(yes, n, rules.confidence)
    if share is None:
        return Finding(rule, "cannot tell", f"{words}: n/a (no pair can be judged)", 0, limit=limit)
    found = Interval(100 * share.value, 100 * share.low, 100 * share.high, share.confidence)
    figures = f"{yes} of {n} items, {found.value:.0f} % [{found.low:.0f}, {found.high:.0f}]"
    holds: Holds = "broken" if found.high < limit else "holds" if found.low >= limit else "cannot tell"
    return Finding(rule, holds, f"{words}: {figures}; at least {limit:g} %", n, found, limit)
