"""Documents of tills, channels and staff, each drawn up when it is sent."""

from datetime import date, timedelta
from random import Random
from typing import Any

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import OrderReady
from tsunagu.contracts.values import DeskCheck, Disposition, OrderLine, TrackingStatus
from tsunagu.retailer.intentions import Item, OrderAct, Return, ReturnWay, Sale, Void
from tsunagu.retailer.order_documents import PICKUP_GROUP
from tsunagu.retailer.till_documents import TillDocuments, staff_of
from tsunagu.testing.simulated_clock import SimulatedClock

from .master_data import LOCATIONS, SKUS, STORES

_DAY = date(2031, 4, 1)
_DESK = "desk"


class Paperwork:
    """Draws up documents, and numbers them where somebody has to."""

    def __init__(self, random: Random, clock: SimulatedClock) -> None:
        self._random = random
        self._clock = clock
        self._tills = TillDocuments("sim", _DAY)
        self._numbers: dict[str, int] = {}

    def number(self, place: str) -> int:
        """The next number at a till, or of a kind of document."""
        self._numbers[place] = self._numbers.get(place, 0) + 1
        return self._numbers[place]

    # tills

    def till(self, document: Sale | Void | Return) -> Message:
        """A document of a till, which may have been offline for a while."""
        late = timedelta(seconds=self._random.choice((0, 0, 0, 30, 600)))
        return self._tills.message(document, self._clock.now() - late)

    def void(self, sale: Sale) -> Message:
        """All of a sale is taken back."""
        return self.till(Void(sale, self.number(sale.location_id)))

    def take_back(self, sale: Sale) -> Message:
        """A piece of a sale comes back."""
        return self.till(Return(sale, self.number(sale.location_id), self._random.choice(tuple(Disposition))))

    def receipt(self, notice: OrderReady, customer_ref: str | None) -> Message:
        """What was ready is paid or handed over at the desk's till."""
        return self._tills.handover(
            notice.lines, notice.order_id, notice.location_id, _DESK,
            self.number(notice.location_id), self._clock.now(), customer_ref,
        )  # fmt: skip

    def stranger(self) -> Message:
        """A till line of an order that nobody has placed."""
        place = self._random.choice(STORES)
        line = OrderLine(
            line_id="1",
            group_id="g",
            sku=self._random.choice(SKUS),
            quantity=1,
            unit_price_jpy=1100,
            tax_percent=10,
        )
        return self._tills.handover(
            [line], "order-of-nobody", place, _DESK, self.number(place), self._clock.now(), None
        )

    # orders

    def cancellation(self, act: OrderAct, order_id: str) -> Message:
        """The shopper does not want the order any more."""
        return m.CancelOrder(
            cancel_id=f"cancel-{order_id}",
            order_id=order_id,
            channel=act.channel,
            occurred_at=self._clock.now(),
        )

    def change(self, act: OrderAct, order_id: str) -> Message:
        """The shopper wants to fetch the goods at another store."""
        other = self._random.choice([store for store in STORES if store != act.pickup_at])
        return m.ChangeFulfilment.model_validate(
            {
                "change_id": f"change-{order_id}", "order_id": order_id, "channel": act.channel,
                "group_id": PICKUP_GROUP, "method": "pickup", "location_id": other, "occurred_at": self._clock.now(),
            }
        )  # fmt: skip

    def handover(self, notice: OrderReady) -> Message:
        """What was ready is handed over to whoever shows the mail about it."""
        return m.HandOver(
            handover_id=f"{notice.order_id}-{notice.group_id}-{notice.version}",
            order_id=notice.order_id,
            location_id=notice.location_id,
            staff_ref=staff_of(notice.location_id),
            desk_check=DeskCheck.ORDER_MAIL,
            occurred_at=self._clock.now(),
        )

    def delivery_confirmed(self, parcel: m.ShipParcel) -> Message:
        """A parcel has arrived."""
        return m.ConfirmDelivery(
            confirmation_id=f"{parcel.parcel_id}-delivered",
            parcel_id=parcel.parcel_id,
            order_id=parcel.order_id,
            occurred_at=self._clock.now(),
        )

    def end_of(self, parcel: m.ShipParcel) -> Message:
        """What the carrier says in the end: it has arrived, or is lost, or is back. No two schedules say the same."""
        chance = Random(f"{parcel.parcel_id} {self._clock.now()}").random()
        if chance >= 0.4:
            return self.delivery_confirmed(parcel)
        ends = (
            TrackingStatus.LOST,
            TrackingStatus.RETURNED,
            TrackingStatus.DELIVERED,
            TrackingStatus.LEFT_AT_DOOR,
        )
        return m.ReportTracking(
            tracking_id=f"{parcel.parcel_id}-ended",
            parcel_id=parcel.parcel_id,
            order_id=parcel.order_id,
            status=ends[int(chance * 10)],
            occurred_at=self._clock.now(),
        )

    def truck_left(self, shipment: m.Shipment, name: str) -> Message:
        """The carrier says that a shipment is on its way."""
        return m.ReportShipmentTracking(
            tracking_id=name,
            shipment_id=shipment.shipment_id,
            location_id=shipment.from_location_id,
            status=TrackingStatus.IN_TRANSIT,
            occurred_at=self._clock.now(),
        )

    def order_return(self, event: m.OrderCompleted, act: OrderAct) -> Message:
        """A piece of an order comes back, over a till or reported by the channel."""
        line = event.lines[0]
        here = self._random.choice(STORES)
        if act.fate.return_way is ReturnWay.TILL:
            return self._tills.order_return(
                line, event.order_id, here, _DESK, self.number(here), self._clock.now(), event.receipt_id
            )
        body = {"line_id": line.line_id, "sku": line.sku, "quantity": 1, "disposition": "resellable"}
        return m.ReturnItems.model_validate(
            self._document(
                here,
                return_id=f"{event.order_id}-return",
                order_id=event.order_id,
                channel=act.channel,
                lines=[body],
            )
        )

    # stock

    def opening_stock(self, place: str) -> Message:
        """What a location has in the beginning."""
        lines = [{"sku": sku, "quantity": self._random.randint(2, 7)} for sku in SKUS]
        return m.ReceiveStock.model_validate(
            self._document(place, delivery_id=f"opening-{place}", lines=lines)
        )

    def delivery(self) -> Message:
        """Goods come from outside."""
        number = self.number("deliveries")
        lines = [{"sku": self._random.choice(SKUS), "quantity": self._random.randint(1, 4)}]
        place = self._random.choice(LOCATIONS)
        return m.ReceiveStock.model_validate(
            self._document(place, delivery_id=f"delivery-{number}", lines=lines)
        )

    def adjustment(self) -> Message:
        """Somebody corrects the stock."""
        number = self.number("adjustments")
        lines = [{"sku": self._random.choice(SKUS), "change": self._random.choice((-2, -1, 1))}]
        return m.AdjustStock.model_validate(
            self._document(
                self._random.choice(LOCATIONS),
                adjustment_id=f"adjustment-{number}",
                reason="correction",
                lines=lines,
            )
        )

    def count(self) -> Message:
        """Somebody counts, perhaps a while ago."""
        number = self.number("counts")
        counted_at = self._clock.now() - timedelta(seconds=self._random.choice((0, 60, 600)))
        lines = [{"sku": self._random.choice(SKUS), "quantity": self._random.randint(0, 6)}]
        return m.CountStock.model_validate(
            self._document(
                self._random.choice(STORES), count_id=f"count-{number}", lines=lines, counted_at=counted_at,
                scope=self._random.choice(("shelf", "all")),
            )
        )  # fmt: skip

    def safety(self) -> Message:
        """A store keeps a piece to itself from now on."""
        lines = [{"sku": self._random.choice(SKUS), "quantity": 1}]
        return m.SetSafetyStock.model_validate(
            self._document(
                self._random.choice(STORES), setting_id="safety", set_at=self._clock.now(), lines=lines
            )
        )

    # carts

    def hold(self, hold_id: str, place: str, item: Item) -> Message:
        """Goods are kept for a cart."""
        until = self._clock.now() + timedelta(minutes=self._random.choice((5, 30, 60)))
        lines = [{"sku": item.sku, "quantity": item.quantity}]
        return m.HoldStock.model_validate(
            self._document(place, hold_id=hold_id, held_until=until, channel="app", lines=lines)
        )

    def release(self, hold_id: str, place: str) -> Message:
        """The cart is given up."""
        return m.ReleaseHold.model_validate(
            self._document(place, hold_id=hold_id, release_id=f"release-{hold_id}")
        )

    def extension(self, hold_id: str, place: str) -> Message:
        """The cart is kept for longer."""
        until = self._clock.now() + timedelta(minutes=30)
        return m.ExtendHold.model_validate(
            self._document(place, hold_id=hold_id, extension_id=f"extension-{hold_id}", held_until=until)
        )

    def _document(self, place: str, **fields: Any) -> dict[str, Any]:
        return {"location_id": place, "occurred_at": self._clock.now(), **fields}
