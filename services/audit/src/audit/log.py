"""Every record of every topic, taken once: what is read again, what can't be read, what contradicts itself."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from aiokafka import ConsumerRecord

from tsunagu.contracts.envelope import Envelope, InvalidValues, Unreadable, decode
from tsunagu.contracts.message import Command, Event, Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE, Topic

_DIGEST_BYTES = 12  # 96 bits: among millions of records, two by chance are out of the question


class Place(NamedTuple):
    """Where a record stands in the log."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Twice:
    """A ce_id that came again with another body."""

    place: Place
    key: str
    message_id: str
    type: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record that nobody can use: it can't be read, or another body came first under its natural id."""

    place: Place
    key: str
    message_id: str | None
    reason: str
    is_command: bool
    """Whether it is refused; everything else like that is a dead letter."""


@dataclass(slots=True)
class Asked:
    """A command or fact on a commands topic, by its natural id, under every ce_id that it was sent with."""

    type: type[Message]
    topic: Topic
    key: str
    identity: str
    message_ids: list[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message taken for the first time, and where."""

    topic: Topic
    key: str
    envelope: Envelope
    message: Message


@dataclass(slots=True)
class Log:
    """What is remembered of the records. `take` them in order, then look."""

    told: Callable[[Seen], None]
    """Is called with each message the first time."""
    deleted: Callable[[Topic, str], None]
    """Is called with the key of each delete on a state topic."""
    records: int = 0
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    answers: dict[str, list[type[Message]]] = field(default_factory=lambda: defaultdict(list))
    """ce_id of a message on a commands topic → what followed from it."""
    twice: list[Twice] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    dead_letters: list[tuple[str, str, str]] = field(default_factory=list)
    """Topic, key and reason of each published dead letter."""
    _bodies: dict[bytes, bytes] = field(default_factory=dict)
    _natural: dict[bytes, bytes] = field(default_factory=dict)

    def take(self, topic: Topic, record: ConsumerRecord) -> None:
        """Take a record."""
        self.records += 1
        place = Place(topic.name, record.partition, record.offset)
        if topic.kind == "dead_letters":
            self._take_dead_letter(topic, record)
            return
        try:
            decoded = decode(topic, record.key, record.value, record.headers)
        except InvalidValues as invalid:
            self._take_invalid(topic, place, invalid)
            return
        except Unreadable as unreadable:
            key = (record.key or b"").decode("utf-8", "replace")
            self.unusable.append(Unusable(place, key, None, unreadable.reason, is_command=False))
            return
        envelope, message = decoded.envelope, decoded.message
        if message is None:
            self.deleted(topic, decoded.key)
            return
        body = _digest(record.value or b"")
        identity = _digest(f"{topic.name}\0{envelope.source}\0{envelope.id}".encode())
        first = self._bodies.setdefault(identity, body)
        if first is not body:
            if first != body:
                self.twice.append(Twice(place, decoded.key, envelope.id, envelope.type))
            return
        seen = Seen(topic, decoded.key, envelope, message)
        if isinstance(message, Event) and envelope.causation_id is not None:
            self.answers[envelope.causation_id].append(type(message))
        if self._is_new(seen, place):
            self.told(seen)

    def _is_new(self, seen: Seen, place: Place) -> bool:
        """Whether no message with this natural id came before; what is asked is remembered."""
        message, envelope = seen.message, seen.envelope
        natural = message.identity()
        if natural is None:
            return True
        key = _digest(f"{envelope.type}\0{natural}".encode())
        body = _digest(message.model_dump_json().encode())
        first = self._natural.setdefault(key, body)
        if first is not body and first != body:
            is_command = isinstance(message, Command) and not message.is_fact
            self.unusable.append(Unusable(place, seen.key, envelope.id, "conflicting_body", is_command))
            return False
        if seen.topic.kind == "commands":
            asked = self.asked.get((envelope.type, natural))
            if asked is None:
                ids = [envelope.id]
                self.asked[envelope.type, natural] = Asked(type(message), seen.topic, seen.key, natural, ids)
            else:
                asked.message_ids.append(envelope.id)
        return first is body

    def _take_invalid(self, topic: Topic, place: Place, invalid: InvalidValues) -> None:
        is_command = topic.kind == "commands" and issubclass(
            MESSAGE_BY_WIRE_TYPE[invalid.envelope.type], Command
        )
        self.unusable.append(Unusable(place, invalid.key, invalid.envelope.id, "invalid", is_command))

    def _take_dead_letter(self, topic: Topic, record: ConsumerRecord) -> None:
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
        where = ", ".join(
            headers.get(f"__dlq.errors.{part}", "?") for part in ("topic", "partition", "offset")
        )
        key = (record.key or b"").decode("utf-8", "replace")
        self.dead_letters.append((topic.name, key, f"{where}: {headers.get('__dlq.errors.message', '?')}"))


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=_DIGEST_BYTES).digest()
