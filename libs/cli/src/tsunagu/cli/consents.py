"""What a customer allows, as customer's operator port gives it and an operator reads it."""

from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from tsunagu.cli.operators.pages import ask_pages
from tsunagu.cli.operators.port import OperatorPort, Row
from tsunagu.cli.printable import printable
from tsunagu.cli.spreadsheet import spreadsheet
from tsunagu.cli.stock_history.view import spoken

_HISTORY = (
    "said_at", "purpose", "channel", "granted", "customer_ref", "wording", "staff_ref", "device_id", "consent_id",
    "recorded_at",
)  # fmt: skip


def ask_consents(port: OperatorPort, ref: str, *, limit: int, before: str | None) -> Row:
    """What a customer allows, and their newest `limit` words on it, or those before a place; `next` is set where there
    are more. `ref`: any of theirs, or their id. Raises NoAnswer, and Refused where nothing is known of it.
    """
    path = f"/consents/customers/{quote(ref, safe='')}"
    return ask_pages(port, path, {}, ("history", "before"), limit, before)


def show_consents(console: Console, answer: Row) -> None:
    """Who it is, a row for each purpose and channel, and a row for each word that was said."""
    _say(console, f"{answer['customer_id']}: {', '.join(answer['refs'])}")
    if not answer["history"]:
        _say(console, "nothing was said of what they allow: nothing is allowed")
        return
    in_force = _table("In force", ("purpose", "channel", "allowed", "since"))
    for row in answer["in_force"]:
        _add(in_force, (row["purpose"], row["channel"], _word(row["granted"]), spoken(row["said_at"])))
    console.print(in_force, markup=False)
    history = _table("What was said", ("said", "purpose", "channel", "allowed", "ref", "wording", "by"))
    for row in answer["history"]:
        words = (spoken(row["said_at"]), row["purpose"], row["channel"], _word(row["granted"]))
        _add(history, (*words, row["customer_ref"], row["wording"], row["staff_ref"] or row["device_id"]))
    console.print(history, markup=False)
    if answer["next"] is not None:
        _say(console, f"there are more: add --before '{answer['next']}'")


def consents_csv(answer: Row) -> str:
    """A row for each word that was said."""
    rows = ((answer["customer_id"], *(one[name] for name in _HISTORY)) for one in answer["history"])
    return spreadsheet(("customer_id", *_HISTORY), rows)


def _word(granted: bool) -> str:
    return "yes" if granted else "no"


def _table(title: str, headings: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _add(table: Table, words: tuple[str | None, ...]) -> None:
    table.add_row(*(printable("–" if word is None else word) for word in words))


def _say(console: Console, line: str) -> None:
    console.print(printable(line), markup=False, soft_wrap=True)
