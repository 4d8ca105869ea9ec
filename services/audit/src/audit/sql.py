"""The queries, each named, in a file per database."""

import re
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def read_queries(database: str) -> dict[str, str]:
    """Name → text of the queries in `queries/<database>.sql`."""
    text = Path(__file__).with_name("queries").joinpath(f"{database}.sql").read_text(encoding="utf-8")
    starts = list(_NAME.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return {
        start[1]: text[start.end() : end].strip().rstrip(";") for start, end in zip(starts, ends, strict=True)
    }
