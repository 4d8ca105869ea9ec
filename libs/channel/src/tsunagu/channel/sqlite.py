"""A read model in a file of SQLite, used in a thread of its own. Processes of one machine may share the file."""

import asyncio
import hashlib
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tsunagu.channel.errors import SchemaChanged
from tsunagu.channel.handlers import Handler, News
from tsunagu.channel.store import Opened, Place, Position, Refused, Sign

T = TypeVar("T")

_OWN = """
CREATE TABLE channel_model (model_id TEXT NOT NULL, schema_digest TEXT NOT NULL, since TEXT);
CREATE TABLE channel_position (
    topic TEXT, partition INTEGER, next_offset INTEGER, fence INTEGER NOT NULL, PRIMARY KEY (topic, partition)
);
CREATE TABLE channel_seen (
    source TEXT, id TEXT, topic TEXT NOT NULL, partition INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) WITHOUT ROWID;
CREATE INDEX channel_seen_at ON channel_seen (topic, partition, at_ms);
CREATE TABLE channel_refused (
    number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    "offset" INTEGER NOT NULL, key BLOB, reason TEXT NOT NULL, detail TEXT NOT NULL, value BLOB
);
"""

# The whole model goes, and what the library knows of it, but not the fences: who reads still must be recognised.
_TABLES_OF_THE_MODEL = """
SELECT type, name FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite@_%' ESCAPE '@' AND name NOT LIKE 'channel@_%' ESCAPE '@'
"""
_CLAIM = """
INSERT INTO channel_position VALUES (:topic, :partition, :first, 1)
ON CONFLICT DO UPDATE SET fence = fence + 1, next_offset = coalesce(next_offset, :first)
RETURNING next_offset, fence
"""
_NOTE_SEEN = "INSERT INTO channel_seen VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING source, id"
_FORGET_SEEN = "DELETE FROM channel_seen WHERE topic = ? AND partition = ? AND at_ms < ?"
_REFUSE = """
INSERT INTO channel_refused (topic, partition, "offset", key, reason, detail, value) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_FORGET_REFUSED = "DELETE FROM channel_refused WHERE number <= (SELECT max(number) FROM channel_refused) - ?"
_ADVANCE = "UPDATE channel_position SET next_offset = ? WHERE topic = ? AND partition = ?"

_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_PRIMARY_CODE = 0xFF


class Sqlite:
    """The database of one read model: a file, made if it is not there. Its handlers are plain functions.

    `busy_seconds`: how long it waits for another process that writes. Read the model with a connection of your own
    (`sqlite3.connect(path)`): readers and the writer do not wait for each other.
    """

    def __init__(self, path: str | Path, *, busy_seconds: float = 5.0) -> None:
        self._path = Path(path)
        self._busy_seconds = busy_seconds
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._alone = asyncio.Lock()

    def is_outage(self, error: BaseException) -> bool:
        """See Store."""
        if isinstance(error, sqlite3.Error):
            return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _OUTAGES
        return isinstance(error, OSError | TimeoutError)

    async def open(self, schema: str, since: datetime | None) -> Opened:
        """See Store."""
        async with self._alone:
            return await self._run(lambda db: _committed(db, lambda: _open(db, self._path, schema, since)))

    async def empty(self, schema: str, since: datetime | None) -> None:
        """See Store."""
        async with self._alone:
            await self._run(lambda db: _committed(db, lambda: _empty(db, self._path, schema, since)))

    async def claim(self, place: Place, first: int, since: datetime | None) -> tuple[Position, bool] | None:
        """See Store."""
        async with self._alone:
            return await self._run(lambda db: _committed(db, lambda: _claim(db, place, first, since)))

    async def next_offsets(self) -> dict[Place, int]:
        """See Store."""
        async with self._alone:
            rows = await self._run(lambda db: db.execute(
                "SELECT topic, partition, next_offset FROM channel_position WHERE next_offset IS NOT NULL"
            ).fetchall())  # fmt: skip
        return {Place(topic, partition): next_offset for topic, partition, next_offset in rows}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["SqliteTransaction"]:
        """See Store."""
        async with self._alone:
            try:
                await self._run(lambda db: db.execute("BEGIN IMMEDIATE"))
                yield SqliteTransaction(self)
                await self._run(lambda db: db.execute("COMMIT"))
            except BaseException:
                await self._run(_roll_back)
                raise

    async def close(self) -> None:
        """See Store."""
        async with self._alone:
            if self._connection is not None:
                await self._run(lambda db: db.close())
            if self._thread is not None:
                self._thread.shutdown(wait=False)
            self._thread = self._connection = None

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in the database's thread, which has its only connection."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"read model {self._path.name}")
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(self._connected()))

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            db = sqlite3.connect(self._path, timeout=self._busy_seconds, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(
                "PRAGMA synchronous = NORMAL"
            )  # a power cut may lose the last batches: they are read again
            db.execute("PRAGMA foreign_keys = ON")
            self._connection = db
        return self._connection


class SqliteTransaction:
    """See Transaction."""

    def __init__(self, store: Sqlite) -> None:
        self._run = store._run
        self._is_outage = store.is_outage

    async def lock(self, places: Iterable[Place]) -> dict[Place, Position]:
        """See Transaction; nobody else writes while this transaction is open."""
        rows = await self._run(lambda db: db.execute(
            "SELECT topic, partition, next_offset, fence FROM channel_position WHERE next_offset IS NOT NULL"
        ).fetchall())  # fmt: skip
        wanted = set(places)
        found = {Place(topic, partition): Position(offset, fence) for topic, partition, offset, fence in rows}
        return {place: position for place, position in found.items() if place in wanted}

    async def unseen(self, signs: Sequence[Sign]) -> set[tuple[str, str]]:
        """See Transaction."""

        def note(db: sqlite3.Connection) -> set[tuple[str, str]]:
            rows = [(sign.source, sign.id, *sign.place, sign.at_ms) for sign in signs]
            return {found for row in rows for found in db.execute(_NOTE_SEEN, row).fetchall()}

        return await self._run(note)

    async def attempt(self, handler: Handler[sqlite3.Connection], run: Sequence[News]) -> Exception | None:
        """See Transaction."""

        def call(db: sqlite3.Connection) -> Exception | None:
            db.execute("SAVEPOINT channel_attempt")
            try:
                for function, argument in handler.calls(run):
                    if function(db, argument) is not None:
                        raise TypeError(
                            "a function for SQLite is a plain one: it returns nothing, and is no coroutine"
                        )
            except Exception as error:
                if self._is_outage(error):
                    raise
                db.execute("ROLLBACK TO channel_attempt")
                return error
            finally:
                if db.in_transaction:
                    db.execute("RELEASE channel_attempt")
            return None

        return await self._run(call)

    async def refuse(self, refused: Sequence[Refused], kept_max: int) -> None:
        """See Transaction."""

        def keep(db: sqlite3.Connection) -> None:
            for one in refused:
                row = (one.topic, one.partition, one.offset, one.key, one.reason, one.detail, one.value)
                db.execute(_REFUSE, row)
            db.execute(_FORGET_REFUSED, (kept_max,))

        await self._run(keep)

    async def advance(self, next_offsets: Mapping[Place, int], seen_since_ms: Mapping[Place, int]) -> None:
        """See Transaction."""

        def note(db: sqlite3.Connection) -> None:
            db.executemany(_ADVANCE, [(offset, *place) for place, offset in next_offsets.items()])
            db.executemany(_FORGET_SEEN, [(*place, since) for place, since in seen_since_ms.items()])

        await self._run(note)


def _committed(db: sqlite3.Connection, work: Callable[[], T]) -> T:
    """The result of work that is a transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise
    return result


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def _open(db: sqlite3.Connection, path: Path, schema: str, since: datetime | None) -> Opened:
    if not _is_made(db):
        _execute_all(db, _OWN + schema)
        row = (str(uuid.uuid4()), digest_of(schema), since.astimezone(UTC).isoformat() if since else None)
        db.execute("INSERT INTO channel_model VALUES (?, ?, ?)", row)
    model_id, digest, told = db.execute("SELECT model_id, schema_digest, since FROM channel_model").fetchone()
    if digest != digest_of(schema):
        raise SchemaChanged(
            f"{path} was made with another schema: give the read model a new file, or replay it (Channel.replay)"
        )
    return Opened(model_id, _moment(told))


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _is_made(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'channel_model'").fetchone() is not None


def _empty(db: sqlite3.Connection, path: Path, schema: str, since: datetime | None) -> None:
    if not _is_made(db):
        _open(db, path, schema, since)
        return
    db.execute("PRAGMA defer_foreign_keys = ON")
    for kind, name in db.execute(_TABLES_OF_THE_MODEL).fetchall():
        quoted = '"' + name.replace('"', '""') + '"'
        db.execute(f"DROP {kind} {quoted}")
    db.execute("DELETE FROM channel_seen")
    db.execute("DELETE FROM channel_refused")
    db.execute("UPDATE channel_position SET next_offset = NULL, fence = fence + 1")
    _execute_all(db, schema)
    row = (digest_of(schema), since.astimezone(UTC).isoformat() if since else None)
    db.execute("UPDATE channel_model SET schema_digest = ?, since = ?", row)


def _claim(
    db: sqlite3.Connection, place: Place, first: int, since: datetime | None
) -> tuple[Position, bool] | None:
    if _moment(db.execute("SELECT since FROM channel_model").fetchone()[0]) != since:
        return None
    known = db.execute(
        "SELECT 1 FROM channel_position WHERE topic = ? AND partition = ? AND next_offset IS NOT NULL", place
    ).fetchone()
    values = {"topic": place.topic, "partition": place.partition, "first": first}
    next_offset, fence = db.execute(_CLAIM, values).fetchone()
    return Position(next_offset, fence), known is None


def _execute_all(db: sqlite3.Connection, script: str) -> None:
    """Execute statements one by one: `executescript` would commit what is open."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):  # a trigger's body has semicolons of its own
            if statement.strip(" ;\n\t"):
                db.execute(statement)
            statement = ""


def digest_of(schema: str) -> str:
    """What a schema is known by."""
    return hashlib.sha256(schema.encode()).hexdigest()
