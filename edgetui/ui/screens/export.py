"""A table into a file of the current folder, or onto the clipboard."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from textual.app import App

from edgetui.model.tables import SUFFIX, Form, Table
from edgetui.ui.screens.menu import Menu

_NAMES: dict[Form, str] = {"csv": "CSV", "json": "JSON", "markdown": "Markdown"}


def offer(app: App[Any], table: Table, now: float) -> None:
    """Ask how, then do it. ``now``: Unix s, for the file's name."""
    ways: list[tuple[Form, bool]] = [(form, save) for save in (True, False) for form in _NAMES]
    rows = []
    for form, save in ways:
        verb = "Save as" if save else "Copy as"
        where = f"A new file {_path(table, form, now)} in {Path.cwd()}" if save else "Over the terminal (OSC 52)"
        rows.append((f"{verb} {_NAMES[form]}", where))

    def chosen(at: int | None) -> None:
        if at is not None:
            form, save = ways[at]
            (_save if save else _copy)(app, table, form, now)

    app.push_screen(Menu(f"{len(table.rows)} {table.name}", rows), chosen)


def _path(table: Table, form: Form, now: float) -> Path:
    stamp = datetime.fromtimestamp(now).strftime("%Y%m%d-%H%M%S")
    return Path(f"edgetui-{table.name}-{stamp}{SUFFIX[form]}")


def _save(app: App[Any], table: Table, form: Form, now: float) -> None:
    path = _path(table, form, now)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(table.text(form))
    except OSError as error:
        app.notify(f"{error.filename}: {error.strerror}", severity="error", markup=False)
        return
    app.notify(f"{len(table.rows)} {table.name} in {path.absolute()}", markup=False)


def _copy(app: App[Any], table: Table, form: Form, now: float) -> None:
    app.copy_to_clipboard(table.text(form))
    app.notify(f"Copied: {len(table.rows)} {table.name} as {_NAMES[form]}", markup=False)
