"""Every query fits the migrated database."""

from pathlib import Path

import pytest

import insight as service
from tsunagu.chassis import Queries
from tsunagu.testing.harness import Harness

pytestmark = pytest.mark.component

QUERIES = {
    f"{file.stem}: {name}": text
    for file in sorted(Path(service.__file__).parent.rglob("*.sql"))
    if file.parent.name != "migrations"
    for name, text in Queries(file).all().items()
}


async def test_queries__against_the_migrated_database__each_can_be_prepared(insight: Harness) -> None:
    for name, text in QUERIES.items():
        try:
            await insight.connection.prepare(text)
        except Exception as error:
            pytest.fail(f"{name}: {error}")
