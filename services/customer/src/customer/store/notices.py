"""Notices in the database: those of the orders of a batch that wait, and what becomes of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from customer.domain.notices import Notice, NoticeKind, OrderNotices
from tsunagu.chassis import Cause, Connection, beside

SQL = beside(__file__, "notices.sql")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice, and what it follows from."""

    notice: Notice
    cause: Cause


async def load_waiting(
    connection: Connection, order_ids: Iterable[str], now: datetime
) -> dict[str, OrderNotices]:
    """What waits to be sent about each of these orders, locked."""
    named = sorted(set(order_ids))
    by_order: dict[str, list[Notice]] = defaultdict(list)
    for row in await connection.fetch(SQL.lock_waiting_notices, named, now):
        by_order[row["order_id"]].append(as_notice(row, on_its_way=row["on_its_way"]))
    return {order_id: OrderNotices(by_order[order_id]) for order_id in named}


async def insert(connection: Connection, new: Sequence[NewNotice], now: datetime) -> None:
    """Keep new notices, once each."""
    if new:
        await connection.execute(
            SQL.insert_notices,
            [
                {
                    **_row(one.notice, now),
                    "made_at": now.isoformat(),
                    "message_id": one.cause.message_id,
                    "correlation_id": one.cause.correlation_id,
                    "traceparent": one.cause.traceparent,
                }
                for one in new
            ],
        )


async def update(connection: Connection, changed: Sequence[Notice], now: datetime) -> None:
    """Write what is said anew in notices that wait, to whom they go, or that they are moot or reach nobody."""
    if changed:
        await connection.execute(SQL.update_notices, [_row(notice, now) for notice in changed])


async def forget_replaced_codes(connection: Connection, versions: Mapping[str, int]) -> None:
    """Forget the codes of orders that these versions of them made void: a notice waits for the new one."""
    if versions:
        await connection.execute(SQL.delete_replaced_codes, list(versions), list(versions.values()))


def as_notice(row: asyncpg.Record, *, on_its_way: bool) -> Notice:
    """A waiting notice from its row."""
    return Notice(
        notice_id=row["notice_id"],
        order_id=row["order_id"],
        kind=NoticeKind(row["kind"]),
        lines=row["lines"],
        wanted_at=row["wanted_at"],
        link_id=row["link_id"],
        group_id=row["group_id"],
        cause_id=row["cause_id"],
        location_id=row["location_id"],
        until=row["until"],
        amount_jpy=row["amount_jpy"],
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        customer_digest=row["customer_digest"],
        recipient_digest=row["recipient_digest"],
        on_its_way=on_its_way,
    )


def _row(notice: Notice, now: datetime) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "order_id": notice.order_id,
        "link_id": notice.link_id,
        "kind": notice.kind,
        "lines": dict(notice.lines),
        "wanted_at": notice.wanted_at.isoformat(),
        "group_id": notice.group_id,
        "cause_id": notice.cause_id,
        "location_id": notice.location_id,
        "until": notice.until and notice.until.isoformat(),
        "amount_jpy": notice.amount_jpy,
        "carrier": notice.carrier,
        "tracking_number": notice.tracking_number,
        "customer_digest": notice.customer_digest,
        "recipient_digest": notice.recipient_digest,
        "state": notice.state,
        "reason": notice.reason,
        "ended_at": None if notice.is_waiting else now.isoformat(),
    }
