"""What can be imported: the columns of each kind of file, and the messages that a line becomes."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    Lane,
    Location,
    Product,
    ReceiveStock,
    SetDefaultSafetyStock,
    SetSafetyStock,
)
from tsunagu.contracts.topics import (
    CATALOG_PRODUCTS,
    INVENTORY_COMMANDS,
    NETWORK_LANES,
    NETWORK_LOCATIONS,
    Topic,
)
from tsunagu.contracts.values import LocationKind, ReceivedLine, SkuCount, TaxClass
from tsunagu.importing import cells
from tsunagu.importing.cells import Convert
from tsunagu.importing.prefectures import prefecture

Values = Mapping[str, Any]

SUPPLIER_ID = "opening"
"""The supplier of opening stock: nobody in particular."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. One that is not `needed` may be missing, or empty on a line."""

    name: str
    convert: Convert
    needed: bool = True


class Unclear(ValueError):  # noqa: N818 - a line is told of, not an error
    """The cells of a line are good one by one and make no sense together; the message says why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file, whose messages travel on `topic`.

    `key` are the columns that together name what a line is about; a file names each only once.
    `build` makes the messages of a line from its values and the import's version. It raises pydantic's
    ValidationError where a value is beyond the contract's limits, and Unclear.
    """

    name: str
    topic: Topic
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    build: Callable[[Values, int], tuple[Message, ...]]


def _locations(values: Values, version: int) -> tuple[Message, ...]:
    return (Location(**values, version=version),)


def _lanes(values: Values, version: int) -> tuple[Message, ...]:
    return (Lane(**values, version=version),)


def _products(values: Values, version: int) -> tuple[Message, ...]:
    return (Product(**values, version=version),)


def _stock(values: Values, version: int) -> tuple[Message, ...]:
    """The opening stock of a SKU at a location as a delivery of its own, and its safety stock as a setting.

    The delivery comes from the line alone, its id too. So a file that is imported again, whole or with its bad
    lines mended, books nothing twice. The id leaves the pieces and the moment out, so that another opening stock
    for the same place and SKU is refused as the same id with another body, and not added.
    A setting is a command, and refused where the SKU is not known yet. Its id is therefore new with each import:
    the next one sets it, and where it is set already the same value of the same moment changes nothing.
    """
    location_id, sku, as_of = values["location_id"], values["sku"], values["as_of"]
    messages: list[Message] = []
    if values["quantity"] != 0:
        line = ReceivedLine(sku=sku, quantity=values["quantity"], damaged=values.get("damaged", 0))
        messages.append(
            ReceiveStock(
                occurred_at=as_of,
                delivery_id=_derived("opening", location_id, sku),
                location_id=location_id,
                supplier_id=SUPPLIER_ID,
                lines=(line,),
            )
        )
    if "safety_stock" in values:
        messages.append(_own_safety_stock(values, version))
    return tuple(messages)


def _safety_stock(values: Values, version: int) -> tuple[Message, ...]:
    """The safety stock of a SKU at a location, or the default of a category, there or everywhere."""
    if ("sku" in values) == ("category" in values):
        raise Unclear("a line is about a sku or about a category: one of the two is filled")
    if "category" in values:
        return (_default_safety_stock(values, version),)
    if "location_id" not in values:
        raise Unclear("the safety stock of a sku needs its location_id; a category may do without")
    if "safety_stock" not in values:
        raise Unclear("safety_stock is empty; only the default of a category is taken back in this way")
    return (_own_safety_stock(values, version),)


def _own_safety_stock(values: Values, version: int) -> SetSafetyStock:
    location_id, sku, as_of = values["location_id"], values["sku"], values["as_of"]
    return SetSafetyStock(
        occurred_at=as_of,
        setting_id=_derived("safety", location_id, sku, str(version)),
        location_id=location_id,
        set_at=as_of,
        lines=(SkuCount(sku=sku, quantity=values["safety_stock"]),),
    )


