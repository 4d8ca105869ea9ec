"""`tsunagu credit`: who earned what, and what another division would change."""

import json
from datetime import date
from typing import Annotated

import typer
from rich.console import Console

from tsunagu.cli.credit.asking import ask_what_if
from tsunagu.cli.credit.view import show_what_if
from tsunagu.cli.exits import EXIT_CODES, fail
from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.port import OperatorPort
from tsunagu.cli.operators.problems import told_problems

CURRENT = "current"

_WHAT_IF = (
    "Examples: `tsunagu credit what-if channel-only-v2 --from 2026-04-01 --to 2026-04-30` · "
    "`tsunagu credit what-if draft.toml --from 2026-04-01 --to 2026-04-30 --json` · "
    "`tsunagu credit what-if current --from 2026-04-01 --to 2026-04-30`\n\n"
    "`docs/credit.md` says what a policy file looks like.\n\n" + EXIT_CODES
)

app = typer.Typer(
    help="Credit: which store and which department earned what of the sales.",
    epilog="Example: `tsunagu credit what-if current --from 2026-04-01 --to 2026-04-30`\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
_console = Console(highlight=False)


@app.callback()
def credit() -> None:
    """Keeps `what-if` a command of its own, although it is the only one."""


@app.command("what-if", epilog=_WHAT_IF)
def what_if(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY|FILE|current",
            help="A policy's id, a file (.toml) on this machine, or `current`: those that are recorded with the sales.",
        ),
    ],
    first_day: Annotated[str, typer.Option("--from", metavar="DAY", help="First business day.")],
    last_day: Annotated[str, typer.Option("--to", metavar="DAY", help="Last business day.")],
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Insight's address for operators; else TSUNAGU_OPERATOR_URL_INSIGHT, else the Tsunagu here.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Show what each store and department would have earned of these days' sales. Changes nothing.

    Under `current` the books have to come out to the yen: where they do not, it fails.
    """
    days = _day("--from", first_day), _day("--to", last_day)
    with told_problems():
        (named,) = operator_addresses("insight", url).items()
        with OperatorPort(*named) as port:
            try:
                answer = ask_what_if(port, policy, *days)
            except (OSError, UnicodeDecodeError) as error:
                raise fail(f"{policy}: {error}") from error
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        show_what_if(_console, answer, is_current=policy == CURRENT)
    if policy == CURRENT and answer["differs"]:
        raise fail("the books are not what their policies say")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option} is a business day such as 2026-04-01") from error
