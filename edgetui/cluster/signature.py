"""Signatures of manifests, made and checked on this machine by OpenSSH's ``ssh-keygen -Y``."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from edgetui.errors import CommandError
from edgetui.model.hostile import one_line

NAMESPACE = "edgetui-deploy"
"""A signature for another purpose is none for this one."""
CHECK_S = 30.0


class Refused(CommandError):
    """What was to be switched to is not what it should be: nothing was switched."""

    kind = "refused"


def sign(text: str, key: Path) -> str:
    """The armoured signature of ``text``. ssh-keygen asks for a passphrase itself, on the terminal.

    Raises CommandError. Blocks.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "manifest")
        file.write_text(text)
        _keygen("sign", "-f", str(key), str(file), timeout=None)
        return Path(f"{file}.sig").read_text()


def signer_of(text: str, signature: str, allowed: Path) -> str:
    """Who of ``allowed`` (ssh-keygen(1), ALLOWED SIGNERS) has signed ``text``.

    Raises Refused, CommandError where nothing can be checked. Blocks.
    """
    if not signature:
        raise Refused("it is not signed", "sign it: edgetui deploy --sign KEY")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "signature")
        file.write_text(signature)
        try:
            found = _keygen("find-principals", "-s", str(file), "-f", str(allowed))
        except CommandError as error:
            raise Refused(f"nobody of {allowed} has signed it: {error.message}") from error
        signer = found.splitlines()[0]
        try:
            _keygen("verify", "-f", str(allowed), "-I", signer, "-s", str(file), text=text)
        except CommandError as error:
            raise Refused(f"the signature does not fit: {error.message}", "sign what is deployed") from error
    return signer


def _keygen(verb: str, *words: str, text: str = "", timeout: float | None = CHECK_S) -> str:
    """Its stdout. Raises CommandError with its last line."""
    argv = ["ssh-keygen", "-Y", verb, *words]
    if verb != "find-principals":
        argv[3:3] = ["-n", NAMESPACE]
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False, timeout=timeout)
    except FileNotFoundError as error:
        raise CommandError("there is no ssh-keygen here", "install it: sudo apt install openssh-client") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"ssh-keygen -Y {verb} did not end within {CHECK_S:g} s") from error
    if done.returncode or not (done.stdout.strip() or verb == "sign"):
        said = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        raise CommandError(one_line(said[-1] if said else f"ssh-keygen ended with {done.returncode}"))
    return done.stdout
