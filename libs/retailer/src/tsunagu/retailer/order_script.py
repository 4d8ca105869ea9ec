"""What shoppers mean to order: on the EC site, in the web shop, in the app, and at a store's counter."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tsunagu.contracts.messages import Location
from tsunagu.contracts.values import LocationKind, Payment, TouchpointKind
from tsunagu.retailer.chain import Chain
from tsunagu.retailer.fates import fate_of
from tsunagu.retailer.intentions import WEBSHOP, Item, OrderAct, ReturnWay, Seen
from tsunagu.retailer.rhythm import Bought
from tsunagu.retailer.shopping import Assortment, Crowd

STORE = "store"
"""The channel of what is ordered at a counter, whichever store's."""

ORDERING_UNTIL = 0.7
"""Share of the time after which nobody orders any more, so that the minute shows how most orders end."""

APP_SHARE = 0.5
COUNTER_SHARE = 0.12
"""Orders that staff take in a store, because it lacks what the shopper wants."""
WEBSHOP_SHARE = 0.25
"""Of the orders from the EC site, those from the web shop: a second site, which joined as it is."""
SHIP_SHARE = 0.25
MIXED_SHARE = 0.05
"""Orders of which one part is picked up and the other shipped."""
PICKUP_POINT_SHARE = 0.08
FROM_ELSEWHERE_SHARE = 0.10
"""Pickups of goods that the store does not have: they come with a transfer."""
AT_PICKUP_SHARE = 0.45
ALLOW_PARTIAL_SHARE = 0.15
SCAN_SHARE = 0.35
"""Orders from the app that began at a shelf."""
ADVICE_SHARE = 0.10

_PIECES_MAX = 4  # of one SKU in an order


def order_acts(
    seed: int, chain: Chain, bought: Sequence[Bought], assortment: Assortment, crowd: Crowd, duration: float
) -> tuple[OrderAct, ...]:
    """The orders, in the order in which they are placed: as many as purchases are given."""
    rng = Random(f"{seed}:orders")
    points = [place for place in chain.locations if place.kind is LocationKind.PICKUP_POINT]
    acts = []
    for place, purchase in enumerate(bought):
        home = crowd.home(purchase.customer)
        channel = "app" if rng.random() < APP_SHARE else "ec"
        if Random(f"{seed}:counter:{place}").random() < COUNTER_SHARE:
            channel = STORE
        if channel == "ec" and Random(f"{seed}:webshop:{place}").random() < WEBSHOP_SHARE:
            channel = WEBSHOP
        pickup_at, items, shipped_from = _what_and_how(purchase, home, points, chain, assortment, rng)
        at_pickup = shipped_from == len(items) and rng.random() < AT_PICKUP_SHARE
        payment = Payment.AT_PICKUP if at_pickup else Payment.PREPAID
        ref = f"o{place + 1:05}"
        acts.append(
            OrderAct(
                placed_at=round((0.01 + purchase.at * (ORDERING_UNTIL - 0.01)) * duration, 3),
                ref=ref,
                channel=channel,
                customer_ref=crowd.card(purchase.customer)
                if channel == STORE
                else crowd.account(purchase.customer, channel),
                items=items,
                shipped_from=shipped_from,
                pickup_at=pickup_at,
                prefecture=home.prefecture if shipped_from < len(items) else None,
                payment=payment,
                allow_partial=rng.random() < ALLOW_PARTIAL_SHARE,
                seen=_seen(channel, rng.choice(chain.stores), rng),
                fate=fate_of(seed, ref, len(items), payment, duration / 60),
            )
        )
    return tuple(_as_a_webhook_has_it(act) if act.channel == WEBSHOP else act for act in acts)


def _as_a_webhook_has_it(act: OrderAct) -> OrderAct:
    """A site that stays as it is tells nothing of touchpoints, and has no word for goods that came back."""
    return replace(act, allow_partial=False, seen=(), fate=replace(act.fate, return_way=ReturnWay.TILL))


def _what_and_how(
    purchase: Bought,
    home: Location,
    points: Sequence[Location],
    chain: Chain,
    assortment: Assortment,
    rng: Random,
) -> tuple[str | None, tuple[Item, ...], int]:
    """Where it is picked up (None: nowhere), the items, and from which of them on they are shipped."""
    way = rng.random()
    pickup = home
    if points and rng.random() < PICKUP_POINT_SHARE:
        pickup = rng.choice(points)
    here = chain.stock.get(pickup.location_id, {})
    only_absent = pickup is home and way >= SHIP_SHARE and rng.random() < FROM_ELSEWHERE_SHARE

    def may_take(sku: str) -> int:
        return 0 if only_absent and sku in here else _PIECES_MAX

    items = assortment.basket(purchase.units, rng, may_take)
    if not items:  # the store has everything
        items = assortment.basket(purchase.units, rng, lambda _: _PIECES_MAX)
    if way < SHIP_SHARE:
        return None, items, 0
    if way < SHIP_SHARE + MIXED_SHARE and len(items) > 1:
        return pickup.location_id, items, len(items) - 1
    return pickup.location_id, items, len(items)


def _seen(channel: str, store: Location, rng: Random) -> tuple[Seen, ...]:
    """Where the product was met before."""
    found = []
    if channel == STORE:
        return (Seen(TouchpointKind.ORDER_TAKEN, store.location_id, 0.1),)
    if channel == "app" and rng.random() < SCAN_SHARE:
        found.append(Seen(TouchpointKind.STORE_SCAN, store.location_id, round(rng.uniform(0.5, 5), 3)))
    if rng.random() < ADVICE_SHARE:
        found.append(Seen(TouchpointKind.STAFF_ADVICE, store.location_id, round(rng.uniform(0.5, 5), 3)))
    view = TouchpointKind.APP_VIEW if channel == "app" else TouchpointKind.WEB_VIEW
    found.append(Seen(view, None, round(rng.uniform(0.1, 0.5), 3)))
    return tuple(found)
