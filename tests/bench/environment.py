"""`.venv-bench`, the contenders' environment: made from requirements.lock with every file checked against its hash.

`python tests/bench/environment.py` makes it, or does nothing where it is there; `--lock` brings the lock up to date.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from tsunagu.stack.requirements import LOCK, compile_lock

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.lock"
ENVIRONMENT = ROOT / ".venv-bench"
STAMP = ENVIRONMENT / ".complete"


def wanted() -> list[str]:
    """What the contenders need, without comments."""
    lines = (HERE / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def lock() -> None:
    """Bring requirements.lock up to date. What the project uses too has the same version.

    Raises StackError when uv can't find a set of versions that fit.
    """
    compile_lock(ROOT, wanted(), str(REQUIREMENTS.relative_to(ROOT)), ["--constraints", LOCK])


def make() -> None:
    """Make the environment unless it is what the lock says. Raises CalledProcessError when uv can't."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + str(ROOT).encode()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == key:
        return
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run(
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True
    )
    python = str(ENVIRONMENT / "bin/python")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(REQUIREMENTS)],
        check=True,
    )
    STAMP.write_text(key)


if __name__ == "__main__":
    if sys.argv[1:] == ["--lock"]:
        lock()
    else:
        make()
