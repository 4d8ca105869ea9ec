"""Movements of stock as an operator reads them."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tsunagu.cli.operators.port import Row
from tsunagu.cli.printable import printable
from tsunagu.contracts.values import JAPAN

_HEADINGS = ("recorded", "happened", "type", "document", "order", "register", "mark")
_NUMBERS = ("pieces", "staged", "on hand", "staged now")


def show_history(console: Console, answer: Row) -> None:
    """The balance that was asked for, and below it the movements, the last recorded first."""
    _say(console, f"{answer['sku']} at {answer['location_id']}{_times(answer)}")
    _say(
        console,
        f"on hand {answer['on_hand']}, of it staged {answer['staged']}; the sum of {answer['movements']} movements",
    )
    if answer["incoming"]:
        _say(
            console,
            f"incoming now {answer['incoming']}: {answer['announced']} announced, {answer['planned']} on transfers"
            f" planned, {answer['in_transit']} in transit",
        )
    if answer["history"]:
        console.print(_table(answer["history"]))
    if answer["next"] is not None:
        _say(console, f"there are more: add --before {answer['next']}")


def spoken(instant: str) -> str:
    """An ISO 8601 instant by Japan's clock, to the second."""
    return datetime.fromisoformat(instant).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")


def _times(answer: Row) -> str:
    happened = f", of what had happened by {spoken(answer['happened_by'])}" if answer["happened_by"] else ""
    known = f"known by {spoken(answer['known_by'])}" if answer["known_by"] else "known now"
    return f"{happened}, as {known} (Japan's time)"


def _table(movements: list[Row]) -> Table:
    table = Table()
    for heading in (*_HEADINGS[:3], *_NUMBERS, *_HEADINGS[3:]):
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left", overflow="fold")
    for row in movements:
        table.add_row(
            spoken(row["recorded_at"]),
            spoken(row["occurred_at"]),
            _cell(row["type"]),
            f"{row['quantity']:+d}",
            f"{row['staged']:+d}",
            str(row["on_hand_after"]),
            str(row["staged_after"]),
            *(_cell(row[name]) for name in ("document_id", "order_id", "register_id", "mark")),
        )
    return table


def _cell(value: Any) -> Text:
    return Text("–" if value is None else printable(str(value)))


def _say(console: Console, line: str) -> None:
    console.print(printable(line), markup=False, soft_wrap=True)
