"""Prometheus and its promtool: the pinned ones where this machine can have them, else those that it has.

`promtool.lock.json` names Debian's package with the sha256 of each architecture. apt fetches it from wherever the
machine gets its packages, into folders of our own, so that neither root nor a change of the machine is needed. No
other package registry carries the program; where there is no apt, one that is installed is taken as it is.
Run as `python -m tsunagu.stack.promtool` to print where promtool is; `prometheus` stands beside it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import cache_dir

APT_TIMEOUT_SECONDS = (
    300  # a slow line loads the index of all packages (10 MB) and the package (20 MB) in less
)


@dataclass(frozen=True)
class Package:
    """Debian's package that has promtool in it: the version, and the sha256 by architecture."""

    name: str
    version: str
    sha256: dict[str, str]


def locked_package() -> Package:
    """The package of the lock file that this package ships."""
    lock = json.loads(resources.files("tsunagu.stack").joinpath("promtool.lock.json").read_text())
    return Package(lock["package"], lock["version"], lock["sha256"])


def pinned_path() -> Path:
    """Where the verified program is, or is to be."""
    return cache_dir() / f"promtool-{locked_package().version}" / "promtool"


def verify(path: Path, package: Package, architecture: str) -> None:
    """Raise StackError when the file is not the locked package."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256[architecture]:
        raise StackError(
            f"{path.name} has sha256 {found}, expected {package.sha256[architecture]}: it was not unpacked"
        )


def find(progress: Callable[[str], None] = lambda _: None) -> Path:
    """The promtool to use: `PROMTOOL`, else the pinned one, fetched once, else the one on the PATH.

    Raises StackError when there is none.
    """
    if named := os.environ.get("PROMTOOL"):
        if shutil.which(named) is None:
            raise StackError(f"PROMTOOL is {named}, which is no program")
        progress(f"{named} is used, as PROMTOOL says")
        return Path(named)
    pinned = pinned_path()
    if pinned.is_file() and pinned.with_name("prometheus").is_file():
        return pinned
    try:
        return fetch(locked_package(), pinned, progress)
    except StackError as reason:
        installed = shutil.which("promtool")
        if installed is None:
            raise StackError(
                f"there is no promtool: {reason}. Install Prometheus's promtool, or name it in PROMTOOL"
            ) from reason
        progress(f"{installed} is used, whatever its version is: {reason}")
        return Path(installed)


def fetch(package: Package, pinned: Path, progress: Callable[[str], None]) -> Path:
    """Have apt download the package, verify and unpack it; returns the program.

    Raises StackError where there is no apt, the machine's Debian does not have this version, or the bytes are wrong.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise StackError("this machine has no apt to fetch the pinned one with")
    architecture = _run(["dpkg", "--print-architecture"], "dpkg does not say its architecture").strip()
    if architecture not in package.sha256:
        raise StackError(f"no {package.name} is pinned for {architecture}")
    progress(f"promtool: fetching {package.name} {package.version}")
    pinned.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=pinned.parent, prefix="fetch-") as name:
        staging = Path(name)
        deb = _download(package, staging)
        verify(deb, package, architecture)
        _run(["dpkg-deb", "--extract", str(deb), str(staging / "unpacked")], f"{deb.name} can't be unpacked")
        # promtool last: where it is, the other is too.
        for program in ("prometheus", "promtool"):
            (staging / "unpacked" / "usr" / "bin" / program).replace(pinned.with_name(program))
    return pinned


def _download(package: Package, staging: Path) -> Path:
    lists, cache = staging / "lists", staging / "cache"
    (lists / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    apt = [
        "apt-get", "-qq",
        "-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}",
        "-o", "Acquire::Languages=none",
        # As root, apt would download as a user who may not write here.
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip
    _run([*apt, "update"], "apt can't fetch the list of packages")
    wanted = f"{package.name}={package.version}"
    _run([*apt, "download", wanted], f"apt can't fetch {wanted}", folder=staging)
    return next(staging.glob("*.deb"))


def _run(command: Sequence[str], problem: str, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=APT_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{problem}: {error}") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StackError(f"{problem}: {said[-1] if said else f'exit code {done.returncode}'}")
    return done.stdout


def main() -> int:
    """Print where promtool is, with progress on standard error; 1 when there is none."""

    def show(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    try:
        sys.stdout.write(f"{find(show)}\n")
    except StackError as error:
        show(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
