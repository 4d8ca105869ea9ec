"""Orders in the database: whole orders in, whole orders out, a fixed number of statements for any number of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import asyncpg

from order.domain.order import BackLine, CancelClaim, GoodsBack, Group, Line, Link, Order, Parcel, Stage
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import (
    Allocation,
    Alternative,
    CancelledBy,
    Disposition,
    FulfilmentMethod,
    LinkPurpose,
    Payment,
    Touchpoint,
)

SQL = beside(__file__)


async def load(connection: Connection, order_ids: Collection[str]) -> dict[str, Order]:
    """The orders with these ids that are there, with the returns that wait for them."""
    ids = sorted(set(order_ids))
    rows = await connection.fetch(SQL.read_orders, ids)
    if not rows:
        return {}
    groups: dict[str, dict[str, Group]] = {row["order_id"]: {} for row in rows}
    for row in await connection.fetch(SQL.read_groups, ids):
        groups[row["order_id"]][row["group_id"]] = _group(row)
    lines: dict[str, dict[str, Line]] = {row["order_id"]: {} for row in rows}
    for row in await connection.fetch(SQL.read_lines, ids):
        order_id, *columns = row.values()
        lines[order_id][row["line_id"]] = Line(*columns)
    returns = await waiting_returns(connection, ids)
    return {
        row["order_id"]: _order(
            row, groups[row["order_id"]], lines[row["order_id"]], returns.get(row["order_id"], ())
        )
        for row in rows
    }


async def waiting_returns(
    connection: Connection, order_ids: Collection[str]
) -> dict[str, tuple[GoodsBack, ...]]:
    """The returns that wait for a handover, by order_id; the order need not be there."""
    waiting: dict[str, tuple[GoodsBack, ...]] = {}
    for row in await connection.fetch(SQL.read_waiting_returns, sorted(set(order_ids))):
        waiting[row["order_id"]] = (*waiting.get(row["order_id"], ()), _goods(row["goods"]))
    return waiting


async def known_returns(connection: Connection, named: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (order_id, return_id) have been taken before."""
    order_ids, return_ids = [order_id for order_id, _ in named], [return_id for _, return_id in named]
    rows = await connection.fetch(SQL.read_known_returns, order_ids, return_ids)
    return {(row["order_id"], row["return_id"]) for row in rows}


async def save(connection: Connection, orders: Sequence[Order], now: datetime) -> None:
    """Write these orders with their groups and lines."""
    if not orders:
        return
    await connection.execute(SQL.save_orders, *_columns([_order_row(order) for order in orders]), now)
    await connection.execute(
        SQL.save_groups,
        *_columns(
            [
                (order.order_id, group.group_id, position, group.method, group.location_id, group.prefecture,
                 group.pickup_by, group.announced)
                for order in orders
                for position, group in enumerate(order.groups.values())
            ]
        ),
    )  # fmt: skip
    await connection.execute(
        SQL.save_lines,
        *_columns(
            [
                (order.order_id, line.line_id, position, line.group_id, line.sku, line.quantity, line.unit_price_jpy,
                 line.tax_percent, line.in_question, line.ready, line.shipped, line.completed, line.cancelled,
                 line.returned, line.settled, line.completed_jpy, line.returned_jpy, line.refunded_jpy)
                for order in orders
                for position, line in enumerate(order.lines.values())
            ]
        ),
    )  # fmt: skip


async def save_returns(
    connection: Connection, returns: Mapping[tuple[str, str], tuple[GoodsBack, datetime | None]]
) -> None:
    """Write returns by (order_id, return_id), each with when it was booked, or None while it waits."""
    if returns:
        rows = [
            (order_id, return_id, asdict(goods), booked_at)
            for (order_id, return_id), (goods, booked_at) in returns.items()
        ]
        await connection.execute(SQL.save_returns, *_columns(rows))


async def save_links(connection: Connection, orders: Sequence[Order]) -> None:
    """Write which links these orders have, and nothing else of them."""
    await connection.execute(
        SQL.save_links, [order.order_id for order in orders], [_links(order) for order in orders]
    )


def _links(order: Order) -> dict[str, Any]:
    links = {
        purpose: {"version": link.version, "valid_until": link.valid_until.isoformat()}
        for purpose, link in order.links.items()
    }
    return {"links": links, "links_issued": order.links_issued}


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _order_row(order: Order) -> tuple[Any, ...]:
    progress = {
        "allocations": [a.model_dump(mode="json") for a in order.allocations],
        "earlier_allocations": [a.model_dump(mode="json") for a in order.earlier_allocations],
        "cancel_claims": [asdict(claim) for claim in order.cancel_claims],
        "parcels": [asdict(parcel) for parcel in order.parcels],
        "receipt_ids": list(order.receipt_ids),
        "alternatives": [one.model_dump(mode="json") for one in order.alternatives],
        **_links(order),
    }
    touchpoints = {"touchpoints": [touchpoint.model_dump(mode="json") for touchpoint in order.touchpoints]}
    return (
        order.order_id, order.channel, order.customer_ref, order.recipient_ref, order.payment, order.allow_partial,
        order.placed_at, touchpoints, order.stage, order.status, order.reason, order.version,
        order.allocation_version, order.ready_by, order.choice_answer_by, progress,
    )  # fmt: skip


def _order(
    row: asyncpg.Record, groups: dict[str, Group], lines: dict[str, Line], returns: tuple[GoodsBack, ...]
) -> Order:
    progress = row["progress"]
    return Order(
        order_id=row["order_id"],
        channel=row["channel"],
        customer_ref=row["customer_ref"],
        recipient_ref=row["recipient_ref"],
        payment=Payment(row["payment"]),
        allow_partial=row["allow_partial"],
        placed_at=row["placed_at"],
        touchpoints=tuple(Touchpoint.model_validate(t) for t in row["touchpoints"]["touchpoints"]),
        stage=Stage(row["stage"]),
        reason=row["reason"],
        version=row["version"],
        allocation_version=row["allocation_version"],
        allocations=tuple(Allocation.model_validate(a) for a in progress["allocations"]),
        earlier_allocations=tuple(Allocation.model_validate(a) for a in progress["earlier_allocations"]),
        ready_by=row["ready_by"],
        choice_answer_by=row["choice_answer_by"],
        receipt_ids=tuple(progress["receipt_ids"]),
        cancel_claims=tuple(
            CancelClaim(**{**claim, "by": CancelledBy(claim["by"])}) for claim in progress["cancel_claims"]
        ),
        parcels=tuple(Parcel(**parcel) for parcel in progress["parcels"]),
        alternatives=tuple(Alternative.model_validate(one) for one in progress["alternatives"]),
        links={
            LinkPurpose(purpose): Link(link["version"], datetime.fromisoformat(link["valid_until"]))
            for purpose, link in progress["links"].items()
        },
        links_issued=progress["links_issued"],
        groups=groups,
        lines=lines,
        returns_waiting=returns,
    )


def _group(row: asyncpg.Record) -> Group:
    return Group(
        group_id=row["group_id"],
        method=FulfilmentMethod(row["method"]),
        location_id=row["location_id"],
        prefecture=row["prefecture"],
        pickup_by=row["pickup_by"],
        announced=row["announced"],
    )


def _goods(stored: dict[str, Any]) -> GoodsBack:
    lines = tuple(
        BackLine(**{**line, "disposition": Disposition(line["disposition"])}) for line in stored["lines"]
    )
    return GoodsBack(**{**stored, "lines": lines})
