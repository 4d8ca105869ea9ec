"""A person has looked at what was put before them, and says no. Who says yes merges the customers."""

from collections.abc import Iterable, Sequence

from customer.domain.tasks import TaskKind
from customer.handlers.records import look_again
from customer.identifiers import digest_of_ref
from customer.locks import identity_rows, locked_identities
from customer.store import matching, people
from customer.store.reviews import Reviews
from customer.store.tasks import lasting_task_id
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import DismissReview


async def dismiss_keys(
    connection: Connection, messages: Sequence[Received[DismissReview]]
) -> Iterable[RowKey]:
    """The customers whom the tasks are about, with all that they hold."""
    return await identity_rows(connection, await _digests(connection, messages))


async def dismiss(tx: Transaction, messages: Sequence[Received[DismissReview]]) -> None:
    """Keep two customers apart for good, or let what was said last of a ref stand."""
    digests = await _digests(tx.connection, messages)
    identities = await locked_identities(tx, digests)
    pairs = await matching.pairs_of_tasks(tx.connection, _task_ids(messages))
    contradicted = await people.contradicted_among(tx.connection, digests)
    reviews = Reviews(tx)
    settled: set[str] = set()
    for received in messages:
        command = received.message
        digest = digest_of_ref(command.customer_ref)
        customer_id = identities.holders.get(digest)
        pair = pairs.get(command.task_id)
        if pair is not None and customer_id in pair and pair <= identities.versions.keys():
            identities.apart.add(pair)
        elif (
            digest in contradicted
            and customer_id is not None
            and command.task_id == lasting_task_id(TaskKind.CONTRADICTION, digest)
        ):
            settled.add(digest)
            look_again(tx, customer_id, received)
        else:
            tx.refuse(received, "unknown_review", "no task with this id asks about this customer; refresh")
            continue
        reviews.end(command.task_id, received, is_answered=True, by=command.staff_ref)
        tx.accept(received)
    await people.settle_contradictions(tx.connection, settled)
    await identities.save(tx.connection, tx.now)
    await reviews.save()


async def _digests(connection: Connection, messages: Sequence[Received[DismissReview]]) -> set[str]:
    pairs = await matching.pairs_of_tasks(connection, _task_ids(messages))
    held = await matching.held_by(connection, {one for pair in pairs.values() for one in pair})
    return held | {digest_of_ref(received.message.customer_ref) for received in messages}


def _task_ids(messages: Sequence[Received[DismissReview]]) -> list[str]:
    return sorted({received.message.task_id for received in messages})
