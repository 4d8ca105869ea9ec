"""A customer database with very many people in it, each with personal data under a ref, as the service stores them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import asyncpg

from customer import vault
from customer.handlers.records import match_keys
from customer.identifiers import digest_of_ref
from customer.keyring import keyring
from tsunagu.chassis import beside
from tsunagu.contracts.values import PersonalData
from tsunagu.retailer.name_pool import NamePool
from tsunagu.retailer.people import Person, people

SQL = beside(__file__, "customers.sql")
PART = 20_000
"""People who are invented and written at once."""

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def known(seed: int, count: int, names: NamePool) -> Iterator[Person]:
    """So many people, a part at a time. The same seed, count and names: the same people."""
    for part in range(-(-count // PART)):
        size = min(PART, count - part * PART)
        yield from people(seed * 1_000 + part, size, names)[:size]


def ref_of(number: int) -> str:
    """The ref under which the person with this number is known."""
    return f"card:{number}"


def data_of(person: Person) -> PersonalData:
    """What a form asks of them: names, birth date and address."""
    return PersonalData(
        family_name=person.families[-1].kanji,
        family_name_kana=person.families[-1].kana,
        given_name=person.spelling,
        given_name_kana=person.given.kana,
        birth_date=person.birth_date,
        addresses=(person.homes[-1],),
    )


async def fill(database: str, seed: int, count: int, names: NamePool, say: Callable[[str], None]) -> None:
    """Write so many people: a customer each, with one ref, personal data and match keys."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(SQL.pass_over_triggers)
        part: list[Person] = []
        for number, person in enumerate(known(seed, count, names), 1):
            part.append(person)
            if len(part) == PART or number == count:
                await _write(connection, number - len(part), part)
                say(f"  {number:,} people are written")
                part = []
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _write(connection: "asyncpg.Connection[asyncpg.Record]", before: int, part: list[Person]) -> None:
    customers, identifiers, refs, keys, data, found_by = [], [], [], [], [], []
    master = keyring().master
    for number, one in enumerate(part, before):
        customer_id, digest, personal = f"0-{number:09}", digest_of_ref(ref_of(number)), data_of(one)
        name, data_key = f"{digest}:customer", vault.new_data_key()
        customers.append((customer_id, 1, _BEGAN))
        identifiers.append((digest, "customer_ref", customer_id))
        refs.append((ref_of(number), digest))
        keys.append((digest, "customer", vault.wrap(master, data_key, name)))
        data.append((digest, "customer", vault.lock_away(data_key, personal, name), _BEGAN))
        found_by += [(key, digest) for key in match_keys(personal)]
    for table, columns, rows in (
        ("customer", ("customer_id", "version", "created_at"), customers),
        ("identifier", ("digest", "kind", "customer_id"), identifiers),
        ("known_ref", ("ref", "digest"), refs),
        ("person_key", ("digest", "role", "wrapped_key"), keys),
        ("personal_data", ("digest", "role", "ciphertext", "stated_at"), data),
        ("match_key", ("match_key", "digest"), found_by),
    ):
        await connection.copy_records_to_table(table, columns=columns, records=rows)
