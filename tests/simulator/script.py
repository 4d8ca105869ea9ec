"""What people outside mean to do, drawn from a seed: acts with their places in the schedule."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Payment, ShortPickKind, TouchpointKind
from tsunagu.retailer.intentions import Fate, Item, OrderAct, Proof, ReturnWay, Sale, Seen
from tsunagu.retailer.order_documents import place_order
from tsunagu.testing.simulated_clock import SimulatedClock

from .board import Board
from .master_data import LOCATIONS, OUTLET, SKUS, STORES, location
from .paperwork import Paperwork
from .people import PEOPLE, People, recipient_ref, ref

ORDERS_MIN, ORDERS_MAX = 20, 26

Act = Callable[[], Message]


class Script:
    """Acts with their places between 0 and 1; `play` does the next one."""

    def __init__(self, random: Random, clock: SimulatedClock, paperwork: Paperwork) -> None:
        self._random = random
        self._clock = clock
        self._paperwork = paperwork
        self._people = People(random, clock)
        self._board = Board(random, clock)
        self.orders: dict[str, OrderAct] = {}
        """Orders that have been placed."""
        self._acts: list[tuple[float, Act]] = []
        self._write()

    @property
    def is_done(self) -> bool:
        """Whether all of it has been played."""
        return not self._acts

    def play(self) -> Message:
        """Do the next act."""
        _, act = self._acts.pop()
        return act()

    def _write(self) -> None:
        random, paperwork = self._random, self._paperwork
        for number in range(random.randint(ORDERS_MIN, ORDERS_MAX)):
            self._write_order(number)
        for number in range(10):
            sale = self._a_sale()
            begin = random.random()
            self._acts.append((begin, partial(paperwork.till, sale)))
            if random.random() < 0.25:
                self._after(begin, partial(paperwork.void, sale))
            elif random.random() < 0.25:
                self._after(begin, partial(paperwork.take_back, sale))
            if number < 5:
                self._after(0, paperwork.delivery)
            if number < 3:
                self._after(0, paperwork.adjustment)
                self._after(0, paperwork.count)
            if number < 4:
                self._write_hold(f"cart-{number}")
        self._after(0, paperwork.safety)
        self._after(0, paperwork.stranger)
        self._after(0, partial(location, OUTLET, len(LOCATIONS)))
        self._write_people()
        self._write_board()
        # The last one first: it is taken from the end.
        self._acts.sort(key=lambda place: place[0], reverse=True)

    def _after(self, begin: float, act: Act) -> None:
        self._acts.append((begin + self._random.random() * (1 - begin), act))

    def _write_order(self, number: int) -> None:
        random, paperwork = self._random, self._paperwork
        act = self._an_order(number)
        order_id = f"order-{number:02}"
        begin = random.random() * 0.9
        hold_id = f"cart-of-{order_id}" if random.random() < 0.15 and act.shipped_from else None
        if hold_id is not None:
            hold = partial(paperwork.hold, hold_id, act.pickup_at or "", act.items[0])
            self._acts.append((begin * random.random(), hold))
        more = {"hold_id": hold_id}
        if random.random() < 0.2:
            more["recipient_ref"] = recipient_ref(self._people.somebody())
            if random.random() < 0.5:
                more["customer_ref"] = None
        self._acts.append((begin, partial(self._place, act, order_id, more)))
        if act.fate.cancels_after is not None:
            cancel = partial(paperwork.cancellation, act, order_id)
            self._acts.append((begin + act.fate.cancels_after, cancel))
        elif random.random() < 0.1 and act.shipped_from:
            self._after(begin, partial(paperwork.change, act, order_id))

    def _place(self, act: OrderAct, order_id: str, more: Mapping[str, str | None]) -> Message:
        self.orders[order_id] = act
        return place_order(act, order_id, self._clock.now()).model_copy(update=more)

    def _write_people(self) -> None:
        random, people = self._random, self._people
        for number in range(PEOPLE):
            for channel, chance in (("ec", 0.9), ("store", 0.7), ("app", 0.4)):
                if random.random() < chance:
                    self._after(0, partial(people.identification, number, channel))
            if random.random() < 0.4:
                self._after(0, partial(people.recipient, number))
        for _ in range(3):
            self._after(0, people.consent)
            self._after(0, people.activity)
        for decision in (people.merge, people.split, people.erasure, people.erasure):
            if random.random() < 0.6:
                self._after(0, decision)

    def _write_board(self) -> None:
        for asked in (self._board.target, self._board.baseline, self._board.measure, self._board.policy):
            self._after(0, asked)

    def _write_hold(self, hold_id: str) -> None:
        random, paperwork = self._random, self._paperwork
        begin = random.random() * 0.8
        place, item = random.choice(STORES), self._an_item()
        self._acts.append((begin, partial(paperwork.hold, hold_id, place, item)))
        later = begin + random.random() * (1 - begin)
        if random.random() < 0.4:
            self._acts.append((later, partial(paperwork.release, hold_id, place)))
        elif random.random() < 0.3:
            self._acts.append((later, partial(paperwork.extension, hold_id, place)))

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
        channel = random.choice(("ec", "app"))
        prepaid = shipped_from < len(items) or random.random() < 0.6
        return OrderAct(
            placed_at=0,
            ref=str(number),
            channel=channel,
            customer_ref=ref(channel, self._people.somebody()),
            items=items,
            shipped_from=shipped_from,
            pickup_at=random.choice(STORES) if shipped_from else None,
            prefecture="JP-13" if shipped_from < len(items) else None,
            payment=Payment.PREPAID if prepaid else Payment.AT_PICKUP,
            allow_partial=random.random() < 0.3,
            seen=(Seen(TouchpointKind.STORE_SCAN, random.choice(STORES), 60.0),)
            if random.random() < 0.3
            else (),
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
        place = self._random.choice((*STORES, OUTLET))
        card = ref("store", self._people.somebody()) if self._random.random() < 0.6 else None
        return Sale(place, "01", self._paperwork.number(place), (self._an_item(),), card)
