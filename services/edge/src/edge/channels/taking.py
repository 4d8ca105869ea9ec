"""Orders and cancellations that sites say: late, doubled or the wrong way round, they come to the same commands."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

import structlog

from edge import metrics
from edge.channels.settings import Settings, settings
from edge.pending_commands import SQL as COMMANDS_SQL
from edge.pending_commands import PendingCommands
from tsunagu.chassis import Due, DueHandler, Runtime, Transaction, beside, clock, pooled
from tsunagu.contracts.messages import CancelOrder, PlaceOrder

SQL = beside(__file__)
SERVICE_NAME = "edge-channels"
COMMANDS = PendingCommands(SERVICE_NAME, settings())
RELEASE_HELD = "release_held_cancellations"
_log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What becomes of what was said."""

    TAKEN = "taken"
    HELD = "held"
    KNOWN = "known"


async def take(
    transaction: Transaction, said: PlaceOrder | CancelOrder, *, traceparent: str | None = None
) -> Outcome:
    """Give the command, unless it was given before. A cancellation whose order is not here yet waits for it.

    The first that is said of an id stands. Everything that is said of one order is taken one after the other.
    """
    connection = transaction.connection
    # Before anything is looked at: an order and its cancellation that come at once would else miss each other.
    await connection.execute(COMMANDS_SQL.lock_record_key, said.order_id)
    if isinstance(said, PlaceOrder):
        new = await connection.fetchval(
            SQL.insert_channel_order, said.order_id, said.channel, transaction.now
        )
        if new is None:
            return Outcome.KNOWN
        await _give(transaction, said, traceparent)
        await _release(transaction, said.order_id)
        return Outcome.TAKEN
    if not await connection.fetchval(SQL.is_channel_order, said.order_id, said.channel):
        held = await connection.fetchval(
            SQL.hold_cancellation,
            said.order_id,
            said.cancel_id,
            said.channel,
            said.occurred_at,
            said.model_dump(mode="json", exclude_none=True),
            transaction.now,
        )
        return Outcome.KNOWN if held is None else Outcome.HELD
    return await _give(transaction, said, traceparent)


async def _give(
    transaction: Transaction, command: PlaceOrder | CancelOrder, traceparent: str | None = None
) -> Outcome:
    command_id = command.identity() or ""
    if await transaction.connection.fetchrow(COMMANDS_SQL.read_pending_by_id, command.WIRE_TYPE, command_id):
        return Outcome.KNOWN
    await COMMANDS.give(
        transaction, command, holder=command.channel, digest=command_id, traceparent=traceparent
    )
    return Outcome.TAKEN


async def _release(transaction: Transaction, order_id: str) -> None:
    for row in await transaction.connection.fetch(SQL.take_held_cancellations, order_id):
        await _give(transaction, CancelOrder.model_validate(row["body"]))


async def _release_due(transaction: Transaction, dues: Sequence[Due]) -> None:
    # One after the other in the order of their ids, as two processes may do it at once.
    for order_id in sorted(due.key for due in dues):
        await transaction.connection.execute(COMMANDS_SQL.lock_record_key, order_id)
        await _release(transaction, order_id)


RELEASE = DueHandler(RELEASE_HELD, _release_due)
"""Lets cancellations go whose order came over the topic. Not done by who reads that: it holds other locks by then."""


async def give_up_held(runtime: Runtime, limits: Settings) -> None:
    """Forget cancellations whose order has not come, and say so: the full comparison is what finds such an order."""
    before = clock.now() - timedelta(hours=limits.held_cancellation_hours)
    for row in await pooled(runtime).fetch(SQL.forget_held_cancellations, before, limits.upkeep_rows_max):
        metrics.HELD_CANCELLATIONS_GIVEN_UP.labels(row["channel"]).inc()
        _log.warning(
            "a cancellation whose order never came", channel=row["channel"], order_id=row["order_id"]
        )
