from typing import Any

import pytest

from insight.app import SERVICE
from insight.store.queries import SQL
from tsunagu.testing.harness import harness

pytestmark = pytest.mark.component


async def test_queries__against_the_migrated_database__each_can_be_prepared(database: Any) -> None:
    async with harness(SERVICE, database) as service:
        for name, text in SQL.all().items():
            try:
                await service.connection.prepare(text)
            except Exception as error:
                pytest.fail(f"{name}: {error}")
