"""The terminal that the app draws on, and its end."""

from __future__ import annotations

import io
import sys
from typing import Any

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Textual's driver that can also close on a terminal which is gone.

    The thread that writes dies of the first error, and its queue holds 30 texts: the program waited for ever to put
    in the 31st, in the middle of its own end.
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as Textual hands them over
        super().__init__(*args, **options)
        assert sys.__stderr__ is not None
        raw = _Output(sys.__stderr__.fileno(), "w", closefd=False)
        self._file = io.TextIOWrapper(io.BufferedWriter(raw), sys.__stderr__.encoding, sys.__stderr__.errors)


class _Output(io.FileIO):
    def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer
        try:
            return super().write(data) or 0
        except OSError:  # EIO: nobody sees it any more
            return len(data)
