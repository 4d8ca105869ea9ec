"""`tsunagu new-channel`: the project of a new sales channel."""

from pathlib import Path
from typing import Annotated

import typer

from tsunagu.cli.exits import USAGE, fail
from tsunagu.cli.new_channel import NotMade, make_project

EXAMPLES = "Examples: `tsunagu new-channel kiosk` · `tsunagu new-channel kiosk --folder ~/work/kiosk`"


def new_channel(
    name: Annotated[str, typer.Argument(help="The channel's name, such as kiosk.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where to make it; a folder of its name here, if not said.")
    ] = None,
) -> None:
    """Make the project of a new channel: a read model, orders, tests, contract check, rights, README."""
    where = folder or Path(name)
    try:
        made = make_project(name, where)
    except NotMade as error:
        raise fail(str(error), USAGE) from error
    for file in made:
        print(file)
    print(f"\nNext: cd {where}, python -m pytest, and read README.md")
