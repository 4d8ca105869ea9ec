"""Object mothers of this service's messages, and the service on a database of its own."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from order.app import SERVICE
from order.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message, State
from tsunagu.contracts.values import (
    Allocation,
    Alternative,
    CancelledBy,
    CollectedLine,
    Disposition,
    FulfilmentGroup,
    FulfilmentMethod,
    HandoverProof,
    LineQuantity,
    OrderLine,
    ParcelEnd,
    Payment,
    PickedLine,
    ReservationCause,
    ReturnLine,
    SaleLine,
    SaleReturnLine,
    ShortLine,
    Touchpoint,
    TouchpointKind,
)
from tsunagu.testing.databases import SpareDatabases, TestDatabases
from tsunagu.testing.harness import Harness, harness
from tsunagu.testing.plugin import NewDatabase

STORE = "shibuya"


class Mother:
    """Messages about one order of up to three lines: L1 × 2 at 1,000 yen, L2 × 1 at 500, L3 × 1 at 300.

    All are picked up or shipped; or, `both_ways`, L1 is picked up and the others are shipped.
    """

    def __init__(self) -> None:
        self.order_id = str(uuid4())
        self.now = datetime.now(UTC)
        self._stock_version = 0
        self._pickup_version = 0

    def place(
        self,
        *,
        quantities: tuple[int, ...] = (2, 1),
        ship: bool = False,
        both_ways: bool = False,
        percents: tuple[int, ...] = (10, 10, 10),
        **changes: Any,
    ) -> m.PlaceOrder:
        prices = (1000, 500, 300)
        first = (
            FulfilmentGroup(group_id="G1", method=FulfilmentMethod.SHIP, prefecture="JP-13")
            if ship
            else FulfilmentGroup(group_id="G1", method=FulfilmentMethod.PICKUP, location_id=STORE)
        )
        second = FulfilmentGroup(group_id="G2", method=FulfilmentMethod.SHIP, prefecture="JP-13")
        lines = tuple(
            OrderLine(
                line_id=f"L{n}",
                group_id="G2" if both_ways and n > 1 else "G1",
                sku=f"S{n}",
                quantity=quantity,
                unit_price_jpy=price,
                tax_percent=percent,
            )
            for n, (quantity, price, percent) in enumerate(zip(quantities, prices, percents, strict=False), 1)
        )
        return m.PlaceOrder.model_validate(
            {
                "occurred_at": self.now,
                "order_id": self.order_id,
                "channel": "ec",
                "customer_ref": "card:1",
                "recipient_ref": "recipient:1",
                "groups": (first, second) if both_ways else (first,),
                "lines": lines,
                "payment": Payment.PREPAID,
                "touchpoints": (Touchpoint(kind=TouchpointKind.STORE_SCAN, location_id=STORE, at=self.now),),
                **changes,
            }
        )

    def reserved(
        self,
        quantities: dict[str, int] | None = None,
        *,
        version: int = 1,
        short: dict[str, int] | None = None,
        cause: ReservationCause = ReservationCause.PLACED,
        location_id: str = STORE,
        alternatives: tuple[str, ...] = (),
    ) -> m.StockReserved:
        return m.StockReserved(
            occurred_at=self.now,
            order_id=self.order_id,
            version=self._next_stock(),
            allocation_version=version,
            cause=cause,
            allocations=self.allocations(quantities or {"L1": 2, "L2": 1}, version, location_id),
            short_lines=self._short(short or {}),
            ready_by=self.now + timedelta(hours=2),
            alternatives=tuple(
                Alternative(location_id=location_id, ready_by=self.now + timedelta(hours=3))
                for location_id in alternatives
            ),
        )

    def rejected(
        self,
        short: dict[str, int],
        *,
        version: int = 1,
        held: dict[str, int] | None = None,
        cause: ReservationCause = ReservationCause.PLACED,
        reason: str = "out_of_stock",
    ) -> m.StockRejected:
        return m.StockRejected(
            occurred_at=self.now,
            order_id=self.order_id,
            version=self._next_stock(),
            allocation_version=version,
            cause=cause,
            reason=reason,
            short_lines=self._short(short),
            allocations=self.allocations(held or {}, version, STORE),
        )

    def allocations(
        self, quantities: dict[str, int], version: int, location_id: str
    ) -> tuple[Allocation, ...]:
        return tuple(
            Allocation(
                allocation_id=f"A{line_id}v{version}", line_id=line_id, sku=_sku(line_id), quantity=quantity,
                location_id=location_id,
            )
            for line_id, quantity in quantities.items()
        )  # fmt: skip

    def ready(self, quantities: dict[str, int] | None = None, group_id: str = "G1") -> m.PickupReady:
        return m.PickupReady(
            **self._work(),
            group_id=group_id,
            location_id=STORE,
            lines=_picked(quantities or {"L1": 2, "L2": 1}),
            pickup_by=self.now + timedelta(days=7),
        )

    def collected(self, quantities: dict[str, int] | None = None, **changes: Any) -> m.PickupCollected:
        quantities = {"L1": 2, "L2": 1} if quantities is None else quantities
        amounts = changes.pop("amounts", {})
        lines = tuple(
            CollectedLine(line_id=line_id, sku=_sku(line_id), quantity=n, amount_jpy=amounts.get(line_id))
            for line_id, n in quantities.items()
        )
        return m.PickupCollected.model_validate(
            {
                **self._work(),
                "group_id": "G1",
                "location_id": STORE,
                "lines": lines,
                "proof": HandoverProof.CODE,
                "handover_id": str(uuid4()),
                "staff_ref": "staff:7",
                **changes,
            }
        )

    def expired(self, quantities: dict[str, int] | None = None) -> m.PickupExpired:
        return m.PickupExpired(
            **self._work(),
            group_id="G1",
            location_id=STORE,
            lines=_picked(quantities or {"L1": 2, "L2": 1}),
            pickup_by=self.now,
        )

    def shipped(
        self, parcel_id: str = "P1", quantities: dict[str, int] | None = None, **changes: Any
    ) -> m.ParcelShipped:
        lines = _picked(quantities or {"L1": 2, "L2": 1})
        return m.ParcelShipped.model_validate(
            {
                **self._work(),
                "parcel_id": parcel_id,
                "group_id": "G1",
                "location_id": STORE,
                "lines": lines,
                "carrier": "carrier",
                **changes,
            }
        )

    def delivered(self, parcel_id: str = "P1", quantities: dict[str, int] | None = None) -> m.ParcelDelivered:
        lines = _picked(quantities or {"L1": 2, "L2": 1})
        return m.ParcelDelivered(
            **self._work(), parcel_id=parcel_id, group_id="G1", location_id=STORE, lines=lines
        )

    def parcel_ended(
        self, outcome: ParcelEnd, parcel_id: str = "P1", quantities: dict[str, int] | None = None
    ) -> m.ParcelEnded:
        lines = _picked(quantities or {"L1": 2, "L2": 1})
        return m.ParcelEnded(
            **self._work(),
            parcel_id=parcel_id,
            group_id="G1",
            location_id=STORE,
            lines=lines,
            outcome=outcome,
        )

    def cancel(
        self,
        lines: dict[str, int] | None = None,
        cancel_id: str = "C1",
        by: CancelledBy = CancelledBy.CUSTOMER,
    ) -> m.CancelOrder:
        return m.CancelOrder(
            occurred_at=self.now,
            cancel_id=f"{self.order_id[:8]}-{cancel_id}",
            order_id=self.order_id,
            channel="ec",
            lines=_quantities(lines or {}),
            cancelled_by=by,
        )

    def pick_cancelled(self, cancel_id: str = "C1") -> m.PickCancelled:
        return m.PickCancelled(**self._work(), cancel_id=f"{self.order_id[:8]}-{cancel_id}", lines=())

    def cancel_refused(self, lines: dict[str, int], cancel_id: str = "C1") -> m.CancelRefused:
        return m.CancelRefused(
            **self._work(),
            cancel_id=f"{self.order_id[:8]}-{cancel_id}",
            lines=_quantities(lines),
            reason="handed_over",
        )

    def change(self, lines: dict[str, int] | None = None, **changes: Any) -> m.ChangeFulfilment:
        return m.ChangeFulfilment.model_validate(
            {
                "occurred_at": self.now,
                "change_id": str(uuid4()),
                "order_id": self.order_id,
                "channel": "ec",
                "group_id": "G1",
                "method": FulfilmentMethod.SHIP,
                "prefecture": "JP-13",
                "lines": _quantities(lines or {}),
                **changes,
            }
        )

    def return_items(
        self, quantities: dict[str, int], return_id: str = "R1", **changes: Any
    ) -> m.ReturnItems:
        lines = tuple(
            ReturnLine(line_id=line_id, sku=_sku(line_id), quantity=n, disposition=Disposition.RESELLABLE)
            for line_id, n in quantities.items()
        )
        return m.ReturnItems.model_validate(
            {
                "occurred_at": self.now,
                "return_id": f"{self.order_id[:8]}-{return_id}",
                "order_id": self.order_id,
                "channel": "store",
                "location_id": "umeda",
                "lines": lines,
                **changes,
            }
        )

    def till_return(
        self, quantities: dict[str, int], *, amounts: dict[str, int], named: bool = True
    ) -> m.SaleReturned:
        lines = tuple(
            SaleReturnLine(
                **_till_line(self.order_id, line_id, n, amounts[line_id], named=named),
                disposition=Disposition.INSPECT,
            )
            for line_id, n in quantities.items()
        )
        return m.SaleReturned(**self._receipt(), lines=lines)

    def till_void(self, quantities: dict[str, int], *, amounts: dict[str, int]) -> m.SaleVoided:
        lines = tuple(
            SaleLine(**_till_line(self.order_id, line_id, n, amounts[line_id], named=True))
            for line_id, n in quantities.items()
        )
        return m.SaleVoided(**self._receipt(), void_id=f"void-{uuid4()}", lines=lines)

    @staticmethod
    def said(messages: Sequence[Message]) -> list[str]:
        """The kinds of the events among what the service sent."""
        return [type(message).__name__ for message in messages if not isinstance(message, State)]

    @classmethod
    def answers(cls, messages: Sequence[Message]) -> list[str]:
        """The same, with the reason in the place of a refusal."""
        said = [message for message in messages if not isinstance(message, State)]
        return [
            message.reason if isinstance(message, m.CommandRefused) else type(message).__name__
            for message in said
        ]

    def own(self, messages: Sequence[Message]) -> list[Message]:
        """What is about this order, where others share the service."""
        return [message for message in messages if message.record_key() == self.order_id]

    @staticmethod
    def state_in(messages: Sequence[Message]) -> m.Order:
        """The last state among what the service sent."""
        return [message for message in messages if isinstance(message, m.Order)][-1]

    def _receipt(self) -> dict[str, Any]:
        return {
            "occurred_at": self.now,
            "receipt_id": f"umeda-1-20260401-{uuid4()}",
            "location_id": "umeda",
            "register_id": "1",
            "receipt_number": 1,
            "business_date": self.now.date(),
        }

    def _work(self) -> dict[str, Any]:
        self._pickup_version += 1
        return {"occurred_at": self.now, "order_id": self.order_id, "version": self._pickup_version}

    def _next_stock(self) -> int:
        self._stock_version += 1
        return self._stock_version

    def _short(self, quantities: dict[str, int]) -> tuple[ShortLine, ...]:
        return tuple(ShortLine(line_id=i, sku=_sku(i), quantity=n) for i, n in quantities.items())


def _sku(line_id: str) -> str:
    return line_id.replace("L", "S")


def _picked(quantities: dict[str, int]) -> tuple[PickedLine, ...]:
    return tuple(
        PickedLine(line_id=i, sku=_sku(i), quantity=n, allocation_id=f"A{i}v1") for i, n in quantities.items()
    )


def _quantities(quantities: dict[str, int]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_id=line_id, quantity=n) for line_id, n in quantities.items())


def _till_line(order_id: str, line_id: str, quantity: int, amount_jpy: int, *, named: bool) -> dict[str, Any]:
    return {
        "line_id": f"till-{line_id}",
        "sku": _sku(line_id),
        "quantity": quantity,
        "amount_jpy": amount_jpy,
        "tax_percent": 10,
        "order_id": order_id,
        "order_line_id": line_id if named else None,
    }


@pytest.fixture
def mother() -> Mother:
    return Mother()


@pytest.fixture
def another_mother() -> Mother:
    return Mother()


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: NewDatabase) -> str:
    """A database of the test's own, migrated already: a clone takes a tenth of what migrating takes."""
    return await new_database(SERVICE.migrations)


@pytest_asyncio.fixture(loop_scope="session")
async def service(database: str) -> AsyncIterator[Harness]:
    async with harness(SERVICE, database) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_service(postgres: str, spare_databases: SpareDatabases) -> AsyncIterator[Harness]:
    """One service for all tests of a module that look at their own order only."""
    databases = TestDatabases(postgres, spare_databases)
    async with harness(SERVICE, await databases.create(SERVICE.migrations)) as running:
        yield running
    await databases.drop_all()


@pytest.fixture
def choice_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`choice_minutes` is 0."""
    monkeypatch.setenv("TSUNAGU_ORDER_CHOICE_MINUTES", "0")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
