"""What of the business a record is about that could not be handled: which orders and places, and how much money."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypedDict

from tsunagu.chassis.broken_json import DEPTH_MAX, json_object
from tsunagu.contracts.topics import Topic
from tsunagu.contracts.values import AFFECTED_NAMED_MAX
from tsunagu.contracts.values.scalars import ID_CHARACTERS_MAX, YEN_MAX


class Affected(TypedDict):
    """As it stands beside the dead letter. `orders`: order → yen that the record speaks of, 0 where it speaks of none.
    `amount_jpy`: yen of what belongs to no order.
    """

    orders: dict[str, int]
    location_ids: list[str]
    amount_jpy: int


def affected(topic: Topic, key: bytes | None, value: bytes | None) -> Affected:
    """What a record is about, as far as it says so. Never raises: most of these records are broken."""
    body = json_object(value) or {}
    yen: defaultdict[str | None, int] = defaultdict(int)
    for order_id, amount in _amounts(body):
        yen[order_id] += amount
    orders = dict.fromkeys(_named(body, "order_id"))
    if topic.key == "order_id" and key is not None:
        orders.update(dict.fromkeys(filter(_is_id, [key.decode("utf-8", "replace")])))
    places = dict.fromkeys(_named(body, "location_id"))
    return {
        "orders": {id: min(yen[id], YEN_MAX) for id in islice(orders, AFFECTED_NAMED_MAX)},
        "location_ids": list(islice(places, AFFECTED_NAMED_MAX)),
        "amount_jpy": min(yen[None], YEN_MAX),
    }


def _named(part: object, name: str, depth: int = 0) -> Iterator[str]:
    """The ids of all fields of this name, or that end in it, such as from_location_id."""
    if depth > DEPTH_MAX:
        return
    if isinstance(part, list):
        for item in part:
            yield from _named(item, name, depth + 1)
    elif isinstance(part, dict):
        for field, value in part.items():
            if _is_id(value) and (field == name or field.endswith(f"_{name}")):
                yield value
            else:
                yield from _named(value, name, depth + 1)


def _is_id(value: object) -> bool:
    """Whether it may be an id; with an at sign it would be somebody's address, and what can't be printed is none."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= ID_CHARACTERS_MAX
        and value.isprintable()
        and not {":", "@"} & set(value)
    )


def _amounts(body: dict[str, Any]) -> Iterator[tuple[str | None, int]]:
    """Yen, each with the order that it belongs to, if any: a receipt's line may be the handover of an order's."""
    whole = body.get("order_id")
    lines = body.get("lines")
    for part in lines if isinstance(lines, list) else [body]:
        if isinstance(part, dict):
            order_id = part.get("order_id", whole)
            yield (order_id if _is_id(order_id) else None), _amount(part)


def _amount(part: dict[str, Any]) -> int:
    if "amount_jpy" in part:
        return _whole(part["amount_jpy"])
    return _whole(part.get("unit_price_jpy")) * _whole(part.get("quantity"))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
