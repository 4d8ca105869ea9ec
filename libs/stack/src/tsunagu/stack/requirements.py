"""requirements.lock: what has to be in it, and how it is made (`make lock`)."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import checkout

PYTHON_VERSION = "3.11"  # the oldest that the project supports; markers in the lock cover the later ones


def normalized(requirement: str) -> str:
    """The name in a requirement, as the package indexes compare names (PEP 503)."""
    name = re.split(r"[\s\[<>=!~;@]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


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


def locked_names(lock: str) -> set[str]:
    """The names of the packages in a lock file."""
    return {normalized(line) for line in lock.splitlines() if re.match(r"[A-Za-z0-9]", line)}


def compile_lock(root: Path, options: Iterable[str]) -> None:
    """Bring requirements.lock up to date. What is in it keeps its version unless an option upgrades it.

    Raises StackError when uv can't find a set of versions that fit.
    """
    command = [
        *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "-"),
        *("--universal", "--python-version", PYTHON_VERSION, "--generate-hashes"),
        *("--no-header", "--no-annotate", "--quiet", "--output-file", "requirements.lock"),
        *options,
    ]
    wanted = "\n".join(third_party_requirements(root))
    if subprocess.run(command, cwd=root, input=wanted, text=True, check=False).returncode != 0:
        raise StackError("uv could not make requirements.lock: see its message above")


def main(options: Iterable[str]) -> int:
    """Make the lock of this checkout; options are passed to `uv pip compile` (`--upgrade`)."""
    root = checkout()
    try:
        if root is None:
            raise StackError("requirements.lock belongs to a source checkout, and this is none")
        compile_lock(root, options)
    except StackError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
