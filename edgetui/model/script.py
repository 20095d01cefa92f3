"""What a script task runs on a board: words, files, variants and needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_PLACE = re.compile(r"\{\{|\}\}|\{(\w*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that must be on the board; one of ``command``, ``package`` and ``memory_bytes`` is set."""

    command: str = ""
    package: str = ""
    """A Python distribution with a lowest version: ``onnxruntime>=1.17``."""
    memory_bytes: int = 0
    """Available before it starts."""
    install: str = ""
    """The command that a person gives to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The ``[script]`` part of a task, its file patterns resolved."""

    files: tuple[tuple[str, str], ...]
    """Path in the task's folder on the board, with ``/``; absolute path on the host."""
    command: tuple[str, ...]
    """Words with places such as ``{threads}``; they go to no shell."""
    env: tuple[tuple[str, str], ...] = ()
    variants: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (("default", ()),)
    """Name (``precision=int8,threads=2``) to its values."""
    pictures: tuple[tuple[str, str], ...] = ()
    """Item to the path of its picture in the folder."""
    needs: tuple[Need, ...] = ()
    timeout_s: float | None = None
    """Host s; None: what ``[run]`` of the configuration says."""
    nice: int = 0
    venv: bool = False
    """Its packages are in an environment of its own on the board."""
    model_file: str = ""
    """Path in the folder of the file that the user gave; empty: none."""
    detach: bool = False
    """It runs on when nobody listens."""

    def words(self, variant: str, item: str) -> tuple[tuple[str, ...], dict[str, str]]:
        """Command and environment of one cell. Raises KeyError with the name of a place that nothing fills."""
        values = dict(self.variants)[variant]
        places = {"item": item, "image": dict(self.pictures).get(item, ""), "model_file": self.model_file}
        places |= dict(values)
        return (
            tuple(filled(word, places) for word in self.command),
            {name: filled(value, places) for name, value in self.env},
        )

    def to_json(self) -> dict[str, Any]:
        """For the plan of a run; ``from_json`` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Script:
        """The reverse of ``to_json``, also after it has been JSON."""
        return cls(
            **{
                **said,
                "files": tuple((path, source) for path, source in said["files"]),
                "command": tuple(said["command"]),
                "env": tuple((name, value) for name, value in said["env"]),
                "variants": tuple((name, tuple((k, v) for k, v in pairs)) for name, pairs in said["variants"]),
                "pictures": tuple((item, path) for item, path in said["pictures"]),
                "needs": tuple(Need(**need) for need in said["needs"]),
            }
        )


def filled(word: str, places: Mapping[str, str]) -> str:
    """``word`` with ``{name}`` filled in and ``{{`` as ``{``. Raises KeyError for an unknown name."""

    def fill(found: re.Match[str]) -> str:
        return found[0][0] if found[1] is None else places[found[1]]

    return _PLACE.sub(fill, word)
