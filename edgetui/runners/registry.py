"""Finds the runners, ours and third parties' alike, under the entry point ``edgetui.runners``."""

from __future__ import annotations

from functools import cache

from edgetui.plug_ins import PlugIns, load


@cache
def runners() -> PlugIns:
    """Every runner's class by its name."""
    return load("edgetui.runners")
