"""How the outside systems send: over Kafka, each message under the name of who sends it."""

from datetime import UTC, datetime
from typing import Protocol

from aiokafka import AIOKafkaProducer

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import topic_of

REQUEST_TIMEOUT_MS = 40_000  # longer than a broker's restart: what an actor says once must not be lost
LINGER_MS = 5  # lets messages of the same moment share a request; nobody notices 5 ms


class Sender(Protocol):
    """Takes a message to the backbone. `source` says who sends it, such as till/S001-01."""

    async def send(self, message: Message, source: str) -> None:
        """Return when the backbone has it."""


def record_of(message: Message, source: str) -> Record:
    """The message as a record, sent now, in an envelope of its own."""
    envelope = Envelope.for_message(message, id=uuid7(), source=source, time=datetime.now(UTC))
    return encode(envelope, message)


class KafkaSender:
    """Sends to the topic that the contracts name for the message; gives one up after `request_timeout_ms`."""

    def __init__(self, bootstrap_servers: str, request_timeout_ms: int = REQUEST_TIMEOUT_MS) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            linger_ms=LINGER_MS,
            request_timeout_ms=request_timeout_ms,
        )

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def stop(self) -> None:
        """Send what is left and disconnect."""
        await self._producer.stop()

    async def send(self, message: Message, source: str) -> None:
        """Return when Kafka has acknowledged it. Raises aiokafka's errors."""
        await self.send_record(topic_of(type(message)).name, record_of(message, source))

    async def send_record(self, topic: str, record: Record) -> None:
        """Send a record as it is: the same one again is the same message again."""
        await self._producer.send_and_wait(topic, record.value, record.key, headers=list(record.headers))
