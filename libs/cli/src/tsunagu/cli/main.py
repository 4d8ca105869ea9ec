"""The `tsunagu` command: one module per command in `tsunagu.cli.commands`, named here and imported when it is called.

What one command needs, such as a whole retailer for the demo, is nothing that another one should wait for.
"""

import logging
from importlib import import_module

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from tsunagu.cli.exits import EXIT_CODES

# Commands say themselves when Kafka is away; its client's own lines would stand in the midst of that.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())

COMMANDS = (
    "up",
    "down",
    "status",
    "env",
    "doctor",
    "audit",
    "reconcile",
    "rebuild",
    "replay",
    "demo",
    "import",
    "topics",
    "dlq",
    "stock",
    "credit",
    "kpi",
    "customer",
    "new-channel",
)
"""In the order of the help. A module has an `app` where it has commands of its own, else a function of its name."""


class Commands(TyperGroup):
    """The commands by name; only the one that is asked for is imported."""

    def list_commands(self, ctx: object) -> list[str]:
        """All names."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The command of this name, None where there is none."""
        return command_of(cmd_name) if cmd_name in COMMANDS else None


def command_of(name: str) -> TyperCommand | TyperGroup:
    """Import a command."""
    attribute = "import_" if name == "import" else name.replace("-", "_")  # a word of Python's, and no name
    module = import_module(f"tsunagu.cli.commands.{attribute}")
    commands: typer.Typer | None = getattr(module, "app", None)
    if commands is None:
        commands = typer.Typer(
            rich_markup_mode="markdown", pretty_exceptions_enable=False, add_completion=False
        )
        commands.command(name, epilog=module.EXAMPLES)(getattr(module, attribute))
    command = get_command(commands)
    assert isinstance(command, TyperCommand | TyperGroup)
    command.name = name
    return command


app = typer.Typer(
    name="tsunagu",
    cls=Commands,
    help="The event backbone of an omnichannel retailer, on this machine.\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def _tsunagu() -> None:
    """What makes a group of it for typer, which sees no commands before one is asked for."""


if __name__ == "__main__":
    app()
