"""What installed packages, ours among them, bring under our entry points."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from edgetui.errors import TaskError, did_you_mean
from edgetui.model.hostile import one_line

_LOG = logging.getLogger(__name__)
"""Nobody handles it: Python prints its warnings on stderr."""

_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a stranger's module may raise while it is imported."""


@dataclass(frozen=True, slots=True)
class PlugIns:
    """All of one entry point."""

    found: dict[str, Any]
    """By name, as the packages define them."""
    broken: dict[str, tuple[str, str]]
    """What could not be loaded, by name: why, naming the package, and the remedy."""

    def need(self, what: str, name: str) -> None:
        """Raises TaskError where there is none of this name. ``what``: it is a ``metric``, a ``runner``."""
        if name in self.broken:
            raise TaskError(*self.broken[name])
        if name not in self.found:
            raise TaskError(f"there is no {what} {name!r}", did_you_mean(name, self.found))


def load(group: str) -> PlugIns:
    """Everything under the entry point ``group``; what cannot be loaded is left out, and told on stderr."""
    from importlib.metadata import entry_points  # 15 ms that a start without boards need not pay

    all_of_it = PlugIns({}, {})
    for entry in entry_points(group=group):
        try:
            all_of_it.found[entry.name] = entry.load()
        except _FAULTS as error:
            package = entry.dist.name if entry.dist else entry.module
            said = one_line(repr(error), 300)
            why = f"{entry.name} of {group}, which the package {package} brings, cannot be loaded: {said}"
            remedy = f"mend or uninstall {package}"
            all_of_it.broken[entry.name] = (why, remedy)
            _LOG.warning("edgetui: %s; it is left out: %s", why, remedy)
    return all_of_it
