"""The JSON of a record that could not be handled: read as far as it is any, and never trusted."""

import json
from typing import Any

DEPTH_MAX = 8  # no message of ours is nested half as deep


def json_object(value: bytes | None) -> dict[str, Any] | None:
    """What a record's bytes say; None where they are no JSON object."""
    try:
        body = json.loads(value or b"")
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
