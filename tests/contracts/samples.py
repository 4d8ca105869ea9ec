"""The golden samples as records, and generated messages of every class."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE, TOPICS, Topic
from tsunagu.contracts.values import ID_CHARACTERS_MAX, normal_ref

GOLDEN_FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Sample:
    """One golden sample: a record as it may be in Kafka for ever."""

    name: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def message_type(self) -> type[Message]:
        return MESSAGE_BY_WIRE_TYPE[dict(self.headers)["ce_type"].decode()]

    @property
    def topics(self) -> tuple[Topic, ...]:
        return tuple(topic for topic in TOPICS if self.message_type in topic.messages)


def golden_samples() -> list[Sample]:
    """Every golden sample, by file name."""
    return [_sample(path) for path in sorted(GOLDEN_FOLDER.glob("*.json"))]


def golden(wire_type: str) -> Sample:
    """The first golden sample of a wire type."""
    return _sample(GOLDEN_FOLDER / f"{wire_type}.json")


def _sample(path: Path) -> Sample:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Sample(
        name=path.stem,
        key=content["key"].encode(),
        value=json.dumps(content["value"], ensure_ascii=False).encode(),
        headers=tuple((name, value.encode()) for name, value in content["headers"].items()),
    )


@cache
def messages(message_type: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of a class, drawn from its JSON Schema."""
    schema = message_type.model_json_schema()
    objects = _values(schema, schema.get("$defs", {}))
    return objects.map(lambda content: _consistent(message_type, content)).map(
        lambda content: message_type.model_validate_json(json.dumps(content))
    )


def _values(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _values(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    if "anyOf" in schema:
        return st.one_of(*(_values(alternative, definitions) for alternative in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        return _objects(schema, definitions)
    if schema["type"] == "array":
        items = _values(schema["items"], definitions)
        return st.lists(items, min_size=schema.get("minItems", 0), max_size=2)
    return _SCALARS[schema["type"]](schema)


def _objects(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: _values(field, definitions) for name, field in schema["properties"].items()}
    required = set(schema.get("required", ()))
    objects = st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )
    return objects.map(_give_destination) if {"method", "prefecture"} <= fields.keys() else objects


# Japan's offset, UTC, and the two ends of the map.
_OFFSETS = [timezone(timedelta(hours=hours)) for hours in (9, 0, -12, 14)]
_ANY_CHARACTER = st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters=":@")


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        times = st.datetimes(
            datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.sampled_from(_OFFSETS)
        )
        return times.map(datetime.isoformat)
    if schema.get("format") == "date":
        return st.dates().map(lambda day: day.isoformat())
    if schema["pattern"].startswith("^[^") and "maxLength" in schema:
        # Free text and ids: much faster than drawing from the pattern.
        longest = min(schema["maxLength"], 100)
        texts = st.text(_ANY_CHARACTER, min_size=schema.get("minLength", 0), max_size=longest)
        return texts.filter(_is_ref) if schema["pattern"].startswith("^[^@") else texts
    return st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))


def _is_ref(text: str) -> bool:
    """Whether it keeps within a ref's limits in the one spelling of a person's."""
    return 0 < len(normal_ref(text)) <= ID_CHARACTERS_MAX and "@" not in normal_ref(text)


_SCALARS: dict[str, Callable[[dict[str, Any]], st.SearchStrategy[Any]]] = {
    "string": _texts,
    "integer": lambda schema: st.integers(schema["minimum"], schema["maximum"]),
    "number": lambda schema: st.floats(
        schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
    ),
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
}


def _consistent(message_type: type[Message], content: Any) -> Any:
    """Repair what only validators know: unique ids, groups of lines, changes that are not 0."""
    if isinstance(content, list):
        return [_consistent(message_type, item) for item in content]
    if not isinstance(content, dict):
        return content
    content = {name: _consistent(message_type, value) for name, value in content.items()}
    if content.get("change") == 0:
        content["change"] = 1
    if message_type.__name__ in {"SaleRecorded", "SaleVoided", "SaleReturned", "PlaceOrder"}:
        for number, line in enumerate(content.get("lines", ())):
            line["line_id"] = f"line-{number}"
    if message_type.__name__ == "PlaceOrder" and "groups" in content:
        _join_groups(content)
    if message_type.__name__ == "StockReleased" and "version" in content:
        content["order_id"] = content.get("order_id") or "order-1"
    return content


def _give_destination(content: dict[str, Any]) -> dict[str, Any]:
    kept, dropped = (
        ("location_id", "prefecture") if content["method"] == "pickup" else ("prefecture", "location_id")
    )
    content[kept] = content.get(kept) or {"location_id": "S001", "prefecture": "JP-13"}[kept]
    content.pop(dropped, None)
    return content


def _join_groups(order: dict[str, Any]) -> None:
    order["groups"] = order["groups"][: len(order["lines"])]
    for number, group in enumerate(order["groups"]):
        group["group_id"] = f"group-{number}"
    for number, line in enumerate(order["lines"]):
        line["group_id"] = f"group-{number % len(order['groups'])}"
    if any(group["method"] == "ship" for group in order["groups"]):
        order["payment"] = "prepaid"
