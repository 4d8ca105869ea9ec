"""How far customers came and over which channels, as customer's operator port gives it and an operator reads it."""

from rich.console import Console
from rich.table import Table

from tsunagu.cli.operators.port import OperatorPort, Row
from tsunagu.cli.printable import printable

ANSWER_TIMEOUT_SECONDS = 120.0
"""Every customer of a quarter is looked at; of a million that takes seconds."""


def ask_funnel(port: OperatorPort, days: dict[str, str]) -> Row:
    """Stages and paths of the days `from` to `to`. Raises NoAnswer, and Refused where these can't be asked about."""
    answer: Row = port.ask("GET", "/journeys", days, timeout_seconds=ANSWER_TIMEOUT_SECONDS)
    return answer


def show_funnel(console: Console, answer: Row) -> None:
    """A row for each stage with a column for each first channel, and a row for each path."""
    line = f"{answer['from']} to {answer['to']}; few: fewer than {answer['few']} customers"
    console.print(line, markup=False, soft_wrap=True)
    console.print(_stages(answer["funnel"]))
    console.print(_paths(answer["paths"]))


def _stages(funnel: list[Row]) -> Table:
    channels = sorted({row["first_channel"] for row in funnel if row["first_channel"] is not None})
    table = Table()
    table.add_column("stage")
    table.add_column("customers", justify="right")
    for channel in channels:
        table.add_column(printable(f"first seen: {channel}"), justify="right")
    cells = {(row["stage"], row["first_channel"]): _count(row["customers"]) for row in funnel}
    for stage in dict.fromkeys(row["stage"] for row in funnel):
        counts = (cells.get((stage, channel), "–") for channel in (None, *channels))
        table.add_row(printable(stage.replace("_", " ")), *counts)
    return table


def _paths(paths: list[Row]) -> Table:
    table = Table()
    table.add_column("path", overflow="fold")
    table.add_column("customers", justify="right")
    for row in paths:
        steps = "other paths" if row["steps"] is None else " → ".join(_words(step) for step in row["steps"])
        table.add_row(printable(steps), _count(row["customers"]))
    return table


def _words(step: str) -> str:
    what, colon, channel = step.partition(":")
    return what.replace("_", " ") + (f" in {channel}" if colon else "")


def _count(customers: int | None) -> str:
    return "few" if customers is None else f"{customers:,}"
