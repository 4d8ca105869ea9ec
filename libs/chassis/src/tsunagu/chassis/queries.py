"""SQL stays in `queries.sql`; this gives each named query to Python as text."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\n-- \S.*$", re.MULTILINE)


class Queries:
    """The queries of one file, each an attribute: `SQL.lock_stock`.

    A query begins with `-- name: lock_stock` and, on the next line, one sentence of purpose; it ends where the
    next begins. Parameters are PostgreSQL's own ($1, $2 …). A name that is not in the file raises AttributeError.
    """

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        starts = list(_NAME.finditer(text))
        if len(starts) != text.count("-- name:"):
            raise ValueError(f"{path}: every '-- name: …' needs a sentence of purpose on the line after it")
        ends = [match.start() for match in starts[1:]] + [len(text)]
        self._path = path
        self._texts: dict[str, str] = {}
        for match, end in zip(starts, ends, strict=True):
            if match[1] in self._texts:
                raise ValueError(f"{path}: the query {match[1]} is there twice")
            self._texts[match[1]] = text[match.start() : end].strip().rstrip(";")

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"{self._path} has no query named {name}") from None

    def all(self) -> dict[str, str]:
        """Name → text of every query, for the test that prepares them all."""
        return dict(self._texts)


def beside(module_file: str, name: str = "queries.sql") -> Queries:
    """The queries in the file `name` next to the module whose `__file__` is given."""
    return Queries(Path(module_file).with_name(name))
