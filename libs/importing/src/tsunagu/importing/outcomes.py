"""What becomes of a line."""

from dataclasses import dataclass

from tsunagu.contracts.message import Message


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line is not imported. `column` is None when it is the line as a whole."""

    line: int
    """Counted from 1, the header being line 1 and empty lines counted, as an editor shows them."""
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Good:
    """A line that can be imported, as messages; none where it says that there is nothing (0 pieces)."""

    line: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that can't be imported, with all that is wrong with it.

    `about`: the first part of its key, where that can be read: what else belongs to it may not be imported either.
    """

    line: int
    problems: tuple[Problem, ...]
    about: str | None = None


class NotImportable(ValueError):  # noqa: N818 - the name says what is wrong
    """A file of which no line can be imported: no CSV, another encoding, or a header without its columns."""
