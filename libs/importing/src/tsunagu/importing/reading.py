"""A file line by line: the header, then every line as messages or as a reason why not."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import ValidationError

from tsunagu.importing.cells import plain, shown
from tsunagu.importing.encodings import Encoding
from tsunagu.importing.kinds import Column, Kind, Unclear, when_missing
from tsunagu.importing.outcomes import Bad, Good, NotImportable, Problem
from tsunagu.importing.records import Records, Row
from tsunagu.importing.seen import Seen

_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Import:
    """One file being read, once, from its beginning. Iterate over it for what becomes of each line.

    `version` is that of all state messages of this import; a later import has a higher one (milliseconds since
    1970, for instance). `as_of` stands for the column of that name where the file has none.
    Empty lines are passed over. Memory does not grow with the file.
    """

    def __init__(
        self,
        kind: Kind,
        file: BinaryIO,
        encoding: Encoding,
        *,
        version: int,
        as_of: datetime | None = None,
    ) -> None:
        """Read the header. Raises NotImportable when the file is not one of this kind, and OSError."""
        self.kind = kind
        """What the file holds."""
        self._encoding = encoding
        self._version = version
        self._when_missing = when_missing(as_of)
        file.seek(0)
        self._records = Records(file, encoding)
        header = _header(self._records, encoding)
        self._width = len(header)
        self._columns = _columns(kind, header, self._when_missing)
        known = {column.name for column in kind.columns}
        self.ignored_columns: tuple[str, ...] = tuple(name for name in header if name and name not in known)
        """Columns of the file that no message has room for."""

    def __iter__(self) -> Iterator[Good | Bad]:
        """Every line in order. Raises OSError when the file can't be read on."""
        seen = Seen()
        try:
            for record in self._records:
                if isinstance(record, Bad):
                    yield record
                elif any(cell.strip() for cell in record.cells):
                    outcome = self._outcome(record, seen)
                    if isinstance(outcome, Bad):
                        self._records.read_rest_again(record)
                    yield outcome
        finally:
            seen.close()

    def _outcome(self, row: Row, seen: Seen) -> Good | Bad:
        if len(row.cells) != self._width:
            reason = f"has {len(row.cells)} cells; the header has {self._width}"
            return Bad(row.line, (Problem(row.line, None, reason),))
        values, problems = self._values(row)
        about = values.get(self.kind.key[0])
        if problems:
            return Bad(row.line, tuple(problems), about)
        try:
            messages = self.kind.build(values, self._version)
        except ValidationError as error:
            return Bad(row.line, tuple(self._beyond_limits(row.line, error)), about)
        except Unclear as error:
            return Bad(row.line, (Problem(row.line, None, str(error)),), about)
        # A line end separates the parts of the key; no cell may hold one.
        first = seen.first_line("\n".join(values.get(name, "") for name in self.kind.key), row.line)
        if first != row.line:
            reason = f"the same {' and '.join(self.kind.key)} as on line {first}"
            return Bad(row.line, (Problem(row.line, self.kind.key[-1], reason),), about)
        return Good(row.line, messages)

    def _values(self, row: Row) -> tuple[dict[str, Any], list[Problem]]:
        values: dict[str, Any] = dict(self._when_missing)
        problems: list[Problem] = []
        for position, column in self._columns:
            text = row.cells[position].strip()
            if not text:
                if column.needed:
                    problems.append(Problem(row.line, column.name, "is empty"))
                continue
            if _SURROGATE.search(text):
                problems.append(
                    Problem(row.line, column.name, f"holds bytes that are not {self._encoding.upper()}")
                )
                continue
            try:
                values[column.name] = column.convert(text)
            except ValueError as error:
                problems.append(Problem(row.line, column.name, str(error)))
        return values, problems

    def _beyond_limits(self, line: int, error: ValidationError) -> Iterator[Problem]:
        names = {column.name for column in self.kind.columns}
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        for problem in problems:
            # That a list has too few items where one of them is wrong says nothing new.
            if any(
                inner["loc"][: len(problem["loc"])] == problem["loc"] != inner["loc"] for inner in problems
            ):
                continue
            path = [step for step in problem["loc"] if step in names]
            reason = problem["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
            yield Problem(line, str(path[-1]) if path else None, reason)


def _header(records: Records, encoding: Encoding) -> list[str]:
    first = next(records, None)
    if first is None:
        raise NotImportable("the file is empty: its first line names the columns")
    if isinstance(first, Bad):
        raise NotImportable(f"the header can't be read: {first.problems[0].reason}")
    if any(_SURROGATE.search(cell) for cell in first.cells):
        raise NotImportable(f"the header holds bytes that are not {encoding.upper()}")
    return [plain(cell).strip().lower() for cell in first.cells]


def _columns(kind: Kind, header: list[str], when_missing: Mapping[str, Any]) -> list[tuple[int, Column]]:
    """The columns of the kind that the file has, each with its position."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise NotImportable(f"the header names {', '.join(map(shown, twice))} twice")
    missing = [
        column.name
        for column in kind.columns
        if column.needed and column.name not in header and column.name not in when_missing
    ]
    if missing:
        raise NotImportable(
            f"the header lacks {', '.join(missing)}; a file of {kind.name} has the columns "
            f"{', '.join(column.name for column in kind.columns)}"
        )
    return [(header.index(column.name), column) for column in kind.columns if column.name in header]
