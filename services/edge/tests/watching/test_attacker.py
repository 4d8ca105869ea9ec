"""Fifty identities watch the shoppers' door for a day: of what is in stock they learn next to nothing exactly.

What counts as learnt, and why that way, stands in `attacker.py`. The stores of the test are a part of a chain of ten
million pairs of store and product, and the script has its part of the orders that fifty addresses may place in a day.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from edge.domain.bands import BandLimits, band_of
from edge.shopper.settings import Settings
from edge.stock_copy import draw
from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only

from ..shopping.conftest import post
from .attacker import Attacker, Day, a_day
from .stores import Pair, Stores

IDENTITIES = 50
CHAIN_PAIRS = 10_000_000
STORES = 40
LEARNT_MAX = 0.001
SAME_EVERYWHERE = {"band_few_spread_pieces": 0, "band_available_spread_pieces": 0}


@pytest.fixture(autouse=True)
def _drawn_by_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn can be drawn again: a day that is red stays red."""
    dice = random.Random(1)
    monkeypatch.setattr("edge.stock_copy.secrets", SimpleNamespace(randbelow=dice.randrange))


def orders_of_a_day(settings: Settings, pairs: int) -> int:
    """How many orders the identities may place of so many pairs, where they order all over the chain."""
    return round(IDENTITIES * (settings.orders_burst + settings.orders_per_hour * 24) * pairs / CHAIN_PAIRS)


@dataclass
class DoorInMemory:
    """The rule of bands alone, so that far more can be watched than through a door."""

    stores: Stores
    limits: BandLimits
    drawn: dict[Pair, BandLimits] = field(default_factory=dict)

    async def look(self, hour: int, changed: list[Pair]) -> dict[Pair, str]:
        for pair in changed:
            self.drawn.setdefault(pair, self.limits.moved(*draw(self.limits)))
        return {pair: band_of(pieces, self.drawn[pair]) for pair, pieces in self.stores.pieces.items()}

    async def order(self, pair: Pair, quantity: int) -> bool:
        return quantity <= self.stores.pieces[pair]


@dataclass
class ShoppersDoor:
    """The shopper process itself, which is told of stock and asked over HTTP, each time by another address.

    Behind it, a store has for an order what is on its own shelf and nothing else: that tells most.
    """

    stores: Stores
    door: Any
    a: Any
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    asked: int = 0

    async def open(self) -> None:
        """Tell the door of the stores and products."""
        locations, skus = ({pair[part] for pair in self.stores.pieces} for part in (0, 1))
        await self.door.service.deliver(*(self.a.location(one) for one in sorted(locations)))
        await self.door.service.deliver(*(self.a.product(sku, gtins=[]) for sku in sorted(skus)))

    async def look(self, hour: int, changed: list[Pair]) -> dict[Pair, str]:
        now = self.begun + timedelta(hours=hour)
        clock.install(clock.TimeSource(lambda: now, lambda: hour * 3_600.0))
        pieces = self.stores.pieces
        await self.door.service.deliver(
            *(self.a.stock(at, pieces[at, sku], sku=sku, version=hour + 1) for at, sku in sorted(changed))
        )
        bands = {}
        for sku in sorted({sku for _, sku in pieces}):
            self._as_somebody_else()
            query = {"sku": sku, "near": "東京", "limit": 50}
            answer = await self.door.client.get("/v1/stock", params=query)
            assert answer.status_code == 200, answer.text
            bands.update({(one["location_id"], sku): one["band"] for one in answer.json()["locations"]})
        assert bands.keys() == pieces.keys()
        return bands

    async def order(self, pair: Pair, quantity: int) -> bool:
        self._as_somebody_else()
        location_id, sku = pair
        cart = {"lines": [{"sku": sku, "quantity": quantity}], "location_id": location_id}
        quote = (await post(self.door, "/v1/quotes", cart)).json()
        given = await post(self.door, "/v1/orders", {**cart, "total_jpy": quote["total_jpy"]})
        assert given.status_code == 202, given.text
        command = only(await self.door.service.sent(), m.PlaceOrder)
        status = "confirmed" if quantity <= self.stores.pieces[pair] else "rejected"
        await self.door.service.deliver(self.a.placed(command), self.a.state(command, status=status))
        seen = await self.door.client.get(f"/v1/orders/{command.order_id}")
        return bool(seen.json()["status"] == "confirmed")

    def _as_somebody_else(self) -> None:
        self.asked += 1
        self.door.client._transport.client = (f"192.0.2.{self.asked % IDENTITIES}", 1)


async def a_day_in_memory(skus: int, seed: int = 1, **limits: Any) -> Day:
    settings = Settings(**limits)
    stores = Stores(random.Random(seed), STORES, skus)
    attacker = Attacker(settings.band_limits, settings.quantity_per_order_max)
    orders = orders_of_a_day(settings, len(stores.pieces))
    return await a_day(stores, DoorInMemory(stores, settings.band_limits), attacker, orders)


async def a_day_at_the_door(open_door: Any, a: Any, skus: int, **limits: Any) -> Day:
    settings = Settings(**limits)
    stores = Stores(random.Random(1), STORES, skus)
    attacker = Attacker(settings.band_limits, settings.quantity_per_order_max)
    asked = {"requests_per_second": settings.requests_per_second, "requests_burst": settings.requests_burst}
    machine = clock.MACHINE
    try:
        async with open_door("shopper", **asked, **limits) as door:
            watched = ShoppersDoor(stores, door, a)
            await watched.open()
            return await a_day(stores, watched, attacker, orders_of_a_day(settings, len(stores.pieces)))
    finally:
        clock.install(machine)


async def test_attacker__with_fifty_identities_for_a_day__learns_next_to_no_quantity() -> None:
    day = await a_day_in_memory(skus=1_000)
    assert day.orders == 23
    assert 0 < day.share <= LEARNT_MAX


async def test_attacker__where_limits_are_the_same_everywhere__learns_ten_times_as_much() -> None:
    day = await a_day_in_memory(skus=200, **SAME_EVERYWHERE)
    assert day.share > 10 * LEARNT_MAX


async def test_attacker__where_nobody_is_slowed_down_in_ordering__learns_by_what_is_refused() -> None:
    day = await a_day_in_memory(skus=50, orders_per_hour=1_000.0)
    assert day.learnt["orders"] > 0.3 * day.orders
    assert day.share > 10 * LEARNT_MAX


@pytest.mark.wide  # a minute; the rule of bands alone is watched by the same attacker above
@pytest.mark.component
@pytest.mark.timeout(600)
async def test_attacker__at_the_door_itself__learns_next_to_no_quantity(open_door: Any, a: Any) -> None:
    day = await a_day_at_the_door(open_door, a, skus=300)
    assert day.orders == 7
    assert 0 < day.share <= LEARNT_MAX


@pytest.mark.component
@pytest.mark.timeout(600)
async def test_attacker__at_a_door_where_limits_are_the_same_everywhere__learns_ten_times_as_much(
    open_door: Any, a: Any
) -> None:
    day = await a_day_at_the_door(open_door, a, skus=60, **SAME_EVERYWHERE)
    assert day.share > 10 * LEARNT_MAX
