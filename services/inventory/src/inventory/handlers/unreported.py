"""Transfers that arrive although nobody has said that they were sent: the news may be late, or never come."""

from collections.abc import Sequence
from datetime import timedelta

from inventory.domain.tasks import DiscrepancyCase
from inventory.settings import settings
from inventory.store.discrepancies import Discrepancies
from inventory.store.transfers import TransferLines
from tsunagu.chassis import Due, Received, Transaction
from tsunagu.contracts.messages import TransferReceived

UNREPORTED = "unreported"


def expect_report(tx: Transaction, received: Received[TransferReceived]) -> None:
    """Ask somebody in a while, unless it has been reported as sent by then."""
    event = received.message
    tx.schedule(
        UNREPORTED,
        event.transfer_id,
        tx.now + timedelta(minutes=settings().unreported_transfer_minutes),
        cause=received,
        payload={
            "from_location_id": event.from_location_id,
            "to_location_id": event.to_location_id,
            "order_id": event.order_id,
        },
    )


async def ask(tx: Transaction, dues: Sequence[Due]) -> None:
    """Have somebody look where the goods are said to come from: they were taken off its stock when they arrived."""
    lines = await TransferLines.load(tx.connection, (due.key for due in dues))
    found = Discrepancies(tx)
    for due in dues:
        early = lines.arrived_early(due.key)
        if early:
            found.open(
                due,
                due.payload["from_location_id"],
                f"Transfer {due.key} arrived at {due.payload['to_location_id']}, and nobody has sent it"[
                    :200
                ],
                case=DiscrepancyCase.TRANSFER_UNSENT,
                detail="Count these here: they were taken off stock when they arrived, and may have come from "
                "elsewhere.",
                lines=[(line.sku, line.arrived_early) for line in early],
                order_id=due.payload["order_id"],
                transfer_id=due.key,
            )
    await found.save()
