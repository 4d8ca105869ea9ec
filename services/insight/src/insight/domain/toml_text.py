"""A TOML text that people write: read, checked, and refused with the line that is wrong."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any, Never, TypeVar

R = TypeVar("R")

_HEADING = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?")
_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class Fault(ValueError):  # noqa: N818 - of the text, and a finding rather than an error of ours
    """What is wrong, as a sentence, and where: the key of the `number`-th `table`, or of the text as a whole."""

    def __init__(
        self, sentence: str, table: str | None = None, number: int = 0, key: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.table = table
        self.number = number
        self.key = key


def parse(text: str, read: Callable[[Mapping[str, Any]], R]) -> tuple[Mapping[str, Any], R]:
    """A TOML text as its body and what `read` makes of it. Raises ValueError: "line 31: …"."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_LINE.search(str(error))
        line = int(place[1]) if place else len(text.splitlines())
        raise ValueError(f"line {line}: {_SYNTAX_LINE.sub('', str(error))}") from None
    try:
        return body, read(body)
    except Fault as fault:
        raise ValueError(f"line {_line_of(text, fault)}: {fault}") from None


class Table:
    """A table of the text: its values, each of the kind that is wanted, or a fault that says where it is."""

    def __init__(self, body: Mapping[str, Any], name: str | None, number: int) -> None:
        self.body = body
        self._name = name
        self._number = number

    def fail(self, key: str | None, sentence: str) -> Never:
        """Raise the fault of a key, or of the table as a whole."""
        raise Fault(sentence, self._name, self._number, key)

    def only(self, keys: frozenset[str], whose: str) -> None:
        """Refuse a key that means nothing here: it would be passed over in silence. `whose`: as in "a policy"."""
        for key in self.body:
            if key not in keys:
                self.fail(key, f"{whose} has no {key}; it has {', '.join(sorted(keys))}")

    def text(self, key: str) -> str:
        """A text."""
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            self.fail(key, f"{key} is a text that is not empty")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.fail(key, f"{key} is a list of texts")
        return value

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fail(key, f"{key} is a whole number from {least} to {most}, not {value!r}")
        return value

    def decimal(self, key: str) -> float:
        """A number."""
        value = self._value(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            self.fail(key, f"{key} is a number, not {value!r}")
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false; false where it is not there."""
        value = self.body.get(key, False)
        if not isinstance(value, bool):
            self.fail(key, f"{key} is true or false, not {value!r}")
        return value

    def day(self, key: str) -> date:
        """A day, as TOML has them: without quotes."""
        value = self._value(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(key, f"{key} is a day such as 2026-12-31, without quotes, not {value!r}")
        return value

    def tables(self, name: str) -> list["Table"]:
        """The tables of a name."""
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fail(name, f"each {name} is a table, headed [[{name}]]")
        return [Table(one, name, number) for number, one in enumerate(value)]

    def _value(self, key: str) -> Any:
        if key not in self.body:
            self.fail(None, f"{key} is missing")
        return self.body[key]


def _line_of(text: str, fault: Fault) -> int:
    """The line of the key in question, else of its table's heading; tomllib does not tell where anything stands."""
    lines = text.splitlines()
    headings = [(n, found[1]) for n, line in enumerate(lines) if (found := _HEADING.fullmatch(line))]
    begins, ends = 0, headings[0][0] if headings else len(lines)
    if fault.table is not None:
        of_table = [place for place, (_, name) in enumerate(headings) if name == fault.table]
        if fault.number < len(of_table):
            place = of_table[fault.number]
            begins = headings[place][0]
            ends = headings[place + 1][0] if place + 1 < len(headings) else len(lines)
    if fault.key is not None:
        assigned = re.compile(rf'\s*"?{re.escape(fault.key)}"?\s*=')
        for number in range(begins, ends):
            if assigned.match(lines[number]):
                return number + 1
    return begins + 1
