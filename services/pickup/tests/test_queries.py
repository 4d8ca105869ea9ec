"""Every query fits the migrated database."""

from typing import Any

import pytest

from pickup.store import SQL
from tsunagu.testing.harness import Harness

pytestmark = pytest.mark.component


@pytest.mark.parametrize("name", sorted(SQL.all()))
async def test_query__is_valid_on_the_migrated_database(pickup: Harness, name: str) -> None:
    await pickup.connection.prepare(SQL.all()[name])


async def test_many_orders__take_no_more_statements_than_one(pickup: Harness, a: Any) -> None:
    def statements(counted: list[str]) -> Any:
        return lambda record: counted.append(record.query)

    async def count(orders: int) -> int:
        batch = [a.order() for _ in range(orders)]
        confirmed = [order.confirmed() for order in batch]
        counted: list[str] = []
        logger = statements(counted)
        pickup.connection.add_query_logger(logger)
        try:
            await pickup.deliver(*confirmed)
            await pickup.deliver(*(order.pick() for order in batch))
        finally:
            pickup.connection.remove_query_logger(logger)
        return len(counted)

    await count(1)
    assert await count(40) == await count(1)
