"""requirements.lock, deploy/requirements.lock, tests/*/requirements.lock: what has to be in them (`make lock`).

The second holds what the services need and nothing else: it is what goes into the image.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import checkout

LOCK, SHIPPED_LOCK = "requirements.lock", "deploy/requirements.lock"
PYTHON_VERSION = "3.11"  # the oldest that the project supports; markers in the lock cover the later ones


def normalized(requirement: str) -> str:
    """The name in a requirement, as the package indexes compare names (PEP 503)."""
    name = re.split(r"[\s\[<>=!~;@]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


SHIPPED = ("libs/contracts", "libs/chassis", "libs/importing", "libs/planning", "libs/tax", "services/*")
"""The members that are in the image."""


def shipped_requirements(root: Path) -> list[str]:
    """What the members in the image need from outside the workspace."""
    members = [
        tomllib.loads(path.read_text())
        for pattern in SHIPPED
        for path in sorted(root.glob(f"{pattern}/pyproject.toml"))
    ]
    own = {normalized(member["project"]["name"]) for member in members}
    wanted = {requirement for member in members for requirement in member["project"]["dependencies"]}
    build = {requirement for member in members for requirement in member["build-system"]["requires"]}
    return sorted(requirement for requirement in wanted | build if normalized(requirement) not in own)


def third_party_requirements(root: Path) -> list[str]:
    """What the members and the development tools need from outside the workspace."""
    workspace = tomllib.loads((root / "pyproject.toml").read_text())
    members = [
        tomllib.loads(path.read_text())
        for group in ("libs", "services")
        for path in sorted((root / group).glob("*/pyproject.toml"))
    ]
    own = {normalized(member["project"]["name"]) for member in members}
    wanted = [
        *workspace["dependency-groups"]["dev"],
        *(requirement for member in members for requirement in member["project"].get("dependencies", [])),
        # What builds the members has to be there, as they are installed without build isolation.
        *(requirement for member in members for requirement in member["build-system"]["requires"]),
    ]
    return sorted({requirement for requirement in wanted if normalized(requirement) not in own})


def tool_requirements(root: Path) -> list[Path]:
    """What tools need that have an environment of their own, because the project's should stay as it is."""
    return sorted(root.glob("tests/*/requirements.in"))


def locked_names(lock: str) -> set[str]:
    """The names of the packages in a lock file."""
    return {normalized(line) for line in lock.splitlines() if re.match(r"[A-Za-z0-9]", line)}


def compile_lock(root: Path, wanted: Iterable[str], file: str, options: Iterable[str]) -> None:
    """Bring a lock file up to date. What is in it keeps its version unless an option upgrades it.

    Raises StackError when uv can't find a set of versions that fit.
    """
    command = [
        *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "-"),
        *("--universal", "--python-version", PYTHON_VERSION, "--generate-hashes"),
        *("--no-header", "--no-annotate", "--quiet", "--output-file", file),
        *options,
    ]
    if subprocess.run(command, cwd=root, input="\n".join(wanted), text=True, check=False).returncode != 0:
        raise StackError(f"uv could not make {file}: see its message above")


def main(options: Iterable[str]) -> int:
    """Make the locks of this checkout; options are passed to `uv pip compile` (`--upgrade`)."""
    root = checkout()
    try:
        if root is None:
            raise StackError("requirements.lock belongs to a source checkout, and this is none")
        compile_lock(root, third_party_requirements(root), LOCK, options)
        compile_lock(root, shipped_requirements(root), SHIPPED_LOCK, ["--constraints", LOCK])
        for wanted in tool_requirements(root):
            lock = str(wanted.with_suffix(".lock").relative_to(root))
            compile_lock(root, wanted.read_text().splitlines(), lock, options)
    except StackError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
