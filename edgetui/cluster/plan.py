"""What was asked for, as a value and as the JSON that the Store keeps, so that a run can be gone on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from edgetui.errors import UsageError
from edgetui.model import Options, Protocol
from edgetui.model.script import Script
from edgetui.runners.registry import runners

BY_USER = "cancelled by the user"
"""The reason of an answer that a person did not want any more: going on with its run leaves it out."""
CLOSED = "edgetui was closed"
"""The reason of one that ended with the program: its run is not over."""


class Question(NamedTuple):
    """One item of an order."""

    item: str
    image: bytes = b""
    """As sent; empty without a picture."""
    image_sha256: str = ""
    prompt: str = ""
    """Empty: the order's."""
    truth: Mapping[str, Any] | None = None
    """None: the answer is not scored."""
    canary: bool = False
    picture: str = ""
    """What was done to the image when it was read, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person asked for: one task's items on boards with models, so many times."""

    task: str
    kind: str
    runner: str = "ollama"
    prompt: str
    metric: str = ""
    """How answers are scored; empty: they are not."""
    items: tuple[Question, ...]
    models: tuple[str, ...]
    boards: tuple[str, ...]
    """In the order in which they are to be shown: the reference board first."""
    repeats: int = 1
    options: Options = field(default_factory=Options)
    timeout_s: float = 1800.0
    protocol: Protocol = field(default_factory=Protocol)
    script: Script | None = None
    """What is run on the boards; then ``models`` are names of its variants."""


_ITEM = ("item", "image_sha256", "prompt", "truth", "canary", "picture")
_ORDER = ("task", "kind", "runner", "prompt", "metric", "timeout_s")


def plan_of(orders: Sequence[Order]) -> dict[str, Any]:
    """All cells that are to be measured, without the pictures."""
    first = orders[0]
    return {
        "protocol": first.protocol.to_json(),
        "models": list(first.models),
        "boards": list(first.boards),
        "repeats": first.repeats,
        "orders": [
            {name: getattr(order, name) for name in _ORDER}
            | {"options": asdict(order.options), "items": [_item(each) for each in order.items]}
            | {"script": order.script and order.script.to_json()}
            for order in orders
        ],
    }


def _item(asked: Question) -> dict[str, Any]:
    said = {name: getattr(asked, name) for name in _ITEM}
    return {**said, "truth": None if asked.truth is None else dict(asked.truth)}


def orders_of(
    plan: Mapping[str, Any], pictures: Mapping[str, bytes], more_boards: Sequence[str] = ()
) -> list[Order]:
    """The reverse, on more boards if wanted. ``pictures``: by SHA-256.

    Raises UsageError where one is lost, or a runner's package is not installed any more.
    """
    for said in plan["orders"]:
        runners().need("runner", said["runner"])
    boards = tuple(dict.fromkeys((*plan["boards"], *more_boards)))
    return [
        Order(
            **{name: said[name] for name in _ORDER},
            items=tuple(_question(each, pictures) for each in said["items"]),
            options=Options(**said["options"]),
            script=Script.from_json(said["script"]) if said.get("script") else None,
            protocol=Protocol.from_json(plan["protocol"]),
            models=tuple(plan["models"]),
            boards=boards,
            repeats=plan["repeats"],
        )
        for said in plan["orders"]
    ]


def _question(said: Mapping[str, Any], pictures: Mapping[str, bytes]) -> Question:
    digest = said["image_sha256"]
    if digest and digest not in pictures:
        raise UsageError(f"the picture of {said['item']!r} is not in the database any more", "fire a new run")
    return Question(**{name: said[name] for name in _ITEM if name in said}, image=pictures.get(digest, b""))
