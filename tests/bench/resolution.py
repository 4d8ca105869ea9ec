"""Identity resolved in memory, by the service's own rules: exact keys, then evidence. There is no database.

Records come one after the other, and each is compared with those before it.
"""

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path

from customer.comparing import compare, features_of
from customer.domain.blocks import Block, blocks_of
from customer.domain.evidence import Levels, Model, Verdict, contradiction, weigh
from customer.domain.features import Features
from customer.domain.identity import Key
from customer.identifiers import PHONE, is_landline, keys_of
from customer.keyring import create, keyring
from customer.settings import settings
from tsunagu.contracts.messages import IdentifyCustomer
from tsunagu.retailer.statements import Statement

HOLDERS_MAX = {"member_card": 6, "ec_account": 6, "app_device": 4, "channel": 6, "email": 6, "phone": 6}
"""Most refs that an identifier is tied to: a family's card, an address that a family shares, a device at home."""

BLOCK_MAX = 60
"""Most records of a block that are compared: whoever is in a larger one shares a smaller one as well."""


@dataclass(frozen=True)
class Record:
    """A statement as the rules see it."""

    person_id: str
    keys: tuple[Key, ...]
    features: Features


@dataclass
class Customers:
    """Who is one with whom, of so many records."""

    parents: list[int]
    members: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: int) -> "Customers":
        """Each record a customer of its own."""
        return cls(list(range(records)), {one: [one] for one in range(records)})

    def customer(self, record: int) -> int:
        """The customer whose record this is."""
        while self.parents[record] != record:
            self.parents[record] = self.parents[self.parents[record]]
            record = self.parents[record]
        return record

    def join(self, one: int, other: int) -> None:
        """Two records are of one customer, and so are all of theirs."""
        survivor, merged = sorted((self.customer(one), self.customer(other)))
        if survivor != merged:
            self.parents[merged] = survivor
            self.members[survivor] += self.members.pop(merged)


@dataclass
class Resolved:
    """The customers there are, and how it came to them."""

    customers: Customers
    shared_keys: Counter[str] = field(default_factory=Counter)
    """Keys that tie nobody, by reason."""
    reviews: set[frozenset[int]] = field(default_factory=set)
    """Pairs of records that were put before a person; evidence that comes later may have answered some."""
    merges: int = 0
    compared: int = 0
    withheld: int = 0
    """Merges and reviews that a contradiction between any two records of the two customers forbade."""

    def open_reviews(self) -> set[frozenset[int]]:
        """Pairs of customers on whom somebody has to decide."""
        sides = (frozenset(map(self.customers.customer, pair)) for pair in self.reviews)
        return {pair for pair in sides if len(pair) == 2}


@contextmanager
def temporary_keys() -> Iterator[None]:
    """Keys of the service for as long as this lasts: identifiers are looked up as keyed hashes."""
    with tempfile.TemporaryDirectory(prefix="tsunagu-bench-") as folder:
        before = os.environ.get("TSUNAGU_CUSTOMER_KEYS_FILE")
        create(Path(folder) / "keys.json")
        os.environ["TSUNAGU_CUSTOMER_KEYS_FILE"] = str(Path(folder) / "keys.json")
        settings.cache_clear()
        keyring.cache_clear()
        try:
            yield
        finally:
            if before is None:
                del os.environ["TSUNAGU_CUSTOMER_KEYS_FILE"]
            else:
                os.environ["TSUNAGU_CUSTOMER_KEYS_FILE"] = before
            settings.cache_clear()
            keyring.cache_clear()


def records_of(statements: Sequence[Statement]) -> list[Record]:
    """Statements as `IdentifyCustomer` brings them, with the keys and features that the service finds in them."""
    return [
        Record(one.person_id, tuple(keys_of(_command(one), one.personal)), features_of(one.personal))
        for one in statements
    ]


def _command(one: Statement) -> IdentifyCustomer:
    return IdentifyCustomer(
        identification_id=one.ref,
        customer_ref=one.ref,
        channel="store",
        identifiers=one.identifiers,
        occurred_at=datetime(2026, 4, 1, tzinfo=UTC),
    )


def by_exact_keys(records: Sequence[Record]) -> Customers:
    """Whoever shares a key is one: without limits, without contradictions, and without evidence."""
    customers = Customers.of(len(records))
    for holders in _holders(records).values():
        for one, other in pairwise(holders):
            customers.join(one, other)
    return customers


