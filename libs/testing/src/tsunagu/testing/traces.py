"""Traces of something planted: all that a database keeps, and every way in which a value may stand in bytes."""

import base64
import json
from functools import cache

import asyncpg

_TEXT_KINDS = ("text", "character varying", "json", "jsonb", "bytea", "ARRAY", "USER-DEFINED")
_BASE64_SHIFTS = 3
"""In base64 a value looks different at each of three places of the bytes before it."""


async def everything_stored(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, bytes]:
    """What stands in each column that can hold words, of every table, by `table.column`; bytes are as they are."""
    columns = await connection.fetch(
        """
        SELECT table_name || '.' || column_name AS place,
               format(CASE data_type WHEN 'bytea' THEN 'SELECT %1$I FROM %2$I.%3$I WHERE %1$I IS NOT NULL'
                      ELSE 'SELECT %1$I::text FROM %2$I.%3$I WHERE %1$I IS NOT NULL' END,
                      column_name, table_schema, table_name) AS query
        FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'
          AND data_type = ANY($1::text[])
        """,
        _TEXT_KINDS,
    )
    found: dict[str, bytes] = {}
    for place, query in columns:
        values = [value for (value,) in await connection.fetch(query)]
        found[place] = b"\n".join(value if isinstance(value, bytes) else value.encode() for value in values)
    return found


@cache
def forms_of(value: str) -> frozenset[bytes]:
    """A value as it may stand in bytes: in UTF-8 and UTF-16, escaped as JSON does, in base64, in hexadecimal."""
    forms = {
        value.encode(),
        json.dumps(value)[1:-1].encode(),
        value.encode("utf-16-le"),
        value.encode("utf-16-be"),
    }
    for written in list(forms):
        forms.add(written.hex().encode())
        for shift in range(_BASE64_SHIFTS):
            coded = base64.b64encode(b"\0" * shift + written)
            # What the neighbouring bytes have a part in says nothing.
            begin, end = (0, 2, 3)[shift], (len(written) + shift) * 8 // 6
            forms |= {coded[begin:end], base64.urlsafe_b64encode(b"\0" * shift + written)[begin:end]}
    return frozenset(forms)


def found_in(text: bytes, values: frozenset[str] | set[str] | tuple[str, ...]) -> set[str]:
    """Which of these values stand in the bytes, in whichever form."""
    return {value for value in values if any(form in text for form in forms_of(value))}
