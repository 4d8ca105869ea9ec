"""Personal data in the database: encrypted under each person's own key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from customer import vault
from customer.domain.personal import overlay
from customer.keyring import keyring
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


@dataclass(slots=True, repr=False)
class _Stored:
    data_key: bytes
    personal: PersonalData
    said_at: datetime
    customer_digest: str | None


async def record(connection: Connection, said: Sequence[SaidOfPerson]) -> None:
    """Keep statements on top of what is known; an older one fills only what nobody has said since."""
    if not said:
        return
    persons = sorted({statement.person for statement in said})
    stored = await _load(connection, persons)
    for statement in said:
        known = stored.get(statement.person)
        if known is None:
            known = stored[statement.person] = _Stored(
                vault.new_data_key(), PersonalData(), statement.said_at, None
            )
            # The key of a new person has no row yet; the insert below leaves existing ones as they are.
        if statement.said_at >= known.said_at:
            known.personal = overlay(known.personal, statement.personal)
            known.said_at = statement.said_at
        else:
            known.personal = overlay(statement.personal, known.personal)
        known.customer_digest = statement.customer_digest or known.customer_digest
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


async def recipients_of(connection: Connection, customer_digests: Iterable[str]) -> list[str]:
    """Recipients that were recorded with these customers' refs."""
    rows = await connection.fetch(SQL.recipients_of, sorted(customer_digests))
    return [row["digest"] for row in rows]


async def addressees(
    connection: Connection, recipient_digest: str | None, customer_digest: str | None
) -> list[PersonalData]:
    """Whom an order's notices may go to: its recipient, whom its ref means, then that customer under other refs."""
    master = keyring().master
    found = []
    for row in await connection.fetch(SQL.addressees, recipient_digest, customer_digest):
        name = _name((row["digest"], row["role"]))
        data_key = vault.unwrap(master, row["wrapped_key"], name)
        found.append(vault.take_out(data_key, row["ciphertext"], name))
    return found


async def _load(connection: Connection, persons: Sequence[tuple[str, str]]) -> dict[tuple[str, str], _Stored]:
    master = keyring().master
    stored = {}
    for row in await connection.fetch(SQL.load_people, *zip(*persons, strict=True)):
        person = (row["digest"], row["role"])
        data_key = vault.unwrap(master, row["wrapped_key"], _name(person))
        personal = vault.take_out(data_key, row["ciphertext"], _name(person))
        stored[person] = _Stored(data_key, personal, row["stated_at"], row["customer_digest"])
    return stored


def _name(person: tuple[str, str]) -> str:
    return ":".join(person)
