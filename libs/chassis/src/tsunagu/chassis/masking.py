"""A record as operators may see it on a page: its shape, and only values that are of no person."""

import json
import re

from tsunagu.chassis.broken_json import DEPTH_MAX, json_object
from tsunagu.contracts.values.scalars import TEXT_CHARACTERS_MAX

_MASK = "…"
_ITEMS_MAX = 3  # a list's first items show what it holds
_VALUE_CHARACTERS_MAX = 100
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_SHOWN = re.compile(
    r"(?:.+_)?(?:order_id|location_id|receipt_id|transfer_id|document_id|line_id|group_id|sku|gtin|quantity|change"
    r"|version|reason|kind|method|status|state|payment|channel|jpy|percent|at|date)",
    re.ASCII,
)
"""The names of fields whose values are shown. Any other value may be of a person, or typed in by one."""


def masked(value: bytes | None) -> str | None:
    """The record's JSON with all values hidden but those of known harmless fields; None where it is no object."""
    body = json_object(value)
    if body is None:
        return None
    # Escaped where a text can't be printed: what comes out is one line.
    text = json.dumps(_masked(body, 0), ensure_ascii=False)
    text = "".join(character if character.isprintable() else _MASK for character in text)
    return text if len(text) <= TEXT_CHARACTERS_MAX else f"{text[: TEXT_CHARACTERS_MAX - 1]}{_MASK}"


def _masked(part: object, depth: int) -> object:
    if depth > DEPTH_MAX:
        return _MASK
    if isinstance(part, dict):
        # A name that no message of ours can have may be a value that came into the wrong place.
        return {
            (name if _FIELD.fullmatch(name) else _MASK): (
                value if _SHOWN.fullmatch(name) and _is_harmless(value) else _masked(value, depth + 1)
            )
            for name, value in part.items()
        }
    if isinstance(part, list):
        shown = [_masked(item, depth + 1) for item in part[:_ITEMS_MAX]]
        return shown if len(part) <= _ITEMS_MAX else [*shown, _MASK]
    return part if part is None or isinstance(part, bool) else _MASK


def _is_harmless(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _VALUE_CHARACTERS_MAX and "@" not in value
    return isinstance(value, int | float)
