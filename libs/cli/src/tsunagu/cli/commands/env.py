"""`tsunagu env`: the addresses, for any other program."""

import json
import shlex
from typing import Annotated

import typer

from tsunagu.cli.exits import NOT_RUNNING, fail
from tsunagu.stack.addresses import NotRunning, running_addresses
from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import state_dir

EXAMPLES = 'Examples: `eval "$(tsunagu env)"` · `psql "$TSUNAGU_DATABASE_URL_ORDER"` · `tsunagu env --json`'


def env(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of shell lines.")] = False,
) -> None:
    """Print the addresses of Kafka, every database and every service's HTTP port as shell variables."""
    try:
        variables = running_addresses(state_dir()).as_environment()
    except NotRunning as error:
        raise fail(str(error), NOT_RUNNING) from error
    except StackError as error:
        raise fail(str(error)) from error
    if as_json:
        print(json.dumps(variables, indent=2))
        return
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
