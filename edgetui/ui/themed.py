"""The part of the app that wears themes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from platformdirs import user_config_path
from textual.app import App, SystemCommand
from textual.binding import Binding

from edgetui.ui.themes import OWN_VARIABLES, chosen, load_themes

THEME_KEY = Binding("T", "theme", "Theme", id="app.theme", tooltip="The next theme")


class Themed(App[int]):
    """Knows the themes of the user and of edgetui; starts in the one of the configuration."""

    def __init__(self, theme: str) -> None:
        """Raises ConfigError where there is no such theme."""
        super().__init__()
        self._themes, failed = load_themes(user_config_path("edgetui") / "themes")
        self.complaints = [f"{error.message}: {error.remedy}" for error in failed]
        """What a person should know once there is a screen."""
        for each in self._themes.values():
            self.register_theme(each)
        self.theme = chosen(theme, self._themes).name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that do not set them."""
        return OWN_VARIABLES

    def action_theme(self) -> None:
        """The next theme."""
        names = sorted(self._themes)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.notify(f"Theme {self.theme}", markup=False, timeout=3.0)

    def theme_commands(self) -> Iterator[SystemCommand]:
        """One for each theme, for the palette."""
        for name in sorted(self._themes):
            yield SystemCommand(f"Theme {name}", "Colours", partial(setattr, self, "theme", name))
