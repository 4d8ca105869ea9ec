"""Every query fits the migrated database."""

from pathlib import Path
from typing import Any

import pytest

import pickup as service
from tsunagu.chassis import Queries
from tsunagu.testing.harness import Harness

pytestmark = pytest.mark.component

QUERIES = {
    f"{file.stem}: {name}": text
    for file in sorted(Path(service.__file__).parent.rglob("*.sql"))
    if file.parent.name != "migrations"
    for name, text in Queries(file).all().items()
}


async def test_queries__against_the_migrated_database__each_can_be_prepared(pickup: Harness) -> None:
    for name, text in QUERIES.items():
        try:
            await pickup.connection.prepare(text)
        except Exception as error:
            pytest.fail(f"{name}: {error}")


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
