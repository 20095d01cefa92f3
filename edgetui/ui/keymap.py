"""Checks of ``ui.keys`` against all bindings there are."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import _character_to_key

from edgetui.errors import ConfigError, did_you_mean


def check_keymap(keys: Mapping[str, str]) -> list[str]:
    """Which ids share a key where both apply, a sentence each: Textual lets one of them win and says nothing.

    ``keys``: id to keys with commas between. Imports all views. Raises ConfigError for an id that no binding has,
    with the nearest one.
    """
    places = _places()
    known = sorted({name for place in places for name in place})
    for name in keys:
        if name not in known:
            raise ConfigError(f"ui.keys: there is no key binding {name!r}", did_you_mean(name, known))
    clashes: dict[str, None] = {}
    for place in places:
        taken: dict[str, str] = {}
        for name, default in place.items():
            for key in keys.get(name, default).split(","):
                other = taken.setdefault(_long(key.strip()), name)
                if other != name and (other in keys or name in keys):
                    clashes[f"ui.keys: {other} and {name} share the key {key.strip()}; one of them is lost"] = None
    return list(clashes)


def _long(key: str) -> str:
    return _character_to_key(key) if len(key) == 1 else key


def _places() -> list[dict[str, str]]:
    """Id to default keys of all bindings that apply at once, for every place where the focus can be."""
    from edgetui.ui.app import EdgeApp
    from edgetui.ui.campaigning import Campaigning
    from edgetui.ui.playing import Playing
    from edgetui.ui.screens.alerts import AlertsView
    from edgetui.ui.screens.board import BoardView
    from edgetui.ui.screens.campaign import CampaignView
    from edgetui.ui.screens.compare import CompareView
    from edgetui.ui.screens.doctor import DoctorView
    from edgetui.ui.screens.help import Help
    from edgetui.ui.screens.inspector import InspectorView
    from edgetui.ui.screens.launcher import Launcher
    from edgetui.ui.screens.menu import Menu
    from edgetui.ui.screens.model_name import ModelName
    from edgetui.ui.screens.models import ModelsView
    from edgetui.ui.screens.overrule import Overrule
    from edgetui.ui.screens.password import Password
    from edgetui.ui.screens.reply import ReplyView
    from edgetui.ui.screens.results import ResultsView
    from edgetui.ui.screens.run import RunView
    from edgetui.ui.screens.wall import WallView
    from edgetui.ui.widgets.cell_grid import CellGrid
    from edgetui.ui.widgets.lines import Lines
    from edgetui.ui.widgets.timelines import Timelines

    chains: tuple[tuple[type[DOMNode], ...], ...] = (
        (CellGrid, WallView, EdgeApp),
        (CellGrid, RunView, EdgeApp),
        (CellGrid, CampaignView, EdgeApp),
        (Lines, RunView, EdgeApp),
        (Timelines, InspectorView, EdgeApp),
        (CellGrid, AlertsView, EdgeApp),
        (Lines, BoardView, EdgeApp),
        (CellGrid, DoctorView, EdgeApp),
        (CellGrid, ModelsView, EdgeApp),
        (CellGrid, ResultsView, EdgeApp),
        (Lines, ReplyView, EdgeApp),
        (Lines, CompareView, EdgeApp),
        (Lines, Help),
        (Launcher,),
        (Menu,),
        (Password,),
        (ModelName,),
        (Overrule,),
    )
    app = (Campaigning, Playing)
    whole: list[tuple[type[DOMNode], ...]] = [(*chain, *app) if EdgeApp in chain else chain for chain in chains]
    return [{b.id: b.key for owner in chain for b in _bindings(owner) if b.id} for chain in whole]


def _bindings(owner: type[DOMNode]) -> list[Binding]:
    return [binding for binding in owner.__dict__["BINDINGS"] if isinstance(binding, Binding)]
