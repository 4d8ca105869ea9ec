"""What may be said of an error: which it is and where, never the values that were in it.

PostgreSQL quotes the failing row, pydantic the rejected input; dead letters, due work and logs are read by people who
may not see those.
"""

import re
import traceback

import asyncpg
from pydantic import ValidationError

TEXT_CHARACTERS_MAX = 500  # for people; where it happened is in the log

_NAMED = re.compile(r"([A-Z]\w*): ", re.ASCII)
_NAMES_NOBODY = {"StillUnreadable", "Unusable"}


def safe_text(error: BaseException) -> str:
    """The error in one line, without the values that caused it where the library puts them in."""
    name = type(error).__name__
    match error:
        case asyncpg.PostgresError():
            known = (error.sqlstate, error.table_name, error.column_name, error.constraint_name)
            return f"{name}: {' '.join(part for part in known if part)}"[:TEXT_CHARACTERS_MAX]
        case ValidationError():
            problems = error.errors(include_input=False, include_url=False, include_context=False)
            where = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['type']}" for p in problems[:5])
            return f"{name}: {where}"[:TEXT_CHARACTERS_MAX]
        case _:
            return f"{name}: {error}"[:TEXT_CHARACTERS_MAX]


def without_values(text: str) -> str:
    """What may leave the service of a text by `safe_text`: of an error of our code its name, since its own words may
    repeat what somebody sent; all of it where the words are known to name nobody.
    """
    named = _NAMED.match(text)
    return text if named is None or named[1] in _NAMES_NOBODY else named[1]


def where(error: BaseException) -> str:
    """The stack of an error, without its text."""
    return "".join(traceback.format_tb(error.__traceback__))
