"""Which families there are: all that the entry point ``edgetui.families`` names, ours among them."""

from __future__ import annotations

from functools import lru_cache

from edgetui.errors import UsageError
from edgetui.probes.families import Family


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """Every known family: linux, then the others by name. Raises UsageError where a plug-in cannot be loaded."""
    from importlib.metadata import entry_points  # 15 ms that a start without boards need not pay

    found: dict[str, Family] = {}
    for entry in entry_points(group="edgetui.families"):
        try:
            family = entry.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"the board family {entry.name} ({entry.value}) cannot be loaded: {error}",
                "mend or uninstall the package that brings it",
            ) from error
        found.setdefault(family.name, family)
    return tuple(sorted(found.values(), key=lambda f: (f.name != "linux", f.name)))
