"""A KPI as a file for spreadsheets."""

from tsunagu.cli.operators.port import Row
from tsunagu.cli.spreadsheet import spreadsheet

HEADINGS = ("kpi", "scope", "period", "value", "unit", "target", "owner", "due", "no data")


def values_csv(answer: Row) -> str:
    """The values of a KPI, a line each; what has no data is an empty cell with its reason."""
    name, unit, owner = answer["name"], answer["unit"], answer["owner"]
    target, due = answer["target"], answer["due"]
    rows = (
        (name, row["scope"], row["period"], row["value"], unit, target, owner, due, row["no_data"])
        for row in answer["values"]
    )
    return spreadsheet(HEADINGS, rows)
