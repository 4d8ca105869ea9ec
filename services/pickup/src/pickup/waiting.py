"""Facts that came before what they are about: kept as they are, and handled when it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tsunagu.chassis import Connection, Received, beside
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE

SQL = beside(__file__, "waiting.sql")


@dataclass(frozen=True)
class WaitingFact:
    """A fact that waits for its order or transfer. It is a cause of its own: its news point back to it."""

    work_id: str
    message: Message
    id: str
    source: str
    caused_at: datetime
    correlation: str
    trace: str | None

    @property
    def cause_id(self) -> str:
        """Not the message's own: what else the message has brought forth at once has its ids already."""
        return f"{self.source} {self.id} waited {self.work_id}"

    @property
    def message_id(self) -> str:
        """`ce_id` of the fact."""
        return self.id

    @property
    def cause_time(self) -> datetime:
        """`ce_time` of the fact."""
        return self.caused_at

    @property
    def correlation_id(self) -> str:
        """Taken from the fact."""
        return self.correlation

    @property
    def traceparent(self) -> str | None:
        """Taken from the fact."""
        return self.trace


def waiting_fact(work_id: str, received: Received[Any]) -> WaitingFact:
    """A received fact, made to wait for `work_id`."""
    envelope = received.envelope
    return WaitingFact(
        work_id,
        received.message,
        envelope.id,
        envelope.source,
        envelope.time,
        envelope.correlation_id,
        envelope.traceparent,
    )


async def load_facts(connection: Connection, work_ids: Sequence[str]) -> dict[str, list[WaitingFact]]:
    """What waits for these works, in the order in which it came."""
    facts: dict[str, list[WaitingFact]] = {}
    for row in await connection.fetch(SQL.read_facts, work_ids):
        message_type = MESSAGE_BY_WIRE_TYPE[row["wire_type"]]
        fact = WaitingFact(
            row["work_id"],
            message_type.model_validate(row["body"]),
            row["message_id"],
            row["message_source"],
            row["caused_at"],
            row["correlation_id"],
            row["traceparent"],
        )
        facts.setdefault(fact.work_id, []).append(fact)
    return facts


async def keep_facts(connection: Connection, facts: Sequence[WaitingFact], now: datetime) -> None:
    """Keep facts until what they are about is known."""
    rows = [
        {
            "work_id": fact.work_id,
            "message_id": fact.id,
            "message_source": fact.source,
            "wire_type": fact.message.WIRE_TYPE,
            "body": fact.message.model_dump(mode="json"),
            "caused_at": fact.caused_at.isoformat(),
            "correlation_id": fact.correlation,
            "traceparent": fact.trace,
            "arrived_at": now.isoformat(),
        }
        for fact in facts
    ]
    await connection.execute(SQL.keep_facts, rows)


async def forget_facts(connection: Connection, facts: Sequence[WaitingFact]) -> None:
    """End the waiting of these facts."""
    await connection.execute(
        SQL.forget_facts,
        [fact.work_id for fact in facts],
        [fact.source for fact in facts],
        [fact.id for fact in facts],
    )
