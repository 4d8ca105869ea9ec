"""Messages on their way to the topics: each gets its id and time, and some are sent twice."""

from dataclasses import dataclass
from random import Random

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic, topic_of
from tsunagu.testing.harness import record_of
from tsunagu.testing.simulated_clock import BEGINNING, SimulatedClock


@dataclass(frozen=True, slots=True)
class Sent:
    """A record on its way to a topic, and what to call it."""

    topic: Topic
    record: Record
    name: str

    @property
    def message_id(self) -> str:
        """The record's `ce_id`."""
        return next((value or b"").decode() for name, value in self.record.headers if name == "ce_id")


class Post:
    """Everybody's messages."""

    def __init__(self, random: Random, clock: SimulatedClock) -> None:
        self._random = random
        self._clock = clock
        self._made = 0
        self._again: list[Sent] = []

    @property
    def has_more(self) -> bool:
        """Whether something is to be sent again, or later."""
        return bool(self._again)

    def send(self, message: Message) -> list[Sent]:
        """Send a message; sometimes it is sent again later, as the same message or under another id."""
        sent = self.enveloped(message)
        chance = self._random.random()
        if chance < 0.1:
            self._again.append(sent)
        elif chance < 0.15:
            self._again.append(self.enveloped(message))
        return [sent]

    def send_later(self, message: Message) -> None:
        """Keep a message until `send_again` takes it."""
        self._again.append(self.enveloped(message))

    def send_again(self) -> list[Sent]:
        """One of those that were kept."""
        sent = self._again.pop(self._random.randrange(len(self._again)))
        return [Sent(sent.topic, sent.record, f"{sent.name} again")]

    def enveloped(self, message: Message) -> Sent:
        """A message with the next id and the time of now."""
        self._made += 1
        now = self._clock.now()
        record = record_of(
            message, message_id=derived_id(BEGINNING, "world", self._made), source="world", time=now
        )
        topic = topic_of(type(message))
        return Sent(topic, record, f"{type(message).__name__} {message.identity() or message.record_key()}")
