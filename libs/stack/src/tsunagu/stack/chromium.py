"""The Chromium of the browser tests: one that this machine has, else one that it can have.

Run as `python -m tsunagu.stack.chromium` to print where it is.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tsunagu.stack.errors import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-ipafont-gothic")
"""Debian's; the fonts, because pages in Japanese are looked at."""
INSTALL_TIMEOUT_SECONDS = 480  # 150 MB with all libraries over a slow line
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""Nothing is asked of anybody but the pages under test."""


def flags() -> tuple[str, ...]:
    """The flags to start it with. As root there is no sandbox to be had."""
    return (*FLAGS, "--no-sandbox") if os.geteuid() == 0 else FLAGS


def find(progress: Callable[[str], None] = lambda _: None) -> Path:
    """The Chromium to use: `CHROMIUM`, one on the PATH, Playwright's download, else the system's package, installed.

    Raises StackError, which says what to do, where there is none.
    """
    if named := os.environ.get("CHROMIUM"):
        if shutil.which(named) is None:
            raise StackError(f"CHROMIUM is {named}, which is no program")
        return Path(named)
    found = _on_path() or _of_playwright()
    if found is not None:
        return found
    reasons: list[str] = []
    for get in (_install_package, _download_with_playwright):
        try:
            get(progress)
        except StackError as reason:
            reasons.append(str(reason))
        found = _on_path() or _of_playwright()
        if found is not None:
            return found
    raise StackError(
        f"there is no Chromium for the browser tests: {'; '.join(reasons)}."
        " Install the package `chromium` of your system, or name a Chromium or Chrome in CHROMIUM"
    )


def _on_path() -> Path | None:
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def _of_playwright() -> Path | None:
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    downloads = Path(folder) if folder else Path.home() / ".cache" / "ms-playwright"
    return max(downloads.glob("chromium-*/chrome-linux*/chrome"), default=None)


def _install_package(progress: Callable[[str], None]) -> None:
    if shutil.which("apt-get") is None:
        raise StackError("this machine has no apt to install it with")
    if os.geteuid() != 0:
        raise StackError("only root may install the system's package")
    progress(f"chromium: installing {' and '.join(PACKAGES)} with apt")
    _run(["apt-get", "-qq", "update"], "apt can't fetch the list of packages")
    _run(["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *PACKAGES], "apt can't install it")


def _download_with_playwright(progress: Callable[[str], None]) -> None:
    progress("chromium: Playwright downloads its own")
    _run([sys.executable, "-m", "playwright", "install", "chromium"], "Playwright can't download it")


def _run(command: Sequence[str], problem: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=INSTALL_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{problem}: {error}") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StackError(f"{problem}: {said[-1] if said else f'exit code {done.returncode}'}")


def main() -> int:
    """Print where Chromium is, with progress on standard error; 1 when there is none."""

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
