"""Purchases as an operator reads them: ids and refs, never a name."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from tsunagu.cli.operators.port import Row
from tsunagu.cli.printable import printable
from tsunagu.cli.spreadsheet import spreadsheet
from tsunagu.cli.stock_history.view import spoken

_COUNTED = ("customers", "purchases", "purchases_of_nobody", "pieces", "amount_jpy")
_KEPT = ("purchases", "pieces", "amount_jpy")


def show_history(console: Console, answer: Row) -> None:
    """Who it is, and a row for each line of each purchase, the newest first."""
    who = answer["customer_id"] or "a ref that nobody has identified"
    _say(console, f"{who}: {', '.join(answer['refs'])}")
    table = _table(
        ("bought", "channel", "location", "purchase", "ref", "SKU"),
        ("pieces", "returned", "yen"),
    )
    for purchase in answer["purchases"]:
        head = (
            spoken(purchase["bought_at"]),
            purchase["channel"],
            purchase["location_id"],
            purchase["purchase_id"],
            purchase["customer_ref"],
        )
        for number, line in enumerate(purchase["lines"]):
            numbers = (line["quantity"], line["returned_quantity"], line["amount_jpy"] - line["returned_jpy"])
            _add(table, (*(head if number == 0 else ("",) * len(head)), line["sku"]), numbers)
    _finish(console, table, answer, "--before")


def show_buyers(console: Console, counts: Row, answer: Row) -> None:
    """How many there are by channel, and a row for each customer and channel."""
    show_counts(console, counts)
    table = _table(("customer", "channel", "last bought", "refs"), _KEPT)
    for row in answer["customers"]:
        words = (row["customer_id"], row["channel"], spoken(row["last_bought_at"]), ", ".join(row["refs"]))
        _add(table, words, [row[name] for name in _KEPT])
    _finish(console, table, answer, "--after")


def show_counts(console: Console, answer: Row) -> None:
    """A row for each channel and for all of them, of each period."""
    _say(console, f"{answer['sku']} from {answer['from']} to {answer['to']}, what was kept of it")
    periods = (answer["by"],) if answer["by"] else ()
    table = _table((*periods, "channel"), [name.replace("_", " ") for name in _COUNTED])
    for row in answer["counts"]:
        words = ((row["period"],) if periods else ()) + (row["channel"] or "all",)
        _add(table, words, [row[name] for name in _COUNTED])
    console.print(table)


def history_csv(answer: Row) -> str:
    """A row for each line of each purchase."""
    of_purchase = (
        "purchase_id",
        "bought_at",
        "channel",
        "location_id",
        "receipt_id",
        "order_id",
        "customer_ref",
    )
    of_line = ("line_id", "sku", "quantity", "amount_jpy", "tax_percent", "returned_quantity", "returned_jpy")
    return spreadsheet(
        ("customer_id", *of_purchase, *of_line),
        (
            (answer["customer_id"], *(one[name] for name in of_purchase), *(line[name] for name in of_line))
            for one in answer["purchases"]
            for line in one["lines"]
        ),
    )


def buyers_csv(answer: Row) -> str:
    """A row for each customer and channel; refs with a space between them."""
    names = ("customer_id", "channel", *_KEPT, "last_bought_at")
    rows = ((*(row[name] for name in names), " ".join(row["refs"])) for row in answer["customers"])
    return spreadsheet((*names, "refs"), rows)


def counts_csv(answer: Row) -> str:
    """A row for each channel of each period; without a channel, all of them."""
    names = ("period", "channel", *_COUNTED)
    return spreadsheet(names, ([row[name] for name in names] for row in answer["counts"]))


def _table(words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table()
    for heading in words:
        table.add_column(heading, overflow="fold")
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _add(table: Table, words: Sequence[str | None], numbers: Iterable[int]) -> None:
    table.add_row(
        *(printable("–" if word is None else word) for word in words), *(f"{number:,}" for number in numbers)
    )


def _finish(console: Console, table: Table, answer: Row, option: str) -> None:
    if table.row_count:
        console.print(table, markup=False)
    if answer["next"] is not None:
        _say(console, f"there are more: add {option} '{answer['next']}'")


def _say(console: Console, line: str) -> None:
    console.print(printable(line), markup=False, soft_wrap=True)
