"""That every query fits the schema, and that plans are made anew."""

import asyncpg
import pytest

from tsunagu.chassis import batch
from tsunagu.chassis.database import KeptPlans, connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings

pytestmark = pytest.mark.component


async def test_queries__each__can_be_prepared_on_the_migrated_database(database: str) -> None:
    connection = await connect(ChassisSettings(database_url=database), "test")
    await migrate(connection, "public", None)
    for name, text in batch.SQL.all().items():
        try:
            await connection.prepare(text)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name}: {error}")
    await connection.close()


async def test_kept_plans__made_while_a_table_was_empty__find_rows_by_index_once_it_has_grown(
    database: str,
) -> None:
    connection = await connect(ChassisSettings(database_url=database), "test")
    try:
        # Looked at while it was empty, and not again: as between two rounds of autovacuum.
        await connection.execute(
            "CREATE TABLE thing (id int PRIMARY KEY) WITH (autovacuum_enabled = false); ANALYZE thing"
        )
        await connection.execute(
            "PREPARE q AS SELECT t.id FROM unnest($1::int[]) AS k CROSS JOIN LATERAL"
            " (SELECT id FROM thing WHERE id = k FOR UPDATE) AS t"
        )

        async def plan() -> str:
            rows = await connection.fetch("EXPLAIN EXECUTE q('{1}')")
            return "\n".join(row[0] for row in rows)

        plans = KeptPlans(connection)
        assert "Seq Scan on thing" in await plan()
        await connection.execute("INSERT INTO thing SELECT n FROM generate_series(1, 20000) AS n")
        assert "Seq Scan on thing" in await plan(), (
            "a kept plan does not see by itself that the table has grown"
        )
        await plans.count_batch()
        assert "Index" in await plan()
        assert "Seq Scan on thing" not in await plan()
    finally:
        await connection.close()


async def test_kept_plans__many_batches__are_made_anew_ever_more_seldom(database: str) -> None:
    connection = await connect(ChassisSettings(database_url=database), "test")
    try:
        await connection.execute("CREATE TABLE thing (id int) WITH (autovacuum_enabled = false)")
        await connection.execute("PREPARE q AS SELECT id FROM thing")

        async def plan() -> str:
            return str(await connection.fetchval("EXPLAIN EXECUTE q"))  # with the rows that it expects

        plans = KeptPlans(connection)
        await plan()
        renewed = []
        for number in range(1, 21):
            await connection.execute("INSERT INTO thing SELECT n FROM generate_series(1, 5000) AS n")
            before = await plan()
            await plans.count_batch()
            if await plan() != before:
                renewed.append(number)
        assert renewed == [1, 2, 4, 8, 16]
    finally:
        await connection.close()
