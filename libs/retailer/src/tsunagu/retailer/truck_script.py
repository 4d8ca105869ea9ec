"""A run of its own that brings goods from a store back to the warehouse, and that leaves late."""

from dataclasses import replace
from datetime import datetime, timedelta

from tsunagu.contracts.messages import Lane
from tsunagu.contracts.values import JAPAN, LocationKind
from tsunagu.retailer.chain import Chain
from tsunagu.retailer.intentions import Fate, Item, TruckAct
from tsunagu.retailer.network import ALWAYS, TRANSIT_DAYS

CARRIER, OWNER = "臨時便", "物流部"
COST_JPY = 12_000  # a small truck for half a day

PLANNED_AT = 0.2
"""Share of the time after which it is planned."""
PLANNED_SECONDS_MAX = 120.0
"""When it is planned at the latest: its truck does not wait for a run that takes hours."""
LEAVES_WITHIN = timedelta(hours=1)
"""From loading the network to the truck's departure: nearer than the two hours before which pickup warns, and longer
than a start takes."""
STARTS_LATE_SECONDS = 4.0
"""How long whoever loads and unloads it lets it stand: long enough to be seen by who looks every second."""
PIECES = 2


def truck_acts(chain: Chain, duration: float) -> tuple[TruckAct, ...]:
    """The run, from the first store, with what it has most of; none where that has nothing."""
    warehouses = [place for place in chain.locations if place.kind is LocationKind.WAREHOUSE]
    start = chain.stores[0].location_id
    pieces = chain.stock.get(start, {})
    if not pieces:
        return ()
    sku = max(pieces, key=lambda each: (pieces[each], each))
    (product,) = (each for each in chain.products if each.sku == sku)
    return (
        TruckAct(
            at=min(PLANNED_AT * duration, PLANNED_SECONDS_MAX),
            ref="truck1",
            from_location_id=start,
            to_location_id=warehouses[0].location_id,
            items=(Item(sku, min(PIECES, pieces[sku]), product.price_jpy, 0),),
            fate=Fate(starts_task_after=STARTS_LATE_SECONDS),
        ),
    )


def with_truck_lanes(chain: Chain, acts: tuple[TruckAct, ...], now: datetime) -> Chain:
    """The chain with the lanes of these runs. They arrive when they leave: a warehouse is open at any time."""
    version = max((lane.version for lane in chain.lanes), default=1)
    cut_off = (now.astimezone(JAPAN) + LEAVES_WITHIN).strftime("%H:%M")
    lanes = tuple(
        Lane(
            version=version,
            from_location_id=act.from_location_id,
            to_location_id=act.to_location_id,
            days=ALWAYS,
            cut_off=cut_off,
            transit_days=TRANSIT_DAYS,
            carrier=CARRIER,
            cost_jpy=COST_JPY,
            owner=OWNER,
        )
        for act in acts
    )
    return replace(chain, lanes=chain.lanes + lanes)
