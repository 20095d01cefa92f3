"""``edgetui run`` and ``edgetui ask``: fire tasks on boards without the app; stdout is data, stderr is talk."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgetui.cli.named import chosen_boards


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``run`` and ``ask``."""
    from edgetui.cli.output import add_formats

    run = subparsers.add_parser("run", help="fire tasks on boards and print every reply")
    run.add_argument("task", nargs="*", metavar="TASK", help="see: edgetui tasks list; or one campaign.toml")
    run.add_argument("--items", metavar="NAME,…|all", help="items of the task (default: its first)")
    run.add_argument("--prompt", type=_text, help="another prompt than the task's")
    run.add_argument("--runner", choices=("ollama", "script"), help="where a task has a prompt and a script")
    run.add_argument("--model-file", metavar="PATH", help="a file of yours for the script, e.g. an ONNX model")
    run.add_argument("--detach", action="store_true", help="start the script and leave: go on with --resume RUN")
    _add_protocol(run)
    run.set_defaults(func=_run)
    ask = subparsers.add_parser("ask", help="ask every board one question about a picture of yours")
    ask.add_argument("image", type=Path, metavar="IMAGE")
    ask.add_argument("question", type=_text, metavar="QUESTION")
    ask.set_defaults(func=_ask, every=False)
    for parser in (run, ask):
        parser.add_argument(
            "-m",
            "--model",
            type=_text,
            action="extend",
            nargs="+",
            required=parser is ask,
            metavar="MODEL",
            help="one or more; of a script: variants (default: all)",
        )
        parser.add_argument(
            "-b", "--board", action="extend", nargs="+", metavar="BOARD", help="one or more (default: all)"
        )
        parser.add_argument(
            "--repeat",
            type=positive,
            metavar="N",
            help="times each (default: 1; quick 3, burst 5, sustained up to 12)",
        )
        parser.add_argument("--timeout", type=_seconds, metavar="S", help="host seconds for each reply")
        parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
        add_formats(parser, "json", "jsonl", "csv", "markdown")


def positive(text: str) -> int:
    """A number of times, for argparse."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of times: give 1 to 999999")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is no time limit: give seconds above 0")
    return seconds


def _text(text: str) -> str:
    if not text.strip() or not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is empty or holds characters that are no text")
    return text


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    """How it is measured: docs/protocol.md."""
    parser.add_argument(
        "--mode",
        choices=("quick", "burst", "sustained"),
        help="quick: at once (indicative); burst: each from a cool board; sustained: until speed and heat hold",
    )
    parser.add_argument("--no-gate", action="store_true", help="do not wait until a board is cool")
    parser.add_argument("--no-nonce", action="store_true", help="send the very same picture: caches answer")
    parser.add_argument("--parallel", action="store_true", help="boards of one stack at the same time")
    parser.add_argument(
        "--by-turns", action="store_true", help="models by turns, A B B A, for results shadow; loads them often"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only tell what would be run and how long it may take"
    )
    parser.add_argument("--resume", metavar="RUN", help="measure what a run lacks; more boards: -b")
    parser.add_argument(
        "--all", action="store_true", dest="every", help="sum up throttled and other marked answers too, saying so"
    )
    parser.add_argument(
        "--again",
        action="extend",
        nargs="+",
        choices=("cancelled", "oom", "timeout", "error", "aborted-by-runtime", "no-vision"),
        help="with --resume: measure cells once more that ended so, or that you cancelled",
    )


def _run(args: argparse.Namespace) -> int:
    from edgetui.cli.campaign import plan, resumed, tell
    from edgetui.cli.firing import fired

    record = None
    if args.resume:
        record, orders = resumed(args)
    else:
        orders = plan(args)
    return tell(args, orders) if args.dry_run else fired(args, orders, record)


def _ask(args: argparse.Namespace) -> int:
    from edgetui.cli.firing import fired
    from edgetui.cluster.orders import chosen_items, make_order
    from edgetui.tasks import Task

    boards = chosen_boards(args.config, args.board)
    task = Task(
        name="ask",
        title="ask",
        kind="vqa",
        prompt=args.question,
        runner="ollama",
        num_ctx=None,
        num_predict=None,
        metric="",
        items=(),
        folder=args.image.parent,
    )
    order = make_order(
        args.config,
        task,
        chosen_items(task, str(args.image)),
        models=tuple(dict.fromkeys(args.model)),
        boards=tuple(b.name for b in boards),
        repeats=args.repeat or 1,
        timeout_s=args.timeout,
    )
    return fired(args, [order])
