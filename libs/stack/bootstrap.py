"""Sets the project up on a machine that has only Python 3.11 or later: `python3 libs/stack/bootstrap.py`.

Makes .venv, puts a pinned uv into it, installs requirements.lock (every file checked against its hash), then
the workspace's members, then fetches Kafka's jars. A second run does nothing; an interrupted one is taken up
where it was. Only the standard library is used here, since there is nothing else yet; every other `make`
target runs this first.
"""

# A Python that is too old has to get as far as the sentence that says so.
from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VENV_COMPLETE = VENV / ".tsunagu-venv"
STAMP = VENV / ".tsunagu-setup"
REQUIREMENTS = ROOT / "requirements.lock"
UV_REQUIREMENTS = ROOT / "libs" / "stack" / "uv.requirements.txt"
PYTHON_MIN = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")


class SetupError(Exception):
    """What went wrong and what to do about it."""


def say(line: str) -> None:
    """Show progress on standard error, so that standard output stays the target's own."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def members() -> list[Path]:
    """The folders of the workspace's members."""
    return sorted(
        path.parent for group in ("libs", "services") for path in (ROOT / group).glob("*/pyproject.toml")
    )


def stamp_key() -> str:
    """Changes whenever the environment has to be set up again."""
    digest = hashlib.sha256()
    sources = [REQUIREMENTS, UV_REQUIREMENTS, *(member / "pyproject.toml" for member in members())]
    for path in sources:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    # Editable installs point at this folder: a checkout that was moved or copied is set up again.
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def suitable_python() -> str:
    """A Python that is new enough: this one, else a newer one on the PATH."""
    if sys.version_info >= PYTHON_MIN:
        return sys.executable
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found:
            return found
    raise SetupError(
        f"Python {PYTHON_MIN[0]}.{PYTHON_MIN[1]} or later is needed, this is {sys.version.split()[0]} at "
        f"{sys.executable}. Install a newer one, or name the one you have: make PYTHON=python3.12"
    )


def run(command: list[str], problem: str) -> None:
    """Run a command with its output on standard error; raises SetupError with `problem` when it fails."""
    foreign = ("PYTHONPATH", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in foreign}
    environment["VIRTUAL_ENV"] = str(VENV)
    result = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False)
    if result.returncode != 0:
        raise SetupError(problem)


def works(command: list[str]) -> bool:
    """Whether a command exits with 0; its output is dropped."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Create .venv unless there is a whole one."""
    check = f"import sys, pip; sys.exit(sys.version_info < {PYTHON_MIN})"
    # The marker is written last: without it the folder may be half of an environment.
    if VENV_COMPLETE.exists() and works([str(PYTHON), "-c", check]):
        return
    python = suitable_python()
    say("  creating .venv with " + python)
    run(
        [python, "-m", "venv", "--clear", str(VENV)],
        f"{python} could not create .venv. If it says that ensurepip or venv is missing, install that part of "
        "Python (on Debian and Ubuntu: apt-get install python3-venv) and try again.",
    )
    VENV_COMPLETE.touch()


def install_uv() -> None:
    """Install the pinned uv into .venv, checked against its hashes."""
    wanted = UV_REQUIREMENTS.read_text().split()[0].partition("==")[2]
    probe = f"import importlib.metadata as m, sys; sys.exit(m.version('uv') != {wanted!r})"
    if works([str(PYTHON), "-c", probe]):
        return
    run(
        [
            *(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            # pip waits longer before each try; three are enough to get over a short fault.
            *("--retries", "2"),
            *("--require-hashes", "-r", str(UV_REQUIREMENTS)),
        ],
        "pip could not install uv. Check the network (a proxy is taken from HTTPS_PROXY, a package mirror from "
        "pip's own configuration) and try again; what has arrived is kept.",
    )


def install_requirements() -> None:
    """Install everything in requirements.lock, checked against its hashes."""
    run(
        [
            *(str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)),
            *("--require-hashes", "-r", str(REQUIREMENTS)),
        ],
        "uv could not install requirements.lock. Check the network (a proxy is taken from HTTPS_PROXY, further "
        "certificates from SSL_CERT_FILE) and try again; what has arrived is kept.",
    )


def install_members() -> None:
    """Install the workspace's own packages so that edits in their folders count at once."""
    editable = [argument for member in members() for argument in ("-e", str(member))]
    run(
        [
            *(str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)),
            *("--no-deps", "--no-build-isolation", *editable),
        ],
        "uv could not install the workspace's own packages: see the message above.",
    )


def fetch_kafka() -> None:
    """Fetch Kafka's jars unless they are there; takes a tenth of a second then."""
    run(
        [str(PYTHON), "-m", "tsunagu.stack.kafka_jars"],
        "Kafka's jars could not be fetched: see the message above.",
    )


STEPS = (
    ("environment", make_environment),
    ("uv", install_uv),
    ("packages", install_requirements),
    ("workspace", install_members),
)


def set_up() -> None:
    """Bring everything to the state that the lock files describe."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    with (ROOT / ".cache" / "setup.lock").open("w") as lock:
        # Two targets that start at the same time: the second waits, then finds everything done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        key = stamp_key()
        if not (STAMP.is_file() and STAMP.read_text() == key and PYTHON.exists()):
            STAMP.unlink(missing_ok=True)
            for number, (name, step) in enumerate(STEPS, start=1):
                began = time.monotonic()
                say(f"setup {number}/{len(STEPS) + 1} {name}")
                step()
                say(f"  done in {time.monotonic() - began:.1f} s")
            say(f"setup {len(STEPS) + 1}/{len(STEPS) + 1} Kafka")
            fetch_kafka()
            STAMP.write_text(key)
            say("setup complete")
        else:
            fetch_kafka()


def main() -> int:
    """Set up; 0 when all is there, 1 with the reason on standard error when not."""
    try:
        set_up()
    except SetupError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted: the next run goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
