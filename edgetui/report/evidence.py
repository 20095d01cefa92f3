"""What a report stands on: raw files in its folder, from which every figure can be worked out again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from edgetui.errors import UsageError
from edgetui.model import Reply
from edgetui.store.rows import reply_of
from edgetui.store.scores import score_value

MANIFEST = "manifest.json"
"""SHA-256 of every raw file, by its name."""
RAW = "raw"
"""Folder of the raw files within a report's."""
_TASK = re.compile(r"tasks/[A-Za-z0-9][\w.-]{0,62}\.toml")
_PLAIN = frozenset(
    {
        "settings.json",
        "runs.json",
        "boards.json",
        "setups.json",
        "digests.json",
        "replies.jsonl",
        "samples.jsonl",
        "protocol.md",
    }
)
_PICTURE = re.compile(r"pictures/[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # asyncio.run spells out what it returns: megabytes
class Evidence:
    """Everything that a report says comes from here."""

    settings: Mapping[str, Any]
    """``reference``, ``spared``, ``made_at``, ``edgetui_version``."""
    runs: Sequence[Mapping[str, Any]]
    """As ``RunRecord.to_json``, with ``plan``."""
    boards: Sequence[Mapping[str, Any]]
    """Of the configuration without what opens a road: name, tags, cooling, ambient_c, reference."""
    setups: Sequence[Mapping[str, Any]]
    """As ``Setup.to_json``: what the boards were like when the runs began; none of runs of an older edgetui."""
    replies: Sequence[Mapping[str, Any]]
    """As ``Reply.to_json``, with ``run`` and without ``samples``."""
    samples: Sequence[Mapping[str, Any]]
    """As ``Sample.to_json``, with ``board`` and ``reply``: the line of the reply, from 1."""
    tasks: Mapping[str, str] = field(default_factory=dict)
    """``task.toml`` by name of the task, as it is now."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """By SHA-256."""
    protocol: str = ""
    """How it was measured, Markdown."""

    def values(self) -> tuple[Reply, ...]:
        """The replies as values, in the order of their lines."""
        return tuple(reply_value(said) for said in self.replies)


def reply_value(said: Mapping[str, Any]) -> Reply:
    """A reply of ``Reply.to_json``, with ``run``; its score is read too."""
    score = score_value(said["score"], said["na"].get("score", "not scored"))
    return reply_of(said, said["run"], score=score)


def write(evidence: Evidence, folder: Path) -> None:
    """The raw files and their manifest, in place of an earlier report's. OSError, ValueError."""
    if (folder / MANIFEST).is_file():
        for name in manifest(folder):
            (folder / RAW / name).unlink(missing_ok=True)
    digests = {}
    for name, parts in _files(evidence):
        path = folder / RAW / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(parts)
        digests[name] = _digest(path)
    (folder / MANIFEST).write_bytes(_document(digests))


def read(folder: Path) -> Evidence:
    """What ``write`` wrote, whether or not it has been changed since. ValueError where a file cannot be read."""
    return Evidence(
        settings=_load(folder, "settings.json", dict),
        runs=_load(folder, "runs.json", list),
        boards=_load(folder, "boards.json", list),
        setups=_load(folder, "setups.json", list) if (folder / RAW / "setups.json").exists() else [],
        replies=_lines(folder, "replies.jsonl"),
        samples=_lines(folder, "samples.jsonl"),
        tasks={p.stem: _text(folder, f"tasks/{p.name}") for p in sorted((folder / RAW / "tasks").glob("*.toml"))},
        pictures={p.name: p.read_bytes() for p in sorted((folder / RAW / "pictures").glob("*"))},
        protocol=_text(folder, "protocol.md"),
    )


def changed(folder: Path) -> list[str]:
    """Names of raw files that are not what the manifest says, missing or too many. ValueError: no manifest."""
    told = manifest(folder)
    there = {str(p.relative_to(folder / RAW).as_posix()) for p in (folder / RAW).rglob("*") if p.is_file()}
    wrong = [name for name, digest in told.items() if _digest(folder / RAW / name) != digest]
    return [*wrong, *sorted(there - told.keys())]


def manifest(folder: Path) -> dict[str, str]:
    """SHA-256 by name. ValueError where it cannot be read or names what is no raw file."""
    try:
        said = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{MANIFEST} cannot be read: {error}") from error
    if not isinstance(said, dict) or not all(_is_ours(name) for name in said):
        raise ValueError(f"{MANIFEST} names files that no report has")
    return said


def free(folder: Path) -> None:
    """Raises UsageError where a report would overwrite what is no report."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder} holds other files", "name a new folder: -o DIR")


def _is_ours(name: str) -> bool:
    return name in _PLAIN or bool(_TASK.fullmatch(name) or _PICTURE.fullmatch(name))


def _files(evidence: Evidence) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Each in parts, so that only a part of it is in memory."""
    yield "settings.json", [_document(evidence.settings)]
    yield "runs.json", [_document(evidence.runs)]
    yield "boards.json", [_document(evidence.boards)]
    yield "setups.json", [_document(evidence.setups)]
    yield "digests.json", [_document(_digests(evidence))]
    yield "replies.jsonl", map(_line, evidence.replies)
    yield "samples.jsonl", map(_line, evidence.samples)
    yield "protocol.md", [evidence.protocol.encode()]
    for name, text in evidence.tasks.items():
        yield f"tasks/{name}.toml", [text.encode()]
    for digest, data in evidence.pictures.items():
        yield f"pictures/{digest}", [data]


def _digests(evidence: Evidence) -> dict[str, Any]:
    """For people: which build of each model answered where, and the pictures."""
    models: dict[str, dict[str, str]] = {}
    for reply in evidence.replies:
        if reply["digest"]:
            models.setdefault(reply["model"], {})[reply["board"]] = reply["digest"]
    images = {reply["image_sha256"] for reply in evidence.replies if reply["image_sha256"]}
    return {"models": models, "pictures": sorted(images)}


def _document(value: Any) -> bytes:  # noqa: ANN401 - JSON values
    return json.dumps(value, indent=1).encode() + b"\n"


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / RAW / name).read_bytes().decode()
    except (OSError, ValueError) as error:
        raise ValueError(f"{RAW}/{name} cannot be read: {error}") from error


def _load(folder: Path, name: str, shape: type) -> Any:  # noqa: ANN401 - JSON values
    said = _parsed(_text(folder, name), f"{RAW}/{name}")
    if not isinstance(said, shape):
        raise ValueError(f"{RAW}/{name} is not of the shape that a report writes")
    return said


def _lines(folder: Path, name: str) -> list[dict[str, Any]]:
    try:
        with (folder / RAW / name).open("rb") as file:  # line by line: a campaign has 70 MB of samples
            every = enumerate(file, 1)
            return [_parsed(line, f"{RAW}/{name}, line {number}") for number, line in every if line != b"\n"]
    except OSError as error:
        raise ValueError(f"{RAW}/{name} cannot be read: {error}") from error


def _parsed(text: str | bytes, where: str) -> Any:  # noqa: ANN401 - JSON values
    try:
        return from_json(text)  # a third of json's time: of 5,000 replies there are 50,000 Samples
    except ValueError as error:
        raise ValueError(f"{where} cannot be read: {error}") from error


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
