"""``edgetui sim``: simulated boards, and what can be done to them."""

from __future__ import annotations

import argparse
import re
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``sim serve`` and ``sim fault``."""
    sim = subparsers.add_parser("sim", help="run simulated boards: real SSH and Ollama servers on loopback")
    verbs = sim.add_subparsers(required=True, metavar="VERB")
    _add_serve(verbs)
    _add_fault(verbs)


def _add_serve(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = verbs.add_parser("serve", help="run a cluster until SIGTERM; prints one JSON line when it is ready")
    serve.add_argument("directory", metavar="DIR", type=Path, help="keys, configuration and database go here")
    serve.add_argument(
        "--speed", type=float, default=1.0, metavar="S", help="the boards' world runs S times faster"
    )
    serve.add_argument("--boards", type=int, default=8, metavar="N", help="how many boards in all (8)")
    serve.add_argument("--dead", type=int, default=0, metavar="N", help="how many of them accept no connection (0)")
    serve.add_argument(
        "--cluster", choices=("published", "mixed"), default="published", help="mixed: several Ollama eras"
    )
    serve.add_argument(
        "--ollama", default="", metavar="BOARD=VERSION,…", help="another Ollama for these: pi4-4g=0.32.15"
    )
    serve.add_argument("--seed", type=int, default=1, help="chance repeats with it (1)")
    serve.add_argument("--until-eof", action="store_true", help="end when stdin closes, too")
    serve.set_defaults(func=_serve)


def _add_fault(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    fault = verbs.add_parser("fault", help="break a board of a running cluster, or mend it")
    fault.add_argument("directory", metavar="DIR", type=Path, help="the folder of the cluster")
    fault.add_argument("board", nargs="?", help="name of the board")
    fault.add_argument("fault", nargs="?", help="what to do to it")
    fault.add_argument("value", nargs="?", default="", help="how much of it, where that makes sense")
    fault.add_argument("--at", default="", metavar="PHASE", help="wait for load, encode, prefill or decode")
    fault.add_argument("--list", action="store_true", help="print every fault with its meaning")
    fault.set_defaults(func=_fault)


def _serve(args: argparse.Namespace) -> int:
    from edgetui.errors import UsageError
    from edgetui.sim.serve import Cluster, serve

    if not 0.001 <= args.speed <= 1e6:  # no frame tells others: such a board would count as a real one
        raise UsageError("--speed must be from 0.001 to 1000000")
    if not 0 <= args.dead < args.boards:
        raise UsageError("--boards must be at least 1, --dead less than --boards")
    versions = dict(each.partition("=")[::2] for each in args.ollama.split(",") if each)
    for board, version in versions.items():
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            raise UsageError(f"--ollama {board}={version} names no version", "write for example pi4-4g=0.32.15")
    cluster = Cluster(
        directory=args.directory.resolve(),
        speed=args.speed,
        boards=args.boards,
        dead=args.dead,
        mixed=args.cluster == "mixed",
        ollama=versions,
        seed=args.seed,
    )
    return serve(cluster, until_eof=args.until_eof)


def _fault(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.errors import UsageError, did_you_mean
    from edgetui.sim.control import ask
    from edgetui.sim.faults import FAULTS

    if args.list:
        for name, fault in FAULTS.items():
            print(f"{name:<13} {fault.help}")
        return 0
    if not args.board or not args.fault:
        raise UsageError("which board, and which fault?", "see edgetui sim fault DIR --list")
    if args.fault not in FAULTS:
        raise UsageError(f"there is no fault {args.fault!r}", did_you_mean(args.fault, FAULTS))
    asyncio.run(ask(args.directory, args.board, args.fault, args.value, args.at))
    return 0
