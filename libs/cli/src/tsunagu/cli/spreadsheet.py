"""Files that spreadsheets open: CSV in UTF-8 with BOM, since without it some take it for another encoding."""

import csv
import io
import sys
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def spreadsheet(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Headings, then a line for each row."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return BOM + text.getvalue()


def write(text: str) -> None:
    """Write a file to the standard output as bytes: lines end as CSV has them, whatever the terminal does."""
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def _cell(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value
