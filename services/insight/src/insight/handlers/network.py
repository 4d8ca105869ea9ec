"""network.locations: which locations are stores, and whose. One that was closed stays, for what it has sold."""

from collections.abc import Sequence

from insight.handlers.recrediting import CREDIT_LOCATION
from insight.store import locations
from tsunagu.chassis import Received, Transaction, newest
from tsunagu.contracts.messages import Location


async def located(tx: Transaction, messages: Sequence[Received[Location]]) -> None:
    """Keep each location; sales that were credited without knowing it are credited anew."""
    await locations.keep(tx.connection, [received.message for received in newest(messages)])
    by_id = {received.message.location_id: received for received in messages}
    for location_id in await locations.read_missed(tx.connection, by_id):
        tx.schedule(CREDIT_LOCATION, location_id, tx.now, cause=by_id[location_id])
