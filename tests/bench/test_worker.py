"""How far a side is, and what its messages took."""

import asyncpg
import pytest
from tests.bench.servers import Cpu
from tests.bench.worker import SQL, Progress, Worked, joined, last_told
from tests.bench.workloads.dedupe_history import SQL as HISTORY
from tests.bench.workloads.growing import cost, memory

from inventory.app import SERVICE
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import SaleRecorded
from tsunagu.contracts.topics import ORDER_EVENTS, POS_SALES
from tsunagu.testing.plugin import NewDatabase


def _worked(count: int, cpu_seconds: float, megabytes: float = 90.0) -> Worked:
    return Worked(count, 1_000.0, Cpu(cpu_seconds / 2, cpu_seconds / 4, cpu_seconds / 4), megabytes)


def test_worked__cpu__is_that_of_all_three_parts_per_message() -> None:
    assert _worked(1_000, 0.5).cpu_us == pytest.approx(500.0)


def test_joined__two_turns__are_one_of_all_their_messages() -> None:
    both = joined([_worked(1_000, 0.5, 80.0), _worked(3_000, 0.7, 95.0)])
    assert both.count == 4_000
    assert both.cpu_us == pytest.approx(300.0)
    assert both.megabytes == 95.0


def test_cost__twice_as_much_with_much__is_above_its_bar() -> None:
    little, much = [_worked(100, 0.1), _worked(100, 0.1)], [_worked(100, 0.2), _worked(100, 0.2)]
    row = cost("stock_rows.many.cpu", "µs per order", much, ("few", little), bar=1.5)
    assert row.ratio == pytest.approx(2.0)
    assert row.reaches_bar is False


def test_memory__less_with_much__reaches_its_goal() -> None:
    little, much = [_worked(100, 0.1, 100.0)], [_worked(100, 0.1, 95.0)]
    row = memory("backlog.large.memory", much, ("1,000 orders", little), bar=1.15, goal=1.05)
    assert row.ratio == pytest.approx(0.95)
    assert row.reaches_goal is True


def test_last_told__a_line_is_half_written__the_one_before_it_counts() -> None:
    assert last_told("a warning\n20 7.5\n40 8.25\n60 8") == Progress(40, True, 8.25)


def test_last_told__nothing_is_said_yet__is_not_settled() -> None:
    assert not last_told("a warning\n").is_settled


@pytest.mark.wide
@pytest.mark.component
async def test_taken_over__an_order_waits_for_its_second_step__is_not_handled_yet(
    new_database: NewDatabase,
) -> None:
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))

    async def taken_over() -> tuple[int, int, bool]:
        [row] = await connection.fetch(SQL.taken_over, ORDER_EVENTS.name)
        return row["handled"], row["partitions"], row["is_settled"]

    try:
        assert await taken_over() == (0, 0, True)
        await connection.execute(
            "INSERT INTO consumed_offset (topic, partition, cluster_id, topic_id, next_offset, recorded_at)"
            " VALUES ($1, 0, 'c', gen_random_uuid(), 5, now()),"
            " ($1, 1, 'c', gen_random_uuid(), 2, now())",
            ORDER_EVENTS.name,
        )
        await connection.execute(
            "INSERT INTO due_work (kind, key, due_at, payload, cause_id, message_id, correlation_id)"
            " VALUES ('sourcing', 'o', now(), '{}', 'a', 'b', 'c'),"
            " ('expire_hold', 'h', now() + interval '1 day', '{}', 'a', 'b', 'c')"
        )
        assert await taken_over() == (6, 2, False)
        await connection.execute("DELETE FROM due_work WHERE kind = 'sourcing'")
        assert await taken_over() == (7, 2, True)
        await connection.execute(SQL.forget_the_log)
        assert await connection.fetchval("SELECT count(*) FROM consumed_offset") == 0
    finally:
        await connection.close()


@pytest.mark.wide
@pytest.mark.component
async def test_history__filled__is_as_long_as_asked_and_older_than_any_new_id(
    new_database: NewDatabase,
) -> None:
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))
    try:
        await connection.execute(HISTORY.fill_inbox, 3_000, POS_SALES.name)
        await connection.execute(HISTORY.fill_documents, 20_000, SaleRecorded.WIRE_TYPE, 50, 4)
        assert await connection.fetchval("SELECT count(*) FROM inbox") == 3_000
        assert await connection.fetchval("SELECT count(*) FROM document") == 20_000
        newest = await connection.fetchval("SELECT max(id) FROM inbox")
        assert newest < uuid7()
        assert len(newest) == len(uuid7())
    finally:
        await connection.close()
