"""Who would gain and who would lose, as an operator reads it."""

from rich.console import Console
from rich.table import Table

from tsunagu.cli.operators.port import Row
from tsunagu.cli.printable import printable

_YEN = (
    ("credited", "credited_jpy"),
    ("would be", "would_be_jpy"),
    ("difference", "difference_jpy"),
    ("across companies", "credited_across_companies_jpy"),
    ("would be across", "would_be_across_companies_jpy"),
)


def show_what_if(console: Console, answer: Row, *, is_current: bool) -> None:
    """A line about the sales, and a row for each department and store, in yen."""
    policy = "the recorded policies" if is_current else answer["policy_id"]
    line = f"{policy}, {answer['from']} to {answer['to']}: {answer['sales']:,} sales, {answer['amount_jpy']:,} yen"
    console.print(printable(line), markup=False, soft_wrap=True)
    if answer["parties"]:
        console.print(_table(answer))
    if is_current and not answer["differs"]:
        console.print("The books are what their policies say, to the yen.")


def _table(answer: Row) -> Table:
    table = Table()
    for heading in ("who", *(heading for heading, _ in _YEN)):
        table.add_column(heading, justify="left" if heading == "who" else "right", overflow="fold")
    for row in answer["parties"]:
        yen = [f"{row[name]:+,}" if name == "difference_jpy" else f"{row[name]:,}" for _, name in _YEN]
        table.add_row(printable(f"{row['kind']} {row['party_id']}"), *yen)
    return table
