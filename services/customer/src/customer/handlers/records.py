"""What is stored of a customer has changed: match keys follow, and a second step looks for who is the same person."""

from collections.abc import Mapping, Sequence

from customer import metrics
from customer.comparing import features_of
from customer.domain.blocks import blocks_of
from customer.domain.tasks import TaskKind
from customer.identifiers import match_key_of
from customer.settings import settings
from customer.store import matching
from customer.store.identities import Identities
from customer.store.people import CUSTOMER, Recorded
from customer.store.reviews import Reviews
from customer.store.tasks import lasting_task_id
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.values import PersonalData

MATCH = "match_records"


async def follow_records(
    tx: Transaction, identities: Identities, recorded: Sequence[Recorded], causes: Mapping[str, Cause]
) -> None:
    """Let match keys follow what has changed of customers, and have these compared with others.

    The caller holds the rows of their refs. `causes`: customer_id → what has changed it.
    """
    changed = [one for one in recorded if one.role == CUSTOMER]
    if not changed:
        return
    await matching.save_keys(tx.connection, {one.digest: match_keys(one.personal) for one in changed})
    reviews = Reviews(tx)
    for one in changed:
        customer_id = identities.holders[one.digest]
        look_again(tx, customer_id, causes[customer_id])
        if one.is_contradicted:
            tx.count(metrics.CONTRADICTIONS)
            task_id = lasting_task_id(TaskKind.CONTRADICTION, one.digest)
            (ref,) = identities.refs_among([one.digest])
            others = [other for other in identities.refs_of(customer_id) if other != ref]
            reviews.ask(
                TaskKind.CONTRADICTION,
                task_id,
                f"The ref is {ref}",
                causes[customer_id],
                customer_refs=(ref, *others[:1]),
            )
    await reviews.save()


def look_again(tx: Transaction, customer_id: str, cause: Cause) -> None:
    """Have a customer compared with others in a second step: there may be many."""
    tx.schedule(MATCH, customer_id, tx.now, cause=cause)


def match_keys(personal: PersonalData) -> list[bytes]:
    """By what a record is found; of more than are kept, birth dates and whole names say most and come first."""
    blocks = sorted(blocks_of(features_of(personal)))
    return sorted({match_key_of(block) for block in blocks[: settings().match_keys_max]})