def by_keys_that_tie(records: Sequence[Record]) -> Resolved:
    """Exact keys, but for those that belong to several people: they tie nobody."""
    found = Resolved(Customers.of(len(records)))
    for (kind, _), holders in _holders(records).items():
        reason = _shared(kind, [records[one] for one in holders])
        if reason is not None:
            found.shared_keys[reason] += 1
            continue
        for one, other in pairwise(holders):
            found.customers.join(one, other)
    return found


def _holders(records: Sequence[Record]) -> dict[tuple[str, str], list[int]]:
    """Kind and hash of each key → the records that name it."""
    kinds: dict[str, str] = {}
    holders: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        for key in record.keys:
            holders[key.digest].append(number)
            if kinds.get(key.digest, "customer_ref") == "customer_ref":
                kinds[key.digest] = key.kind
    return {(kinds[digest], digest): numbers for digest, numbers in holders.items()}


def _shared(kind: str, holders: Sequence[Record]) -> str | None:
    """Why a key ties nobody; None where it does."""
    if len(holders) < 2:
        return None
    if kind == PHONE and any(map(is_landline, holders[0].features.phones & holders[1].features.phones)):
        return "household"
    if kind in HOLDERS_MAX and len(holders) > HOLDERS_MAX[kind]:
        return "limit"
    if any(_contradict(one, other) for one, other in combinations(holders, 2)):
        return "contested"
    return None


def _contradict(one: Record, other: Record) -> bool:
    return bool(contradiction(compare(one.features, other.features)))


def candidates(records: Sequence[Record]) -> Iterator[tuple[int, list[int]]]:
    """Each record with those before it that share a block with it."""
    blocks: dict[Block, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        own = blocks_of(record.features)
        yield (
            number,
            sorted({one for block in own if len(blocks[block]) <= BLOCK_MAX for one in blocks[block]}),
        )
        for block in own:
            blocks[block].append(number)


def resolve(records: Sequence[Record], model: Model) -> Resolved:
    """Exact keys first; then each record's evidence, in the order in which they come."""
    found = by_keys_that_tie(records)
    for number, others in candidates(records):
        _match(records, model, found, number, others)
    return found


def _match(
    records: Sequence[Record], model: Model, found: Resolved, number: int, others: Sequence[int]
) -> None:
    """Compare a record with others, the most alike first."""
    customers = found.customers
    weighed = []
    for other in others:
        if customers.customer(other) == customers.customer(number):
            continue
        found.compared += 1
        levels = compare(records[number].features, records[other].features)
        weight = weigh(model, levels, len(records))
        if weight.verdict is not Verdict.APART:
            weighed.append((weight.bits, weight.verdict, other))
    for _, verdict, other in sorted(weighed, reverse=True):
        one, two = customers.customer(number), customers.customer(other)
        if one == two:
            continue
        contradicts = any(
            _contradict(records[mine], records[theirs])
            for mine in customers.members[one]
            for theirs in customers.members[two]
        )
        if contradicts:
            found.withheld += 1
        elif verdict is Verdict.MERGE:
            found.merges += 1
            customers.join(one, two)
        else:
            found.reviews.add(frozenset((number, other)))


def reachable(records: Sequence[Record]) -> Customers:
    """The customers that there would be if each two records of a person were put together that share a key or have a
    birth date each: what is left has nothing to go by but names and addresses, which alone merge nobody."""
    customers = Customers.of(len(records))
    for numbers in _of_people(records).values():
        for one, other in combinations(numbers, 2):
            mine, theirs = records[one], records[other]
            have_birth_dates = mine.features.birth_date is not None and theirs.features.birth_date is not None
            if have_birth_dates or {key.digest for key in mine.keys} & {key.digest for key in theirs.keys}:
                customers.join(one, other)
    return customers


def left_to_evidence(records: Sequence[Record]) -> Iterator[Levels]:
    """How pairs of records agree that are of one person, and that exact keys leave two."""
    customers = by_keys_that_tie(records).customers
    for numbers in _of_people(records).values():
        for one, other in combinations(numbers, 2):
            if customers.customer(one) != customers.customer(other):
                yield compare(records[one].features, records[other].features)


def _of_people(records: Sequence[Record]) -> dict[str, list[int]]:
    of_person: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        of_person[record.person_id].append(number)
    return of_person
