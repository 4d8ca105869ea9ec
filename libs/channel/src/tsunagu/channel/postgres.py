"""A read model in a schema of PostgreSQL. Any number of processes may share it: they part the partitions."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeAlias

import asyncpg

from tsunagu.channel.errors import SchemaChanged
from tsunagu.channel.handlers import Handler, News
from tsunagu.channel.sqlite import digest_of
from tsunagu.channel.store import Opened, Place, Position, Refused, Sign

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_OWN = """
CREATE TABLE channel_model (model_id text NOT NULL, schema_digest text NOT NULL, since timestamptz);
CREATE TABLE channel_position (
    topic text, partition integer, next_offset bigint, fence bigint NOT NULL, PRIMARY KEY (topic, partition)
);
CREATE TABLE channel_seen (
    source text, id text, topic text NOT NULL, partition integer NOT NULL, at_ms bigint NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX channel_seen_at ON channel_seen (topic, partition, at_ms);
CREATE TABLE channel_refused (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, partition integer NOT NULL,
    "offset" bigint NOT NULL, key bytea, reason text NOT NULL, detail text NOT NULL, value bytea
);
"""
_CREATE_SCHEMA = "SELECT format('CREATE SCHEMA IF NOT EXISTS %I', $1::text)"
_ONE_MAKES_IT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_IS_MADE = "SELECT to_regclass('channel_model') IS NOT NULL"

# The whole model goes, and what the library knows of it, but not the fences: who reads still must be recognised.
_TABLES_OF_THE_MODEL = """
SELECT format('DROP %s IF EXISTS %I CASCADE',
              CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, relname)
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
  AND NOT starts_with(relname, 'channel_')
"""
_LOCK_ALL = "SELECT 1 FROM channel_position ORDER BY topic, partition FOR UPDATE"
_LOCK = """
SELECT topic, partition, next_offset, fence FROM channel_position
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[])) AND next_offset IS NOT NULL
ORDER BY topic, partition FOR UPDATE
"""
_LOCK_MODEL = "SELECT 1 FROM channel_model FOR UPDATE"
_SINCE_WHEN = "SELECT since FROM channel_model FOR SHARE"
_IS_CLAIMED = """
SELECT next_offset IS NOT NULL FROM channel_position WHERE topic = $1 AND partition = $2 FOR UPDATE
"""
_CLAIM = """
INSERT INTO channel_position AS known VALUES ($1, $2, $3, 1)
ON CONFLICT (topic, partition)
    DO UPDATE SET fence = known.fence + 1, next_offset = coalesce(known.next_offset, excluded.next_offset)
RETURNING next_offset, fence
"""
_NOTE_SEEN = """
INSERT INTO channel_seen SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[])
ON CONFLICT DO NOTHING RETURNING source, id
"""
_FORGET_SEEN = "DELETE FROM channel_seen WHERE topic = $1 AND partition = $2 AND at_ms < $3"
_REFUSE = """
INSERT INTO channel_refused (topic, partition, "offset", key, reason, detail, value)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_FORGET_REFUSED = "DELETE FROM channel_refused WHERE number <= (SELECT max(number) FROM channel_refused) - $1"
_ADVANCE = """
UPDATE channel_position AS known SET next_offset = new.next_offset
FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS new (topic, partition, next_offset)
WHERE known.topic = new.topic AND known.partition = new.partition
"""

_OUTAGES: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
)


