"""The life of a few stores, drawn at random: people do things, time passes, and after each step the services'
tables are compared with the model of `book.py`."""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar, TypeVar
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from inventory import settings as inventory_settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Disposition, ShortPickKind
from tsunagu.retailer.task_documents import work_of
from tsunagu.testing.harness import all_of
from tsunagu.testing.simulated_clock import SimulatedClock, installed

from . import documents
from .book import Book, Order, State
from .documents import LOCATIONS, PRICES, SKUS, STORES
from .shop import Databases, Seen, Shop

T = TypeVar("T")

# A store that is closed for an hour or has no picker left today is another subject: here all may give goods.
SETTINGS = {"TSUNAGU_INVENTORY_SOURCING_EXCLUSIONS": '["closed", "paused"]'}

HOURS = (1, 24, 8 * 24)
"""How much time passes: in the last of them, what waits for a shopper is given up."""

ROUNDS_MAX = 10
"""Pick, ship, receive, put away, each with a week between: half of these rounds are usual."""

places = st.sampled_from(LOCATIONS)
stores = st.sampled_from(STORES)
skus = st.sampled_from(SKUS)
few = st.integers(1, 3)
which = st.integers(0, 11)


class Life(RuleBasedStateMachine):
    """See the module. `databases` and `runner` are shared by all lives; `steps` counts those of all of them."""

    databases: ClassVar[Databases]
    runner: ClassVar[asyncio.Runner]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.clock = SimulatedClock()
        self.installed = installed(self.clock)
        self.installed.__enter__()
        self.environment = mock.patch.dict(os.environ, SETTINGS)
        self.environment.start()
        inventory_settings.settings.cache_clear()
        self.book = Book()
        self.parcels: dict[str, list[m.ShipParcel]] = {}
        self.in_question: Counter[tuple[str, str]] = Counter()
        self.number = 0
        self.shop: Shop = self.wait(self.databases.open_shop(self.clock))

    def teardown(self) -> None:
        """Leave everything as it was found."""
        self.shop.close()
        self.environment.stop()
        inventory_settings.settings.cache_clear()
        self.installed.__exit__(None, None, None)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done."""
        return self.runner.run(work)

    def new(self, what: str) -> str:
        """A new number for a document."""
        self.number += 1
        return f"{what}-{self.number:03}"

    @initialize(pieces=st.lists(st.integers(0, 4), min_size=len(LOCATIONS), max_size=len(LOCATIONS)))
    def open(self, pieces: list[int]) -> None:
        """Locations, lanes and products are announced, and the first goods arrive."""
        self.wait(self.shop.send(*documents.master_data()))
        for place, count in zip(LOCATIONS, pieces, strict=True):
            if count:
                lines = Counter(dict.fromkeys(SKUS, count))
                self.act(documents.delivery(self.new("delivery"), self.clock.now(), place, lines))
                for sku in SKUS:
                    self.book.arrive(place, sku, count)
        self.compare()

    # stock

    @rule(place=places, sku=skus, pieces=few)
    def deliver(self, place: str, sku: str, pieces: int) -> None:
        """Goods arrive."""
        self.act(documents.delivery(self.new("delivery"), self.clock.now(), place, Counter({sku: pieces})))
        self.book.arrive(place, sku, pieces)
        self.compare()

    @rule(store=stores, sku=skus, pieces=few)
    def sell(self, store: str, sku: str, pieces: int) -> None:
        """A till sells, also what was promised to somebody else."""
        self.number += 1
        self.act(documents.sale(self.number, self.clock.now(), store, Counter({sku: pieces})))
        self.book.sell(store, sku, pieces)
        self.compare()

    @rule(store=stores, sku=skus, disposition=st.sampled_from(list(Disposition)))
    def bring_back_a_purchase(self, store: str, sku: str, disposition: Disposition) -> None:
        """Something that was bought at a till comes back to one."""
        self.number += 1
        self.act(documents.till_return(self.number, self.clock.now(), store, sku, disposition))
        self.book.arrive(store, sku, 1)
        self.compare()

    # orders

    @rule(
        store=st.none() | stores,
        wanted=st.dictionaries(skus, few, min_size=1, max_size=2),
        prepaid=st.booleans(),
        allow_partial=st.booleans(),
    )
    def order(self, store: str | None, wanted: dict[str, int], prepaid: bool, allow_partial: bool) -> None:
        """Somebody orders: it is confirmed if all of it is anywhere, in part if that will do, else rejected."""
        prepaid = prepaid or store is None
        before = self.wait(self.shop.look())
        order_id = self.new("order")
        self.book.place(order_id, store, Counter(wanted), prepaid=prepaid, allow_partial=allow_partial)
        said = self.act(
            documents.order(order_id, self.clock.now(), store, wanted, prepaid=prepaid, partial=allow_partial)
        )
        there = {sku: min(pieces, _to_be_had(before, sku)) for sku, pieces in wanted.items()}
        all_there = there == wanted
        if all_there or (allow_partial and any(there.values())):
            assert all_of(said, m.OrderConfirmed), f"{wanted} are there, and {order_id} was not confirmed"
        else:
            assert all_of(said, m.OrderRejected), f"{wanted} are not there, and {order_id} was confirmed"
            there = dict.fromkeys(wanted, 0)
        for sku, pieces in wanted.items():
            self.book.give_up(order_id, sku, pieces - there[sku])
        self.compare()

    @precondition(lambda self: self.book.orders)
    @rule(index=which)
    def cancel(self, index: int) -> None:
        """A shopper does not want an order any more."""
        order = self.one_of(list(self.book.orders.values()), index)
        said = self.wait(
            self.shop.send(documents.cancellation(self.new("cancel"), self.clock.now(), order.order_id))
        )
        if self.book.cancellable(order.order_id):
            assert all_of(said, m.OrderCancelled), f"{order.order_id} could be cancelled and was not"
            self.book.cancel(order.order_id)
        else:
            assert all_of(said, m.CommandRefused), f"there was nothing to cancel of {order.order_id}"
        self.compare()

    @precondition(lambda self: self.shop.tasks())
    @rule(index=which)
    def work(self, index: int) -> None:
        """Somebody in a store does all that is left of a task."""
        self.do(self.one_of(self.shop.tasks(), index))
        self.compare()

    @precondition(lambda self: [task for task in self.shop.tasks() if task.kind == "pick"])
    @rule(index=which, kind=st.sampled_from(list(ShortPickKind)))
    def pick_short(self, index: int, kind: ShortPickKind) -> None:
        """A picker does not find a piece of each line, or not whole."""
        self.do(self.one_of([task for task in self.shop.tasks() if task.kind == "pick"], index), kind)
        self.compare()

    @precondition(lambda self: self.pickups())
    @rule(index=which, by_receipt=st.booleans())
    def come(self, index: int, by_receipt: bool) -> None:
        """A shopper comes for what waits, and is given all of it."""
        order = self.one_of(self.pickups(), index)
        assert order.store is not None
        waiting = self.book.waiting(order.order_id)
        if waiting and by_receipt:
            self.number += 1
            self.act(
                documents.handover_receipt(
                    self.number, self.clock.now(), order.store, order.order_id, waiting
                )
            )
            self.book.hand_over(order.order_id)
        else:
            handover = documents.handover(self.new("handover"), self.clock.now(), order.store, order.order_id)
            said = self.wait(self.shop.send(handover))
            if waiting:
                assert all_of(said, m.PickupCollected), f"{waiting} of {order.order_id} wait and stayed"
                self.book.hand_over(order.order_id)
            else:
                # Refused, or the second half of a handover whose receipt came first: nothing leaves the store.
                left = [event for event in all_of(said, m.PickupCollected) if event.lines]
                assert not left, f"nothing of {order.order_id} waits at {order.store}, and {left} was handed over"
        self.compare()

    @precondition(lambda self: self.in_parcels())
    @rule(index=which)
    def deliver_parcels(self, index: int) -> None:
        """The parcels of an order arrive."""
        order = self.one_of(self.in_parcels(), index)
        self.arrive(order)
        self.compare()

    @precondition(lambda self: self.handed_out())
    @rule(index=which, store=stores, disposition=st.sampled_from(list(Disposition)))
    def bring_back(self, index: int, store: str, disposition: Disposition) -> None:
        """A piece of an order comes back, to any store."""
        order, sku = self.one_of(self.handed_out(), index)
        self.act(
            documents.order_return(
                self.new("return"), self.clock.now(), store, order.order_id, sku, disposition
            )
        )
        self.book.bring_back(order.order_id, store, sku)
        self.compare()

    @rule(hours=st.sampled_from(HOURS))
    def pass_time(self, hours: int) -> None:
        """Time passes: who does not come or choose in time has cancelled."""
        said = self.wait(self.shop.pass_time(hours * 3600.0))
        self.hear_cancelled(said)
        self.compare()

    @rule()
    def end_all(self) -> None:
        """Everybody does their work, and nobody orders any more: then everything comes to an end."""
        for _ in range(ROUNDS_MAX):
            for task in self.shop.tasks():
                self.do(task)
            for order in self.in_parcels():
                self.arrive(order)
            self.hear_cancelled(self.wait(self.shop.pass_time(HOURS[-1] * 3600.0)))
            if not self.shop.tasks() and not self.in_parcels():
                break
        left = [task.kind for task in self.shop.tasks()]
        assert not left, f"tasks that never end: {left}"
        open_orders = [order.order_id for order in self.book.orders.values() if not order.has_ended()]
        assert not open_orders, f"orders that never end: {open_orders}"
        self.compare()

    # what is done and seen

    def act(self, *messages: Message) -> list[Any]:
        """Do what can't be refused. Raises AssertionError where it is."""
        said = self.wait(self.shop.send(*messages))
        refused = all_of(said, m.CommandRefused)
        assert not refused, f"{messages} were refused: {refused}"
        return said

    def do(self, task: m.Task, short: ShortPickKind | None = None) -> None:
        """Do all that is left of a task."""
        if task.kind == "count":
            self.count(task.location_id or "", task.lines[0].sku)
            return
        if task.kind == "discrepancy" and task.transfer_id is None:
            self.act(documents.settlement(task, self.clock.now()))  # it is looked at, and good
            return
        for step in work_of(task, self.shop.turn(task), self.clock.now(), lambda _: short):
            self.act(step)
            self.note(step, task.kind)

    def count(self, place: str, sku: str) -> None:
        """Count what is on a shelf: what there is, and nothing where more was sold than there was."""
        there = max(0, self.book.on_hand[place, sku] - self.book.staged()[place, sku])
        self.act(documents.count(self.new("count"), self.clock.now(), place, sku, there))
        self.book.on_hand[place, sku] = there + self.book.staged()[place, sku]

    def arrive(self, order: Order) -> None:
        """All parcels of an order arrive."""
        self.act(*(documents.delivered(parcel, self.clock.now()) for parcel in self.parcels[order.order_id]))
        self.parcels[order.order_id] = []
        self.book.deliver_parcels(order.order_id)

    def note(self, step: Message, kind: str) -> None:
        """Write down what staff did."""
        match step:
            case m.ConfirmPick():
                assert step.order_id is not None
                self.book.pick(step.order_id, step.location_id, step.sku, step.quantity, step.transfer_id)
            case m.ShipTransfer():
                assert step.order_id is not None
                self.book.ship_transfer(step.order_id, step.location_id, step.transfer_id)
            case m.ReceiveTransfer():
                assert step.order_id is not None
                self.book.receive_transfer(step.order_id, step.location_id, step.transfer_id)
            case m.ShipParcel():
                self.parcels.setdefault(step.order_id, []).append(step)
                for line in step.lines:
                    self.book.ship_parcel(step.order_id, step.location_id, line.sku, line.quantity)
            case m.ConfirmPutAway() if kind == "put_away":
                for put in step.lines:
                    self.book.put_away(step.location_id, put.sku, put.quantity)
            case m.ReportShortPick() | m.ConfirmPutAway():
                pass  # what was inspected or is missing was on the shelf before, by the books, and is so now
            case _:
                raise AssertionError(f"nobody here knows what {step} does")

    def one_of(self, there: Sequence[T], index: int) -> T:
        """One of what is there, which must not be empty."""
        return there[index % len(there)]

    def pickups(self) -> list[Order]:
        """Orders whose shopper may come."""
        return [order for order in self.book.orders.values() if order.store is not None]

    def in_parcels(self) -> list[Order]:
        """Orders with parcels on the way."""
        return [order for order in self.book.orders.values() if self.parcels.get(order.order_id)]

    def handed_out(self) -> list[tuple[Order, str]]:
        """Orders and SKUs of which the shopper has a piece."""
        return [
            (order, sku)
            for order in self.book.orders.values()
            for sku in order.skus()
            if order.pieces(State.COMPLETED, sku) > order.returned[sku]
        ]

    def hear_cancelled(self, said: Sequence[Any]) -> None:
        """Write down what was cancelled because nobody came, or nobody chose."""
        for event in all_of(said, m.OrderCancelled):
            pieces = Counter[str]()
            for line in event.lines:
                pieces[line.sku] += line.quantity
            if pieces.total() == self.book.cancellable(event.order_id):
                self.book.cancel(event.order_id)
            else:
                for sku, count in pieces.items():
                    self.book.give_up(event.order_id, sku, count)

    def compare(self) -> None:
        """Compare all tables with the model."""
        Life.steps += 1
        seen = self.wait(self.shop.look())
        for order in self.book.orders.values():
            for sku in order.skus():
                self.compare_line(order, sku, seen)
            self.compare_money(order, seen)
        on_hand = {key: row["on_hand"] for key, row in seen.stock.items() if row["on_hand"]}
        assert on_hand == {key: pieces for key, pieces in self.book.on_hand.items() if pieces}
        staged = {key: row["staged"] for key, row in seen.stock.items() if row["staged"]}
        assert staged == self.book.staged()

    def compare_line(self, order: Order, sku: str, seen: Seen) -> None:
        """Compare what became of an order's pieces of a SKU."""
        key = order.order_id, sku
        row = seen.lines[key]
        # What nobody has any more is given up at once where the shopper said that a part will do, else asked about.
        given_up = row["cancelled"] - order.pieces(State.CANCELLED, sku)
        asked_anew = row["in_question"] - self.in_question[key]
        if given_up > 0 or asked_anew > 0:
            left = _to_be_had(seen, sku)
            assert left == 0, f"{key} can't be had, it is said, and there are {left}"
            assert given_up == 0 or order.allow_partial, f"{key} was cancelled, and nobody was asked"
            self.book.give_up(order.order_id, sku, given_up)
        self.in_question[key] = row["in_question"]
        found = {name: row[name] for name in ("completed", "cancelled", "shipped", "returned")}
        assert found == {
            "completed": order.pieces(State.COMPLETED, sku),
            "cancelled": order.pieces(State.CANCELLED, sku),
            "shipped": order.pieces(State.SHIPPED, sku),
            "returned": order.returned[sku],
        }, key
        promised = seen.promised.get(key, 0)
        assert promised == order.pieces(State.OPEN, sku) - row["in_question"], (
            f"of {key} {promised} are promised"
        )

    def compare_money(self, order: Order, seen: Seen) -> None:
        """Who has paid gets back what they don't get, and what they bring back; who has not paid, nothing."""
        back = sum(
            PRICES[sku] * (order.pieces(State.CANCELLED, sku) + order.returned[sku]) for sku in order.skus()
        )
        refunded = sum(seen.lines[order.order_id, sku]["refunded_jpy"] for sku in order.skus())
        assert refunded == (back if order.prepaid else 0), f"{refunded} yen for {order.order_id}"


def _to_be_had(seen: Seen, sku: str) -> int:
    """Pieces of a SKU that can be promised, in all locations."""
    return sum(max(0, row["available"]) for (_, of), row in seen.stock.items() if of == sku)
