"""``edgetui tasks quantise``: the user's own detector in FP32 and INT8, as a task of its own."""

from __future__ import annotations

import re
from pathlib import Path

from edgetui.cli.arguments import Arguments, Verbs


def register(verbs: Verbs) -> None:
    """Add ``quantise`` to the verbs of ``tasks``."""
    parser = verbs.add_parser(
        "quantise", help="make a task of your own detector, in FP32 and INT8 (docs/detect.md)"
    )
    parser.add_argument("name", metavar="NAME", help="of the new task")
    parser.add_argument("--model", required=True, type=Path, metavar="PATH.onnx", help="your model in FP32")
    calibrate = "pictures of what the boards will see"
    parser.add_argument("--calibrate", required=True, type=Path, metavar="FOLDER", help=calibrate)
    labelled = "images/ and labels/ as in YOLO's data sets, for mAP50 (default: no mAP50)"
    parser.add_argument("--labelled", type=Path, metavar="FOLDER", help=labelled)
    parser.add_argument("--like", default="detect-yolo", metavar="TASK", help="whose script runs it (%(default)s)")
    parser.set_defaults(func=_quantise)


def _quantise(args: Arguments) -> int:
    from edgetui.errors import TaskError, did_you_mean
    from edgetui.tasks import folders, own_folder
    from edgetui.tasks.own_model import make_task

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", args.name):
        raise TaskError(f"{args.name!r} cannot name a task", "use letters, digits, '.', '_' and '-'")
    if args.like not in (known := folders()):
        raise TaskError(f"there is no task {args.like!r}", did_you_mean(args.like, known))
    target = own_folder() / args.name
    used = make_task(known[args.like], target, args.model, args.calibrate, args.labelled)
    for precision in ("fp32", "int8"):
        print(f"{precision}  {(target / 'models' / f'{precision}.onnx').stat().st_size / 1e6:.2f} MB")
    print(f"calibrated with {used} pictures; now: edgetui run {args.name}")
    return 0
