"""Which keys a file has named already, in a temporary file: memory stays bounded however long the import is."""

import sqlite3

CACHE_KIBIBYTES = 32 * 1024
"""Memory for the keys' index; beyond it, pages go to the temporary file."""


class Seen:
    """The line on which each key came first."""

    def __init__(self) -> None:
        # The empty name is SQLite's private temporary file, deleted when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def first_line(self, key: str, line: int) -> int:
        """The line on which the key came first: `line` itself, or an earlier one."""
        if self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, line)).rowcount == 1:
            return line
        first = self._database.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()
        return int(first[0])

    def close(self) -> None:
        """Delete the temporary file."""
        self._database.close()
