"""``edgetui`` and ``python -m edgetui``."""

from __future__ import annotations


def main() -> int:
    """Hand over to the command line. Returns the exit code."""
    from edgetui.cli import main as cli_main

    return cli_main()


if __name__ == "__main__":
    raise SystemExit(main())
