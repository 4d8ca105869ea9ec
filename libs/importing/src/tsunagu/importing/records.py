"""A file as CSV records (RFC 4180), one after the other, whatever its bytes are."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tsunagu.importing.encodings import LINE_BYTES_MAX, UTF8_BYTE_ORDER_MARK, Encoding
from tsunagu.importing.outcomes import Bad, Problem

RECORD_LINES_MAX = 100
"""Most lines of one record: a quoted description of a hundred lines. A quotation mark that is never closed is
found after so many."""

_Line = tuple[int, bytes | None]
"""A line's number and bytes; None for one that is too long."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `rest` are the lines after its first, where a quoted cell holds line ends."""

    line: int
    cells: list[str]
    rest: tuple[_Line, ...] = ()


class Records(Iterator[Row | Bad]):
    """The records of a binary file. Bytes that are not of the encoding become lone surrogates (PEP 383)."""

    def __init__(self, file: BinaryIO, encoding: Encoding) -> None:
        self._lines = _lines(file)
        self._again: deque[_Line] = deque()
        self._encoding = encoding

    def __next__(self) -> Row | Bad:
        """The next record, or a line that is none. Raises StopIteration at the end, and OSError."""
        line = self._next_line()
        if line is None:
            raise StopIteration
        number, content = line
        if content is None:
            return _bad(number, f"the line is longer than {LINE_BYTES_MAX} bytes")
        try:
            return Row(number, self._parse(content))
        except csv.Error as error:
            if content.count(b'"') % 2 == 0:
                return _bad(number, f"the line is not CSV: {error}")
        return self._over_several_lines(number, content)

    def read_rest_again(self, row: Row) -> None:
        """Take the lines after the row's first as records of their own.

        For a row that is no good: its quotation mark may have been a slip of the pen.
        """
        self._again.extendleft(reversed(row.rest))

    def _over_several_lines(self, number: int, content: bytes) -> Row | Bad:
        """The record that begins with a line in which a quotation mark stays open."""
        rest: list[_Line] = []
        while content.count(b'"') % 2 == 1 and len(rest) < RECORD_LINES_MAX:
            line = self._next_line()
            if line is None:
                break
            rest.append(line)
            if line[1] is None or len(content) + len(line[1]) > LINE_BYTES_MAX:
                break
            content += line[1]
        try:
            return Row(number, self._parse(content), tuple(rest))
        except csv.Error:
            self._again.extendleft(reversed(rest))
            return _bad(
                number, "a quotation mark is not closed, or stands inside a cell without being doubled"
            )

    def _next_line(self) -> _Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _parse(self, content: bytes) -> list[str]:
        text = content.decode(self._encoding, "surrogateescape")
        return next(csv.reader([text], strict=True), [])


def _lines(file: BinaryIO) -> Iterator[_Line]:
    """The lines with their numbers. In both encodings a line feed is never part of another character."""
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(UTF8_BYTE_ORDER_MARK)
        if len(line) > LINE_BYTES_MAX:
            while line and not line.endswith(b"\n"):
                line = file.readline(LINE_BYTES_MAX)
            yield number, None
        else:
            yield number, line


def _bad(line: int, reason: str) -> Bad:
    return Bad(line, (Problem(line, None, reason),))