def _default_safety_stock(values: Values, version: int) -> SetDefaultSafetyStock:
    location_id, category, as_of = values.get("location_id"), values["category"], values["as_of"]
    return SetDefaultSafetyStock(
        occurred_at=as_of,
        setting_id=_derived("default-safety", location_id or "", category, str(version)),
        category=category,
        location_id=location_id,
        quantity=values.get("safety_stock"),
        set_at=as_of,
    )


def _derived(word: str, *parts: str) -> str:
    """An id that the same parts always give. A line end separates them, which no cell may hold."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{word}-{digest[:32]}"


LOCATIONS = Kind(
    "locations",
    NETWORK_LOCATIONS,
    (
        Column("location_id", cells.location_id),
        Column("name_ja", cells.name),
        Column("name_en", cells.name),
        Column("company_id", cells.id_),
        Column("kind", cells.one_of(LocationKind)),
        Column("prefecture", prefecture),
        Column("city", cells.name),
        Column("address", cells.name),
        Column("latitude", cells.decimal),
        Column("longitude", cells.decimal),
        Column("opening_hours", cells.opening_hours, needed=False),
        Column("pickup_enabled", cells.flag),
        Column("pick_minutes_per_day", cells.whole),
        Column("walking_order", cells.names, needed=False),
        Column("closed_dates", cells.dates, needed=False),
        Column("opens_on_holidays", cells.flag, needed=False),
        Column("pickup_window_hours", cells.whole, needed=False),
        Column("area", cells.name, needed=False),
    ),
    ("location_id",),
    _locations,
)

LANES = Kind(
    "lanes",
    NETWORK_LANES,
    (
        Column("from_location_id", cells.location_id),
        Column("to_location_id", cells.location_id),
        Column("days", cells.weekdays),
        Column("cut_off", cells.clock_time),
        Column("transit_days", cells.whole, needed=False),
        Column("carrier", cells.name),
        Column("cost_jpy", cells.whole),
        Column("owner", cells.name),
        Column("runs_on_holidays", cells.flag, needed=False),
    ),
    ("from_location_id", "to_location_id"),
    _lanes,
)

PRODUCTS = Kind(
    "products",
    CATALOG_PRODUCTS,
    (
        Column("sku", cells.id_),
        Column("gtins", cells.gtins, needed=False),
        Column("style_id", cells.id_),
        Column("color", cells.name, needed=False),
        Column("size", cells.name, needed=False),
        Column("name_ja", cells.name),
        Column("name_en", cells.name),
        Column("brand", cells.name, needed=False),
        Column("category", cells.name),
        Column("price_jpy", cells.whole),
        Column("tax_class", cells.one_of(TaxClass)),
        Column("active", cells.flag),
    ),
    ("sku",),
    _products,
)

STOCK = Kind(
    "stock",
    INVENTORY_COMMANDS,
    (
        Column("location_id", cells.location_id),
        Column("sku", cells.id_),
        Column("quantity", cells.whole),
        Column("as_of", cells.instant),
        Column("damaged", cells.whole, needed=False),
        Column("safety_stock", cells.whole, needed=False),
    ),
    ("location_id", "sku"),
    _stock,
)

SAFETY_STOCK = Kind(
    "safety-stock",
    INVENTORY_COMMANDS,
    (
        Column("location_id", cells.location_id, needed=False),
        Column("sku", cells.id_, needed=False),
        Column("category", cells.name, needed=False),
        Column("safety_stock", cells.whole, needed=False),
        Column("as_of", cells.instant),
    ),
    ("location_id", "sku", "category"),
    _safety_stock,
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in (LOCATIONS, LANES, PRODUCTS, STOCK, SAFETY_STOCK)}
"""Every kind of file by its name."""


def when_missing(as_of: datetime | None) -> Values:
    """What stands for a column that a file does not have: the moment that was given for all its lines."""
    return {} if as_of is None else {"as_of": as_of}
