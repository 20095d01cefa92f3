"""``edgetui config path|show|validate|schema``."""

from __future__ import annotations

import json
import sys
from typing import Any

from edgetui.cli.arguments import Arguments, Verbs
from edgetui.cli.output import add_formats, emit_rows


def register(verbs: Verbs) -> None:
    """Add ``config`` to the command line."""
    parser = verbs.add_parser("config", help="where the configuration is, what it says and who said it")
    actions = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    path = actions.add_parser("path", help="print the path of the configuration file")
    path.set_defaults(func=_path)
    show = actions.add_parser("show", help="print every value and which source won: environment, file or default")
    add_formats(show, "json", "jsonl", "csv", "markdown")
    show.set_defaults(func=_show)
    validate = actions.add_parser("validate", help="check the configuration; exit 2 where it cannot be used")
    validate.set_defaults(func=_validate)
    schema = actions.add_parser("schema", help="print the JSON schema of config.toml, for editors")
    schema.set_defaults(func=_schema)


def _path(args: Arguments) -> int:
    from edgetui.config import locate

    path, _ = locate(args.config_path)
    print(path)
    if not path.exists():
        print("it does not exist yet: `edgetui boards add` writes it", file=sys.stderr)
    return 0


def _show(args: Arguments) -> int:
    config = args.config
    values = config.model_dump(mode="json")
    boards, rules = values.pop("board"), values.pop("alert")
    tables = values | {f"alert.{number}": rule for number, rule in enumerate(rules, 1)}
    tables |= {f"board.{board['name']}": board for board in boards}
    sources = config.sources
    rows = [_row(f"{name}.{key}", tables[name][key], sources) for name in tables for key in tables[name]]
    if args.format == "table":
        print(f"file: {config.path or 'none'}", file=sys.stderr)
        rows = [row for row in rows if row["source"] != "default" or not row["key"].startswith("board.")]
    columns = {name: name for name in ("key", "value", "source", "where")}
    emit_rows(rows, columns, args, "values")
    return 0


def _row(key: str, value: object, sources: dict[str, str]) -> dict[str, Any]:
    where = sources.get(key, "")
    source = "default" if not where else "environment" if where.startswith("EDGETUI_") else "file"
    return {"key": key, "value": value, "source": source, "where": where}


def _validate(args: Arguments) -> int:
    from platformdirs import user_config_path

    from edgetui.ui.themes import chosen, load_themes

    config = args.config
    chosen(config.ui.theme, load_themes(user_config_path("edgetui") / "themes")[0])
    boards = len(config.board)
    print(f"{config.path or 'no file, all defaults'}: good, {boards} board{'' if boards == 1 else 's'}")
    return 0


def _schema(args: Arguments) -> int:
    from edgetui.config.json_schema import json_schema

    print(json.dumps(json_schema(), indent=2))
    return 0
