"""Differences as they are noted, and what is done about those that are still there when their grace is over."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from edge import metrics
from edge.channels.comparing.differences import Difference, Kind, Ours, Theirs, compare
from edge.channels.settings import Settings
from edge.channels.taking import take
from tsunagu.chassis import Connection, Periodic, Runtime, Transaction, beside, clock, pooled, transaction
from tsunagu.contracts.messages import CancelOrder, PlaceOrder

SQL = beside(__file__)
_COMMANDS: dict[str, type[PlaceOrder] | type[CancelOrder]] = {
    kind.WIRE_TYPE: kind for kind in (PlaceOrder, CancelOrder)
}
_log = structlog.get_logger(__name__)


async def note(
    opened: Transaction,
    channel: str,
    listed: Sequence[Theirs],
    *,
    complete_at: datetime | None,
    rows_max: int,
) -> list[Difference]:
    """Compare a site's list with what is here and note what differs; forget what differs no more.

    `complete_at`: the list has all that was open then, so that what is open here for longer and not in it differs.
    """
    connection = opened.connection
    order_ids = [order.order_id for order in listed]
    found = compare(listed, await _ours(connection, channel, order_ids))
    if complete_at is not None:
        rows = await connection.fetch(SQL.read_open_orders, channel, complete_at, rows_max)
        unlisted = {row["order_id"] for row in rows} - set(order_ids)
        found += [Difference(order_id, Kind.OPEN_HERE) for order_id in sorted(unlisted)]
        order_ids += sorted(unlisted)
    kinds = [difference.kind for difference in found]
    about = [difference.order_id for difference in found]
    await connection.execute(SQL.forget_differences, channel, order_ids, about, kinds)
    await connection.execute(
        SQL.note_differences, channel, about, kinds, [_stored(one.said) for one in found], opened.now
    )
    return found


def periodic(settings: Settings) -> tuple[Periodic, ...]:
    """What settles differences, and what forgets them."""

    async def settle(runtime: Runtime) -> None:
        before = clock.now() - timedelta(seconds=settings.comparison_grace_seconds)
        while await _settle_one(runtime, before):
            pass

    async def forget(runtime: Runtime) -> None:
        before = clock.now() - timedelta(days=settings.differences_kept_days)
        await pooled(runtime).execute(SQL.delete_old_differences, before, settings.upkeep_rows_max)

    return (
        Periodic("differences", settings.comparison_interval_seconds, settle),
        Periodic("old differences", settings.upkeep_interval_seconds, forget),
    )


async def _settle_one(runtime: Runtime, before: datetime) -> bool:
    """Settle one difference in a transaction of its own: it takes the order's lock, as a webhook would."""
    async with transaction(runtime) as opened:
        row = await opened.connection.fetchrow(SQL.take_ripe_differences, before, 1)
        if row is None:
            return False
        channel, order_id, kind = row["channel"], row["order_id"], Kind(row["kind"])
        outcome = await _outcome(opened, channel, order_id, kind, row["said"])
        if outcome is None:
            await opened.connection.execute(SQL.drop_difference, channel, order_id, kind)
            return True
        await opened.connection.execute(SQL.settle_difference, channel, order_id, kind, outcome, opened.now)
        opened.count(metrics.CHANNEL_DIFFERENCES, channel=channel, kind=kind, outcome=outcome)
        opened.after_commit(
            lambda: _log.warning(
                "a site and we differ", channel=channel, order_id=order_id, kind=kind, outcome=outcome
            )
        )
        return True


async def _outcome(
    opened: Transaction, channel: str, order_id: str, kind: Kind, said: dict[str, object] | None
) -> str | None:
    """What becomes of a difference; None where it is none any more."""
    if kind is Kind.NOT_TOLD:
        again = await opened.connection.fetchval(SQL.tell_again, channel, order_id, opened.now)
        return None if again is None else "replayed"
    ours = (await _ours(opened.connection, channel, [order_id])).get(order_id)
    gone = (
        ours is not None
        if kind is Kind.NOT_HERE
        else ours is None or ours.ended or (kind is Kind.NOT_CANCELLED_HERE and ours.cancelling)
    )
    if gone:
        return None
    if said is None:
        return "reported"
    await take(opened, _COMMANDS[str(said["type"])].model_validate(said["command"]))
    return "replayed"


async def _ours(connection: Connection, channel: str, order_ids: Sequence[str]) -> dict[str, Ours]:
    rows = await connection.fetch(SQL.read_ours, channel, order_ids, CancelOrder.WIRE_TYPE)
    return {row["order_id"]: Ours(row["ended"], row["cancelling"], row["told"]) for row in rows}


def _stored(said: PlaceOrder | CancelOrder | None) -> str | None:
    if said is None:
        return None
    return json.dumps({"type": said.WIRE_TYPE, "command": said.model_dump(mode="json", exclude_none=True)})
