"""What there is to say of each message and topic, all of it from the contracts, the samples and the services' code."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.contracts.samples import Sample, golden_samples

from tsunagu.contracts.message import Command, Event, Fact, Message, State
from tsunagu.contracts.topics import Topic

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_KINDS = {Command: "command", Fact: "fact", Event: "event", State: "state"}

REFS = frozenset({"customer_ref", "recipient_ref", "other_ref", "refs", "moved_refs", "split_refs"})
"""Fields that say who a shopper is to whoever has customer's data (docs/privacy.md)."""
SEALED = "sealed"
STAFF = frozenset({"staff_ref", "owner"})
NOTHING_PERSONAL = "none"


@dataclass(frozen=True, slots=True)
class Example:
    """A record as it was published, and what it shows beyond the type's first sample."""

    shows: str
    headers: dict[str, str]
    key: str
    value: Any


def kind_of(message: type[Message]) -> str:
    """Command, fact, event or state."""
    return next(word for kind, word in _KINDS.items() if issubclass(message, kind))


def sentence_of(message: type[Message]) -> str:
    """What it is, in a line."""
    return (message.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")


def owner_of(topic: Topic) -> str:
    """Who decides what is on a topic: of commands the service that reads them, of all else whoever writes it."""
    return topic.read_by[0] if topic.kind == "commands" else ", ".join(topic.written_by)


def kept(topic: Topic) -> str:
    """How long records are kept."""
    latest = "the latest of each key" if topic.compacted else ""
    if topic.retention_ms is None:
        return latest
    days, rest = divmod(topic.retention_ms, _DAY_MS)
    time = f"{days} days" if not rest and days > 1 else f"{topic.retention_ms // _HOUR_MS} hours"
    return f"{latest}, for {time}" if latest else time


def personal_data_of(message: type[Message], topic: Topic) -> str:
    """The class of personal data in a message, the strongest that it carries."""
    fields = _fields(message.model_json_schema())
    if SEALED in fields:
        return "sealed: names somebody, and only the service customer can open it"
    if topic.kind == "secret":
        return "secret: lets its holder act, and names nobody"
    if fields & REFS:
        return "refs: opaque; who they are is known to customer only"
    if fields & STAFF:
        return "staff: a ref of who did it, where somebody did"
    return NOTHING_PERSONAL


def examples_of(message: type[Message]) -> list[Example]:
    """Its golden samples, the first one first."""
    return [_example(message, sample) for sample in _samples() if sample.message_type is message]


def _example(message: type[Message], sample: Sample) -> Example:
    headers = {name: value.decode() for name, value in sample.headers}
    shows = sample.name.removeprefix(message.WIRE_TYPE).removeprefix(".").replace("_", " ")
    return Example(shows, headers, sample.key.decode(), json.loads(sample.value))


@cache
def _samples() -> list[Sample]:
    return golden_samples()


def _fields(schema: Any) -> set[str]:
    """The names of all fields in a schema, those of its parts as well."""
    if isinstance(schema, list):
        return set().union(*map(_fields, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(_fields, schema.values()))
