"""`tsunagu customer`: who bought what, how far customers came, what they allow. Ids and refs only, never names."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

import typer
from rich.console import Console

from tsunagu.cli.consents import ask_consents, consents_csv, show_consents
from tsunagu.cli.exits import EXIT_CODES
from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.port import OperatorPort
from tsunagu.cli.operators.problems import told_problems
from tsunagu.cli.purchases.asking import ask_buyers, ask_counts, ask_history
from tsunagu.cli.purchases.funnel import ask_funnel, show_funnel
from tsunagu.cli.purchases.view import (
    buyers_csv,
    counts_csv,
    history_csv,
    show_buyers,
    show_counts,
    show_history,
)
from tsunagu.cli.spreadsheet import write

SHOWN_ROWS = 50
"""Rows shown where nobody says how many: what fits a screen or two."""

_HISTORY = (
    "Examples: `tsunagu customer history card:4901` · `tsunagu customer history card:4901 --limit 500 --csv`\n\n"
    "`docs/purchases.md` says what is shown, and to whom.\n\n" + EXIT_CODES
)
_BOUGHT = (
    "Examples: `tsunagu customer bought SHIRT-M --from 2026-04-01 --to 2026-04-30` · "
    "`tsunagu customer bought SHIRT-M --from 2026-04-01 --to 2026-04-30 --channel ec --csv` · "
    "`tsunagu customer bought SHIRT-M --from 2026-01-01 --to 2026-06-30 --by month`\n\n"
    "`docs/purchases.md` says what is counted.\n\n" + EXIT_CODES
)

_FUNNEL = (
    "Example: `tsunagu customer funnel --from 2026-04-01 --to 2026-04-30`\n\n"
    "`docs/journey.md` says what the stages and paths are.\n\n" + EXIT_CODES
)
_CONSENTS = (
    "Examples: `tsunagu customer consents card:4901` · `tsunagu customer consents card:4901 --csv`\n\n"
    "`docs/privacy.md` says what is shown, and to whom.\n\n" + EXIT_CODES
)

Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Customer's address for operators; else TSUNAGU_OPERATOR_URL_CUSTOMER, else the Tsunagu here.",
    ),
]
CustomersRef = Annotated[str, typer.Argument(metavar="REF", help="Any ref of the customer, or their id.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="How many rows to show.")]
Place = Annotated[str | None, typer.Option(metavar="PLACE", help="Go on there: what the page before said.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV for spreadsheets (UTF-8 with BOM).")]

app = typer.Typer(
    help="Customers: what one bought over all channels, who bought a SKU, how far they came, what one allows.",
    epilog="Example: `tsunagu customer history card:4901`\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
_console = Console(highlight=False)


@app.command("history", epilog=_HISTORY)
def history(
    ref: CustomersRef,
    limit: Limit = SHOWN_ROWS,
    before: Place = None,
    url: Url = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what a customer bought over all channels and under all of their refs, the newest first."""
    with _port(url) as port:
        answer = ask_history(port, ref, limit=limit, before=before)
    if as_json:
        print(json.dumps(answer, indent=2))
    elif as_csv:
        write(history_csv(answer))
    else:
        show_history(_console, answer)


@app.command("bought", epilog=_BOUGHT)
def bought(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The SKU.")],
    first_day: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, in Japan.")],
    last_day: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, in Japan.")],
    channel: Annotated[str | None, typer.Option(metavar="CHANNEL", help="This channel alone.")] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="day|week|month", help="How many for each of them, instead of who they are."),
    ] = None,
    limit: Limit = SHOWN_ROWS,
    after: Place = None,
    url: Url = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show who kept pieces of a SKU, by channel, and how many customers, pieces and yen that is."""
    asked = {"from": _day("--from", first_day), "to": _day("--to", last_day)}
    asked |= {} if channel is None else {"channel": channel}
    with _port(url) as port:
        counts = ask_counts(port, sku, asked if by is None else {**asked, "by": by})
        answer = ask_buyers(port, sku, asked, limit=limit, after=after) if by is None else None
    if as_json:
        print(json.dumps(counts if answer is None else {**counts, **answer}, indent=2))
    elif as_csv:
        write(counts_csv(counts) if answer is None else buyers_csv(answer))
    elif answer is None:
        show_counts(_console, counts)
    else:
        show_buyers(_console, counts, answer)


@app.command("funnel", epilog=_FUNNEL)
def funnel(
    first_day: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, in Japan.")],
    last_day: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, in Japan.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show how many customers reached each stage, by where they were first seen, and the ways they took."""
    days = {"from": _day("--from", first_day), "to": _day("--to", last_day)}
    with _port(url) as port:
        answer = ask_funnel(port, days)
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        show_funnel(_console, answer)


@app.command("consents", epilog=_CONSENTS)
def consents(
    ref: CustomersRef,
    limit: Limit = SHOWN_ROWS,
    before: Place = None,
    url: Url = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what a customer allows by purpose and channel, and every word that they said of it, the newest first."""
    with _port(url) as port:
        answer = ask_consents(port, ref, limit=limit, before=before)
    if as_json:
        print(json.dumps(answer, indent=2))
    elif as_csv:
        write(consents_csv(answer))
    else:
        show_consents(_console, answer)


@contextmanager
def _port(url: str | None) -> Iterator[OperatorPort]:
    with told_problems():
        (named,) = operator_addresses("customer", url).items()
        with OperatorPort(*named) as port:
            yield port


def _day(option: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{option} is a day such as 2026-04-01") from error
