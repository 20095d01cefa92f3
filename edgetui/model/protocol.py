"""How replies are measured: a frozen value that is stored with every run. docs/protocol.md gives the reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

Mode: TypeAlias = Literal["quick", "burst", "sustained"]
"""``quick``: one after another as asked, indicative only. ``burst``: every repeat from a cool board.
``sustained``: back to back until the board's speed and temperature are steady."""

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The rules of one run."""

    mode: Mode = "quick"
    warm_up: bool = False
    """Before the repeats of a cell: one request without its picture, for the tokens of the text, and one with
    another, small picture; both are discarded."""
    warm_up_tokens: int = 8
    """``num_predict`` of the latter."""
    gate: bool = False
    """Start only when the board is as cool as when idle and nothing throttles it."""
    gate_k: float = 3.0
    """So far above the idle temperature it may be."""
    gate_wait_s: float = 900.0
    """So long a start is put off, by the board's own clock; then it is made and marked ``hot-start``."""
    idle_s: float = 60.0
    """The idle temperature is the median of so long a time, by the board's own clock."""
    nonce: bool = True
    """Pixels are changed invisibly in each repeat, so that no cache answers."""
    parallel: bool = False
    """Boards of one stack work at the same time and heat each other: marked ``co-run``."""
    by_turns: bool = False
    """The repeats of all models by turns, A B B A, and not model by model: what drifts hits them alike."""
    seed: int = 0
    """Rotates the order of models from board to board."""
    patience_s: float = 20.0
    """Host s that a cell waits for a board which is not there."""

    @property
    def name(self) -> str:
        """``burst-1``; what is otherwise than by default stands behind it."""
        off = [] if self.mode == "quick" or self.gate else ["no-gate"]
        off += [] if self.nonce else ["no-nonce"]
        off += ["parallel"] if self.parallel else []
        off += ["by-turns"] if self.by_turns else []
        return " ".join([f"{self.mode}-{VERSION}", *off])

    def to_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Protocol:
        """The reverse; what a newer edgetui added is left out."""
        names = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in said.items() if name in names})


QUICK = Protocol()
REPEATS: dict[Mode, int] = {"quick": 3, "burst": 5, "sustained": 12}
"""How often by default. Of ``sustained`` it is the most: it ends when it is steady."""
PUBLISHABLE = 5
"""Fewer repeats than this are *indicative*: below it even the range of all values holds the true median with
less than 94 % (1 − 2·0.5ⁿ), and no test can tell two boards apart."""


def protocol_of(
    mode: Mode, *, gate: bool = True, nonce: bool = True, parallel: bool = False, by_turns: bool = False
) -> Protocol:
    """The protocol of this mode, with what is otherwise than by default."""
    measured = mode != "quick"
    return Protocol(
        mode=mode,
        warm_up=measured,
        gate=measured and gate,
        nonce=nonce,
        parallel=parallel,
        by_turns=by_turns,
        patience_s=120.0 if measured else QUICK.patience_s,
    )
