"""The project that `tsunagu new-channel` makes passes its own tests, and its contract check sees a change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tsunagu.cli.main import app

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    result = CliRunner().invoke(app, ["new-channel", "harbour_kiosk", "--folder", str(folder)])
    assert result.exit_code == 0, result.output
    assert "README.md" in result.output
    return folder


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def its_tests(project: Path, *files: str) -> subprocess.CompletedProcess[str]:
    return run(project, "pytest", "-q", "-p", "no:cacheprovider", *files)


def test_project__its_own_tests__pass(project: Path) -> None:
    tested = its_tests(project)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "6 passed" in tested.stdout


def test_project__its_code__is_as_ours_is_checked(project: Path) -> None:
    # Other than services, a channel has a clock of its own.
    options = ("--config", str(ROOT / "pyproject.toml"), "--ignore", "TID251", "--no-cache")
    checked = run(project, "ruff", "check", *options, "harbour_kiosk")
    assert checked.returncode == 0, checked.stdout
    assert not [file for file in project.rglob("*") if file.is_file() and "__channel__" in file.read_text()]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rights.toml", '"order.state"', '"order.state", "order.events"'),  # more than it needs
        ("rights.toml", '["order.commands"]', "[]"),  # less
        ("harbour_kiosk/orders.py", "import PlaceOrder", "import SaleRecorded as PlaceOrder"),  # tills write it
    ],
)  # fmt: skip
def test_contract_check__code_and_rights_differ__fails(project: Path, file: str, old: str, new: str) -> None:
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    tested = its_tests(project, "tests/test_contracts.py")
    assert tested.returncode == 1 and "test_contracts.py" in tested.stdout


@pytest.mark.parametrize("name", ["Kiosk", "1kiosk", "class", "tsunagu", "ki-osk", ""])
def test_name__that_is_none__is_refused(name: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["new-channel", name, "--folder", str(tmp_path / "made")])
    assert result.exit_code == 2 and not (tmp_path / "made").exists()


def test_folder__that_is_there__is_left_alone(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["new-channel", "kiosk", "--folder", str(tmp_path)])
    assert result.exit_code == 2 and not list(tmp_path.iterdir())
