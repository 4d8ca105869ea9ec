"""The retailer's places and the ways between them: stores in real cities, warehouses, pickup points, lanes."""

import math
from collections.abc import Sequence
from random import Random

from tsunagu.contracts.messages import Lane, Location
from tsunagu.contracts.values import LocationKind, OpeningHours, Weekday
from tsunagu.retailer.catalogue import CATEGORIES
from tsunagu.retailer.cities import City, cities

WAREHOUSE_CITIES = ("川口市", "枚方市")  # beside Tokyo and beside Osaka
STORES_PER_WAREHOUSE = 20
STORES_PER_PICKUP_POINT = 12
NEIGHBOURS = 4
"""Lanes from each store to its nearest other stores."""

CUT_OFF = "23:59"
TRANSIT_DAYS = 0
"""With this cut-off, on every day: a transfer can be sent and received within the demo's minute."""

ALWAYS = tuple(Weekday)

PICK_MINUTES_PER_DAY = 100_000
"""So much that an hour's traffic within a minute never fills a day: the outcome depends on no hour."""

_EAST_OF_DEGREES = 137.0  # the boundary between the two companies, near Nagoya
_SHOP_HOURS = (("10:00", "20:00"), ("10:00", "21:00"), ("09:00", "22:00"), ("11:00", "25:00"))


def locations(stores: int, rng: Random, version: int) -> tuple[Location, ...]:
    """`stores` stores in the largest cities, a pickup point for each dozen, warehouses. Versioned `version`."""
    found = cities()
    by_name = {city.name_ja: city for city in found}
    places = [
        _store(number, found[number % len(found)], 1 + number // len(found), rng, version)
        for number in range(stores)
    ]
    for number in range(stores // STORES_PER_PICKUP_POINT):
        places.append(_pickup_point(number, found[number % len(found)], version))
    for number, name in enumerate(WAREHOUSE_CITIES[: 1 + stores // STORES_PER_WAREHOUSE]):
        places.append(_warehouse(number, by_name[name], version))
    return tuple(places)


def _store(number: int, city: City, branch: int, rng: Random, version: int) -> Location:
    opens, closes = rng.choice(_SHOP_HOURS)
    closed = rng.choice((None, None, None, Weekday.WED))
    which = "" if branch == 1 else f"{branch}号"
    walk = list(CATEGORIES)
    rng.shuffle(walk)
    return Location(
        version=version,
        location_id=f"S{number + 1:03}",
        name_ja=f"つなぐ{city.short_name_ja}{which}店",
        name_en=f"Tsunagu {city.name_en}{'' if branch == 1 else f' {branch}'}",
        company_id=_company(city),
        kind=LocationKind.STORE,
        prefecture=city.prefecture,
        city=city.name_ja,
        address=f"中央{rng.randint(1, 5)}-{rng.randint(1, 20)}-{rng.randint(1, 30)}",
        # A branch stands about a kilometre from the one before it.
        latitude=round(city.latitude + 0.01 * (branch - 1), 5),
        longitude=city.longitude,
        opening_hours=tuple(
            OpeningHours(day=day, opens=opens, closes=closes) for day in Weekday if day is not closed
        ),
        pickup_enabled=True,
        pick_minutes_per_day=PICK_MINUTES_PER_DAY,
        walking_order=tuple(walk),
    )


def _pickup_point(number: int, city: City, version: int) -> Location:
    return Location(
        version=version,
        location_id=f"P{number + 1:03}",
        name_ja=f"つなぐ{city.short_name_ja}駅受取所",
        name_en=f"Tsunagu {city.name_en} Station Lockers",
        company_id=_company(city),
        kind=LocationKind.PICKUP_POINT,
        prefecture=city.prefecture,
        city=city.name_ja,
        address="駅前1-1",
        latitude=round(city.latitude - 0.005, 5),
        longitude=city.longitude,
        opening_hours=tuple(OpeningHours(day=day, opens="05:00", closes="25:00") for day in Weekday),
        pickup_enabled=True,
        pick_minutes_per_day=PICK_MINUTES_PER_DAY,
    )


def _warehouse(number: int, city: City, version: int) -> Location:
    return Location(
        version=version,
        location_id=f"W{number + 1:03}",
        name_ja=f"つなぐ{city.short_name_ja}物流センター",
        name_en=f"Tsunagu {city.name_en} Distribution Centre",
        company_id=_company(city),
        kind=LocationKind.WAREHOUSE,
        prefecture=city.prefecture,
        city=city.name_ja,
        address="流通団地1-1-1",
        latitude=city.latitude,
        longitude=round(city.longitude + 0.02, 5),
        opening_hours=tuple(OpeningHours(day=day, opens="00:00", closes="24:00") for day in Weekday),
        pickup_enabled=False,
        pick_minutes_per_day=PICK_MINUTES_PER_DAY,
        walking_order=CATEGORIES,
    )


def _company(city: City) -> str:
    return "tsunagu-east" if city.longitude >= _EAST_OF_DEGREES else "tsunagu-west"


def lanes(places: Sequence[Location], version: int) -> tuple[Lane, ...]:
    """From each warehouse to every other place, and from each store to the places nearest to it."""
    warehouses = [place for place in places if place.kind is LocationKind.WAREHOUSE]
    shops = [place for place in places if place.kind is not LocationKind.WAREHOUSE]
    stores = [place for place in places if place.kind is LocationKind.STORE]
    found = [
        _lane(warehouse, shop, "つなぐ定期便", "物流部", version)
        for warehouse in warehouses
        for shop in shops
    ]
    for store in stores:
        others = sorted((shop for shop in shops if shop != store), key=lambda other: _km(store, other))
        found += [_lane(store, other, "店間便", "営業部", version) for other in others[:NEIGHBOURS]]
    return tuple(found)


def _lane(start: Location, end: Location, carrier: str, owner: str, version: int) -> Lane:
    return Lane(
        version=version,
        from_location_id=start.location_id,
        to_location_id=end.location_id,
        days=ALWAYS,
        cut_off=CUT_OFF,
        transit_days=TRANSIT_DAYS,
        carrier=carrier,
        # A parcel in Japan: some hundred yen, and a little more for each hundred kilometres.
        cost_jpy=400 + 10 * round(_km(start, end) / 10),
        owner=owner,
    )


def _km(one: Location, other: Location) -> float:
    """Distance on a sphere (haversine)."""
    lat1, lat2 = math.radians(one.latitude), math.radians(other.latitude)
    half_lat = (lat2 - lat1) / 2
    half_lon = math.radians(other.longitude - one.longitude) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * 6371 * math.asin(math.sqrt(h))
