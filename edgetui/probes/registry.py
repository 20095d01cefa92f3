"""Which families there are: all that the entry point ``edgetui.families`` names, ours among them."""

from __future__ import annotations

from functools import lru_cache

from edgetui.plug_ins import PlugIns, load
from edgetui.probes.families import Family


@lru_cache(maxsize=1)
def family_plug_ins() -> PlugIns:
    """Every known family by the name of its entry point."""
    return load("edgetui.families")


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """Every known family: linux, then the others by name."""
    found: dict[str, Family] = {}
    for family in family_plug_ins().found.values():
        found.setdefault(family.name, family)
    return tuple(sorted(found.values(), key=lambda f: (f.name != "linux", f.name)))
