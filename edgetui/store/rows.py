"""Between the documents of the JSON contract and the rows of the tables. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from edgetui.model import Metrics, Options, Phases, Protocol, Reply, Request, RunRecord, Sample, na
from edgetui.model.run import FOUND

Row: TypeAlias = dict[str, Any]
"""Column to value."""

_GROUPS: Final = {
    "options": tuple(f.name for f in fields(Options)),
    "phases": tuple(f.name for f in fields(Phases)),
    "metrics": tuple(f.name for f in fields(Metrics)),
}
"""Objects inside a reply whose members are columns of their own."""
_JSON: Final = frozenset(
    {
        "arrivals",
        "figures",
        "tasks",
        "models",
        "boards",
        "marks",
        "na",
        "plan",
        "truth",
        "zones",
        "throttle",
        "cores_percent",
        "caps",
        "rails",
    }
)
"""Columns that hold JSON text."""


def run_row(record: RunRecord) -> Row:
    """Row of ``runs``."""
    said = {**record.to_json(), "plan": None if record.plan is None else dict(record.plan)}
    del said["indicative"]  # follows from the others
    return _packed(said)


def run_record(row: Mapping[str, Any]) -> RunRecord:
    """The reverse; times are kept to the ms."""
    said = _unpacked(row)
    finished = said["finished_at"]
    return RunRecord(
        **{
            **said,
            "fired_at": unix(said["fired_at"]),
            "finished_at": None if finished is None else unix(finished),
            "tasks": tuple(said["tasks"]),
            "models": tuple(said["models"]),
            "boards": tuple(said["boards"]),
            "simulated": bool(said["simulated"]),
        }
    )


def reply_row(reply: Reply) -> tuple[Row, list[Row]]:
    """Row of ``replies`` and those of its ``samples``, without the reply's id. All reasons go under one ``na``.

    Its score has a table of its own (``edgetui.store.scores``).
    """
    said = reply.to_json()
    del said["score"]
    samples = [{"position": n, **_packed(sample)} for n, sample in enumerate(said.pop("samples"))]
    absent = said.pop("na")
    for group in _GROUPS:
        members = said.pop(group)
        absent |= members.pop("na", {})
        said |= members
    arrivals = reply.arrivals or None
    return _packed({"run_id": reply.request.run, **said, "arrivals": arrivals, "na": absent}), samples


def reply_json(
    row: Mapping[str, Any], samples: list[dict[str, Any]], score: dict[str, Any] | None
) -> dict[str, Any]:
    """What ``Reply.to_json`` gave."""
    said = _unpacked(row)
    absent = said.pop("na")
    out: dict[str, Any] = {group: {name: said.pop(name) for name in names} for group, names in _GROUPS.items()}
    for group in ("phases", "metrics"):
        missing = [name for name in _GROUPS[group] if out[group][name] is None]
        out[group]["na"] = {name: absent.pop(name, _YOUNGER) for name in missing}
    absent |= {name: _YOUNGER for name in FOUND if said[name] is None and name not in absent}
    del said["id"], said["run_id"], said["arrivals"]
    if score is None:
        absent.setdefault("score", _YOUNGER)
    said |= {name: bool(said[name]) for name in ("simulated", "canary")}
    said["figures"] = said["figures"] or {"na": {}}
    return {**said, **out, "score": score, "samples": samples, "na": absent}


def reply_value(row: Mapping[str, Any], **more: Any) -> Reply:  # noqa: ANN401 - fields of Reply
    """The Reply without its samples and picture, with ``more`` of its fields; times are kept to the ms."""
    arrivals = tuple((at, count) for at, count in json.loads(row["arrivals"] or "[]"))
    return reply_of(reply_json(row, [], None), row["run_id"], arrivals=arrivals, **more)


def reply_of(said: Mapping[str, Any], run: str, **more: Any) -> Reply:  # noqa: ANN401 - fields of Reply
    """The Reply of a document that ``Reply.to_json`` gave; samples, picture, score and arrivals are ``more``.

    In one of an older edgetui keys may be missing.
    """
    absent = said["na"]

    def group(name: str) -> dict[str, Any]:
        values = said[name]
        return {key: na(values["na"].get(key, "")) if values[key] is None else values[key] for key in _GROUPS[name]}

    asked = {key: said[key] for key in ("board", "task", "item", "model", "repeat", "runner", "prompt")}
    asked |= {"run": run, "kind": "", "image_sha256": said["image_sha256"]}
    asked |= {key: said[key] for key in ("metric", "truth", "canary")}
    asked["picture"] = said.get("picture", "")
    told: dict[str, Any] = {key: said[key] for key in ("outcome", "reason", "text", "thinking", "done_reason")}
    told |= {key: said.get(key, "") for key in ("retried", "unloaded", "evidence")}
    told |= {key: na(absent.get(key, _YOUNGER)) if said.get(key) is None else said[key] for key in FOUND}
    told |= {key: unix(said[key]) for key in ("fired_at", "started_at", "finished_at")}
    return Reply(
        request=Request(**asked, options=Options(**said["options"]), protocol=Protocol(mode=said["mode"])),
        phases=Phases(**group("phases")),
        metrics=Metrics(**group("metrics")),
        marks=tuple(said["marks"]),
        figures=tuple(
            (name, na(said["figures"]["na"].get(name, "")) if value is None else value)
            for name, value in said["figures"].items()
            if name != "na"
        ),
        sim_speed=said["sim_speed"] or 0.0,
        **told,
        **more,
    )


def sample_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """What ``Sample.to_json`` gave, of ``SAMPLE``; fields that are younger than the row have that for a reason."""
    said = _unpacked(row)
    del said["reply_id"]
    said["na"] = {name: _YOUNGER for name, value in said.items() if value is None} | said["na"]
    return said


SAMPLE: Final = ", ".join(("reply_id", *(f.name for f in fields(Sample)), "na"))
"""Columns of ``samples``, in the order of the document."""
_YOUNGER: Final = "an older edgetui stored this"


def _packed(said: Mapping[str, Any]) -> Row:
    return {name: document(v) if name in _JSON and v is not None else plain(v) for name, v in said.items()}


def document(value: Any) -> str:  # noqa: ANN401 - JSON values
    """JSON text for a column, with no half character in it either: an escaped one is no JSON to strict readers."""
    return str(plain(json.dumps(value, ensure_ascii=False)))


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Half characters (lone surrogates) cannot be stored: they become ``?``."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(row)
    for name in _JSON:
        if (text := said.get(name)) is not None:
            said[name] = _copied(text)
    return said


def _copied(text: str) -> Any:  # noqa: ANN401 - JSON values
    """What a column of JSON says: most Samples of a board say the same of most things."""
    value = _said(text)
    return value.copy() if isinstance(value, (dict, list)) else value


@lru_cache(maxsize=1024)
def _said(text: str) -> Any:  # noqa: ANN401 - JSON values
    return json.loads(text)


def unix(stamp: str) -> float:
    """RFC 3339 to Unix s."""
    return datetime.fromisoformat(stamp).timestamp()