class Postgres:
    """The database of one read model: a schema that is its alone, made if it is not there. Its handlers are coroutines.

    `url` names the database, `schema` the schema in it; the role must be allowed to make it. A statement may take
    `statement_seconds`. Raises ValueError for a name that is none.
    """

    def __init__(
        self, url: str, schema: str, *, connect_seconds: float = 5.0, statement_seconds: float = 30.0
    ) -> None:
        if _NAME.fullmatch(schema) is None:
            raise ValueError(
                "a schema's name is lower case letters, digits and _, at most 63, no digit first"
            )
        self._url = url
        self._schema = schema
        self._connect_seconds = connect_seconds
        self._statement_seconds = statement_seconds
        self._connection: Connection | None = None
        self._alone = asyncio.Lock()

    def is_outage(self, error: BaseException) -> bool:
        """See Store."""
        return isinstance(error, _OUTAGES)

    async def open(self, schema: str, since: datetime | None) -> Opened:
        """See Store."""
        async with self._transaction() as db:
            await self._make(db, schema, since)
            known = await db.fetchrow("SELECT model_id, schema_digest, since FROM channel_model")
            assert known is not None
        if known["schema_digest"] != digest_of(schema):
            raise SchemaChanged(
                f"the schema {self._schema} was made by another text: give the read model a new one, or replay it "
                "(Channel.replay)"
            )
        return Opened(known["model_id"], known["since"])

    async def _make(self, db: Connection, schema: str, since: datetime | None) -> bool:
        """Make what is not there; whether it was not."""
        await db.execute(_ONE_MAKES_IT, self._schema)
        await db.execute(await db.fetchval(_CREATE_SCHEMA, self._schema))
        if await db.fetchval(_IS_MADE):
            return False
        await db.execute(_OWN)
        await db.execute(schema)
        row = (str(uuid.uuid4()), digest_of(schema), since)
        await db.execute("INSERT INTO channel_model VALUES ($1, $2, $3)", *row)
        return True

    async def empty(self, schema: str, since: datetime | None) -> None:
        """See Store."""
        async with self._transaction() as db:
            if await self._make(db, schema, since):
                return
            await db.execute(_LOCK_MODEL)  # before positions, as whoever claims one does
            await db.execute(_LOCK_ALL)
            for row in await db.fetch(_TABLES_OF_THE_MODEL):
                await db.execute(row[0])
            await db.execute("DELETE FROM channel_seen; DELETE FROM channel_refused")
            await db.execute("UPDATE channel_position SET next_offset = NULL, fence = fence + 1")
            await db.execute(schema)
            await db.execute(
                "UPDATE channel_model SET schema_digest = $1, since = $2", digest_of(schema), since
            )

    async def claim(self, place: Place, first: int, since: datetime | None) -> tuple[Position, bool] | None:
        """See Store."""
        async with self._transaction() as db:
            if await db.fetchval(_SINCE_WHEN) != since:
                return None
            was_claimed = await db.fetchval(_IS_CLAIMED, *place)
            row = await db.fetchrow(_CLAIM, *place, first)
            assert row is not None
        return Position(row["next_offset"], row["fence"]), not was_claimed

    async def next_offsets(self) -> dict[Place, int]:
        """See Store."""
        async with self._transaction() as db:
            rows = await db.fetch("SELECT * FROM channel_position WHERE next_offset IS NOT NULL")
        return {Place(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PostgresTransaction"]:
        """See Store."""
        async with self._transaction() as db:
            yield PostgresTransaction(db, self)

    async def close(self) -> None:
        """See Store."""
        async with self._alone:
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.close(timeout=self._connect_seconds)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._alone:
            db = await self._connected()
            try:
                async with db.transaction():
                    yield db
            except BaseException as error:
                if not isinstance(error, Exception) or self.is_outage(error):
                    db.terminate()
                raise

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url,
                timeout=self._connect_seconds,
                command_timeout=self._statement_seconds + self._connect_seconds,
                server_settings={
                    "application_name": f"tsunagu read model {self._schema}"[:63],
                    "search_path": self._schema,
                    "statement_timeout": f"{round(self._statement_seconds * 1000)}",
                },
            )
        return self._connection


class PostgresTransaction:
    """See Transaction."""

    def __init__(self, db: Connection, store: Postgres) -> None:
        self._db = db
        self._is_outage = store.is_outage

    async def lock(self, places: Iterable[Place]) -> dict[Place, Position]:
        """See Transaction."""
        wanted = list(places)
        topics, partitions = [place.topic for place in wanted], [place.partition for place in wanted]
        rows = await self._db.fetch(_LOCK, topics, partitions)
        return {Place(row[0], row[1]): Position(row[2], row[3]) for row in rows}

    async def unseen(self, signs: Sequence[Sign]) -> set[tuple[str, str]]:
        """See Transaction."""
        columns = (
            [sign.source for sign in signs],
            [sign.id for sign in signs],
            [sign.place.topic for sign in signs],
            [sign.place.partition for sign in signs],
            [sign.at_ms for sign in signs],
        )
        return {(row[0], row[1]) for row in await self._db.fetch(_NOTE_SEEN, *columns)}

    async def attempt(self, handler: Handler[Connection], run: Sequence[News]) -> Exception | None:
        """See Transaction."""
        try:
            async with self._db.transaction():
                for function, argument in handler.calls(run):
                    done = function(self._db, argument)
                    if done is None:
                        raise TypeError("a function for PostgreSQL is a coroutine: write it with `async def`")
                    await done
        except Exception as error:
            if self._is_outage(error):
                raise
            return error
        return None

    async def refuse(self, refused: Sequence[Refused], kept_max: int) -> None:
        """See Transaction."""
        for one in refused:
            row = (one.topic, one.partition, one.offset, one.key, one.reason, one.detail, one.value)
            await self._db.execute(_REFUSE, *row)
        await self._db.execute(_FORGET_REFUSED, kept_max)

    async def advance(self, next_offsets: Mapping[Place, int], seen_since_ms: Mapping[Place, int]) -> None:
        """See Transaction."""
        topics, partitions = (
            [place.topic for place in next_offsets],
            [place.partition for place in next_offsets],
        )
        await self._db.execute(_ADVANCE, topics, partitions, list(next_offsets.values()))
        for place, since in seen_since_ms.items():
            await self._db.execute(_FORGET_SEEN, *place, since)
