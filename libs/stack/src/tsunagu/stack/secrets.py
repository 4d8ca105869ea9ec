"""Files of secrets that services need: made once, kept with the system's state, never replaced."""

import subprocess
import sys
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.services import SecretsFile

MAKING_TIMEOUT_SECONDS = 30  # it starts a Python and makes a few keys


def make_secrets(secrets: SecretsFile, path: Path) -> None:
    """Have the file made where it is not there yet, readable by its owner only. Raises StackError."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = subprocess.run(
        [sys.executable, "-m", secrets.maker, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=MAKING_TIMEOUT_SECONDS,
    )
    if made.returncode != 0:
        raise StackError(f"{secrets.maker} could not make {path}: {made.stderr.strip()}")
