"""How the commands are found."""

import subprocess
import sys
from pathlib import Path

import pytest

import tsunagu.cli.commands
from tsunagu.cli.main import COMMANDS, command_of

SERVICES_MACHINERY = "faststream"


def test_commands__all_modules_of_the_package__are_named_and_none_else() -> None:
    modules = {
        path.stem.rstrip("_").replace("_", "-")
        for path in Path(tsunagu.cli.commands.__path__[0]).glob("[!_]*.py")
    }
    assert modules == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command__asked_for_by_name__has_help_with_examples(name: str) -> None:
    command = command_of(name)
    assert command.name == name
    assert "tsunagu " + name in (command.epilog or "")
    assert command.get_short_help_str()


@pytest.mark.parametrize("name", ["status", "down", "env", "dlq"])
def test_command__that_only_asks__does_not_import_what_services_are_made_of(name: str) -> None:
    code = f"import sys; from tsunagu.cli.main import command_of; command_of({name!r}); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "tsunagu.cli.main" in modules.split()
    assert SERVICES_MACHINERY not in modules.split()
