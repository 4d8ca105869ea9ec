"""Migrations: each runs once, and no program works with a database that has gone further than it can follow."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tsunagu.chassis.database import Connection, connect
from tsunagu.chassis.migrating import MigrationError, migrate, migrations_in, outstanding
from tsunagu.chassis.settings import ChassisSettings


@pytest.mark.component
async def test_migrate__many_processes_at_once__each_file_runs_once(database: str, tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (n int); INSERT INTO one VALUES (1);")
    (tmp_path / "0002_two.sql").write_text("INSERT INTO one VALUES (2);")

    async def run() -> int:
        connection = await connect(ChassisSettings(database_url=database, database_schema="toy"), "test")
        try:
            return await migrate(connection, "toy", tmp_path)
        finally:
            await connection.close()

    assert sorted(await asyncio.gather(*(run() for _ in range(4)))) == [0, 0, 0, 3]
    assert await run() == 0


@pytest.mark.component
async def test_outstanding__of_a_new_database_and_of_one_that_lacks_a_file__names_what_has_not_run(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (n int);")
    connection = await connect(ChassisSettings(database_url=database, database_schema="toy"), "test")
    try:
        of_a_new_one = await outstanding(connection, "toy", tmp_path)
        assert of_a_new_one[-1] == "service 0001_one" and of_a_new_one[0].startswith("chassis 0001_")
        await migrate(connection, "toy", tmp_path)
        assert await outstanding(connection, "toy", tmp_path) == []
        (tmp_path / "0002_two.sql").write_text("INSERT INTO one VALUES (2);")
        assert await outstanding(connection, "toy", tmp_path) == ["service 0002_two"]
        assert await connection.fetchval("SELECT count(*) FROM one") == 0
    finally:
        await connection.close()


@pytest.mark.component
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda folder: (folder / "0001_one.sql").write_text("SELECT 2;"), "changed after it had run"),
        (lambda folder: (folder / "0003_three.sql").write_text("SELECT 3;"), "without gaps"),
        (lambda folder: (folder / "notes.txt").write_text("x"), "is named like"),
    ],
)
async def test_migrate__files_and_database_disagree__says_how(
    connection: Connection, tmp_path: Path, change: object, complaint: str
) -> None:
    (tmp_path / "0001_one.sql").write_text("SELECT 1;")
    await migrate(connection, "public", tmp_path)
    change(tmp_path)  # type: ignore[operator]
    with pytest.raises(MigrationError, match=complaint):
        await migrate(connection, "public", tmp_path)


@pytest.mark.component
async def test_older_program__newer_one_has_only_added__goes_on_and_says_so(
    connection: Connection, tmp_path: Path
) -> None:
    older, newer = release(tmp_path, 1), release(tmp_path, 2)
    await migrate(connection, "public", newer)
    with capture_logs() as logs:
        assert await migrate(connection, "public", older) == 0
    assert [log["event"] for log in logs] == ["the database is newer than this program"]
    assert await connection.fetch("SELECT a, b FROM one") == []


@pytest.mark.component
async def test_older_program__newer_one_has_taken_away__is_told_which_one_it_needs(
    connection: Connection, tmp_path: Path
) -> None:
    await migrate(connection, "public", release(tmp_path, 3))
    with pytest.raises(
        MigrationError, match=r"0003_a_is_gone needs programs that know migration 0002, and .* 0001"
    ):
        await migrate(connection, "public", release(tmp_path, 1))
    assert await migrate(connection, "public", release(tmp_path, 2)) == 0, "can do without the column"


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE one DROP COLUMN a;",
        "ALTER TABLE one RENAME a TO b;",
        "DROP TABLE one;",
        "ALTER TABLE one ALTER a SET NOT NULL;",
        "ALTER TABLE one ADD COLUMN b int NOT NULL;",
        "ALTER TABLE one\n  add column b int\n  not null, ADD COLUMN c int DEFAULT 1;",
    ],
)
def test_migration__breaks_older_programs__has_to_name_the_oldest(tmp_path: Path, sql: str) -> None:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (a int);")
    (tmp_path / "0002_two.sql").write_text(sql)
    with pytest.raises(MigrationError, match="-- oldest program: 0001"):
        migrations_in(tmp_path)
    (tmp_path / "0002_two.sql").write_text(f"-- Nobody reads it any more.\n-- oldest program: 0001\n{sql}")
    assert [migration.oldest for migration in migrations_in(tmp_path)] == [0, 1]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE one ADD COLUMN b int;",
        "ALTER TABLE one ADD COLUMN b int NOT NULL DEFAULT 0;",
        "ALTER TABLE one ADD COLUMN b text DEFAULT 'x' NOT NULL; -- DROP COLUMN a comes later",
        "CREATE TABLE two (a int NOT NULL);",
        "DROP INDEX one_a;",
    ],
)
def test_migration__only_adds__names_none(tmp_path: Path, sql: str) -> None:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (a int);")
    (tmp_path / "0002_two.sql").write_text(sql)
    assert [migration.oldest for migration in migrations_in(tmp_path)] == [0, 0]


def test_migration__names_one_that_comes_later__is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_text("-- oldest program: 0002\nCREATE TABLE one (a int);")
    with pytest.raises(MigrationError, match="comes later"):
        migrations_in(tmp_path)


RELEASES = (
    ("0001_one.sql", "CREATE TABLE one (a int);"),
    ("0002_b.sql", "ALTER TABLE one ADD COLUMN b int;"),
    ("0003_a_is_gone.sql", "-- oldest program: 0002\nALTER TABLE one DROP COLUMN a;"),
)


def release(folder: Path, last: int) -> Path:
    """The migrations that the program of one release knows."""
    directory = folder / f"release_{last}"
    directory.mkdir()
    for name, sql in RELEASES[:last]:
        (directory / name).write_text(sql)
    return directory


@pytest_asyncio.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    """A connection to the test's database."""
    connection = await connect(ChassisSettings(database_url=database), "test")
    yield connection
    await connection.close()
