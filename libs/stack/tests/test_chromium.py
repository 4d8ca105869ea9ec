"""Which Chromium is used, and what is said where none can be had."""

from pathlib import Path

import pytest

from tsunagu.stack import chromium
from tsunagu.stack.errors import StackError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of programs of a machine that has none, for somebody who is not root."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.executable", str(a_program(programs, "python", "echo no line; exit 1")))
    return programs


def a_program(folder: Path, name: str, script: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_find__one_on_the_path__is_used_before_a_download(machine: Path) -> None:
    installed = a_program(machine, "chromium")
    a_program(machine.parent / "downloads" / "chromium-1200" / "chrome-linux", "chrome")
    assert chromium.find() == installed


def test_find__downloaded_by_playwright__is_used(machine: Path) -> None:
    downloaded = a_program(machine.parent / "downloads" / "chromium-1200" / "chrome-linux", "chrome")
    assert chromium.find() == downloaded


def test_find__root_with_apt__installs_the_package(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    program = machine / "chromium"
    a_program(
        machine,
        "apt-get",
        f'case "$*" in *chromium*) printf "#!/bin/sh\\n" > {program}; /bin/chmod 755 {program};; esac',
    )
    said: list[str] = []
    assert chromium.find(said.append) == program
    assert any("installing chromium" in line for line in said)


def test_find__none_to_be_had__says_why_and_what_to_do(machine: Path) -> None:
    a_program(machine, "apt-get")
    with pytest.raises(StackError, match=r"only root may.*no line.*name a Chromium or Chrome in CHROMIUM"):
        chromium.find()


def test_find__named__is_used_before_all_others(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_program(machine, "chromium")
    mine = a_program(machine, "mine")
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert chromium.find() == mine
    monkeypatch.setenv("CHROMIUM", str(machine / "nowhere"))
    with pytest.raises(StackError, match="is no program"):
        chromium.find()


def test_flags__without_a_sandbox_for_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-sandbox" not in chromium.flags()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "--no-sandbox" in chromium.flags()
