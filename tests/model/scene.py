"""What a life is led in: a clock, the services, the model, and the comparison of the two after each step."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from inventory import settings as inventory_settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import all_of
from tsunagu.testing.simulated_clock import SimulatedClock, installed

from .book import Book
from .comparison import compare, hear_questions
from .documents import LOCATIONS, SKUS, STORES
from .order import Order
from .shop import Databases, Seen, Shop

T = TypeVar("T")

# Stores that are silent, or have no picker left today, are another subject: here only a paused one gives nothing.
SETTINGS = {"TSUNAGU_INVENTORY_SOURCING_EXCLUSIONS": '["closed", "paused"]'}

places = st.sampled_from(LOCATIONS)
stores = st.sampled_from(STORES)
ways = st.sampled_from((None, *STORES))
skus = st.sampled_from(SKUS)
few = st.integers(1, 3)
which = st.integers(0, 11)
"""One of several, whatever their number: which one, counted round."""

MOSTLY = 9
"""Of these twelve, so many mean one for which something can happen, if there is any; the others mean just any."""


class Scene(RuleBasedStateMachine):
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
        self.parcels: list[m.ShipParcel] = []
        """Those under way."""
        self.lost: list[m.ShipParcel] = []
        self.number = 0
        self.shop: Shop = self.wait(self.databases.open_shop(self.clock))

    def teardown(self) -> None:
        """Leave everything as it was found, and bring a life that agreed to its end before."""
        try:
            if sys.exc_info()[0] is None:
                self.end()
        finally:
            self.close()

    def end(self) -> None:
        """How a life ends."""

    def close(self) -> None:
        """Leave everything as it was found."""
        self.shop.close()
        self.environment.stop()
        inventory_settings.settings.cache_clear()
        self.installed.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self.clock.now()

    @property
    def orders(self) -> list[Order]:
        """All orders, the oldest first."""
        return list(self.book.orders.values())

    def new(self, what: str) -> str:
        """A new number for a document."""
        return f"{what}-{self.next_number():03}"

    def next_number(self) -> int:
        """The next number of a receipt."""
        self.number += 1
        return self.number

    def one_of(self, there: Sequence[T], index: int) -> T:
        """One of what is there, which must not be empty."""
        return there[index % len(there)]

    def mostly(self, good: Sequence[T], there: Sequence[T], index: int) -> T:
        """One of the good ones mostly, and sometimes, or where there is none, any of what is there."""
        return self.one_of(good if good and index < MOSTLY else there, index)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done."""
        return self.runner.run(work)

    def send(self, message: Message) -> list[Any]:
        """Send what may be refused; what is said because of it, once all are quiet."""
        return self.wait(self.shop.send(message))

    def act(self, message: Message) -> list[Any]:
        """Do what can't be refused. Raises AssertionError where it is."""
        said = self.send(message)
        refused = all_of(said, m.CommandRefused)
        assert not refused, f"{message} was refused: {refused}"
        return said

    def look(self) -> Seen:
        """What the services' tables say."""
        return self.wait(self.shop.look())

    def check(self) -> None:
        """Compare all tables with the model."""
        seen = self.look()
        hear_questions(self.book, seen)
        compare(self.book, seen)

    def step_done(self) -> None:
        """The end of each rule."""
        Scene.steps += 1
        self.check()
