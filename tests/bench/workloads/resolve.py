"""Whose record is it, among a million people: by an exact key, and by evidence where no key is in common."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

import asyncpg

from customer.app import SERVICE
from customer.keyring import keyring
from customer.sealing import seal
from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import IdentifyCustomer
from tsunagu.contracts.topics import CUSTOMER_COMMANDS
from tsunagu.retailer.name_pool import NamePool
from tsunagu.retailer.people import Person, people
from tsunagu.retailer.sender import record_of

from ..bench import Bench
from ..customers import SQL, data_of, fill, known, ref_of
from ..databases import EMPTY, drop
from ..name_pool import large_pool
from ..resolution import temporary_keys
from ..rows import Row
from ..side import Side
from ..worker import Worked, take_turn
from .growing import cost

DATABASE = "bench_resolve"
PEOPLE, PEOPLE_MIN = 1_000_000, 2_000
STATEMENTS = 2_000
FOUND_MIN = 0.95
"""Of the people who are there, how many evidence has to find: who finds nobody fast resolves nothing."""
BAR = 10.0
EXACT, EVIDENCE = "exact key", "evidence"


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per statement, of customer, database and broker together.

    By an exact key: a ref that is known, named again. By evidence: names, birth date and address under a new ref, half
    of them of people who are there and half of strangers, until the second step has merged or passed over them.
    """
    names, sizes = large_pool(), bench.sizes
    many = sizes.scaled(PEOPLE, PEOPLE_MIN)
    count = min(sizes.scaled(STATEMENTS), many // (bench.rounds + 1))
    worked: dict[str, list[Worked]] = {EXACT: [], EVIDENCE: []}
    with temporary_keys():
        side = Side(
            "customer",
            ("-m", "tsunagu.chassis", "customer.app"),
            is_contender=False,
            environment={"TSUNAGU_CUSTOMER_KEYS_FILE": os.environ["TSUNAGU_CUSTOMER_KEYS_FILE"]},
        )
        try:
            database = await _database(bench, many, names)
            said = list(islice(known(bench.settings.seed, many, names), count // 2 * bench.rounds))
            for number, name in bench.turns((EXACT, EVIDENCE)):
                if name == EXACT:
                    records = by_exact_key(count, many, number)
                else:
                    there = said[number * (count // 2) :][: count // 2]
                    records = by_evidence(number, there, _strangers(bench, number, count - len(there), names))
                turn = await take_turn(bench, side, database, CUSTOMER_COMMANDS, records, count)
                worked[name].append(turn)
                bench.say(f"  {name}: {turn}")
            found = await _found(database)
        finally:
            await drop(bench.on, DATABASE)
    bench.say(f"  {found:,} of {len(said):,} people who were there were found")
    wrong = None if found >= FOUND_MIN * len(said) else f"{found} of {len(said)} people were found"
    against = (EXACT, worked[EXACT])
    return [
        cost("resolve.evidence.cpu", "µs per statement", worked[EVIDENCE], against, bar=BAR, wrong=wrong),
        Row("resolve.evidence.found", found / len(said), "of 1"),
    ]


def by_exact_key(count: int, many: int, number: int) -> list[Record]:
    """Refs that are known, other ones each round."""
    return [record_of(_said(ref_of(many - 1 - number * count - place)), "bench") for place in range(count)]


def by_evidence(number: int, there: Sequence[Person], strangers: Sequence[Person]) -> list[Record]:
    """People under refs that nobody has heard of."""
    key = keyring().public_sealing_key()
    return [
        record_of(_said(f"app:{number}-{place}", seal(data_of(one), key)), "bench")
        for place, one in enumerate((*there, *strangers))
    ]


def _strangers(bench: Bench, number: int, count: int, names: NamePool) -> list[Person]:
    return people(-1 - bench.settings.seed * 1_000 - number, count, names)[:count]


def _said(ref: str, sealed: str | None = None) -> IdentifyCustomer:
    now = datetime.now(UTC)
    return IdentifyCustomer(
        identification_id=f"{ref} {now.isoformat()}",
        customer_ref=ref,
        channel="app",
        sealed=sealed,
        occurred_at=now,
    )


async def _database(bench: Bench, many: int, names: NamePool) -> str:
    chassis = ChassisSettings(database_url=await bench.on.database(DATABASE, EMPTY))
    connection = await connect(chassis, "bench")
    try:
        await migrate(connection, chassis.database_schema, SERVICE.migrations)
    finally:
        await connection.close()
    assert chassis.database_url is not None
    await fill(chassis.database_url, bench.settings.seed, many, names, bench.say)
    return chassis.database_url


async def _found(database: str) -> int:
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval(SQL.merged_by_evidence))
    finally:
        await connection.close()
