"""`tsunagu stock`: what is on hand, what was, and why."""

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from tsunagu.cli.exits import EXIT_CODES
from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.port import OperatorPort
from tsunagu.cli.operators.problems import told_problems
from tsunagu.cli.stock_history.asking import ask_history
from tsunagu.cli.stock_history.view import show_history
from tsunagu.importing.cells import instant

SHOWN_ROWS = 50
"""Movements shown where nobody says how many: what fits a screen or two."""

_HISTORY = (
    "Examples: `tsunagu stock history S001 SHIRT-M` · "
    '`tsunagu stock history S001 SHIRT-M --happened-by "2026-04-01 18:00"` · '
    "`tsunagu stock history S001 SHIRT-M --known-by 2026-04-02T00:00:00Z --json`\n\n"
    "`docs/stock-history.md` says how the two times read.\n\n" + EXIT_CODES
)

app = typer.Typer(
    help="Stock: the movements of a SKU at a location, and what they add up to at any time.",
    epilog="Example: `tsunagu stock history S001 SHIRT-M`\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
_console = Console(highlight=False)


@app.callback()
def stock() -> None:
    """Keeps `history` a command of its own, although it is the only one."""


@app.command("history", epilog=_HISTORY)
def history(
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="Id of the store or warehouse.")],
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The SKU.")],
    happened_by: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only what had happened by then; Japan's time without an offset."),
    ] = None,
    known_by: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Only what had been recorded by then; Japan's time without an offset."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many movements to show.")] = SHOWN_ROWS,
    before: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Go on there: what the page before said.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Inventory's address for operators; else TSUNAGU_OPERATOR_URL_INVENTORY, else the Tsunagu here.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Show the movements of a SKU at a location, the last recorded first, with the balance after each of them."""
    happened, known = _time("--happened-by", happened_by), _time("--known-by", known_by)
    with told_problems():
        (named,) = operator_addresses("inventory", url).items()
        with OperatorPort(*named) as port:
            answer = ask_history(
                port, location, sku, happened_by=happened, known_by=known, limit=limit, before=before
            )
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        show_history(_console, answer)


def _time(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option} {error}") from error
