"""Kafka records to messages. Whatever the bytes are, the outcome is a message, a delete, or `Unreadable`."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from tsunagu.contracts.attributes import ATTRIBUTE_CHARACTERS_MAX, fault_of, is_fine
from tsunagu.contracts.encoding import (
    CONTENT_TYPE_BINARY,
    CONTENT_TYPE_STRUCTURED,
    SPEC_VERSION,
    Envelope,
)
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE, RECORD_BYTES_MAX, Topic
from tsunagu.contracts.values import ID_CHARACTERS_MAX, KEY_CHARACTERS_MAX

DETAIL_CHARACTERS_MAX = 1_000
"""Longest explanation of what can't be read; it becomes a header of the dead letter."""

ERRORS_SHOWN_MAX = 5
"""How many wrong fields an explanation names: enough to find the mistake, short enough for a header."""

# W3C Trace Context, level 1.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


_ATTRIBUTES = frozenset(
    {
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_time",
        "ce_subject",
        "ce_partitionkey",
        "ce_correlationid",
        "ce_causationid",
    }
)
_HEADERS = _ATTRIBUTES | {"content-type"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record that could be read; `message` is None for a delete on a state topic."""

    envelope: Envelope
    key: str
    message: Message | None


class Unreadable(Exception):  # noqa: N818 - the name says what is wrong
    """A record whose bytes, headers, type or JSON can't be read: a dead letter.

    `reason` is a word for programs, `detail` a sentence for people; neither repeats the record's contents.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail[:DETAIL_CHARACTERS_MAX]
        super().__init__(f"{reason}: {self.detail}")


class InvalidValues(Unreadable):
    """Envelope, type and key can be read, the values are forbidden: a command like that is refused.

    `identity` is the command's natural id where it can be read, else None.
    """

    def __init__(
        self, envelope: Envelope, message_type: type[Message], key: str, identity: str | None, detail: str
    ) -> None:
        self.envelope = envelope
        self.message_type = message_type
        self.key = key
        self.identity = identity
        super().__init__("invalid", detail)


def decode(
    topic: Topic,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> Decoded:
    """The message of a record of `topic`, from binary or structured mode.

    Raises Unreadable, or its subclass InvalidValues, and nothing else.
    """
    attributes = _attributes(headers)
    record_key = _key(key)
    if value is not None and len(value) > RECORD_BYTES_MAX:
        raise Unreadable("too_large", f"the value has {len(value)} bytes; {RECORD_BYTES_MAX} are allowed")
    content_type = attributes.get("content-type", CONTENT_TYPE_BINARY)
    if content_type != CONTENT_TYPE_BINARY:
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type == CONTENT_TYPE_STRUCTURED:
            attributes, value = _structured(value)
        elif media_type != CONTENT_TYPE_BINARY:
            raise Unreadable(
                "content_type", f"content-type must be {CONTENT_TYPE_BINARY} or {CONTENT_TYPE_STRUCTURED}"
            )
    envelope = _envelope(attributes, record_key)
    message_type = _message_type(topic, envelope.type)
    if value is None:
        if not topic.deletable:
            raise Unreadable("null_value", f"{topic.name} is no state topic: a null value deletes nothing")
        return Decoded(envelope, record_key, None)
    message = _message(message_type, value, envelope, record_key)
    return Decoded(envelope, record_key, message)


def _attributes(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """The headers that the envelope is made of, by header name."""
    attributes: dict[str, str] = {}
    for name, raw in headers:
        if name not in _HEADERS:
            if name == "traceparent":
                # A broken trace is no reason to lose a message: it begins anew (W3C Trace Context, 4.3).
                attributes[name] = (raw or b"").decode("utf-8", "replace")
            continue
        if name in attributes:
            raise Unreadable("header_duplicate", f"the header {_shown(name)} is there twice")
        if raw is None:
            raise Unreadable("header_null", f"the header {_shown(name)} has no value")
        try:
            attributes[name] = raw.decode()
        except UnicodeDecodeError:
            raise Unreadable("header_encoding", f"the header {_shown(name)} is not UTF-8") from None
    return attributes


def _key(key: bytes | None) -> str:
    if not key:
        raise Unreadable("key_missing", "the record has no key")
    try:
        text = key.decode()
    except UnicodeDecodeError:
        raise Unreadable("key_encoding", "the record's key is not UTF-8") from None
    if not is_fine(text, KEY_CHARACTERS_MAX):
        raise Unreadable(
            "key_invalid", f"a key has at most {KEY_CHARACTERS_MAX} characters and no control character"
        )
    return text


def _structured(value: bytes | None) -> tuple[dict[str, str], bytes]:
    """The attributes, under their header names, and the data of a structured CloudEvent."""
    if value is None:
        raise Unreadable("null_value", "a structured CloudEvent can't have a null value")
    try:
        event = from_json(value, allow_inf_nan=False)
    except ValueError:
        raise Unreadable("json", "the value is not JSON") from None
    if not isinstance(event, dict):
        raise Unreadable("json", "a structured CloudEvent is a JSON object")
    if event.get("datacontenttype", CONTENT_TYPE_BINARY) != CONTENT_TYPE_BINARY:
        raise Unreadable("content_type", f"datacontenttype must be {CONTENT_TYPE_BINARY}")
    attributes: dict[str, str] = {}
    for name in _ATTRIBUTES:
        attribute = event.get(name.removeprefix("ce_"))
        if isinstance(attribute, str):
            attributes[name] = attribute
        elif attribute is not None:
            raise Unreadable("header_encoding", f"the attribute {name.removeprefix('ce_')} is no text")
    if isinstance(event.get("traceparent"), str):
        attributes["traceparent"] = event["traceparent"]
    return attributes, _structured_data(event)


def _structured_data(event: Mapping[str, Any]) -> bytes:
    if "data_base64" in event:
        try:
            return base64.b64decode(event["data_base64"], validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise Unreadable("json", "data_base64 is not base64") from None
    if "data" not in event:
        raise Unreadable("json", "a structured CloudEvent needs data")
    return to_json(event["data"])


def _envelope(attributes: Mapping[str, str], key: str) -> Envelope:
    """The envelope; what CloudEvents requires must be there, the rest has its obvious default."""
    fault = fault_of(attributes)
    if fault is not None:
        raise Unreadable("header_invalid", fault)
    try:
        spec_version = attributes["ce_specversion"]
        id = attributes["ce_id"]
        type = attributes["ce_type"]
        source = attributes["ce_source"]
        time = attributes["ce_time"]
    except KeyError as missing:
        raise Unreadable("header_missing", f"the header {missing.args[0]} is missing") from None
    if spec_version != SPEC_VERSION:
        raise Unreadable("specversion", f"only CloudEvents {SPEC_VERSION} can be read")
    partition_key = attributes.get("ce_partitionkey", key)
    if partition_key != key:
        raise Unreadable("key_mismatch", "ce_partitionkey is not the record's key")
    traceparent = attributes.get("traceparent")
    if traceparent is not None and (
        len(traceparent) > ATTRIBUTE_CHARACTERS_MAX or _TRACEPARENT.fullmatch(traceparent) is None
    ):
        traceparent = None
    return Envelope(
        id,
        type,
        source,
        _time(time),
        attributes.get("ce_subject", key),
        partition_key,
        attributes.get("ce_correlationid", id),
        attributes.get("ce_causationid"),
        traceparent,
    )


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise ValueError("naive")
        if time.tzinfo is not UTC:
            time = time.astimezone(UTC)
        # Looked at in UTC: ids derive from it, and early on 1 January 1970 in Japan it was 1969 there.
        if not 1970 <= time.year <= 9998:
            raise ValueError("out of range")
    except (ValueError, OverflowError):
        raise Unreadable(
            "header_invalid", "ce_time must be a time with its offset, such as 2026-04-01T09:30:00Z"
        ) from None
    return time


def _message_type(topic: Topic, wire_type: str) -> type[Message]:
    message_type = MESSAGE_BY_WIRE_TYPE.get(wire_type)
    if message_type is None:
        raise Unreadable("type_unknown", f"nobody knows the type {_shown(wire_type)}")
    if message_type not in topic.messages:
        raise Unreadable("type_not_of_topic", f"{wire_type} does not belong on {topic.name}")
    return message_type


def _message(message_type: type[Message], value: bytes, envelope: Envelope, key: str) -> Message:
    try:
        message: Message = message_type.__pydantic_validator__.validate_json(value)
    except ValidationError as error:
        _refuse(message_type, value, envelope, key, error)
    # NaN and the infinities are no JSON, but pydantic's parser lets them pass in fields that nobody reads.
    # The search for one byte spares most messages the slower search for the word.
    if (b"N" in value and b"NaN" in value) or (b"I" in value and b"Infinity" in value):
        _require_json(value)
    if not message.is_keyed_by(key):
        raise Unreadable("key_mismatch", f"the record's key is not the one of its {message_type.__name__}")
    return message


def _refuse(
    message_type: type[Message], value: bytes, envelope: Envelope, key: str, error: ValidationError
) -> NoReturn:
    """Tell JSON that can't be read from JSON with forbidden values."""
    content = _require_json(value)
    if not isinstance(content, dict):
        raise Unreadable("json", f"a {message_type.__name__} is a JSON object")
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{_path(problem['loc'])}: {problem['msg']}" for problem in problems[:ERRORS_SHOWN_MAX]]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    identity = _identity(message_type, content)
    raise InvalidValues(envelope, message_type, key, identity, "; ".join(shown)) from None


def _require_json(value: bytes) -> Any:
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError:
        raise Unreadable("json", "the value is not JSON") from None


def _identity(message_type: type[Message], content: Mapping[str, Any]) -> str | None:
    parts = [content.get(field) for field in message_type.IDENTITY]
    if not parts or not all(isinstance(part, str) and is_fine(part, ID_CHARACTERS_MAX) for part in parts):
        return None
    return ":".join(str(part) for part in parts)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location) or "message"


def _shown(text: str) -> str:
    """Text from outside, safe in a log line or header."""
    return json.dumps(text[:100])
