"""A KPI as a file that spreadsheets open: CSV in UTF-8 with BOM, since without it some take it for another encoding."""

import csv
import io

from tsunagu.cli.operators.port import Row

BOM = "\ufeff"
HEADINGS = ("kpi", "scope", "period", "value", "unit", "target", "owner", "due", "no data")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def spreadsheet(answer: Row) -> str:
    """The values of a KPI, a line each, headings first; what has no data is an empty cell with its reason."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in answer["values"]:
        name, unit, owner = answer["name"], answer["unit"], answer["owner"]
        cells = (name, row["scope"], row["period"], row["value"], unit)
        rest = (answer["target"], owner, answer["due"], row["no_data"])
        writer.writerow([_cell(value) for value in (*cells, *rest)])
    return BOM + text.getvalue()


def _cell(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value
