"""Which promtool is used, and that a package with other bytes than the locked one is never unpacked."""

import hashlib
from pathlib import Path

import pytest

from tsunagu.stack import promtool
from tsunagu.stack.errors import StackError
from tsunagu.stack.promtool import Package, find, locked_package, verify

DEB = b"a package"
PACKAGE = Package("prometheus", "1.0", {"amd64": hashlib.sha256(DEB).hexdigest()})


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of programs of a machine that has none, and an empty cache."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("PROMTOOL", raising=False)
    monkeypatch.setattr(promtool, "cache_dir", lambda: tmp_path / "cache")
    return programs


def a_program(folder: Path, name: str, script: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_lock__names_a_sha256_for_each_architecture() -> None:
    package = locked_package()
    assert package.version
    assert package.sha256
    assert all(len(digest) == 64 for digest in package.sha256.values())


def test_verify__other_bytes_than_locked__are_refused(tmp_path: Path) -> None:
    deb = tmp_path / "prometheus.deb"
    deb.write_bytes(DEB)
    verify(deb, PACKAGE, "amd64")
    deb.write_bytes(DEB + b"!")
    with pytest.raises(StackError, match="was not unpacked"):
        verify(deb, PACKAGE, "amd64")


def test_find__the_pinned_one_is_there__is_used_before_that_of_the_machine(machine: Path) -> None:
    a_program(machine, "promtool")
    pinned = promtool.pinned_path()
    pinned.parent.mkdir(parents=True)
    a_program(pinned.parent, "promtool")
    assert find() != pinned, "without prometheus beside it, it is that of an older download"
    a_program(pinned.parent, "prometheus")
    assert find() == pinned


def test_find__no_apt__takes_that_of_the_machine_and_says_so(machine: Path) -> None:
    installed = a_program(machine, "promtool")
    said: list[str] = []
    assert find(said.append) == installed
    assert any("no apt" in line for line in said)


def test_find__nothing_there__says_what_to_do(machine: Path) -> None:
    with pytest.raises(StackError, match="name it in PROMTOOL"):
        find()


def test_find__named__is_used_before_all_others(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_program(machine, "promtool")
    mine = a_program(machine, "mine")
    monkeypatch.setenv("PROMTOOL", str(mine))
    assert find() == mine
    monkeypatch.setenv("PROMTOOL", str(machine / "nowhere"))
    with pytest.raises(StackError, match="is no program"):
        find()


def test_find__apt_brings_other_bytes__they_are_not_used(machine: Path) -> None:
    a_program(machine, "dpkg", "echo amd64")
    a_program(machine, "dpkg-deb", "exit 9")
    a_program(machine, "apt-get", 'case "$*" in *download*) echo other > prometheus_amd64.deb;; esac')
    with pytest.raises(StackError, match="was not unpacked"):
        find()
    assert not promtool.pinned_path().exists()
