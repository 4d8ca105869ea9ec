"""The people of the resolving workload are stored as the service stores them: it finds them, and reads their data."""

from collections.abc import Iterator

import asyncpg
import pytest

from customer.app import SERVICE
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.messages import CustomersMerged
from tsunagu.contracts.topics import CUSTOMER_COMMANDS
from tsunagu.retailer.name_pool import own_names
from tsunagu.retailer.people import people
from tsunagu.testing.harness import all_of, harness
from tsunagu.testing.plugin import NewDatabase

from .customers import SQL, fill, known
from .resolution import temporary_keys
from .workloads.resolve import by_evidence, by_exact_key

SEED, PEOPLE, SAID = 7, 200, 20


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    with temporary_keys():
        yield


def test_known__asked_twice__are_the_same_people() -> None:
    first, second = (list(known(SEED, PEOPLE, own_names())) for _ in range(2))
    assert len(first) == PEOPLE
    assert first == second


@pytest.mark.wide
@pytest.mark.component
async def test_resolve__people_who_are_there_and_strangers__the_service_finds_the_first(
    new_database: NewDatabase,
) -> None:
    url = await new_database(SERVICE.migrations)
    await fill(url, SEED, PEOPLE, own_names(), lambda _: None)
    there = list(known(SEED, PEOPLE, own_names()))[:SAID]
    strangers = people(SEED + 1, SAID, own_names())[:SAID]
    async with harness(SERVICE, url) as service:
        await service.deliver_records(CUSTOMER_COMMANDS, by_exact_key(SAID, PEOPLE, 0))
        assert await service.connection.fetchval("SELECT count(*) FROM customer") == PEOPLE
        await service.deliver_records(CUSTOMER_COMMANDS, by_evidence(0, there, strangers))
        merged = all_of(await service.work_due(), CustomersMerged)
        assert await service.connection.fetchval(SQL.merged_by_evidence) == len(merged) >= 0.9 * SAID


@pytest.mark.wide
@pytest.mark.component
async def test_queries__each__is_valid(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))
    for query in SQL.all().values():
        await connection.execute(query)
    await connection.close()


def test_statements__in_two_rounds__name_other_refs() -> None:
    def refs(records: list[Record]) -> set[bytes]:
        return {decode(CUSTOMER_COMMANDS, one.key, one.value, one.headers).key.encode() for one in records}

    one, other = (refs(by_exact_key(SAID, PEOPLE, number)) for number in range(2))
    assert len(one) == len(other) == SAID
    assert not one & other
