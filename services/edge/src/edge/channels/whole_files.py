"""Files that are there whole or not at all: written under another name, and given their own by a rename."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tsunagu.importing import Encoding


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]], encoding: Encoding) -> bytes:
    """A CSV file; a character that the encoding has not (cp932 lacks many) becomes a question mark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode(encoding, errors="replace")


def write(path: Path, content: bytes) -> None:
    """Write a file. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], encoding: Encoding
) -> None:
    """Write a CSV file. Raises OSError."""
    write(path, as_csv(header, rows, encoding))
