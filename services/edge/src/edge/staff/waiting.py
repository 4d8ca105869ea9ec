"""What waits for its shoppers and what they have: codes that devices can check, goods that can be brought back."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from edge.staff.settings import settings
from tsunagu.chassis import Received, Runtime, Transaction, beside, clock, pooled
from tsunagu.contracts.messages import ParcelDelivered, PickupCodeReplaced, PickupCollected, PickupReady

SQL = beside(__file__, "waiting.sql")


async def keep_codes(transaction: Transaction, messages: Sequence[Received[PickupReady]]) -> None:
    """Keep the hash of each code with which a group that is ready can be collected."""
    coded = [received.message for received in messages if received.message.code_hash is not None]
    await _keep(transaction, coded, replaces=False)


async def replace_codes(transaction: Transaction, messages: Sequence[Received[PickupCodeReplaced]]) -> None:
    """Keep the new codes, and forget all that they make void."""
    replaced = [received.message for received in messages]
    await _keep(transaction, replaced, replaces=True)
    await transaction.connection.execute(
        SQL.forget_replaced_codes,
        [event.order_id for event in replaced],
        [event.version for event in replaced],
    )


async def _keep(
    transaction: Transaction, events: Sequence[PickupReady | PickupCodeReplaced], *, replaces: bool
) -> None:
    await transaction.connection.execute(
        SQL.keep_codes,
        [event.order_id for event in events],
        [event.code_hash for event in events],
        [event.version for event in events],
        replaces,
        [event.occurred_at for event in events],
    )


async def keep_handed_out(
    transaction: Transaction, messages: Sequence[Received[PickupCollected] | Received[ParcelDelivered]]
) -> None:
    """Keep which goods shoppers now have."""
    events = [received.message for received in messages]
    pieces: Counter[tuple[str, int, str, str]] = Counter()
    at = {(event.order_id, event.version): event.occurred_at for event in events}
    for event in events:
        for line in event.lines:
            pieces[event.order_id, event.version, line.line_id, line.sku] += line.quantity
    await transaction.connection.execute(
        SQL.keep_handed_out,
        [order_id for order_id, _, _, _ in pieces],
        [version for _, version, _, _ in pieces],
        [line_id for _, _, line_id, _ in pieces],
        [sku for _, _, _, sku in pieces],
        list(pieces.values()),
        [at[order_id, version] for order_id, version, _, _ in pieces],
    )


async def forget_old(runtime: Runtime) -> None:
    """Forget codes and goods of long ago."""
    now, rows_max = clock.now(), settings().upkeep_rows_max
    codes_before = now - timedelta(days=settings().codes_kept_days)
    goods_before = now - timedelta(days=settings().handed_out_kept_days)
    await pooled(runtime).execute(SQL.delete_old_codes, codes_before, rows_max)
    await pooled(runtime).execute(SQL.delete_old_handed_out, goods_before, rows_max)
