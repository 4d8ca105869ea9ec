"""Mothers of what a notice follows from, and a shopper who can be written to."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import (
    ChoiceKind,
    ChoiceOption,
    CompletedLine,
    FulfilmentGroup,
    FulfilmentMethod,
    LinkPurpose,
    LocationKind,
    OrderLine,
    Payment,
    RefundLine,
)
from tsunagu.testing.harness import Harness

TOKEN = "canarytokencanarytoken"


def _new() -> str:
    return uuid.uuid4().hex


def line(line_id: str = "1", quantity: int = 2, group_id: str = "g") -> OrderLine:
    return OrderLine(
        line_id=line_id, group_id=group_id, sku="SKU", quantity=quantity, unit_price_jpy=3000, tax_percent=10
    )


class OrderOf:
    """One order of somebody, and what is said of it, one version after the other."""

    def __init__(self, ref: str | None, recipient: str | None = None, order_id: str | None = None) -> None:
        self.order_id = order_id or _new()
        self.ref = ref
        self.recipient = recipient
        self._version = 1

    def _head(self) -> dict[str, Any]:
        self._version += 1
        return {
            "order_id": self.order_id,
            "version": self._version,
            "channel": "ec",
            "customer_ref": self.ref,
            "recipient_ref": self.recipient,
            "occurred_at": clock.now(),
        }

    def confirmed(self, *groups: FulfilmentGroup, ready_by: datetime | None = None) -> m.OrderConfirmed:
        pickup = FulfilmentGroup(group_id="g", method=FulfilmentMethod.PICKUP, location_id="S001")
        return m.OrderConfirmed(
            **self._head(),
            payment=Payment.PREPAID,
            groups=groups or (pickup,),
            lines=(line(),),
            allocations=(),
            allocation_version=1,
            ready_by=ready_by or clock.now() + timedelta(hours=3),
        )

    def asked(self, *lines: OrderLine, answer_by: datetime | None = None) -> m.ChoiceRequested:
        return m.ChoiceRequested(
            **self._head(),
            lines=lines or (line(quantity=1),),
            options=(ChoiceOption(kind=ChoiceKind.CANCEL),),
            answer_by=answer_by or clock.now() + timedelta(hours=1),
        )

    def changed(self) -> m.OrderChanged:
        group = FulfilmentGroup(group_id="g", method=FulfilmentMethod.PICKUP, location_id="S002")
        return m.OrderChanged(
            **self._head(), change_id=_new(), groups=(group,), lines=(line(),), changed_line_ids=("1",)
        )

    def recipient_changed(self, recipient: str | None) -> m.RecipientChanged:
        """From now on all that is said of the order names this recipient."""
        self.recipient = recipient
        return m.RecipientChanged(**self._head(), change_id=_new())

    def ready(
        self, *lines: OrderLine, group_id: str = "g", pickup_by: datetime | None = None
    ) -> m.OrderReady:
        return m.OrderReady(
            **self._head(),
            group_id=group_id,
            location_id="S001",
            lines=lines or (line(),),
            pickup_by=pickup_by or clock.now() + timedelta(days=7),
        )

    def collected(self, line_id: str = "1", quantity: int = 2, *, finished: bool = True) -> m.OrderCompleted:
        done = CompletedLine(
            line_id=line_id, group_id="g", sku="SKU", quantity=quantity, amount_jpy=3000, tax_percent=10
        )
        return m.OrderCompleted(
            **self._head(),
            group_id="g",
            method=FulfilmentMethod.PICKUP,
            location_id="S001",
            lines=(done,),
            payment=Payment.PREPAID,
            placed_at=clock.now(),
            order_finished=finished,
        )

    def cancelled(
        self, *lines: OrderLine, cancel_id: str | None = None, finished: bool = True
    ) -> m.OrderCancelled:
        return m.OrderCancelled(
            **self._head(),
            cancel_id=cancel_id,
            reason="customer",
            lines=lines or (line(),),
            order_finished=finished,
        )

    def rejected(self) -> m.OrderRejected:
        return m.OrderRejected(**self._head(), reason="out_of_stock", lines=(line(),))

    def refund(self, amount_jpy: int = 6000, cause_id: str | None = None) -> m.RefundDue:
        paid = RefundLine(line_id="1", sku="SKU", quantity=2, amount_jpy=amount_jpy)
        return m.RefundDue(
            **self._head(),
            refund_id=_new(),
            cause_id=cause_id or self.order_id,
            reason="customer",
            lines=(paid,),
            amount_jpy=amount_jpy,
        )

    def shipped(self, *lines: OrderLine, tracking_number: str | None = "4001-2345-6789") -> m.OrderShipped:
        return m.OrderShipped(
            **self._head(),
            group_id="g",
            parcel_id=_new(),
            location_id="S001",
            carrier="青葉急便",
            tracking_number=tracking_number,
            lines=lines or (line(),),
        )

    def link(self, purpose: LinkPurpose, token: str = TOKEN, version: int = 1) -> m.OrderLink:
        return m.OrderLink(
            order_id=self.order_id,
            purpose=purpose,
            version=version,
            token=token,
            valid_until=clock.now() + timedelta(hours=1),
            order_version=self._version,
        )

    def code(
        self, digits: str = "042917", version: int = 1, recipient_version: int | None = None
    ) -> m.PickupCode:
        return m.PickupCode(
            order_id=self.order_id,
            version=version,
            token=TOKEN,
            digits=digits,
            valid_until=clock.now() + timedelta(days=7),
            recipient_version=recipient_version,
        )


def store(location_id: str = "S001") -> m.Location:
    """A store as headquarters say it."""
    return m.Location(
        version=1,
        location_id=location_id,
        name_ja="横浜店",
        name_en="Yokohama",
        company_id="C1",
        kind=LocationKind.STORE,
        prefecture="JP-14",
        city="横浜市",
        address="中央1-2-3",
        latitude=35.4,
        longitude=139.6,
        pickup_enabled=True,
        pick_minutes_per_day=600,
    )


NewShopper = Callable[..., Awaitable[str]]


@pytest.fixture
def new_shopper(service: Harness, a: Any) -> NewShopper:
    """`ref = await new_shopper("a@example.jp")`: somebody who can be written to; the store is known, too."""

    async def make(email: str | None = "hanako@example.jp", **personal: Any) -> str:
        ref: str = a.ref()
        emails = () if email is None else (email,)
        await service.deliver(
            a.identification(ref, emails=emails, family_name="山田", given_name="花子", **personal)
        )
        await service.deliver(store())
        return ref

    return make


@pytest.fixture(scope="session")
def order_of() -> type[OrderOf]:
    """`order_of(ref)`: an order, whose events are made one after the other."""
    return OrderOf


@pytest.fixture(scope="session")
def line_of() -> Callable[..., OrderLine]:
    """`line_of("1", quantity=2)`: a line of an order."""
    return line


@pytest.fixture(scope="session")
def the_store() -> m.Location:
    """The store where all these orders are collected."""
    return store()


async def waiting(service: Harness) -> int:
    """How many notices are still to be sent."""
    return int(await service.connection.fetchval("SELECT count(*) FROM notice WHERE state = 'waiting'"))
