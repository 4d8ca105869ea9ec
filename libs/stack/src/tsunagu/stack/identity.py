"""As whom a program runs that refuses to run as root."""

import functools
import os
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")


class Identity(StrEnum):
    """The identities that `launcher` knows; see there."""

    CALLER = "caller"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


def launcher_argv(identity: Identity, *argv: str) -> list[str]:
    """The command line that starts `argv` through the launcher as a child of this process."""
    # A path, since the launcher may not be able to look for a program once it is nobody.
    program = shutil.which(argv[0]) or argv[0]
    # -I -S: no site-packages, no environment; the launcher needs the standard library only and starts faster.
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), identity, program, *argv[1:]]


@functools.cache
def unprivileged() -> Identity:
    """How this process starts a program that refuses root: as itself unless it is root."""
    if os.geteuid() != 0:
        return Identity.CALLER
    probe = subprocess.run(launcher_argv(Identity.NAMESPACE, "true"), capture_output=True, check=False)
    return Identity.NAMESPACE if probe.returncode == 0 else Identity.NOBODY
