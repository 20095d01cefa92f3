"""The app's views by name, each imported only when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgetui.cluster.background import Background
from edgetui.config import Config
from edgetui.ui.journal import Journal
from edgetui.ui.screens.view import View
from edgetui.ui.selection import reference


def make_view(
    name: str, config: Config, background: Background, journal: Journal, chosen: Callable[[], Sequence[str]]
) -> View:
    """A new one; the board's where no other has this name. ``chosen``: the boards that are marked on the wall."""
    if name == "run":
        from edgetui.ui.screens.run import RunView

        return RunView(background, reference(config), id="run")
    if name == "throttle":
        from edgetui.ui.screens.inspector import InspectorView

        return InspectorView(background, chosen, id="throttle")
    if name == "alerts":
        from edgetui.ui.screens.alerts import AlertsView

        return AlertsView(background, id="alerts")
    if name == "log":
        from edgetui.ui.screens.log import LogView

        return LogView(journal, id="log")
    if name == "models":
        from edgetui.ui.screens.models import ModelsView

        return ModelsView(config, background, id="models")
    if name == "doctor":
        from edgetui.ui.screens.doctor import DoctorView

        return DoctorView(config, background, id="doctor")
    if name == "results":
        from edgetui.ui.screens.results import ResultsView

        return ResultsView(background, id="results")
    if name == "campaign":
        from edgetui.ui.screens.campaign import CampaignView

        return CampaignView(background, reference(config), id="campaign")
    if name == "compare":
        from edgetui.ui.screens.compare import CompareView

        return CompareView(background, reference(config), config.ui.pictures, id="compare")
    if name == "reply":
        from edgetui.ui.screens.reply import ReplyView

        return ReplyView(background, config.ui.pictures, id="reply")
    from edgetui.ui.screens.board import BoardView

    return BoardView(config, background, id="board")
