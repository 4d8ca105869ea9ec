"""Messages checked before they are sent: what no reader would take is said here, by field."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tsunagu.channel.errors import InvalidMessage, Problem
from tsunagu.contracts.message import Message

M = TypeVar("M", bound=Message)


def message_of(message_type: type[M], data: Mapping[str, Any]) -> M:
    """A message from data that comes from outside: a form, JSON, another system.

    Unlike the class itself it takes no field that the message does not have, so that a misspelt one is not lost.
    Raises InvalidMessage.
    """
    try:
        return message_type.model_validate(data, extra="forbid")
    except ValidationError as error:
        raise InvalidMessage(message_type.__name__, _problems(message_type, error)) from None


def require_valid(message: Message) -> None:
    """Raise InvalidMessage where readers would refuse it: also one that was made around the checks of its class."""
    message_type = type(message)
    try:
        message_type.model_validate_json(message.model_dump_json(exclude_none=True, warnings=False))
        message.record_key()
    except ValidationError as error:
        raise InvalidMessage(message_type.__name__, _problems(message_type, error)) from None
    except (ValueError, AttributeError) as error:
        raise InvalidMessage(message_type.__name__, [Problem("message", str(error))]) from None


def _problems(message_type: type[Message], error: ValidationError) -> list[Problem]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = [one["loc"] for one in found]
    # A list whose one item is wrong is also said to be too short.
    told = [
        one
        for one in found
        if not (one["type"] == "too_short" and any(_is_within(one["loc"], place) for place in places))
    ]
    return [Problem(_path(one["loc"]), _advice(message_type, one)) for one in told]


def _is_within(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _path(place: Iterable[int | str]) -> str:
    return ".".join(map(str, place)) or "message"


def _advice(message_type: type[Message], error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "is missing; give it"
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        known = message_type.model_fields if len(error["loc"]) == 1 else ()
        near = difflib.get_close_matches(name, known, n=1)
        return (
            f"there is no such field; did you mean {near[0]}?"
            if near
            else "there is no such field; leave it out"
        )
    said = error["msg"].removeprefix("Value error, ")
    return said[0].lower() + said[1:]
