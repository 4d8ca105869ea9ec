"""A scripted attacker who watches the shoppers' door for a day with fifty identities, to learn exact quantities.

It knows all that is published: the code, the settings, how stores sell. It sees each band of every store each hour, and
claims a quantity whenever a band changes, by each rule that it can think of. A rule teaches it something where its
claims are right more often than not; what it has learnt are the right claims of those rules.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.shopper.settings import Settings
from tsunagu.chassis import clock

pytestmark = pytest.mark.component

IDENTITIES, STORES, SKUS, HOURS = 50, 40, 150, 12
PAIRS = [(f"S{store:03}", f"SKU-{sku}") for store in range(STORES) for sku in range(SKUS)]
LIMITS = Settings()
FEW, AVAILABLE = LIMITS.band_few_pieces_max, LIMITS.band_available_pieces_max

CLAIMS_MIN = 4
"""By fewer claims nobody can tell a good rule from luck."""

ONE_IS_BACK = ("none", "few", 1)
"""The rule that needs no experience: what comes back to an empty shelf is mostly one piece."""

Pair = tuple[str, str]
Rule = tuple[Any, ...]


@dataclass
class Stores:
    """What is really there, and how it changes in an hour.

    A pair sells a piece in five days, as where a store sells two thousand pieces a day of ten thousand products;
    three in a hundred come back, and deliveries of a dozen make up for the rest.
    """

    dice: random.Random
    pieces: dict[Pair, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pieces = {pair: int(self.dice.expovariate(1 / 12)) for pair in PAIRS}

    def hour(self) -> set[Pair]:
        """An hour goes by; returns where the stock is another now."""
        changed = set()
        for pair, pieces in self.pieces.items():
            chance = self.dice.random()
            change = -1 if chance < 0.0125 else 1 if chance < 0.0129 else 12 if chance < 0.0139 else 0
            if change and pieces + change >= 0:
                self.pieces[pair] = pieces + change
                changed.add(pair)
        return changed


def guesses(before: str, after: str, hours_in_few: int | None) -> Iterator[tuple[Rule, int]]:
    """What a change of band may mean, by one rule for each number that it may mean.

    A store that took long from few to none has its limit high, perhaps: the hours make rules of their own.
    """
    edges = {
        ("available", "few"): [FEW + more for more in range(LIMITS.band_few_spread_pieces + 1)],
        ("few", "available"): [FEW + 1 + more for more in range(LIMITS.band_few_spread_pieces + 1)],
        ("plenty", "available"): [
            AVAILABLE + more for more in range(LIMITS.band_available_spread_pieces + 1)
        ],
        ("available", "plenty"): [
            AVAILABLE + 1 + more for more in range(LIMITS.band_available_spread_pieces + 1)
        ],
        ("none", "few"): [1],
    }
    for pieces in edges.get((before, after), []):
        yield (before, after, pieces), pieces
        if hours_in_few is not None:
            yield (before, after, pieces, hours_in_few // 4), pieces


@dataclass
class Attacker:
    """What it has seen and claimed so far."""

    seen: dict[Pair, tuple[str, int]] = field(default_factory=dict)
    few_to_none_hours: dict[Pair, int] = field(default_factory=dict)
    claims: dict[Rule, list[tuple[Pair, bool]]] = field(default_factory=lambda: defaultdict(list))

    def look(self, pair: Pair, band: str, hour: int, really: int) -> None:
        """See a band. `really` is for the referee only."""
        before, since = self.seen.get(pair, (band, hour))
        if band == before:
            self.seen[pair] = (band, since)
            return
        if (before, band) == ("few", "none"):
            self.few_to_none_hours[pair] = hour - since
        for rule, pieces in guesses(before, band, self.few_to_none_hours.get(pair)):
            self.claims[rule].append((pair, pieces == really))
        self.seen[pair] = (band, hour)

    def learnt(self) -> set[Pair]:
        """Where it knows how many there are: by rules that are right more often than not, as far as it can tell."""
        return {
            pair
            for rule, claims in self.claims.items()
            if rule == ONE_IS_BACK
            or (len(claims) >= CLAIMS_MIN and sum(right for _, right in claims) * 2 > len(claims))
            for pair, right in claims
            if right
        }


async def a_day(open_door: Any, a: Any, seed: int, **limits: Any) -> float:
    """The share of the pairs in stock of which the attacker learns how many there are."""
    stores, attacker = Stores(random.Random(seed)), Attacker()
    in_stock = {pair for pair, pieces in stores.pieces.items() if pieces > 0}
    settings = {
        "requests_per_second": LIMITS.requests_per_second,
        "requests_burst": LIMITS.requests_burst,
        "activity_burst_max": 1,
        "activity_per_second_max": 0.001,
    }
    async with open_door("shopper", **{**settings, **limits}) as door:
        await door.service.deliver(*(a.location(f"S{store:03}") for store in range(STORES)))
        await door.service.deliver(*(a.product(f"SKU-{sku}", gtins=[]) for sku in range(SKUS)))
        changed = set(PAIRS)
        begun, machine = datetime.now(UTC), clock.MACHINE
        try:
            for hour in range(HOURS):
                at = begun + timedelta(hours=hour)
                clock.install(clock.TimeSource(lambda at=at: at, lambda hour=hour: hour * 3_600.0))
                await door.service.deliver(
                    *(
                        a.stock(location, stores.pieces[location, sku], sku=sku, version=hour + 1)
                        for location, sku in sorted(changed)
                    )
                )
                await look_everywhere(door, attacker, stores, hour)
                changed = stores.hour()
                in_stock |= {pair for pair in changed if stores.pieces[pair] > 0}
        finally:
            clock.install(machine)
    return len(attacker.learnt()) / len(in_stock)


async def look_everywhere(door: Any, attacker: Attacker, stores: Stores, hour: int) -> None:
    """Ask for every product in all stores, with another identity each time."""
    for sku in range(SKUS):
        door.client._transport.client = (f"192.0.2.{sku % IDENTITIES}", 1)
        answer = await door.client.get("/v1/stock", params={"sku": f"SKU-{sku}", "near": "東京", "limit": 50})
        assert answer.status_code == 200, answer.text
        shown = answer.json()["locations"]
        assert len(shown) == STORES
        for one in shown:
            pair = (one["location_id"], f"SKU-{sku}")
            attacker.look(pair, one["band"], hour, stores.pieces[pair])


async def test_attacker__with_fifty_identities_for_a_day__learns_next_to_no_quantity(
    open_door: Any, a: Any
) -> None:
    assert await a_day(open_door, a, seed=1) <= 0.001


async def test_attacker__where_limits_are_the_same_everywhere__learns_much(open_door: Any, a: Any) -> None:
    same = {"band_few_spread_pieces": 0, "band_available_spread_pieces": 0}
    assert await a_day(open_door, a, seed=1, **same) > 0.005


async def test_lookups__of_one_product_from_one_address__are_slowed_down_and_others_are_not(
    open_door: Any, a: Any
) -> None:
    limits = {"lookups_per_product_per_minute": 1.0, "lookups_per_product_burst": 2}
    async with open_door("shopper", **limits) as door:
        await door.service.deliver(a.location("S001"), a.product(), a.product("SKU-2", gtins=[]))

        async def look(sku: str, address: str) -> int:
            door.client._transport.client = (address, 1)
            return int((await door.client.get("/v1/stock", params={"sku": sku, "near": "東京"})).status_code)

        mine = [await look("SKU-1", "192.0.2.1") for _ in range(3)]
        other_product, other_address = await look("SKU-2", "192.0.2.1"), await look("SKU-1", "192.0.2.2")
    assert mine == [200, 200, 429]
    assert (other_product, other_address) == (200, 200)
