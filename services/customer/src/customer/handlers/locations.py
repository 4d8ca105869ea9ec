"""Where goods wait, as shoppers are told: a copy of what headquarters say."""

from collections.abc import Sequence

from customer.store.notices import SQL
from tsunagu.chassis import Deleted, Received, Transaction, newest
from tsunagu.contracts.messages import Location


async def keep(tx: Transaction, messages: Sequence[Received[Location]]) -> None:
    """Take over names and addresses, the highest version of each location."""
    places = [received.message for received in newest(messages)]
    await tx.connection.execute(
        SQL.save_locations,
        [place.location_id for place in places],
        [place.version for place in places],
        [place.name_ja for place in places],
        [place.name_en for place in places],
        [f"{place.city} {place.address}" for place in places],
    )


async def forget(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget locations that are no more."""
    await tx.connection.execute(SQL.delete_locations, sorted({received.key for received in messages}))
