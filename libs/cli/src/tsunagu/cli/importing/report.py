"""What `tsunagu import` says: each bad line as it is found, and the totals at the end. Nothing is kept."""

import json
from dataclasses import asdict, dataclass, field
from typing import Protocol

from rich.console import Console

from tsunagu.importing import Bad


@dataclass
class Totals:
    """What an import came to. `messages` are those that Kafka has; with --dry-run, those it would get."""

    kind: str
    file: str
    encoding: str
    dry_run: bool
    ignored_columns: list[str] = field(default_factory=list)
    good_lines: int = 0
    bad_lines: int = 0
    messages: int = 0
    stopped: str | None = None
    """Why it ended before the file did."""


class Report(Protocol):
    """Somebody who is told."""

    def bad(self, bad: Bad) -> None:
        """A line that is not imported."""
        ...

    def end(self, totals: Totals) -> None:
        """The end, of whatever kind."""
        ...


class ForPeople:
    """Lines on standard output."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def bad(self, bad: Bad) -> None:
        """One line per column that is wrong."""
        for problem in bad.problems:
            where = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
            self._console.print(f"{where}: {problem.reason}", markup=False, soft_wrap=True)

    def end(self, totals: Totals) -> None:
        """The totals in a sentence or two."""
        if totals.ignored_columns:
            names = ", ".join(totals.ignored_columns)
            self._say(f"note: the columns {names} have no place in {totals.kind} and were passed over")
        what = "would be sent" if totals.dry_run else "sent and acknowledged"
        self._say(
            f"{totals.file} ({totals.encoding}): {totals.good_lines} lines good, {totals.bad_lines} bad; "
            f"{totals.messages} messages {what}"
        )

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)


class ForPrograms:
    """One JSON object on standard output, written as it grows: `problems`, then the totals."""

    def __init__(self) -> None:
        self._separator = '{"problems": ['

    def bad(self, bad: Bad) -> None:
        """One object per column that is wrong."""
        for problem in bad.problems:
            print(f"{self._separator}\n  {json.dumps(asdict(problem))}", end="")
            self._separator = ","

    def end(self, totals: Totals) -> None:
        """Close the list, add the totals."""
        opening = self._separator if self._separator != "," else ""
        print(f"{opening}\n], {json.dumps(asdict(totals), ensure_ascii=False)[1:]}")
