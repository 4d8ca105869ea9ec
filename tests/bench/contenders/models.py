"""Inventory's tables as SQLAlchemy's ORM has them, and an order decided with it: one transaction, rows locked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Computed, DateTime, ForeignKey, Identity, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from .reserving import Wish


class Base(DeclarativeBase):
    """The tables' registry."""


class Order(Base):
    """An order as far as stock is concerned."""

    __tablename__ = "orders"

    order_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str]
    version: Mapped[int]
    allocation_version: Mapped[int]
    ready_by: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    wanted: Mapped[object] = mapped_column(JSONB)
    allocations: Mapped[list["Allocation"]] = relationship(back_populates="order")


class Stock(Base):
    """What a location has of a SKU."""

    __tablename__ = "stock"

    location_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, primary_key=True)
    reserved: Mapped[int]
    available: Mapped[int] = mapped_column(Computed("", persisted=True))
    version: Mapped[int]


class Allocation(Base):
    """Pieces that are promised to an order line."""

    __tablename__ = "allocation"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    allocation_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text, primary_key=True)
    place_id: Mapped[str] = mapped_column(Text, primary_key=True)
    line_id: Mapped[str]
    sku: Mapped[str]
    location_id: Mapped[str]
    quantity: Mapped[int]
    decided_no: Mapped[int] = mapped_column(Identity())
    order: Mapped[Order] = relationship(back_populates="allocations")


async def decide(session: AsyncSession, wish: Wish) -> Sequence[str] | None:
    """The lines that can't be had; all of it is reserved where there are none. None: it was decided before.

    Works in the session's transaction, which the caller commits.
    """
    if await session.get(Order, wish.order_id) is not None:
        return None
    wanted = [
        [line.line_id, line.sku, line.quantity, 0, wish.location_id, None] for line in wish.placed.lines
    ]
    order = Order(
        order_id=wish.order_id,
        state="open",
        version=1,
        allocation_version=1,
        ready_by=wish.ready_by,
        wanted=wanted,
    )
    session.add(order)
    query = select(Stock).where(Stock.location_id == wish.location_id, Stock.sku.in_(wish.skus))
    locked = await session.scalars(query.order_by(Stock.sku).with_for_update())
    rows = {row.sku: row for row in locked}
    lacking = wish.lacking({sku: row.available for sku, row in rows.items()})
    if not lacking:
        for line, allocation_id in zip(wish.placed.lines, wish.allocation_ids, strict=True):
            rows[line.sku].reserved += line.quantity
            rows[line.sku].version += 1
            allocation = Allocation(
                allocation_id=allocation_id,
                state="reserved",
                place_id=wish.location_id,
                line_id=line.line_id,
                sku=line.sku,
                location_id=wish.location_id,
                quantity=line.quantity,
                order=order,
            )
            session.add(allocation)
    return lacking
