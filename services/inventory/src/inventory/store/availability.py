"""What can be promised, told on `inventory.availability`."""

from inventory.domain.stock import StockKey
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import Availability
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY


def publish_availability(tx: Transaction, key: StockKey, available: int, version: int, cause: Cause) -> None:
    """Say what is available of a row of stock; nobody outside is told of less than nothing."""
    message = Availability(
        location_id=key.location_id,
        sku=key.sku,
        available=available if available > 0 else 0,
        version=version,
        as_of=tx.now,
    )
    tx.publish(message, cause=cause, topic=INVENTORY_AVAILABILITY)
