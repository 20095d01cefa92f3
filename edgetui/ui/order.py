"""An order to a board from its menu to its end: chosen, confirmed, perhaps with a password, told how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from edgetui.model import hostile

if TYPE_CHECKING:
    from textual.app import App

    from edgetui.cluster.actions import Action
    from edgetui.cluster.background import Background

Tell = Callable[[str, Literal["information", "warning", "error"]], None]


async def order(app: App[Any], background: Background, board: str, actions: tuple[Action, ...], tell: Tell) -> None:
    """Lead a person through it; ends when it is done or given up. To be run in a worker."""
    from edgetui.ui.screens.menu import Menu

    if not actions:
        tell(f"{board} has no link: nothing can be done to it from here", "warning")
        return
    rows = [(hostile.one_line(a.title, 56), hostile.one_line(a.effect)) for a in actions]
    chosen = await app.push_screen_wait(Menu(f"{board}: what shall be done?", rows))
    if chosen is None or not await _confirmed(app, background, board, actions[chosen]):
        return
    password: str | None = ""
    while password is not None:
        done = await asyncio.wrap_future(background.act(board, actions[chosen], password))
        retry, password = bool(password), None
        if not done.wants_password:
            tell(f"{board}: {done.words}", "information" if done.ok else "error")
            return
        password = await _password(app, board, retry)
    tell(f"{board}: {actions[chosen].title}: given up, nothing was done", "warning")


async def _confirmed(app: App[Any], background: Background, board: str, action: Action) -> bool:
    """Twice where a run is at work there."""
    from edgetui.ui.screens.confirm import Confirm

    title = f"{action.title} on {board}?"
    root = "It is done by root: where sudo wants a password, it is asked for next." if action.argv else ""
    here = f"{board} is the machine that you sit at." if _local(background, board) and action.ends_link else ""
    words = [action.effect, *(line for line in (root, here) if line)]
    if not await app.push_screen_wait(Confirm(title, words, "Do it", "Leave it")):
        return False
    busy = background.running_on(board)
    if busy is None and not background.waiting_on(board):
        return True
    what = f"{board} is at work: {busy.request.task} with {busy.request.model}." if busy else f"{board} has work."
    again = [what, "Its answer will be lost, or too slow to count. Do it all the same?"]
    sure = Confirm("A run is under way there", again, "Do it all the same", "Stay")
    return await app.push_screen_wait(sure) is True


def _local(background: Background, board: str) -> bool:
    return any(b.name == board and b.local for b in background.config.board)


async def _password(app: App[Any], board: str, retry: bool) -> str | None:
    from edgetui.ui.screens.password import Password

    words = ["Goes to sudo over the connection, and is forgotten. It is neither stored nor logged."]
    if retry:
        words.insert(0, "sudo did not take it.")
    return await app.push_screen_wait(Password(f"Password of the login on {board}", words))
