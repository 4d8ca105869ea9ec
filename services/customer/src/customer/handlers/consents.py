"""What customers allow, per purpose and channel, with everything that was ever said."""

from collections.abc import Iterable, Sequence

from customer.domain.consent import Statement, in_force
from customer.handlers.identification import SHARED, SHARED_DETAIL, join
from customer.handlers.profiles import refresh
from customer.identifiers import digest_of_ref, key_of_ref
from customer.locks import identity_rows, locked_identities
from customer.store import consents
from customer.store.identities import Identities
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import ConsentChanged, RecordConsent


async def consent_keys(
    connection: Connection, messages: Sequence[Received[RecordConsent]]
) -> Iterable[RowKey]:
    """Whose consent it is."""
    return await identity_rows(connection, {digest_of_ref(one.message.customer_ref) for one in messages})


async def record_consents(tx: Transaction, messages: Sequence[Received[RecordConsent]]) -> None:
    """Keep each statement; say what it changes. A ref that nobody has identified yet becomes a customer by it.

    Refusing would lose a withdrawal. A statement older than the one in force is history and changes nothing.
    """
    refs = {received.message.customer_ref for received in messages}
    identities = await locked_identities(tx, {digest_of_ref(ref) for ref in refs})
    statements = await consents.load_by_digest(tx.connection, {*identities.holders})
    causes: dict[str, Cause] = {}
    said: list[tuple[str, Statement, RecordConsent]] = []
    for received in messages:
        command = received.message
        digest = digest_of_ref(command.customer_ref)
        if command.granted and digest in identities.shared:
            # A withdrawal stands, whoever said it: it takes nothing from anybody that they have not allowed.
            tx.refuse(received, SHARED, SHARED_DETAIL)
            continue
        customer_id = identities.holders.get(digest) or join(
            tx, identities, received, [key_of_ref(command.customer_ref)]
        )
        if customer_id is None:
            continue
        statement = Statement(
            command.consent_id, command.purpose, command.channel, command.granted, command.occurred_at
        )
        before = _in_force(identities, statements, customer_id)
        statements.setdefault(digest, []).append(statement)
        place = (command.purpose, command.channel)
        granted = _in_force(identities, statements, customer_id)[place]
        if granted != before.get(place):
            tx.publish(
                ConsentChanged(
                    customer_id=customer_id,
                    version=identities.next_version(customer_id),
                    occurred_at=tx.now,
                    purpose=command.purpose,
                    channel=command.channel,
                    granted=granted,
                ),
                cause=received,
            )
        else:
            tx.accept(received)
        said.append((digest, statement, command))
        causes[customer_id] = received
    await identities.save(tx.connection, tx.now)
    await consents.insert(tx.connection, said, tx.now)
    told = {customer_id: _in_force(identities, statements, customer_id) for customer_id in causes}
    await consents.save_told(tx.connection, told)
    await refresh(tx, causes)


def _in_force(
    identities: Identities, statements: dict[str, list[Statement]], customer_id: str
) -> dict[tuple[str, str], bool]:
    of_customer = [one for digest in identities.members(customer_id) for one in statements.get(digest, ())]
    return in_force(of_customer)
