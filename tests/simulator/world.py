"""The outside world: tills, channels, shoppers, staff and carriers of a small retailer, drawn from a seed.

What they mean to do is a script; what they do about their tasks and notices follows from what the topics say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from aiokafka import TopicPartition

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic, topic_of
from tsunagu.contracts.values import Disposition, OrderLine, Payment, ShortPickKind, TaskLine, TaskState
from tsunagu.retailer.intentions import Fate, Item, OrderAct, Proof, Return, ReturnWay, Sale, Void
from tsunagu.retailer.order_documents import PICKUP_GROUP, place_order
from tsunagu.retailer.task_documents import work_of
from tsunagu.retailer.till_documents import TillDocuments
from tsunagu.testing.harness import record_of

from .broker import Broker
from .simulated_clock import BEGINNING, SimulatedClock

STORES, DEPOT = ("ginza", "shibuya", "ueno"), "depot"
LOCATIONS = (*STORES, DEPOT)
SKUS = ("coat", "scarf", "cup", "sock")
ORDERS_MIN, ORDERS_MAX = 20, 26
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = date(2031, 4, 1)
_ACTIVE = frozenset({TaskState.OPEN, TaskState.ASSIGNED, TaskState.STARTED})
_ANSWER_KINDS = frozenset({"events"})
_HEARD = (t.PICKUP_TASKS, t.ORDER_EVENTS, t.PICKUP_EVENTS)


@dataclass(frozen=True, slots=True)
class Sent:
    """A record on its way to a topic, and what to call it."""

    topic: Topic
    record: Record
    name: str


Act = Callable[[], "Message | None"]


class World:
    """Everybody outside. `act` lets one of them do something; `hear` is what they learn from the topics."""

    def __init__(self, random: Random, clock: SimulatedClock, broker: Broker) -> None:
        self._random = random
        self._clock = clock
        self._broker = broker
        self._tills = TillDocuments("sim", _DAY)
        self._numbers: dict[str, int] = {}
        self._made = 0
        self._heard: dict[TopicPartition, int] = {
            place: 0 for topic in _HEARD for place in broker.partitions(topic.name)
        }
        self._orders: dict[str, OrderAct] = {}
        self._tasks: dict[str, m.Task] = {}
        self._acted: dict[str, int] = {}  # task → the version that was acted on
        self._turns: dict[str, int] = {}
        self._asked: dict[str, str] = {}  # ce_id of a command → its task
        self._short: set[tuple[str, str]] = set()
        self._ready: dict[tuple[str, str], m.OrderReady] = {}
        self._visited: set[str] = set()
        self._returned: set[str] = set()
        self._delivered: list[m.ShipParcel] = []
        self._again: list[Sent] = []
        self._script = self._written()
        self.doubled = 0
        """Messages that were sent twice."""

    # what they mean to do

    def opening(self) -> list[Sent]:
        """The shops, their goods and their stock, before anything happens."""
        messages: list[Message] = [_location(name, north) for north, name in enumerate(LOCATIONS)]
        messages += [_lane(one, other) for one in LOCATIONS for other in STORES if one != other]
        messages += [_product(sku) for sku in SKUS]
        for place in LOCATIONS:
            lines = [{"sku": sku, "quantity": self._random.randint(2, 7)} for sku in SKUS]
            messages.append(
                m.ReceiveStock.model_validate(
                    self._document(place, delivery_id=f"opening-{place}", lines=lines)
                )
            )
        return [self._sent(message) for message in messages]

    @property
    def orders(self) -> int:
        """Orders that have been placed."""
        return len(self._orders)

    @property
    def is_done(self) -> bool:
        """Whether the script has been played."""
        return not self._script

    def _written(self) -> list[tuple[float, Act]]:
        """Acts with their places between 0 and 1, in the order in which they come; the last one first."""
        random = self._random
        script: list[tuple[float, Act]] = []

        def at(begin: float, act: Act) -> None:
            script.append((begin + random.random() * (1 - begin), act))

        for number in range(random.randint(ORDERS_MIN, ORDERS_MAX)):
            self._write_order(script, number)
        for number in range(10):
            sale = self._a_sale()
            begin = random.random()
            script.append((begin, partial(self._till, sale)))
            if random.random() < 0.25:
                at(begin, partial(self._void, sale))
            elif random.random() < 0.25:
                at(begin, partial(self._take_back, sale))
            if number < 5:
                at(0, self._delivery)
            if number < 3:
                at(0, self._adjustment)
                at(0, self._count)
            if number < 4:
                self._write_hold(script, f"cart-{number}")
        at(0, self._safety)
        at(0, self._stranger)
        script.sort(key=lambda place: place[0], reverse=True)
        return script

    def _write_order(self, script: list[tuple[float, Act]], number: int) -> None:
        random = self._random
        act = self._an_order(number)
        order_id = f"order-{number:02}"
        begin = random.random() * 0.9
        hold_id = f"cart-of-{order_id}" if random.random() < 0.15 and act.shipped_from else None
        if hold_id is not None:
            item = act.items[0]
            script.append((begin * random.random(), lambda: self._hold(hold_id, act.pickup_at or "", item)))
        script.append((begin, lambda: self._place(act, order_id, hold_id)))
        if act.fate.cancels_after is not None:
            script.append((begin + act.fate.cancels_after, lambda: self._cancel(act, order_id)))
        elif random.random() < 0.1 and act.shipped_from:
            when = begin + random.random() * (1 - begin)
            script.append((when, lambda: self._change(act, order_id)))

    def _write_hold(self, script: list[tuple[float, Act]], hold_id: str) -> None:
        random = self._random
        begin = random.random() * 0.8
        place, item = random.choice(STORES), self._an_item()
        script.append((begin, lambda: self._hold(hold_id, place, item)))
        later = begin + random.random() * (1 - begin)
        if random.random() < 0.4:
            script.append((later, lambda: self._release(hold_id, place)))
        elif random.random() < 0.3:
            script.append((later, lambda: self._extend(hold_id, place)))

    def _an_item(self) -> Item:
        return Item(self._random.choice(SKUS), self._random.choice((1, 1, 1, 2)), 1100, 10)

    def _an_order(self, number: int) -> OrderAct:
        random = self._random
        items = tuple(
            Item(sku, random.choice((1, 1, 2)), 1100, 10)
            for sku in random.sample(SKUS, random.choice((1, 1, 2, 2, 3)))
        )
        kind = random.random()
        shipped_from = len(items) if kind < 0.65 else 0 if kind < 0.85 else random.randint(0, len(items))
        prepaid = shipped_from < len(items) or random.random() < 0.6
        return OrderAct(
            placed_at=0,
            ref=str(number),
            channel=random.choice(("ec", "app")),
            customer_ref=f"ec:{number}",
            items=items,
            shipped_from=shipped_from,
            pickup_at=random.choice(STORES) if shipped_from else None,
            prefecture="JP-13" if shipped_from < len(items) else None,
            payment=Payment.PREPAID if prepaid else Payment.AT_PICKUP,
            allow_partial=random.random() < 0.3,
            seen=(),
            fate=Fate(
                cancels_after=random.uniform(-0.02, 0.4) if random.random() < 0.3 else None,
                comes_after=None if random.random() < 0.1 else 1.0,
                proof=random.choice(tuple(Proof)) if prepaid else Proof.RECEIPT,
                short_line=random.randrange(len(items)) if random.random() < 0.15 else None,
                short_kind=random.choice(tuple(ShortPickKind)),
                returns_after=1.0 if random.random() < 0.25 else None,
                return_way=random.choice(tuple(ReturnWay)),
            ),
        )

    def _a_sale(self) -> Sale:
        place = self._random.choice(STORES)
        return Sale(place, "01", self._number(place), (self._an_item(),), None)

    def _a_return(self, sale: Sale) -> Return:
        return Return(sale, self._number(sale.location_id), self._random.choice(tuple(Disposition)))

    # what they do

    def act(self) -> list[Sent]:
        """Somebody does something now: about the script, a task, a notice, or a message sent before. Or nobody does."""
        acts: list[Callable[[], list[Sent]]] = []
        if self._script:
            acts += [self._play] * 3
        if self._again:
            acts.append(self._send_again)
        acts += self._reactions()
        return self._random.choice(acts)() if acts else []

    def react(self) -> list[Sent]:
        """All that can be done about tasks, notices and messages that are to be sent again. Nothing goes wrong."""
        sent: list[Sent] = []
        while self._again:
            sent += self._send_again()
        for reaction in self._reactions():
            sent += reaction()
        return sent

    def play_on(self) -> list[Sent]:
        """The next act of the script."""
        return self._play() if self._script else []

    def _play(self) -> list[Sent]:
        _, act = self._script.pop()
        message = act()
        return self._send(message) if message is not None else []

    def _send(self, message: Message) -> list[Sent]:
        """Send a message; sometimes it is sent again later, as the same message or under another id."""
        sent = self._sent(message)
        chance = self._random.random()
        if chance < 0.1:
            self._again.append(sent)
        elif chance < 0.15:
            self._again.append(self._sent(message))
        return [sent]

    def _send_again(self) -> list[Sent]:
        self.doubled += 1
        sent = self._again.pop(self._random.randrange(len(self._again)))
        return [Sent(sent.topic, sent.record, f"{sent.name} again")]

    def _sent(self, message: Message) -> Sent:
        self._made += 1
        now = self._clock.now()
        record = record_of(
            message, message_id=derived_id(BEGINNING, "world", self._made), source="world", time=now
        )
        topic = topic_of(type(message))
        return Sent(topic, record, f"{type(message).__name__} {message.identity() or message.record_key()}")

    def _reactions(self) -> list[Callable[[], list[Sent]]]:
        busy = set(self._asked.values())
        reactions: list[Callable[[], list[Sent]]] = []
        for task_id, task in self._tasks.items():
            is_new = task.version > self._acted.get(task_id, 0)
            if task.state in _ACTIVE and is_new and task_id not in busy:
                reactions.append(partial(self._work, task))
        for notice in self._ready.values():
            reactions.append(partial(self._visit, notice))
        for parcel in self._delivered:
            reactions.append(partial(self._deliver, parcel))
        return reactions

    def _work(self, task: m.Task) -> list[Sent]:
        """Staff do what is left of a task."""
        task_id = task.task_id
        self._acted[task_id] = task.version
        turn = self._turns[task_id] = self._turns.get(task_id, 0) + 1
        sent: list[Sent] = []
        for step in work_of(task, turn, self._clock.now(), lambda line: self._short_of(task, line)):
            for one in self._send(step):
                self._asked[_id(one.record)] = task_id
                sent.append(one)
            if isinstance(step, m.ShipParcel):
                self._delivered.append(step)
        return sent

    def _short_of(self, task: m.Task, line: TaskLine) -> ShortPickKind | None:
        act = self._orders.get(task.order_id or "")
        whose = (task.order_id or "", line.line_id or "")
        if act is None or act.fate.short_line is None or whose in self._short:
            return None
        if line.line_id != str(act.fate.short_line + 1):
            return None
        self._short.add(whose)
        return act.fate.short_kind

    def _deliver(self, parcel: m.ShipParcel) -> list[Sent]:
        self._delivered.remove(parcel)
        return self._send(
            m.ConfirmDelivery(
                confirmation_id=f"{parcel.parcel_id}-delivered",
                parcel_id=parcel.parcel_id,
                order_id=parcel.order_id,
                occurred_at=self._clock.now(),
            )
        )

    def _visit(self, notice: m.OrderReady) -> list[Sent]:
        """The shopper comes for the goods; shows the code, pays at the desk, or both."""
        del self._ready[notice.order_id, notice.group_id]
        act = self._orders[notice.order_id]
        if act.fate.comes_after is None:
            return []
        sent: list[Sent] = []
        if act.fate.proof is not Proof.CODE:
            sent += self._send(
                self._tills.handover(
                    notice.lines, notice.order_id, notice.location_id, "desk",
                    self._number(notice.location_id), self._clock.now(), act.customer_ref,
                )
            )  # fmt: skip
        if act.fate.proof is not Proof.RECEIPT:
            sent += self._send(
                m.HandOver(
                    handover_id=f"{notice.order_id}-{notice.group_id}-{notice.version}",
                    order_id=notice.order_id,
                    location_id=notice.location_id,
                    occurred_at=self._clock.now(),
                )
            )
        return sent

    def _bring_back(self, event: m.OrderCompleted) -> Message | None:
        act = self._orders[event.order_id]
        if act.fate.returns_after is None or event.order_id in self._returned:
            return None
        self._returned.add(event.order_id)
        line = event.lines[0]
        here = self._random.choice(STORES)
        if act.fate.return_way is ReturnWay.TILL:
            return self._tills.order_return(
                line, event.order_id, here, "desk", self._number(here), self._clock.now(), event.receipt_id
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

    # what they hear

    def hear(self) -> None:
        """Learn what is new on the topics that people look at."""
        for place, position in self._heard.items():
            log = self._broker.logs[place]
            topic = t.TOPIC_BY_NAME[place.topic]
            for record in log[position:]:
                decoded = decode(topic, record.key, record.value, record.headers)
                if topic.kind in _ANSWER_KINDS and decoded.envelope.causation_id is not None:
                    self._asked.pop(decoded.envelope.causation_id, None)
                if decoded.message is not None:
                    self._learn(decoded.message)
            self._heard[place] = len(log)

    def _learn(self, message: Message) -> None:
        match message:
            case m.Task():
                known = self._tasks.get(message.task_id)
                if known is None or known.version < message.version:
                    self._tasks[message.task_id] = message
            case m.OrderReady() if message.order_id in self._orders:
                name = f"{message.order_id} {message.version}"
                if name not in self._visited:
                    self._visited.add(name)
                    self._ready[message.order_id, message.group_id] = message
            case m.OrderReallocated():
                for group in message.groups:
                    self._ready.pop((message.order_id, group.group_id), None)
            case m.OrderCancelled():
                for line in message.lines:
                    self._ready.pop((message.order_id, line.group_id), None)
            case m.OrderCompleted() if message.order_id in self._orders:
                back = self._bring_back(message)
                if back is not None:
                    self._again.append(self._sent(back))

    def left_over(self) -> list[str]:
        """Tasks that nobody can do."""
        return [
            f"{task.kind} {task.task_id} is {task.state} in version {task.version}"
            for task in self._tasks.values()
            if task.state in _ACTIVE
        ]

    # documents

    def _number(self, place: str) -> int:
        self._numbers[place] = self._numbers.get(place, 0) + 1
        return self._numbers[place]

    def _document(self, place: str, **fields: Any) -> dict[str, Any]:
        return {"location_id": place, "occurred_at": self._clock.now(), **fields}

    def _till(self, document: Sale | Void | Return) -> Message:
        """A document of a till, which may have been offline for a while."""
        late = timedelta(seconds=self._random.choice((0, 0, 0, 30, 600)))
        return self._tills.message(document, self._clock.now() - late)

    def _void(self, sale: Sale) -> Message:
        return self._till(Void(sale, self._number(sale.location_id)))

    def _take_back(self, sale: Sale) -> Message:
        return self._till(self._a_return(sale))

    def _place(self, act: OrderAct, order_id: str, hold_id: str | None) -> Message:
        self._orders[order_id] = act
        placed = place_order(act, order_id, self._clock.now())
        return placed.model_copy(update={"hold_id": hold_id}) if hold_id is not None else placed

    def _cancel(self, act: OrderAct, order_id: str) -> Message:
        return m.CancelOrder(
            cancel_id=f"cancel-{order_id}",
            order_id=order_id,
            channel=act.channel,
            occurred_at=self._clock.now(),
        )

    def _change(self, act: OrderAct, order_id: str) -> Message:
        other = self._random.choice([store for store in STORES if store != act.pickup_at])
        return m.ChangeFulfilment.model_validate(
            {
                "change_id": f"change-{order_id}", "order_id": order_id, "channel": act.channel,
                "group_id": PICKUP_GROUP, "method": "pickup", "location_id": other, "occurred_at": self._clock.now(),
            }
        )  # fmt: skip

    def _delivery(self) -> Message:
        number = self._number("deliveries")
        lines = [{"sku": self._random.choice(SKUS), "quantity": self._random.randint(1, 4)}]
        place = self._random.choice(LOCATIONS)
        return m.ReceiveStock.model_validate(
            self._document(place, delivery_id=f"delivery-{number}", lines=lines)
        )

    def _adjustment(self) -> Message:
        number = self._number("adjustments")
        lines = [{"sku": self._random.choice(SKUS), "change": self._random.choice((-2, -1, 1))}]
        return m.AdjustStock.model_validate(
            self._document(
                self._random.choice(LOCATIONS),
                adjustment_id=f"adjustment-{number}",
                reason="correction",
                lines=lines,
            )
        )

    def _count(self) -> Message:
        number = self._number("counts")
        counted_at = self._clock.now() - timedelta(seconds=self._random.choice((0, 60, 600)))
        lines = [{"sku": self._random.choice(SKUS), "quantity": self._random.randint(0, 6)}]
        return m.CountStock.model_validate(
            self._document(
                self._random.choice(STORES), count_id=f"count-{number}", lines=lines, counted_at=counted_at,
                scope=self._random.choice(("shelf", "all")),
            )
        )  # fmt: skip

    def _safety(self) -> Message:
        lines = [{"sku": self._random.choice(SKUS), "quantity": 1}]
        return m.SetSafetyStock.model_validate(
            self._document(
                self._random.choice(STORES), setting_id="safety", set_at=self._clock.now(), lines=lines
            )
        )

    def _stranger(self) -> Message:
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
            [line], "order-of-nobody", place, "desk", self._number(place), self._clock.now(), None
        )

    def _hold(self, hold_id: str, place: str, item: Item) -> Message:
        until = self._clock.now() + timedelta(minutes=self._random.choice((5, 30, 60)))
        lines = [{"sku": item.sku, "quantity": item.quantity}]
        return m.HoldStock.model_validate(
            self._document(place, hold_id=hold_id, held_until=until, channel="app", lines=lines)
        )

    def _release(self, hold_id: str, place: str) -> Message:
        return m.ReleaseHold.model_validate(
            self._document(place, hold_id=hold_id, release_id=f"release-{hold_id}")
        )

    def _extend(self, hold_id: str, place: str) -> Message:
        until = self._clock.now() + timedelta(minutes=30)
        return m.ExtendHold.model_validate(
            self._document(place, hold_id=hold_id, extension_id=f"extension-{hold_id}", held_until=until)
        )


def _id(record: Record) -> str:
    return next((value or b"").decode() for name, value in record.headers if name == "ce_id")


def _location(name: str, north: int) -> m.Location:
    return m.Location.model_validate(
        {
            "location_id": name, "version": 1, "name_ja": name, "name_en": name, "company_id": "retail",
            "kind": "warehouse" if name == DEPOT else "store", "prefecture": "JP-13", "city": "千代田区",
            "address": "1-1", "latitude": 35.68 + north / 100, "longitude": 139.76, "pickup_enabled": name != DEPOT,
            "pick_minutes_per_day": 600,
        }
    )  # fmt: skip


def _lane(one: str, other: str) -> m.Lane:
    return m.Lane.model_validate(
        {
            "from_location_id": one, "to_location_id": other, "version": 1, "days": DAYS, "cut_off": "12:00",
            "transit_days": 1, "carrier": "truck", "cost_jpy": 500, "owner": "logistics",
        }
    )  # fmt: skip


def _product(sku: str) -> m.Product:
    return m.Product.model_validate(
        {
            "sku": sku, "version": 1, "style_id": sku, "name_ja": sku, "name_en": sku, "category": "goods",
            "price_jpy": 1100, "tax_class": "standard", "active": True,
        }
    )  # fmt: skip
