"""Personal data in the database: encrypted under each person's own key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from customer import vault
from customer.comparing import contradicts
from customer.domain.personal import overlay
from customer.keyring import keyring
from customer.settings import settings
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import PersonalData

SQL = beside(__file__, "people.sql")

CUSTOMER, RECIPIENT = "customer", "recipient"


@dataclass(frozen=True, slots=True, repr=False)
class SaidOfPerson:
    """What a channel says of the person whom it means by a ref, in a role."""

    digest: str
    role: str
    personal: PersonalData
    said_at: datetime
    customer_digest: str | None = None

    @property
    def person(self) -> tuple[str, str]:
        """Whom it is about."""
        return (self.digest, self.role)


@dataclass(frozen=True, slots=True, repr=False)
class Recorded:
    """What is stored of a person now that it was changed, and whether a statement contradicted what was known."""

    digest: str
    role: str
    personal: PersonalData
    is_contradicted: bool


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What is stored of a customer under one of their refs."""

    customer_id: str
    digest: str
    personal: PersonalData


@dataclass(slots=True, repr=False)
class _Stored:
    data_key: bytes
    personal: PersonalData
    said_at: datetime
    customer_digest: str | None
    before: PersonalData
    aside: list[tuple[datetime, PersonalData]] = field(default_factory=list)

    def take(self, statement: SaidOfPerson) -> None:
        """Add a statement. Two people's data are never mixed: what was said last stands, the other is set aside."""
        is_newer = statement.said_at >= self.said_at
        if statement.role == CUSTOMER and contradicts(self.personal, statement.personal):
            self.aside.append(
                (self.said_at, self.personal) if is_newer else (statement.said_at, statement.personal)
            )
            self.personal = statement.personal if is_newer else self.personal
        elif is_newer:
            self.personal = overlay(self.personal, statement.personal)
        else:
            self.personal = overlay(statement.personal, self.personal)
        self.said_at = max(self.said_at, statement.said_at)
        self.customer_digest = statement.customer_digest or self.customer_digest


async def record(connection: Connection, said: Sequence[SaidOfPerson]) -> list[Recorded]:
    """Keep statements on top of what is known; an older one fills only what nobody has said since.

    Returns what has changed. What another statement about the same customer's ref contradicts is kept beside it.
    """
    if not said:
        return []
    persons = sorted({statement.person for statement in said})
    stored = await _load(connection, persons)
    for statement in said:
        known = stored.get(statement.person)
        if known is None:
            known = stored[statement.person] = _Stored(
                vault.new_data_key(), PersonalData(), statement.said_at, None, PersonalData()
            )
            # The key of a new person has no row yet; the insert below leaves existing ones as they are.
        known.take(statement)
    digests, roles = [digest for digest, _ in persons], [role for _, role in persons]
    master = keyring().master
    await connection.execute(
        SQL.insert_person_keys,
        digests,
        roles,
        [vault.wrap(master, stored[person].data_key, _name(person)) for person in persons],
    )
    await connection.execute(
        SQL.save_personal_data,
        digests,
        roles,
        [vault.lock_away(stored[one].data_key, stored[one].personal, _name(one)) for one in persons],
        [stored[person].said_at for person in persons],
        [stored[person].customer_digest for person in persons],
    )
    await _keep_aside(connection, stored)
    return [
        Recorded(*person, known.personal, bool(known.aside))
        for person, known in sorted(stored.items(), key=lambda item: item[0])
        if known.aside or known.personal != known.before
    ]


async def _keep_aside(connection: Connection, stored: Mapping[tuple[str, str], _Stored]) -> None:
    rows = [
        (person[0], said_at, vault.lock_away(known.data_key, personal, _name(person)))
        for person, known in sorted(stored.items(), key=lambda item: item[0])
        for said_at, personal in known.aside
    ]
    if rows:
        await connection.execute(SQL.insert_contradicted, *zip(*rows, strict=True))
        digests = sorted({row[0] for row in rows})
        await connection.execute(SQL.trim_contradicted, digests, settings().contradictions_kept_max)


async def contradicted_among(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Of which of these refs a channel has said what contradicts itself."""
    rows = await connection.fetch(SQL.contradicted_among, sorted(digests))
    return {row["digest"] for row in rows}


async def settle_contradictions(connection: Connection, digests: Iterable[str]) -> None:
    """What was said last of these refs is right: forget what it contradicts."""
    await connection.execute(SQL.delete_contradicted, sorted(digests))


async def recipients_of(connection: Connection, customer_digests: Iterable[str]) -> list[str]:
    """Recipients that were recorded with these customers' refs."""
    rows = await connection.fetch(SQL.recipients_of, sorted(customer_digests))
    return [row["digest"] for row in rows]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who may be written to, and the hash of the ref under which that is known."""

    digest: str
    personal: PersonalData


async def addressees(
    connection: Connection, recipient_digest: str | None, customer_digest: str | None
) -> list[Addressee]:
    """Whom an order's notices may go to: its recipient, whom its ref means, then that customer under other refs."""
    master = keyring().master
    found = []
    for row in await connection.fetch(SQL.addressees, recipient_digest, customer_digest):
        name = _name((row["digest"], row["role"]))
        data_key = vault.unwrap(master, row["wrapped_key"], name)
        found.append(Addressee(row["digest"], vault.take_out(data_key, row["ciphertext"], name)))
    return found


async def records_of(connection: Connection, customer_ids: Iterable[str]) -> list[Record]:
    """What is stored of customers under their refs, ref by ref.

    Nothing of whoever has more records than are compared, or of whom a channel has said what contradicts itself.
    """
    rows = await connection.fetch(SQL.load_records, sorted(customer_ids), settings().match_records_max)
    master = keyring().master
    found = []
    for row in rows:
        name = _name((row["digest"], CUSTOMER))
        data_key = vault.unwrap(master, row["wrapped_key"], name)
        personal = vault.take_out(data_key, row["ciphertext"], name)
        found.append(Record(row["customer_id"], row["digest"], personal))
    return found


async def _load(connection: Connection, persons: Sequence[tuple[str, str]]) -> dict[tuple[str, str], _Stored]:
    master = keyring().master
    stored = {}
    for row in await connection.fetch(SQL.load_people, *zip(*persons, strict=True)):
        person = (row["digest"], row["role"])
        data_key = vault.unwrap(master, row["wrapped_key"], _name(person))
        personal = vault.take_out(data_key, row["ciphertext"], _name(person))
        stored[person] = _Stored(data_key, personal, row["stated_at"], row["customer_digest"], personal)
    return stored


def _name(person: tuple[str, str]) -> str:
    return ":".join(person)
