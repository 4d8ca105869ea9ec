"""The schema of the service's own database: files that run once each, and which programs may work with it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from tsunagu.chassis.database import Connection

_log = structlog.get_logger(__name__)
_CHASSIS_MIGRATIONS = Path(__file__).with_name("migrations")
_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_OLDEST = re.compile(r"^-- oldest program: (\d{4})$", re.MULTILINE)
# What a program that does not know of it can't go on without, or can't write any more.
_TAKES_AWAY = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|VIEW|TYPE|FUNCTION)|RENAME|SET\s+NOT\s+NULL"
    r"|ADD\s+COLUMN\b(?![^,;]*\b(DEFAULT|GENERATED)\b)[^,;]*\bNOT\s+NULL)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--.*")


class MigrationError(Exception):
    """The database's schema and the files disagree; the message says how, and what to do."""


@dataclass(frozen=True)
class Migration:
    """One file, `0002_name.sql`."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """What tells whether the file was changed after it had run."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def oldest(self) -> int:
        """The last migration that a program has to know to go on with the database after this one; 0: any program.

        A migration that only adds (expands) leaves older programs at work: that is what lets a new version start
        beside the old one, and the old one start again. One that takes away (contracts) says so in a line of its own,
        `-- oldest program: 0002`.
        """
        found = _OLDEST.search(self.sql)
        return int(found[1]) if found else 0


def migrations_in(directory: Path) -> list[Migration]:
    """The directory's migrations, in order.

    Raises MigrationError on gaps, on other files, and on one that takes away and does not say from which program on.
    """
    found = []
    for path in sorted(directory.iterdir()):
        match = _FILE.match(path.name)
        if match is None:
            raise MigrationError(f"{path}: a migration is named like 0001_orders.sql")
        migration = Migration(int(match[1]), match[2], path.read_text(encoding="utf-8"))
        _check_oldest(path, migration)
        found.append(migration)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"{directory}: migrations must be numbered 1, 2, 3 … without gaps")
    return found


def _check_oldest(path: Path, migration: Migration) -> None:
    taken = _TAKES_AWAY.search(_COMMENT.sub("", migration.sql))
    if taken and not migration.oldest and migration.number > 1:
        raise MigrationError(
            f"{path}: {' '.join(taken[0].split())} breaks programs before it, which run beside it in a rolling update."
            " Have a release that can do without come first, and name its last migration here:"
            f" -- oldest program: {migration.number - 1:04}"
        )
    if migration.oldest > migration.number:
        raise MigrationError(
            f"{path}: the oldest program can't be one of migration {migration.oldest:04}, which comes later"
        )


async def migrate(connection: Connection, schema: str, service_migrations: Path | None) -> int:
    """Bring the database to the current schema: the machinery's own tables, then the service's.

    Each file runs in a transaction of its own, once; many processes may start at the same time, also of two versions.
    Returns how many files ran. Raises MigrationError when a file that has run was changed since, or when the database
    has gone further than this program can follow.
    """
    await connection.execute("SELECT pg_advisory_lock(hashtext('tsunagu migrations ' || $1))", schema)
    try:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (track text, number int, name text NOT NULL,"
            " digest text NOT NULL, oldest int NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),"
            " PRIMARY KEY (track, number))"
        )
        ran = await _migrate_track(connection, "chassis", _CHASSIS_MIGRATIONS)
        if service_migrations is not None:
            ran += await _migrate_track(connection, "service", service_migrations)
        return ran
    finally:
        await connection.execute("SELECT pg_advisory_unlock(hashtext('tsunagu migrations ' || $1))", schema)


async def outstanding(connection: Connection, schema: str, service_migrations: Path | None) -> list[str]:
    """The files that have not run in a database yet, `service 0002_name`; looks only. Raises MigrationError."""
    quoted = _quoted(schema)
    applied: set[tuple[str, int]] = set()
    if await connection.fetchval("SELECT to_regclass($1)", f"{quoted}.schema_migration") is not None:
        # The schema's name can't be a parameter; it is quoted.
        rows = await connection.fetch(f"SELECT track, number FROM {quoted}.schema_migration")  # noqa: S608
        applied = {(row["track"], row["number"]) for row in rows}
    tracks = {"chassis": _CHASSIS_MIGRATIONS, "service": service_migrations}
    return [
        f"{track} {file.number:04}_{file.name}"
        for track, directory in tracks.items()
        if directory is not None
        for file in migrations_in(directory)
        if (track, file.number) not in applied
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def _migrate_track(connection: Connection, track: str, directory: Path) -> int:
    rows = await connection.fetch(
        "SELECT number, name, digest, oldest FROM schema_migration WHERE track = $1", track
    )
    applied = {row["number"]: row for row in rows}
    files = migrations_in(directory)
    _check_program(track, directory, len(files), applied)
    ran = 0
    for file in files:
        if file.number in applied:
            if applied[file.number]["digest"] != file.digest:
                raise MigrationError(
                    f"{directory}/{file.number:04}_{file.name}.sql was changed after it had run; put it back and add a"
                    " new one"
                )
            continue
        async with connection.transaction():
            await connection.execute(file.sql)
            await connection.execute(
                "INSERT INTO schema_migration (track, number, name, digest, oldest) VALUES ($1, $2, $3, $4, $5)",
                track, file.number, file.name, file.digest, file.oldest,
            )  # fmt: skip
        _log.info("migrated", track=track, number=file.number, name=file.name)
        ran += 1
    return ran


def _check_program(track: str, directory: Path, known: int, applied: Mapping[int, asyncpg.Record]) -> None:
    """Whether a program with so many migrations may work with a database that has these; raises MigrationError."""
    newer = {number: row for number, row in applied.items() if number > known}
    for number, row in sorted(newer.items()):
        if row["oldest"] > known:
            raise MigrationError(
                f"the database's {track} migration {number:04}_{row['name']} needs programs that know migration"
                f" {row['oldest']:04}, and {directory} ends at {known:04}: this program is older than its database;"
                " start a newer one"
            )
    if newer:
        _log.warning("the database is newer than this program", track=track, known=known, applied=max(newer))
